package createprocess_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// The tests in this file run natively on Linux and, built for Windows, under
// Wine: the two must answer the same.

func self(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// as is an environment in which the test binary plays role.
func as(role string) []string { return environ.Set(environ.FromCreator(), childKey+"="+role) }

// start creates a child that plays role.
func start(t testing.TB, role string, args ...string) *ProcessInformation {
	t.Helper()
	return create(t, Params{Args: append([]string{self(t)}, args...), Environment: as(role)})
}

func create(t testing.TB, p Params) *ProcessInformation {
	t.Helper()
	pi, err := CreateProcess(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pi.Close() })
	return pi
}

func wait(t testing.TB, pi *ProcessInformation) uint32 {
	t.Helper()
	code, err := pi.Process.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// output runs p and returns what it writes on its standard output.
func output(t testing.TB, p Params) string {
	t.Helper()
	out, err := os.Create(filepath.Join(winetest.TempDir(t), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.StartupInfo.UseStdHandles(nil, out, os.Stderr)
	if code := wait(t, create(t, p)); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func outputJSON(t testing.TB, p Params) (list []string) {
	t.Helper()
	text := output(t, p)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return list
}

func TestExitCode(t *testing.T) {
	codes := map[string]uint32{"0": 0, "1": 1, "42": 42, "255": 255}
	if runtime.GOOS == "windows" {
		codes["259"], codes["3221225477"] = 259, 0xC0000005
	}
	for arg, want := range codes {
		pi := start(t, "exit", arg)
		if got := wait(t, pi); got != want {
			t.Errorf("exit %s: Wait = %d", arg, got)
		}
		if got, err := pi.Process.ExitCode(); got != want || err != nil {
			t.Errorf("exit %s: ExitCode = %d, %v", arg, got, err)
		}
		if exited, err := pi.Process.Exited(); !exited || err != nil {
			t.Errorf("exit %s: Exited = %v, %v", arg, exited, err)
		}
	}
}

func TestStillActive(t *testing.T) {
	pi, stop := running(t)
	if code, err := pi.Process.ExitCode(); code != STILL_ACTIVE || err != nil {
		t.Errorf("ExitCode = %d, %v", code, err)
	}
	if exited, err := pi.Process.Exited(); exited || err != nil {
		t.Errorf("Exited = %v, %v", exited, err)
	}
	stop()
	if code := wait(t, pi); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// running creates a child that lives until stop.
func running(t testing.TB) (pi *ProcessInformation, stop func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := Params{Args: []string{self(t)}, Environment: as("stdin")}
	p.StartupInfo.UseStdHandles(r, os.Stdout, os.Stderr)
	pi = create(t, p)
	r.Close()
	t.Cleanup(func() { w.Close(); pi.Process.Wait(context.Background()) })
	return pi, func() { w.Close() }
}

func TestIdentifiers(t *testing.T) {
	pi := start(t, "exit", "0")
	if pi.ProcessID <= 0 || pi.Process.ID() != pi.ProcessID || pi.ThreadID <= 0 || pi.Thread.ID() != pi.ThreadID {
		t.Errorf("%+v", pi)
	}
	wait(t, pi)
}

// TestCommandLine: semantics row "command line".
func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{},
		{""},
		{"a b", `c"d`, `e\`, `\\f\"g\\`, "tab\there", "", "é😀", `""`, "*", "$HOME", "new\nline"},
	} {
		want := append([]string{}, args...)
		if got := outputJSON(t, Params{Args: append([]string{self(t)}, args...), Environment: as("args")}); !reflect.DeepEqual(got, want) {
			t.Errorf("Args: %q, want %q", got, want)
		}
		line, err := cmdline.Join(append([]string{self(t)}, args...))
		if err != nil {
			t.Fatal(err)
		}
		if got := outputJSON(t, Params{CommandLine: line, Environment: as("args")}); !reflect.DeepEqual(got, want) {
			t.Errorf("CommandLine %q: %q, want %q", line, got, want)
		}
	}
	got := outputJSON(t, Params{ApplicationName: self(t), CommandLine: `other one "two three"`, Environment: as("args")})
	if !reflect.DeepEqual(got, []string{"one", "two three"}) {
		t.Errorf("with an ApplicationName: %q", got)
	}
}

// TestApplicationNameOnly: semantics row "application name".
func TestApplicationNameOnly(t *testing.T) {
	if got := outputJSON(t, Params{ApplicationName: self(t), Environment: as("args")}); len(got) != 0 {
		t.Errorf("arguments %q", got)
	}
}

// TestUnquotedPath: semantics row "no application name".
func TestUnquotedPath(t *testing.T) {
	dir := filepath.Join(winetest.TempDir(t), "a dir")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "my app.exe")
	if err := os.WriteFile(image, text, 0o755); err != nil {
		t.Fatal(err)
	}
	// The arguments are the command line's, whichever image it has been taken to name.
	got := outputJSON(t, Params{CommandLine: image + " x", Environment: as("args")})
	if want := cmdline.Split(image + " x")[1:]; !reflect.DeepEqual(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if got := outputJSON(t, Params{CommandLine: `"` + image + `" x`, Environment: as("args")}); !reflect.DeepEqual(got, []string{"x"}) {
		t.Errorf("quoted: arguments %q", got)
	}
	// As soon as there is an image with a shorter name, that one is meant.
	for _, shorter := range []string{filepath.Join(dir, "my"), filepath.Dir(dir) + string(filepath.Separator) + "a"} {
		if runtime.GOOS == "windows" {
			shorter += ".exe"
		}
		if err := os.WriteFile(shorter, text, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := output(t, Params{CommandLine: image + " x", Environment: as("image")}); !strings.EqualFold(filepath.Base(got), filepath.Base(shorter)) {
			t.Errorf("%q has run, want %q", got, shorter)
		}
		if got := output(t, Params{CommandLine: `"` + image + `"`, Environment: as("image")}); !strings.EqualFold(filepath.Base(got), filepath.Base(image)) {
			t.Errorf("quoted: %q has run, want %q", got, image)
		}
	}
}

// TestEnvironment: semantics row "environment nil".
func TestEnvironment(t *testing.T) {
	t.Setenv("CREATEPROCESS_TEST_INHERITED", "1")
	t.Setenv(childKey, "env")
	env := outputJSON(t, Params{Args: []string{self(t)}})
	if v, _ := environ.Get(env, "CREATEPROCESS_TEST_INHERITED"); v != "1" {
		t.Errorf("nil is not the creator's: %q", env)
	}
}

func TestEnvironmentList(t *testing.T) {
	list := []string{"B=2", "A=x=y", "B=3", "C=", "D=é", childKey + "=env"}
	if runtime.GOOS == "windows" {
		list = append(list, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	env := outputJSON(t, Params{Args: []string{self(t)}, Environment: list})
	for name, want := range map[string]string{"A": "x=y", "B": "2", "C": "", "D": "é"} {
		if got, ok := environ.Get(env, name); got != want || !ok {
			t.Errorf("%s = %q, %v, want %q", name, got, ok, want)
		}
	}
	if _, ok := environ.Get(env, "PATH"); ok && runtime.GOOS != "windows" {
		t.Errorf("more than the list: %q", env)
	}
}

// TestEnvironmentEmpty: a list without entries is not nil. What tells is a
// shell, since on Windows a Go program needs SYSTEMROOT to begin.
func TestEnvironmentEmpty(t *testing.T) {
	t.Setenv("CREATEPROCESS_TEST_INHERITED", "1")
	args := []string{"/bin/sh", "-c", `test -z "$CREATEPROCESS_TEST_INHERITED" || exit 3`}
	if runtime.GOOS == "windows" {
		args = []string{"cmd.exe", "/d", "/c", "if defined CREATEPROCESS_TEST_INHERITED exit 3"}
	}
	for want, env := range map[uint32][]string{3: nil, 0: {}} {
		if code := wait(t, create(t, Params{Args: args, Environment: env})); code != want {
			t.Errorf("environment %#v: exit code %d, want %d", env, code, want)
		}
	}
}

// TestCurrentDirectory: semantics row "current directory".
func TestCurrentDirectory(t *testing.T) {
	dir, err := filepath.EvalSymlinks(winetest.TempDir(t))
	if err != nil {
		t.Fatal(err)
	}
	got := output(t, Params{Args: []string{self(t)}, Environment: as("cwd"), CurrentDirectory: dir})
	if !strings.EqualFold(got, dir) {
		t.Errorf("the child is in %q, want %q", got, dir)
	}
}

// TestStandardFiles: semantics row "STARTF_USESTDHANDLES absent", and its opposite.
func TestStandardFiles(t *testing.T) {
	dir := winetest.TempDir(t)
	if err := os.WriteFile(dir+"/in", []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	var files [3]*os.File
	for i, name := range []string{"in", "out", "err"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	p := Params{Args: []string{self(t)}, Environment: as("cat")}
	p.StartupInfo.UseStdHandles(files[0], files[1], files[2])
	pi := create(t, p)
	for _, f := range files {
		f.Close() // they are the child's by now
	}
	if code := wait(t, pi); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for name, want := range map[string]string{"out": "text", "err": "done"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s has %q", name, got)
		}
	}
	// nil is the null device: nothing to read, and nowhere for what is written.
	p.StartupInfo.UseStdHandles(nil, nil, nil)
	if code := wait(t, create(t, p)); code != 0 {
		t.Errorf("null device: exit code %d", code)
	}
}

func TestRefusals(t *testing.T) {
	dir := winetest.TempDir(t)
	missing := filepath.Join(dir, "missing")
	text := filepath.Join(dir, "text.exe")
	if err := os.WriteFile(text, []byte("just text\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	closed, err := os.Create(filepath.Join(dir, "closed"))
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	exe := self(t)
	with := func(edit func(p *Params)) Params {
		p := Params{Args: []string{exe}, Environment: as("exit")}
		edit(&p)
		return p
	}
	for _, test := range []struct {
		name  string
		p     Params
		code  Errno
		words []string
		is    error
	}{
		{"nothing", Params{}, 87, []string{"command line", "empty"}, nil},
		{"spaces", Params{CommandLine: " \t "}, 2, []string{"open"}, fs.ErrNotExist},
		{"no such name", Params{CommandLine: "createprocess-nope a b"}, 2, []string{`open "createprocess-nope"`}, fs.ErrNotExist},
		{"no such path", Params{Args: []string{missing}}, 2, []string{"open", "missing"}, fs.ErrNotExist},
		{"no such application", Params{ApplicationName: missing, CommandLine: "x"}, 2, []string{"open", "missing"}, fs.ErrNotExist},
		{"a directory", Params{ApplicationName: dir}, 5, nil, fs.ErrPermission},
		{"not an image", Params{ApplicationName: text}, 193, []string{"text.exe"}, nil},
		{"directory missing", with(func(p *Params) { p.CurrentDirectory = missing }), 267, []string{"chdir", "missing"}, nil},
		{"directory is a file", with(func(p *Params) { p.CurrentDirectory = exe }), 267, []string{"chdir"}, nil},
		{"command line too long", Params{CommandLine: exe + " " + strings.Repeat("x", 32767)}, 206, []string{"command line", "32,767"}, nil},
		{"command line with NUL", Params{CommandLine: "a\x00b"}, 87, []string{"command line", "NUL"}, nil},
		{"application with NUL", Params{ApplicationName: "a\x00b"}, 87, []string{"application name", "NUL"}, nil},
		{"argument with NUL", Params{Args: []string{exe, "\x00"}}, 87, []string{"arguments", "NUL"}, nil},
		{"directory with NUL", with(func(p *Params) { p.CurrentDirectory = "\x00" }), 87, []string{"current directory", "NUL"}, nil},
		{"no arguments", Params{Args: []string{}, ApplicationName: exe}, 87, []string{"Args"}, nil},
		{"empty program", Params{Args: []string{""}}, 87, []string{"empty"}, nil},
		{"both", Params{Args: []string{exe}, CommandLine: exe}, 87, []string{"CommandLine and Args"}, nil},
		{"entry without =", with(func(p *Params) { p.Environment = []string{"A=1", "B"} }), 87, []string{"environment", "entry 1", "no '='"}, nil},
		{"entry with NUL", with(func(p *Params) { p.Environment = []string{"A=\x00"} }), 87, []string{"environment", "A", "NUL"}, nil},
		{"entry without name", with(func(p *Params) { p.Environment = []string{"=1"} }), 87, []string{"environment", "no name"}, nil},
		{"contradictory flags", with(func(p *Params) { p.CreationFlags = DETACHED_PROCESS | CREATE_NEW_CONSOLE }), 87, []string{"DETACHED_PROCESS|CREATE_NEW_CONSOLE"}, nil},
		{"unknown flag", with(func(p *Params) { p.CreationFlags = 0x80000000 }), 87, []string{"0x80000000"}, nil},
		{"unsupported flag", with(func(p *Params) { p.CreationFlags = DEBUG_PROCESS | CREATE_NEW_PROCESS_GROUP }), 50, []string{`"DEBUG_PROCESS"`}, nil},
		{"two priorities", with(func(p *Params) { p.CreationFlags = HIGH_PRIORITY_CLASS | IDLE_PRIORITY_CLASS }), 87, []string{"IDLE_PRIORITY_CLASS|HIGH_PRIORITY_CLASS"}, nil},
		{"two subsystems", with(func(p *Params) { p.CreationFlags = CREATE_SEPARATE_WOW_VDM | CREATE_SHARED_WOW_VDM }), 87, []string{"WOW_VDM"}, nil},
		{"no processor", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{}}}
		}), 87, []string{"GROUP_AFFINITY", "no processor"}, nil},
		{"no such processor", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR, runtime.NumCPU()}}
		}), 87, []string{"IDEAL_PROCESSOR"}, nil},
		{"no such policy", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, ChildProcessPolicy(8)}}
		}), 87, []string{"CHILD_PROCESS_POLICY", "0x8"}, nil},
		{"unsupported attribute", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY, nil}}
		}), 50, []string{"PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY"}, nil},
		{"unknown attribute", with(func(p *Params) { p.StartupInfo.Attributes = []Attribute{{0x77, nil}} }), 50, []string{"0x77"}, nil},
		{"attribute of a wrong type", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_HANDLE_LIST, 1}}
		}), 87, []string{"HANDLE_LIST", "int"}, nil},
		{"attribute twice", with(func(p *Params) {
			p.InheritHandles = true
			p.StartupInfo.Attributes = []Attribute{HandleList(), HandleList()}
		}), 87, []string{"twice"}, nil},
		{"list without InheritHandles", with(func(p *Params) {
			p.StartupInfo.Attributes = []Attribute{HandleList(InheritedHandle{File: os.Stdin})}
		}), 87, []string{"InheritHandles"}, nil},
		{"closed file in the list", with(func(p *Params) {
			p.InheritHandles = true
			p.StartupInfo.Attributes = []Attribute{HandleList(InheritedHandle{File: closed})}
		}), 6, []string{"HANDLE_LIST"}, nil},
		{"closed standard file", with(func(p *Params) { p.StartupInfo.UseStdHandles(nil, closed, nil) }), 6, []string{"StdOutput"}, nil},
		{"standard file without the flag", with(func(p *Params) { p.StartupInfo.StdError = os.Stderr }), 87, []string{"StdError", "STARTF_USESTDHANDLES"}, nil},
		{"title with NUL", with(func(p *Params) { p.StartupInfo.Title = "\x00" }), 87, []string{"Title", "NUL"}, nil},
		{"desktop with NUL", with(func(p *Params) { p.StartupInfo.Desktop = "\x00" }), 87, []string{"Desktop", "NUL"}, nil},
		{"unknown startup flag", with(func(p *Params) { p.StartupInfo.Flags = 0x80000 }), 50, []string{"0x80000"}, nil},
		{"security descriptor", with(func(p *Params) { p.ProcessAttributes = &SecurityAttributes{SecurityDescriptor: []byte{1}} }), 1338, []string{"process attributes", "SecurityDescriptor"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			pi, err := refused(t, test.p)
			var e *Error
			if pi != nil || !errors.As(err, &e) || e.Code != test.code || !errors.Is(err, test.code) {
				t.Fatalf("error %v, want %v", err, test.code)
			}
			for _, w := range test.words {
				if !strings.Contains(err.Error(), w) || !strings.Contains(e.Text(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
		})
	}
}

// refused calls CreateProcess, which must fail and leave nothing behind. It
// calls it again and again, so that a leak shows beside what the runtime may
// open in the meantime.
func refused(t *testing.T, p Params) (pi *ProcessInformation, err error) {
	t.Helper()
	const calls = 10
	before := leaktest.Open()
	for range calls {
		if pi, err = CreateProcess(p); err == nil {
			pi.Process.Terminate(1)
			pi.Close()
			t.Fatal("a process has been created")
		}
	}
	if more := leaktest.Open() - before; more >= calls {
		t.Errorf("%d descriptors or handles more after %d calls", more, calls)
	}
	if err := leaktest.Children(); err != nil {
		t.Error(err)
	}
	return pi, err
}

// TestRefusedByName: each flag and attribute that is not honoured is refused,
// and the error names it.
func TestRefusedByName(t *testing.T) {
	unsupported := DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS
	if runtime.GOOS == "linux" {
		unsupported |= CREATE_PROTECTED_PROCESS | CREATE_SECURE_PROCESS
	}
	for flag := CreationFlags(1); flag != 0; flag <<= 1 {
		var want Errno
		switch {
		case strings.HasPrefix(flag.String(), "0x"):
			want = ERROR_INVALID_PARAMETER // there is none with that number
		case flag&unsupported != 0:
			want = ERROR_NOT_SUPPORTED
		default:
			continue
		}
		_, err := refused(t, Params{Args: []string{self(t)}, Environment: as("exit"), CreationFlags: flag})
		if !errors.Is(err, want) || !strings.Contains(err.Error(), flag.String()) {
			t.Errorf("%v: %v, want %v", flag, err, want)
		}
	}
	for _, key := range []AttributeKey{
		PROC_THREAD_ATTRIBUTE_PREFERRED_NODE, PROC_THREAD_ATTRIBUTE_UMS_THREAD, PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES,
		PROC_THREAD_ATTRIBUTE_PROTECTION_LEVEL, PROC_THREAD_ATTRIBUTE_DESKTOP_APP_POLICY,
	} {
		p := Params{Args: []string{self(t)}, Environment: as("exit")}
		p.StartupInfo.Attributes = []Attribute{{Key: key}}
		_, err := refused(t, p)
		if !errors.Is(err, ERROR_NOT_SUPPORTED) || !strings.Contains(err.Error(), `"PROC_THREAD_ATTRIBUTE_`) {
			t.Errorf("%v: %v", key, err)
		}
	}
}

// TestErrnoIsReachable: what the system said is still there beside the Win32 code.
func TestErrnoIsReachable(t *testing.T) {
	missing := filepath.Join(winetest.TempDir(t), "missing")
	for _, p := range []Params{
		{ApplicationName: missing},
		{Args: []string{missing}},
		{CommandLine: missing},
		{Args: []string{self(t)}, Environment: as("exit"), CurrentDirectory: missing},
	} {
		_, err := refused(t, p)
		if errno := syscall.Errno(0); !errors.As(err, &errno) || errno == 0 {
			t.Errorf("%v has no errno", err)
		}
	}
}

// TestArgumentsTooLong cannot be the same on Linux, whose limit is the
// kernel's, on the bytes of arguments and environment together.
func TestArgumentsTooLong(t *testing.T) {
	if runtime.GOOS != "windows" {
		t.Skip("Linux takes longer ones: TestLinuxRefusals has its limit")
	}
	room := MaxCommandLine - 1 - len(self(t)) - len(" 0 ") // the program's name needs no quotes
	p := Params{Args: []string{self(t), "0", strings.Repeat("x", room)}, Environment: as("exit")}
	if code := wait(t, create(t, p)); code != 0 {
		t.Errorf("the longest: exit code %d", code)
	}
	p.Args[2] += "x"
	if _, err := refused(t, p); !errors.Is(err, ERROR_FILENAME_EXCED_RANGE) || !strings.Contains(err.Error(), "32,767") {
		t.Error(err)
	}
}

func TestWaitForSingleObject(t *testing.T) {
	pi, stop := running(t)
	for timeout, want := range map[time.Duration]WaitResult{0: WAIT_TIMEOUT, 5 * time.Millisecond: WAIT_TIMEOUT} {
		if got, err := WaitForSingleObject(pi.Process, timeout); got != want || err != nil {
			t.Errorf("timeout %v: %v, %v", timeout, got, err)
		}
	}
	for _, timeout := range []time.Duration{-1, math.MinInt64} {
		if got, err := WaitForSingleObject(pi.Process, timeout); got != WAIT_FAILED || !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("timeout %v: %v, %v", timeout, got, err)
		}
	}
	stop()
	for _, timeout := range []time.Duration{INFINITE, 0, time.Hour} {
		if got, err := WaitForSingleObject(pi.Process, timeout); got != WAIT_OBJECT_0 || err != nil {
			t.Errorf("timeout %v after the end: %v, %v", timeout, got, err)
		}
	}
	if got, err := WaitForSingleObject(nil, 0); got != WAIT_FAILED || !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Errorf("nil: %v, %v", got, err)
	}
}

func TestWaitContext(t *testing.T) {
	pi, stop := running(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	if _, err := pi.Process.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ERROR_TIMEOUT) {
		t.Errorf("deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	cancel()
	if _, err := pi.Process.Wait(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, ERROR_CANCELLED) {
		t.Errorf("cancelled: %v", err)
	}
	stop()
	wait(t, pi)
	if code, err := pi.Process.Wait(ctx); code != 0 || err != nil {
		t.Errorf("cancelled, but the process has ended: %d, %v", code, err)
	}
}

func TestTerminate(t *testing.T) {
	for _, code := range []uint32{0, 1, 259, 0xC0000005} {
		pi, _ := running(t)
		if err := pi.Process.Terminate(code); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, pi); got != code {
			t.Errorf("terminated with %#x: exit code %#x", code, got)
		}
		if err := pi.Process.Terminate(7); !errors.Is(err, ERROR_ACCESS_DENIED) {
			t.Errorf("after the end: %v", err)
		}
		if got, err := pi.Process.ExitCode(); got != code || err != nil {
			t.Errorf("a second Terminate has changed the exit code: %#x, %v", got, err)
		}
		if exited, err := pi.Process.Exited(); !exited || err != nil {
			t.Errorf("terminated with %#x: Exited = %v, %v", code, exited, err)
		}
	}
}

func TestClosedHandle(t *testing.T) {
	pi, stop := running(t)
	for i, f := range []func() error{pi.Process.Close, pi.Thread.Close} {
		if err := f(); err != nil {
			t.Errorf("%d: Close: %v", i, err)
		}
		if err := f(); !errors.Is(err, ERROR_INVALID_HANDLE) {
			t.Errorf("%d: second Close: %v", i, err)
		}
	}
	if err := pi.Close(); err != nil {
		t.Errorf("ProcessInformation.Close: %v", err)
	}
	p := pi.Process
	_, e1 := p.Wait(context.Background())
	_, e2 := p.ExitCode()
	_, e3 := p.Exited()
	_, e4 := p.Times()
	_, e5 := p.Resources()
	_, e6 := WaitForSingleObject(p, 0)
	for i, err := range []error{e1, e2, e3, e4, e5, e6, p.Terminate(1)} {
		if !errors.Is(err, ERROR_INVALID_HANDLE) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%d: use after Close: %v", i, err)
		}
	}
	stop()
}

func TestTimes(t *testing.T) {
	before := time.Now().Add(-time.Second)
	pi, stop := running(t)
	times, err := pi.Process.Times()
	if err != nil || times.Creation.Before(before) || times.Creation.After(time.Now().Add(time.Second)) || !times.Exit.IsZero() {
		t.Errorf("running: %+v, %v", times, err)
	}
	if r, err := pi.Process.Resources(); err != nil || r.PeakMemory == 0 {
		t.Errorf("running: %+v, %v", r, err)
	}
	stop()
	wait(t, pi)
	times, err = pi.Process.Times()
	if err != nil || times.Exit.Before(times.Creation) || times.User < 0 || times.User+times.Kernel > time.Minute {
		t.Errorf("ended: %+v, %v", times, err)
	}
	if r, err := pi.Process.Resources(); err != nil || r.PeakMemory == 0 && !winetest.OnWine() {
		t.Errorf("ended: %+v, %v", r, err)
	}
}

// TestManyWaiters: one completion, whoever asks and however it is asked for.
func TestManyWaiters(t *testing.T) {
	pi, stop := running(t)
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			switch i % 3 {
			case 0:
				if code, err := pi.Process.Wait(context.Background()); code != 0 || err != nil {
					t.Errorf("Wait: %d, %v", code, err)
				}
			case 1:
				if got, err := WaitForSingleObject(pi.Process, INFINITE); got != WAIT_OBJECT_0 || err != nil {
					t.Errorf("WaitForSingleObject: %v, %v", got, err)
				}
			case 2:
				for {
					exited, err := pi.Process.Exited()
					if err != nil {
						t.Error(err)
					}
					if exited || err != nil {
						return
					}
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	stop()
	wg.Wait()
}

// TestManyUsers: one handle under fifty goroutines' hands, some of which close
// it. One Close succeeds, and whoever comes after it is told so.
func TestManyUsers(t *testing.T) {
	pi, stop := running(t)
	var wg sync.WaitGroup
	var closes, waits atomic.Int32
	for i := range 50 {
		wg.Go(func() {
			var err error
			switch i % 5 {
			case 0, 1:
				var code uint32
				if code, err = pi.Process.Wait(context.Background()); err == nil && code == 0 {
					waits.Add(1)
				}
			case 2, 3:
				for err == nil {
					_, err = pi.Process.ExitCode()
					time.Sleep(time.Millisecond)
				}
			case 4:
				time.Sleep(10 * time.Millisecond) // the others have begun
				if err = pi.Process.Close(); err == nil {
					closes.Add(1)
				}
			}
			if err != nil && !errors.Is(err, ERROR_INVALID_HANDLE) {
				t.Error(err)
			}
		})
	}
	for closes.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	wg.Wait()
	if closes.Load() != 1 {
		t.Errorf("%d of 10 have closed the handle", closes.Load())
	}
	if waits.Load() == 0 {
		t.Error("no Wait has outlived the Close")
	}
}

// TestManyAtOnce closes half of the handles without a wait: leaktest sees that
// no child is left.
func TestManyAtOnce(t *testing.T) {
	n := 200
	if runtime.GOOS == "windows" {
		n = 10 // Wine takes its time
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			pi, err := CreateProcess(Params{Args: []string{self(t), "3"}, Environment: as("exit")})
			if err != nil {
				t.Error(err)
				return
			}
			defer pi.Close()
			if i%2 == 0 {
				return
			}
			if code, err := pi.Process.Wait(context.Background()); code != 3 || err != nil {
				t.Errorf("Wait: %d, %v", code, err)
			}
		})
	}
	wg.Wait()
}

// TestCloseWhileWaiting: the wait goes on.
func TestCloseWhileWaiting(t *testing.T) {
	pi, stop := running(t)
	done := make(chan error)
	go func() {
		_, err := WaitForSingleObject(pi.Process, INFINITE)
		done <- err
	}()
	time.Sleep(10 * time.Millisecond)
	pi.Close()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
