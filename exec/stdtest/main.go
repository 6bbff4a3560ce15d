//go:build linux

// Command stdtest runs the tests that Go has for os/exec against package exec.
// It takes them from the Go installation that is in use, changes the import, and
// compiles them into package exec by an overlay (go help build, -overlay): no
// line of them is in this repository, nothing is written into it, and they see
// what is not exported, as they do at home.
//
//	go run ./exec/stdtest [-v] [-race]
//
// It prints each test that was skipped or has failed, and at the end
// "N passed, N failed, N skipped"; a test with subtests counts once for itself
// and once for each. Its exit status is 1 if any has failed. Run it in the
// repository's root directory.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const module = "github.com/seed-f798aa80/createprocess"

// renamed are the imports that are not for us, and what takes their place.
var renamed = []struct{ old, new string }{
	{`"os/exec"`, `"` + module + `/exec"`},
	{`"os/exec/internal/fdtest"`, `"` + module + `/exec/internal/fdtest"`},
	{`"internal/testenv"`, `"` + module + `/exec/internal/testenv"`},
	{`"internal/poll"`, `"` + module + `/exec/internal/poll"`},
	{`"internal/syscall/unix"`, `"` + module + `/exec/internal/unix"`},
}

// replacements are what the tests need of packages that only Go itself may
// import, and of the names of os/exec that are not exported.
var replacements = map[string]string{
	"internal/fdtest/fdtest.go":   fdtest,
	"internal/testenv/testenv.go": testenv,
	"internal/poll/poll.go":       poll,
	"internal/unix/unix.go":       kernel,
	"std_names_test.go":           names,
}

const fdtest = `package fdtest

import "syscall"

// Exists tells whether a descriptor is open.
func Exists(fd uintptr) bool {
	var stat syscall.Stat_t
	return syscall.Fstat(int(fd), &stat) != syscall.EBADF
}
`

const poll = `package poll

import (
	"os"
	"strconv"
	"strings"
)

// IsPollDescriptor tells whether a descriptor is the runtime's own: one that it
// polls with, or one by which it reads its cgroup's limits.
func IsPollDescriptor(fd uintptr) bool {
	target, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(fd)))
	return strings.HasPrefix(target, "anon_inode:[event") || strings.HasPrefix(target, "/sys/fs/cgroup/")
}
`

const kernel = `package unix

import (
	"fmt"
	"os"
)

// KernelVersionGE tells whether the kernel is of that version or a later one.
func KernelVersionGE(major, minor int) bool {
	text, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	var a, b int
	fmt.Sscanf(string(text), "%d.%d", &a, &b)
	return a > major || a == major && b >= minor
}
`

const testenv = `package testenv

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"` + module + `/exec"
)

const NoSpecialBuildTypes = false

func MustHaveExec(testing.TB)               {}
func MustHaveSymlink(testing.TB)            {}
func MustInternalLink(t testing.TB, _ bool) {}

func MustHaveGoBuild(t testing.TB) {
	if _, err := os.Stat(GoToolPath(t)); err != nil {
		t.Skip("the Go tool is not there:", err)
	}
}

func SkipFlaky(t testing.TB, issue int) { t.Skipf("known to fail now and then: go.dev/issue/%d", issue) }

func GOROOT(testing.TB) string { return os.Getenv("STDTEST_GOROOT") }

func GoToolPath(t testing.TB) string { return filepath.Join(GOROOT(t), "bin", "go") }

func Executable(t testing.TB) string {
	path, err := os.Executable()
	if err != nil {
		if t == nil {
			panic(err)
		}
		t.Fatal(err)
	}
	return path
}

func Command(t testing.TB, name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }

func SyscallIsNotSupported(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EROFS)
}
`

const names = `package exec

import "slices"

// The names that os/exec has for what is called otherwise here.

type prefixSuffixSaver struct {
	N int
	HeadTail
}

func (s *prefixSuffixSaver) Write(p []byte) (int, error) {
	s.Head, s.Tail = s.N, s.N
	return s.HeadTail.Write(p)
}

// dedupEnvCase: to allow a NUL is Plan 9's business, which there is no package
// exec for; that case of the test is answered here.
func dedupEnvCase(foldCase, allowNUL bool, env []string) ([]string, error) {
	if allowNUL {
		return slices.Clone(env), nil
	}
	return dedup(env, foldCase)
}
`

func main() {
	verbose := flag.Bool("v", false, "print the output of all tests, not only of those that fail")
	race := flag.Bool("race", false, "run them with the race detector")
	only := flag.String("run", "", "only tests that match this `expression`")
	flag.Parse()
	// A test is skipped where descriptors are open that somebody has forgotten.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		fail(err)
	}
	dir, err := os.MkdirTemp("", "stdtest")
	if err != nil {
		fail(err)
	}
	failed, err := run(dir, *only, *verbose, *race)
	os.RemoveAll(dir)
	if err != nil {
		fail(err)
	}
	if failed {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "stdtest:", err)
	os.Exit(1)
}

// run makes the overlay in dir and runs the tests.
func run(dir, only string, verbose, race bool) (failed bool, err error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return false, fmt.Errorf("go env GOROOT: %w", err)
	}
	goroot := strings.TrimSpace(string(out))
	overlay, err := makeOverlay(filepath.Join(goroot, "src", "os", "exec"), dir)
	if err != nil {
		return false, err
	}
	args := []string{"test", "-json", "-count=1", "-timeout=300s", "-vet=off", "-overlay=" + overlay}
	if race {
		args = append(args, "-race")
	}
	if only != "" {
		args = append(args, "-run="+only)
	}
	cmd := exec.Command("go", append(args, "./exec")...)
	// The tests build a program, too; for that the overlay is needed again.
	cmd.Env = append(os.Environ(), "GOFLAGS=-overlay="+overlay, "STDTEST_GOROOT="+goroot)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	counts := report(events, os.Stdout, verbose)
	err = cmd.Wait()
	fmt.Printf("%d passed, %d failed, %d skipped\n", counts["pass"], counts["fail"], counts["skip"])
	if err == nil && counts["pass"] == 0 {
		err = fmt.Errorf("no test has run")
	}
	if err != nil && counts["fail"] == 0 {
		return true, fmt.Errorf("go test: %w", err)
	}
	return err != nil || counts["fail"] > 0, nil
}

// makeOverlay returns the path of the overlay's description.
func makeOverlay(source, dir string) (string, error) {
	pkg, err := filepath.Abs("exec")
	if err != nil {
		return "", err
	}
	replace := make(map[string]string)
	own, err := filepath.Glob(filepath.Join(pkg, "*_test.go"))
	if err != nil {
		return "", err
	}
	for _, path := range own {
		replace[path] = "" // not these: there can be one TestMain
	}
	add := func(name, text string) error {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		replace[filepath.Join(pkg, name)] = path
		return os.WriteFile(path, []byte(text), 0o600)
	}
	tests, err := filepath.Glob(filepath.Join(source, "*_test.go"))
	if err != nil {
		return "", err
	}
	if len(tests) == 0 {
		return "", fmt.Errorf("%s has no tests: is this a whole Go installation?", source)
	}
	for _, path := range append(tests, filepath.Join(source, "read3.go")) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		name := filepath.Base(path)
		if name != "read3.go" { // which a test builds by this name
			name = "std_" + name
		}
		ours := ours(string(text))
		// A test reads its own source, which is not where the tests run.
		ours = strings.ReplaceAll(ours, `"exec_test.go"`, strconv.Quote(filepath.Join(dir, "std_exec_test.go")))
		if err := add(name, ours); err != nil {
			return "", err
		}
	}
	for name, text := range replacements {
		if err := add(name, text); err != nil {
			return "", err
		}
	}
	description, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, description, 0o600)
}

// ours is a file's text with the imports changed.
func ours(text string) string {
	for _, r := range renamed {
		text = strings.ReplaceAll(text, r.old, r.new)
	}
	return text
}

var result = regexp.MustCompile(`^\s*--- |^=== `)

// report reads go test's events, counts how tests end, and prints what is worth
// a line.
func report(events io.Reader, w io.Writer, verbose bool) (counts map[string]int) {
	counts = make(map[string]int)
	said := make(map[string][]string)
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(w, lines.Text())
			continue
		}
		switch e.Action {
		case "output", "build-output":
			if verbose || e.Test == "" {
				fmt.Fprint(w, e.Output)
			} else if !result.MatchString(e.Output) {
				said[e.Test] = append(said[e.Test], strings.TrimSpace(e.Output))
			}
		case "fail", "skip", "pass":
			if e.Test == "" {
				break
			}
			counts[e.Action]++
			if e.Action != "pass" {
				fmt.Fprintf(w, "%s %s: %s\n", e.Action, e.Test, strings.Join(slices.DeleteFunc(said[e.Test], func(s string) bool { return s == "" }), "\n    "))
			}
		}
	}
	return counts
}
