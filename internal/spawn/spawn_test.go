//go:build linux

package spawn_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// collect waits for the child.
func collect(t *testing.T, c spawn.Child) {
	t.Helper()
	if err := unix.Waitid(unix.P_PID, c.PID, nil, unix.WEXITED, nil); err != nil {
		t.Fatal(err)
	}
	if c.Pidfd >= 0 {
		unix.Close(c.Pidfd)
	}
}

// TestRandomFiles hands on any files under any numbers, on every backend: low
// and high ones, swapped, rotated, repeated, the null device among them. The
// child must have these and no other.
func TestRandomFiles(t *testing.T) {
	dir := t.TempDir()
	var sources []int
	names := make(map[int]string)
	for i := range 8 {
		name := filepath.Join(dir, "file"+strconv.Itoa(i))
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 { // every other one is high, and some are not close-on-exec
			high, err := unix.FcntlInt(uintptr(fd), []int{unix.F_DUPFD_CLOEXEC, unix.F_DUPFD}[i/2%2], 100+i*30)
			if err != nil {
				t.Fatal(err)
			}
			unix.Close(fd)
			fd = high
		}
		defer unix.Close(fd)
		sources = append(sources, fd)
		names[fd] = name
	}
	out := filepath.Join(dir, "out")
	// The shell's own way to see its descriptors: no other process is between.
	script := `for f in /proc/$$/fd/*; do echo "${f##*/} $(readlink $f)"; done > ` + out
	random := rand.New(rand.NewPCG(7, 11))
	cases := 60
	if testing.Short() {
		cases = 15
	}
	for _, backend := range spawn.Backends() {
		restore := spawn.SetBackend(backend)
		for range cases {
			want := map[int]string{0: "/dev/null", 1: "/dev/null", 2: "/dev/null"}
			files := []spawn.File{{Source: spawn.Null, Target: 0}, {Source: spawn.Null, Target: 1}, {Source: spawn.Null, Target: 2}}
			for range random.IntN(6) {
				source := sources[random.IntN(len(sources))]
				// Often the number that another source has here. From 10 on the
				// shell uses numbers itself, up to where high ones begin.
				target := sources[random.IntN(len(sources))]
				if random.IntN(2) == 0 {
					target = 3 + random.IntN(6)
				}
				if _, taken := want[target]; taken || target >= 10 && target < 100 {
					continue
				}
				want[target] = names[source]
				files = append(files, spawn.File{Source: source, Target: target})
			}
			random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
			c, err := spawn.Start(&spawn.Request{Path: "/bin/sh", Argv: spawn.NewStrings([]string{"sh", "-c", script}),
				Envv: spawn.NewStrings([]string{"PATH=/usr/bin:/bin"}), Files: files})
			if err != nil {
				t.Fatalf("%v: %v: %v", backend, files, err)
			}
			collect(t, c)
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[int]string)
			for line := range strings.Lines(string(text)) {
				var fd int
				var target string
				fmt.Sscan(line, &fd, &target)
				// Not the shell's own: where the list goes, and the pipe from readlink.
				if target != out && !strings.HasPrefix(target, "pipe:") {
					got[fd] = target
				}
			}
			// While it writes the list the shell keeps its standard output elsewhere.
			maps.DeleteFunc(got, func(fd int, target string) bool { return fd >= 10 && fd < 100 && target == "/dev/null" })
			delete(got, 1)
			delete(want, 1)
			if !maps.Equal(got, want) {
				t.Fatalf("%v: %v: the child has %v, want %v", backend, files, got, want)
			}
		}
		restore()
	}
}

func TestRefuses(t *testing.T) {
	argv, envv := spawn.NewStrings([]string{"true"}), spawn.NewStrings(nil)
	for _, r := range []*spawn.Request{
		{Path: "/bin/true", Envv: envv},
		{Path: "/bin/true", Argv: spawn.NewStrings(nil), Envv: envv},
		{Path: "/bin/true", Argv: argv},
		{Path: "/bin/true", Argv: argv, Envv: envv, Files: []spawn.File{{Source: 0, Target: -1}}},
		{Path: "/bin/true", Argv: argv, Envv: envv, Files: []spawn.File{{Source: -2, Target: 0}}},
		{Path: "/bin/true", Argv: argv, Envv: envv, Files: []spawn.File{{Source: 0, Target: 0}, {Source: 1, Target: 0}}},
		{Path: "/bin/true", Argv: argv, Envv: envv, Files: []spawn.File{{Source: 999, Target: 0}}},
	} {
		for _, backend := range spawn.Backends() {
			restore := spawn.SetBackend(backend)
			c, err := spawn.Start(r)
			if err == nil {
				collect(t, c)
				t.Errorf("%v: %+v has been made", backend, r)
			}
			restore()
		}
	}
}

// TestTerminal: what is no terminal cannot be the controlling one, and the error
// says so.
func TestTerminal(t *testing.T) {
	argv, envv := spawn.NewStrings([]string{"true"}), spawn.NewStrings(nil)
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	for _, backend := range spawn.Backends() {
		restore := spawn.SetBackend(backend)
		for _, f := range []spawn.File{
			{Source: null, Target: 0, Terminal: true},
			{Source: null, Target: 70, Terminal: true, Passing: true},
			{Source: null, Target: null, Terminal: true, Passing: true},
		} {
			c, err := spawn.Start(&spawn.Request{Path: "/bin/true", Argv: argv, Envv: envv, Files: []spawn.File{f}})
			var e *spawn.Error
			if err == nil {
				collect(t, c)
			}
			if !errors.As(err, &e) || e.Step != spawn.StepTerminal || e.Errno != unix.ENOTTY || e.Object != f.String() {
				t.Errorf("%v: %v: %v", backend, f, err)
			}
		}
		restore()
	}
}

// TestNames: every step has a name for its errors.
func TestNames(t *testing.T) {
	for s := spawn.StepFiles; s <= spawn.StepExec; s++ {
		if s.String() == "" {
			t.Errorf("step %d has no name", s)
		}
	}
	if b := spawn.Backends(); !slices.Contains(b, spawn.ForkExec) {
		t.Errorf("backends: %v", b)
	}
}

func BenchmarkStart(b *testing.B) {
	r := &spawn.Request{Path: "/bin/true", Argv: spawn.NewStrings([]string{"true"}), Envv: spawn.NewStrings(os.Environ()),
		Files: []spawn.File{{Source: 0, Target: 0}, {Source: 1, Target: 1}, {Source: 2, Target: 2}}}
	b.ReportAllocs()
	for b.Loop() {
		c, err := spawn.Start(r)
		if err != nil {
			b.Fatal(err)
		}
		unix.Waitid(unix.P_PIDFD, c.Pidfd, nil, unix.WEXITED, nil)
		unix.Close(c.Pidfd)
	}
}
