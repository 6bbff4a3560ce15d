//go:build unix

package cmdline_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seed-f798aa80/createprocess/cmdline"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	other := filepath.Join(dir, "other")
	for _, d := range []string{bin, other, filepath.Join(dir, "a dir"), filepath.Join(dir, "sub"), filepath.Join(bin, "tool")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := func(path string, mode os.FileMode) string {
		path = filepath.Join(dir, path)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spaced := program("my app", 0o755)
	longer := program("my app x", 0o755)
	inDir := program("a dir/run", 0o755)
	plain := program("plain", 0o644)
	tool := program("other/tool", 0o755)
	two := program("other/two words", 0o755)
	noexec := program("bin/noexec", 0o644)
	program("here", 0o755)
	both := program("other/noexec2", 0o755)
	program("bin/noexec2", 0o644)
	t.Chdir(dir)
	t.Setenv("PATH", bin+":"+other+"::.:sub")

	for _, test := range []struct {
		line, want string
		path       string // what the error names
		err        error
	}{
		{line: spaced + " x y", want: spaced}, // shortest first
		{line: longer, want: spaced},
		{line: `"` + longer + `" y`, want: longer},
		{line: inDir + " arg", want: inDir},
		{line: "tool arg", want: tool}, // bin/tool is a directory
		{line: "two words arg", want: two},
		{line: "noexec2", want: both}, // the first found may not be executed
		{line: "./here", want: "./here"},
		{line: "here", path: "here", err: syscall.ENOENT}, // not in the current directory
		{line: "nope arg more", path: "nope", err: syscall.ENOENT},
		{line: `"` + dir + `/nope x" y`, path: dir + "/nope x", err: syscall.ENOENT},
		{line: plain + " x", path: plain, err: syscall.EACCES},
		{line: "noexec", path: "noexec", err: syscall.EACCES},
		{line: dir, path: dir, err: syscall.EACCES},
		{line: plain + "/x", path: plain + "/x", err: syscall.ENOTDIR},
		{line: `"" x`, path: `"" x`, err: syscall.ENOENT},
		{line: "..", path: "..", err: syscall.ENOENT},
	} {
		got, err := cmdline.Find(test.line)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("Find(%q) = %q, %v; want %q, %v", test.line, got, err, test.want, test.err)
		}
		var pathErr *fs.PathError
		if err != nil && (!errors.As(err, &pathErr) || pathErr.Path != test.path) {
			t.Errorf("Find(%q): error names %v, want %q", test.line, err, test.path)
		}
	}
	_ = noexec
}
