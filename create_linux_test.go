package createprocess_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

var childRoles = map[string]func(args []string) int{
	"signal": func(args []string) int { // ends by a signal
		n, _ := strconv.Atoi(args[0])
		signal.Reset()
		// A core dump of a test helps nobody.
		unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
		var action [4]uintptr
		syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
		syscall.Kill(os.Getpid(), syscall.Signal(n))
		time.Sleep(time.Minute)
		return 0
	},
	"ids": func([]string) int { // pid, group, session
		sid, _ := unix.Getsid(0)
		fmt.Println(os.Getpid(), syscall.Getpgrp(), sid)
		return 0
	},
	"signals": func([]string) int { // what /proc says the child was started with
		text, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "SigBlk") || strings.HasPrefix(line, "SigIgn") {
				fmt.Print(line)
			}
		}
		return 0
	},
	"quota":   quotaChild,
	"reaper":  reaperChild,
	"creator": creatorChild,
}

// onEveryBackend runs f once for each way to make a child.
func onEveryBackend(t *testing.T, f func(t *testing.T)) {
	for _, b := range spawn.Backends() {
		t.Run(b.String(), func(t *testing.T) {
			t.Cleanup(spawn.SetBackend(b))
			f(t)
		})
	}
}

// TestBackends: the whole table, on every backend.
func TestBackends(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		t.Run("ExitCode", TestExitCode)
		t.Run("CommandLine", TestCommandLine)
		t.Run("EnvironmentList", TestEnvironmentList)
		t.Run("CurrentDirectory", TestCurrentDirectory)
		t.Run("StandardFiles", TestStandardFiles)
		t.Run("Refusals", TestRefusals)
		t.Run("Terminate", TestTerminate)
		t.Run("ManyAtOnce", TestManyAtOnce)
		t.Run("HandleList", TestHandleList)
		t.Run("NothingElseIsInherited", TestNothingElseIsInherited)
		t.Run("Detached", TestDetached)
		t.Run("ProcessGroup", TestProcessGroup)
		t.Run("Suspended", TestSuspended)
		t.Run("SuspendedAndKilled", TestSuspendedAndKilled)
		t.Run("PriorityClass", TestPriorityClass)
		t.Run("Affinity", TestAffinity)
		t.Run("NoNewPrivileges", TestNoNewPrivileges)
		t.Run("RandomLayout", TestRandomLayout)
		t.Run("Interpreter", TestInterpreter)
	})
}

// TestExitBySignal: semantics row "exit code".
func TestExitBySignal(t *testing.T) {
	for sig, want := range map[syscall.Signal]uint32{
		syscall.SIGSEGV: 0xC0000005,
		syscall.SIGILL:  0xC000001D,
		syscall.SIGFPE:  0xC0000094,
		syscall.SIGINT:  0xC000013A,
		syscall.SIGABRT: 0xC0000409,
		syscall.SIGKILL: 0x40010009,
		syscall.SIGTERM: 0x4001000F,
	} {
		pi := start(t, "signal", strconv.Itoa(int(sig)))
		if got := wait(t, pi); got != want {
			t.Errorf("%v: exit code %#x, want %#x", sig, got, want)
		}
		if got, err := pi.Process.Signal(); got != sig || err != nil {
			t.Errorf("Signal = %v, %v, want %v", got, err, sig)
		}
	}
	pi := start(t, "exit", "9")
	wait(t, pi)
	if got, err := pi.Process.Signal(); got != 0 || err != nil {
		t.Errorf("after an exit: Signal = %v, %v", got, err)
	}
}

// fds is the child's descriptors: number and target.
func fds(t *testing.T, p Params) map[string]string {
	t.Helper()
	p.Args, p.Environment = []string{self(t)}, as("fds")
	out, err := os.Create(filepath.Join(t.TempDir(), "fds"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p.StartupInfo.UseStdHandles(nil, out, nil)
	if code := wait(t, create(t, p)); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text, _ := os.ReadFile(out.Name())
	files := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		number, target, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[number] = target
	}
	return files
}

// TestHandleList: semantics row "bInheritHandles, handle list".
func TestHandleList(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	a, b, c := open("a"), open("b"), open("c")
	// a and b get each other's number, c a high one and its own.
	list := HandleList(
		InheritedHandle{File: a, Number: int(b.Fd())},
		InheritedHandle{File: b, Number: int(a.Fd())},
		InheritedHandle{File: c, Number: 200},
		InheritedHandle{File: c},
	)
	got := fds(t, Params{InheritHandles: true, StartupInfo: StartupInfo{Attributes: []Attribute{list}}})
	for fd, want := range map[int]string{int(b.Fd()): "a", int(a.Fd()): "b", 200: "c", int(c.Fd()): "c", 0: "null"} {
		if target := got[strconv.Itoa(fd)]; filepath.Base(target) != want {
			t.Errorf("descriptor %d is %q, want %s", fd, target, want)
		}
	}
	if len(got) != 7 { // and 1 and 2
		t.Errorf("the child has %v", got)
	}
}

// TestHandleListHigh: files whose numbers are higher than is worth copying.
func TestHandleListHigh(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "high"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	high, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 900)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(high), "high")
	defer file.Close()
	check := func(t *testing.T) {
		for _, number := range []int{0, 3, 4} {
			want := number
			if number == 0 {
				want = high
			}
			got := fds(t, Params{InheritHandles: true, StartupInfo: StartupInfo{
				Attributes: []Attribute{HandleList(InheritedHandle{File: file, Number: number})}}})
			if len(got) != 4 || filepath.Base(got[strconv.Itoa(want)]) != "high" {
				t.Errorf("as %d: the child has %v", number, got)
			}
		}
	}
	t.Run("fetched", check)
	// A refused pidfd_getfd is found out once, and then nobody asks again.
	restore := spawn.InjectFault(spawn.StepFetch, syscall.EPERM)
	t.Cleanup(spawn.AllowFetch)
	t.Run("refused", check)
	restore()
	t.Run("copied", check)
}

func TestHandleListRefusals(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notOpen := os.NewFile(500, "not open")
	for _, test := range []struct {
		name string
		list []InheritedHandle
		code Errno
		word string
	}{
		{"not open", []InheritedHandle{{File: notOpen}}, 6, "bad file descriptor"},
		{"nil", []InheritedHandle{{}}, 6, "bad file descriptor"},
		{"twice", []InheritedHandle{{File: f, Number: 5}, {File: f, Number: 5}}, 87, "descriptor 5 of the child is taken"},
		{"a standard file's number", []InheritedHandle{{File: f, Number: 2}}, 87, "descriptor 2 of the child is taken"},
		{"negative", []InheritedHandle{{File: f, Number: -3}}, 87, "no descriptor -3"},
		{"too high", []InheritedHandle{{File: f, Number: 1 << 30}}, 87, "no descriptor"},
		{"above the limit", []InheritedHandle{{File: f, Number: 1<<30 - 1}}, 6, "bad file descriptor"},
	} {
		onEveryBackendNamed(t, test.name, func(t *testing.T) {
			if spawn.InUse() == spawn.ForkExec && test.name == "above the limit" {
				return // its list is indexed by the number: a gigabyte for this one
			}
			pi, err := CreateProcess(Params{Args: []string{"/bin/true"}, InheritHandles: true,
				StartupInfo: StartupInfo{Attributes: []Attribute{HandleList(test.list...)}}})
			if err == nil {
				pi.Process.Terminate(1)
				pi.Close()
			}
			if !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.word) {
				t.Errorf("error %v, want %v with %q", err, test.code, test.word)
			}
		})
	}
	// Its finalizer must not close whatever has the number by then.
	runtime.SetFinalizer(notOpen, nil)
}

func onEveryBackendNamed(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { onEveryBackend(t, f) })
}

// TestNothingElseIsInherited: a descriptor that nobody marked close-on-exec
// stays here all the same.
func TestNothingElseIsInherited(t *testing.T) {
	fd, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Dup3(fd, 321, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(321)
	if got := fds(t, Params{}); len(got) != 3 {
		t.Errorf("the child has %v", got)
	}
	if got := fds(t, Params{InheritHandles: true}); len(got) != 3 {
		t.Errorf("with InheritHandles the child has %v", got)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		t.Errorf("the creator's own descriptor has changed: %x, %v", flags, err)
	}
}

// TestCreatorWithoutStandardFiles: they are the null device for the child.
func TestCreatorWithoutStandardFiles(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command("/bin/sh", "-c", `exec "$0" "$1" <&- >&- 2>&-`, self(t), out)
	cmd.Env = as("creator")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || strings.Count(string(text), "/dev/null") != 3 {
		t.Errorf("the child had %q, %v", text, err)
	}
}

func creatorChild(args []string) int {
	script := "a=$(readlink /proc/$$/fd/0; readlink /proc/$$/fd/1; readlink /proc/$$/fd/2); echo $a > " + args[0]
	pi, err := CreateProcess(Params{Args: []string{"/bin/sh", "-c", script}})
	if err != nil {
		return 1
	}
	code, err := pi.Process.Wait(context.Background())
	if err != nil {
		return 2
	}
	return int(code)
}

func ids(t *testing.T, flags CreationFlags) (pid, group, session int) {
	t.Helper()
	text := output(t, Params{Args: []string{self(t)}, Environment: as("ids"), CreationFlags: flags})
	if _, err := fmt.Sscan(text, &pid, &group, &session); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return
}

// TestDetached: semantics row "DETACHED_PROCESS".
func TestDetached(t *testing.T) {
	for _, flags := range []CreationFlags{DETACHED_PROCESS, DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP} {
		if pid, group, session := ids(t, flags); group != pid || session != pid {
			t.Errorf("%v: pid %d, group %d, session %d", flags, pid, group, session)
		}
	}
	// Its standard files are the null device unless they are given.
	pi := create(t, Params{Args: []string{"/bin/sh", "-c", `test "$(readlink /proc/$$/fd/2)" = /dev/null`}, CreationFlags: DETACHED_PROCESS})
	if code := wait(t, pi); code != 0 {
		t.Error("a standard file of a detached process is not /dev/null")
	}
}

// TestNoWindow: semantics row "CREATE_NO_WINDOW".
func TestNoWindow(t *testing.T) {
	pi := create(t, Params{Args: []string{"/bin/sh", "-c", "for i in 0 2; do [ \"$(readlink /proc/$$/fd/$i)\" = /dev/null ] || exit 1; done"}, CreationFlags: CREATE_NO_WINDOW})
	if code := wait(t, pi); code != 0 {
		t.Error("a standard file is not /dev/null")
	}
}

// TestProcessGroup: semantics row "CREATE_NEW_PROCESS_GROUP".
func TestProcessGroup(t *testing.T) {
	mine, _ := unix.Getsid(0)
	if pid, group, session := ids(t, CREATE_NEW_PROCESS_GROUP); group != pid || session != mine {
		t.Errorf("pid %d, group %d, session %d", pid, group, session)
	}
	if pid, group, _ := ids(t, 0); group == pid || group != syscall.Getpgrp() {
		t.Errorf("without the flag: pid %d, group %d", pid, group)
	}
}

// TestSignalState: the child has an empty mask and SIGPIPE is default; a signal
// that the creator ignores stays ignored, so that nohup works.
func TestSignalState(t *testing.T) {
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	defer signal.Reset(syscall.SIGPIPE, syscall.SIGHUP)
	for _, b := range spawn.Backends() {
		if b == spawn.ForkExec {
			continue // which keeps SIGPIPE ignored, as startForkExec says
		}
		defer spawn.SetBackend(b)()
		text := output(t, Params{Args: []string{"/bin/sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status"}})
		var blocked, ignored uint64
		if _, err := fmt.Sscanf(text, "SigBlk: %x\nSigIgn: %x", &blocked, &ignored); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if blocked != 0 {
			t.Errorf("%v: blocked %x", b, blocked)
		}
		const hup, pipe = 1 << (syscall.SIGHUP - 1), 1 << (syscall.SIGPIPE - 1)
		if ignored&pipe != 0 || ignored&hup == 0 {
			t.Errorf("%v: ignored %x", b, ignored)
		}
	}
}

// TestInterpreter: a missing interpreter is not a missing image.
func TestInterpreter(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	for _, test := range []struct {
		name, text string
		code       Errno
		words      []string
	}{
		{"missing", "#!/nowhere/sh -e\n", 2, []string{"open interpreter of", "script", `"/nowhere/sh"`, "no such file"}},
		{"may not be executed", "#! /etc/passwd\n", 5, []string{"open interpreter of", `"/etc/passwd"`, "permission denied"}},
		{"a directory", "#!/tmp\n", 5, []string{"open interpreter of", `"/tmp"`, "permission denied"}},
		{"none", "#!\n", 193, []string{"exec", "script", "exec format error"}},
	} {
		if err := os.WriteFile(script, []byte(test.text), 0o755); err != nil {
			t.Fatal(err)
		}
		pi, err := CreateProcess(Params{Args: []string{script}})
		if err == nil {
			pi.Process.Terminate(1)
			t.Fatalf("%s: a process has been created", test.name)
		}
		if !errors.Is(err, test.code) {
			t.Errorf("%s: %v, want %v", test.name, err, test.code)
		}
		for _, w := range test.words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", test.name, err, w)
			}
		}
	}
	// The dynamic linker of an ELF image is its interpreter.
	text, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(text), "/ld-linux")
	if i < 0 {
		t.Fatal("/bin/true has no dynamic linker")
	}
	text[i+1] = 'X'
	if err := os.WriteFile(script, text, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = CreateProcess(Params{Args: []string{script}})
	if !errors.Is(err, ERROR_FILE_NOT_FOUND) || !strings.Contains(err.Error(), "open interpreter of") || !strings.Contains(err.Error(), "/Xd-linux") {
		t.Errorf("an ELF image: %v", err)
	}
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit 4\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if code := wait(t, create(t, Params{Args: []string{script}})); code != 4 {
		t.Errorf("a script: exit code %d", code)
	}
}

func TestLinuxRefusals(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	busy := filepath.Join(dir, "busy")
	text, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(busy, text, 0o755); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(busy, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		p     Params
		code  Errno
		errno syscall.Errno
		word  string
	}{
		{"may not be executed", Params{Args: []string{plain}}, 5, syscall.EACCES, "open"},
		{"may not be executed, application", Params{ApplicationName: plain}, 5, syscall.EACCES, "open"},
		{"being written", Params{Args: []string{busy}}, 32, syscall.ETXTBSY, "exec"},
		{"a link to itself", Params{Args: []string{loop}}, 1921, syscall.ELOOP, "open"},
		{"a file as a directory", Params{Args: []string{plain + "/x"}}, 267, syscall.ENOTDIR, "open"},
		{"arguments too long", Params{Args: []string{"/bin/true", strings.Repeat("x", 1<<18)}}, 206, syscall.E2BIG, "arguments and environment"},
		{"environment too long", Params{Args: []string{"/bin/true"}, Environment: []string{"A=" + strings.Repeat("x", 1<<18)}}, 206, syscall.E2BIG, "arguments and environment"},
		{"name too long", Params{Args: []string{"/" + strings.Repeat("x", 5000)}}, 206, syscall.ENAMETOOLONG, "open"},
	} {
		onEveryBackendNamed(t, test.name, func(t *testing.T) {
			pi, err := CreateProcess(test.p)
			if err == nil {
				pi.Process.Terminate(1)
				t.Fatal("a process has been created")
			}
			var errno syscall.Errno
			errors.As(err, &errno)
			if !errors.Is(err, test.code) || errno != test.errno || !strings.Contains(err.Error(), test.word) {
				t.Errorf("%v (errno %d), want %v, %v, %q", err, errno, test.code, test.errno, test.word)
			}
		})
	}
}

// TestWindow: semantics row "Title, Desktop, …".
func TestWindow(t *testing.T) {
	const all = STARTF_USESHOWWINDOW | STARTF_USESIZE | STARTF_USEPOSITION | STARTF_USECOUNTCHARS | STARTF_USEFILLATTRIBUTE |
		STARTF_RUNFULLSCREEN | STARTF_FORCEONFEEDBACK | STARTF_FORCEOFFFEEDBACK
	s := StartupInfo{Title: "t", Desktop: "d", ShowWindow: 1, X: 1, Y: 2, XSize: 3, YSize: 4, FillAttribute: 5, Flags: all}
	if code := wait(t, create(t, Params{Args: []string{self(t), "3"}, Environment: as("exit"), StartupInfo: s})); code != 3 {
		t.Errorf("exit code %d", code)
	}
}

// TestRelativeImage: it is the creator's, whatever the child's directory is.
func TestRelativeImage(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("prog", []byte("#!/bin/sh\npwd\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("sub", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Params{
		{Args: []string{"./prog"}, CurrentDirectory: "sub"},
		{CommandLine: "./prog", CurrentDirectory: "sub"},
		{ApplicationName: "prog", CurrentDirectory: "sub"},
	} {
		if got := output(t, p); strings.TrimSpace(got) != filepath.Join(dir, "sub") {
			t.Errorf("%+v: %q", p, got)
		}
	}
	if _, err := CreateProcess(Params{Args: []string{"prog"}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name without a slash is not looked for here: %v", err)
	}
}

// TestEmptyEnvironment: not nil, but nothing in it.
func TestEmptyEnvironment(t *testing.T) {
	if got := output(t, Params{Args: []string{"/usr/bin/env"}, Environment: []string{}}); got != "" {
		t.Errorf("the child has %q", got)
	}
}

// TestFaults makes each step fail, on every backend: the error names the step,
// and nothing is left.
func TestFaults(t *testing.T) {
	p := Params{Args: []string{"/bin/true"}, CurrentDirectory: "/", InheritHandles: true, CreationFlags: CREATE_NEW_PROCESS_GROUP}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	list := []InheritedHandle{{File: r, Number: int(w.Fd())}, {File: w, Number: int(r.Fd())}}
	p.StartupInfo.Attributes = []Attribute{HandleList(list...)}
	p.StartupInfo.UseStdHandles(nil, os.Stdout, os.Stderr)
	detached := p
	detached.CreationFlags = DETACHED_PROCESS
	everything := p // that every backend has
	everything.CreationFlags |= CREATE_SUSPENDED | IDLE_PRIORITY_CLASS
	everything.StartupInfo.Attributes = []Attribute{
		{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1}},
		{PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, MitigationPolicy{
			Policy: PROCESS_CREATION_MITIGATION_POLICY_BOTTOM_UP_ASLR_ALWAYS_ON, NoNewPrivileges: true}},
	}
	hardened := p // what syscall.ForkExec does not have
	hardened.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROCESS_CREATION_CHILD_PROCESS_RESTRICTED}}
	noExecGain := p // nor this
	noExecGain.StartupInfo.Attributes = mitigated(MitigationPolicy{Policy: PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON})
	onConsole := p
	onConsole.StartupInfo.Attributes = []Attribute{HandleList(list...), PseudoConsole(newConsole(t))}
	onNewConsole := p
	onNewConsole.CreationFlags = CREATE_NEW_CONSOLE
	onNewConsole.StartupInfo.Flags &^= STARTF_USESTDHANDLES
	onNewConsole.StartupInfo.StdOutput, onNewConsole.StartupInfo.StdError = nil, nil
	wait(t, create(t, onNewConsole)) // the reaper's descriptor stays open for good
	before := countFiles(t)
	for _, test := range []struct {
		step  spawn.Step
		errno syscall.Errno
		code  Errno
		word  string
		p     Params
	}{
		{spawn.StepClone, syscall.EAGAIN, 1816, "clone", p},
		{spawn.StepClone, syscall.ENOMEM, 8, "clone", p},
		{spawn.StepClone, syscall.EMFILE, 4, "clone", p},
		{spawn.StepUnshare, syscall.ENOMEM, 8, "close_range", p},
		{spawn.StepUnshare, syscall.EMFILE, 4, "close_range", p},
		{spawn.StepGroup, syscall.EPERM, 5, "setpgid", p},
		{spawn.StepSession, syscall.EPERM, 5, "setsid", detached},
		{spawn.StepSession, syscall.EPERM, 5, "setsid", onConsole},
		{spawn.StepTerminal, syscall.EPERM, 5, "ioctl TIOCSCTTY", onConsole},
		{spawn.StepTerminal, syscall.EIO, 1117, "ioctl TIOCSCTTY", onNewConsole},
		{spawn.StepDup, syscall.EMFILE, 4, "dup", onConsole},
		{spawn.StepExec, syscall.ENOMEM, 8, "exec", onConsole},
		{spawn.StepExec, syscall.ENOMEM, 8, "exec", onNewConsole},
		{spawn.StepNull, syscall.EMFILE, 4, "open", p},
		{spawn.StepLift, syscall.EMFILE, 4, "fcntl", p},
		{spawn.StepDup, syscall.EMFILE, 4, "dup", p},
		{spawn.StepClose, syscall.ENOMEM, 8, "close_range", p},
		{spawn.StepDirectory, syscall.EIO, 1117, "chdir", p},
		{spawn.StepSignals, syscall.EINVAL, 87, "sigaction", p},
		{spawn.StepAffinity, syscall.EINVAL, 87, "sched_setaffinity", everything},
		{spawn.StepNoNewPrivs, syscall.EINVAL, 87, "PR_SET_NO_NEW_PRIVS", everything},
		{spawn.StepPersonality, syscall.ENOMEM, 8, "personality", everything},
		{spawn.StepTrace, syscall.EPERM, 5, "ptrace", everything},
		{spawn.StepNoExecGain, syscall.EINVAL, 50, "PR_SET_MDWE", noExecGain},
		{spawn.StepFilter, syscall.EINVAL, 50, "seccomp", hardened},
		{spawn.StepFilter, syscall.ENOMEM, 8, "seccomp", hardened},
		{spawn.StepExec, syscall.ENOMEM, 8, "exec", hardened},
		{spawn.StepExec, syscall.ENOMEM, 8, "exec", everything},
		{spawn.StepExec, syscall.ENOMEM, 8, "exec", p},
		{spawn.StepExec, syscall.EMFILE, 4, "exec", p},
	} {
		onEveryBackendNamed(t, test.step.String()+" "+unix.ErrnoName(test.errno), func(t *testing.T) {
			if spawn.InUse() == spawn.ForkExec && (reflect.DeepEqual(test.p, hardened) || reflect.DeepEqual(test.p, noExecGain)) {
				return // TestHardenedFallback
			}
			restore := spawn.InjectFault(test.step, test.errno)
			pi, err := CreateProcess(test.p)
			restore()
			if err == nil {
				pi.Process.Terminate(1)
				pi.Close()
				t.Fatal("a process has been created")
			}
			if !errors.Is(err, test.code) || !errors.Is(err, test.errno) || !strings.Contains(err.Error(), test.word) {
				t.Errorf("%v, want %v, %v, %q", err, test.code, test.errno, test.word)
			}
			if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil); err != unix.ECHILD {
				t.Errorf("a child is left: %v", err)
			}
			if after := countFiles(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
	onEveryBackendNamed(t, "none", func(t *testing.T) {
		for _, p := range []Params{p, onConsole, onNewConsole} {
			if code := wait(t, create(t, p)); code != 0 {
				t.Errorf("exit code %d", code)
			}
		}
	})
}

func countFiles(t *testing.T) int {
	t.Helper()
	wait(t, start(t, "exit", "0")) // so that whatever stays open for good is open
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestRefusedSystemCalls: where a sandbox refuses clone3, or clone, or
// close_range, the next way is found without being told.
func TestRefusedSystemCalls(t *testing.T) {
	for _, test := range []struct {
		step  spawn.Step
		errno syscall.Errno
	}{{spawn.StepUnshare, syscall.ENOSYS}, {spawn.StepUnshare, syscall.EPERM}} {
		restore := spawn.SetBackend(spawn.Clone3)
		fault := spawn.InjectFault(test.step, test.errno)
		_, err := CreateProcess(Params{Args: []string{"/bin/true"}})
		fault()
		// The injected fault holds for the last backend too; what counts is
		// which one is in use now.
		if b := spawn.InUse(); b != spawn.ForkExec {
			t.Errorf("%v %v: in use is %v, after %v", test.step, test.errno, b, err)
		}
		if code := wait(t, create(t, Params{Args: []string{"/bin/true"}})); code != 0 {
			t.Errorf("exit code %d", code)
		}
		restore()
	}
}

// TestOutOfDescriptors: the real EMFILE, wherever it comes.
func TestOutOfDescriptors(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	onEveryBackend(t, func(t *testing.T) {
		before := countFiles(t)
		failures := 0
		for limit := uint64(1); ; limit++ {
			unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: old.Max}, nil)
			var p Params
			p.Args = []string{"/bin/true"}
			p.StartupInfo.UseStdHandles(nil, os.Stdout, os.Stderr)
			pi, err := CreateProcess(p)
			unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil)
			if err == nil {
				wait(t, pi)
				pi.Close()
				if limit > uint64(before)+10 {
					break
				}
				continue
			}
			failures++
			if !errors.Is(err, ERROR_TOO_MANY_OPEN_FILES) && !errors.Is(err, ERROR_INVALID_HANDLE) {
				t.Errorf("limit %d: %v", limit, err)
			}
			if limit > 10000 {
				t.Fatal("it never succeeds")
			}
		}
		if failures == 0 {
			t.Error("no limit was low enough")
		}
		if after := countFiles(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
}

// TestOutOfProcesses: RLIMIT_NPROC does not bind root, so that another user is needed.
func TestOutOfProcesses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become a user whom RLIMIT_NPROC binds")
	}
	image := copySelf(t)
	cmd := exec.Command(image)
	cmd.Env = as("quota")
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
}

// copySelf is the test binary at a place where every user can execute it.
func copySelf(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "createprocess")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	text, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	image := filepath.Join(dir, "test")
	if err := os.WriteFile(image, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return image
}

func quotaChild([]string) int {
	// The runtime ends a program that cannot have a thread when it needs one: so
	// it gets some to keep, before there are no more.
	var threads sync.WaitGroup
	hold := make(chan struct{})
	for range 10 {
		threads.Add(1)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			threads.Done()
			<-hold
		}()
	}
	threads.Wait()
	close(hold)
	unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: 1, Max: 1})
	for _, b := range spawn.Backends() {
		restore := spawn.SetBackend(b)
		pi, err := CreateProcess(Params{Args: []string{"/bin/true"}})
		if err == nil {
			pi.Process.Terminate(1)
		}
		if !errors.Is(err, ERROR_NOT_ENOUGH_QUOTA) || !errors.Is(err, syscall.EAGAIN) {
			fmt.Fprintf(os.Stderr, "%v: %v, want ERROR_NOT_ENOUGH_QUOTA\n", b, err)
			return 1
		}
		restore()
	}
	return 0
}

// usually is how many times something is tried, where time is no matter.
func usually(n int) int {
	if testing.Short() {
		return n / 4
	}
	return n
}

// TestNoZombie: nobody waits, and the handles are closed or dropped; the
// program has its own SIGCHLD handling and uses os/exec at the same time.
func TestNoZombie(t *testing.T) {
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, syscall.SIGCHLD)
	defer signal.Stop(signals)
	onEveryBackend(t, func(t *testing.T) {
		for i := range usually(50) {
			pi, err := CreateProcess(Params{Args: []string{"/bin/true"}})
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				pi.Close()
			}
			if i%10 == 0 {
				if err := exec.Command("/bin/true").Run(); err != nil {
					t.Error(err)
				}
			}
		}
		for deadline := time.Now().Add(20 * time.Second); ; {
			err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil)
			if err == unix.ECHILD {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("children are left")
			}
			time.Sleep(time.Millisecond)
		}
	})
}

// TestCollectedByOthers: another part of the program waits for all children,
// as the first process of a container does.
func TestCollectedByOthers(t *testing.T) {
	keeps := kernelKeepsExitCodes(t)
	for _, test := range []struct{ how, info string }{
		{"wait4", "kept"}, {"wait4", "lost"}, {"ignored", "kept"}, {"ignored", "lost"},
	} {
		t.Run(test.how+" "+test.info, func(t *testing.T) {
			if test.info == "kept" && !keeps {
				t.Skip("this kernel does not keep exit codes; Linux 6.15 does")
			}
			cmd := exec.Command(self(t), test.how, test.info, strconv.Itoa(usually(200)))
			cmd.Env = as("reaper")
			cmd.Stderr = os.Stderr
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
}

func kernelKeepsExitCodes(t *testing.T) bool {
	t.Helper()
	child, err := spawn.Start(&spawn.Request{Path: "/bin/true", Argv: spawn.NewStrings([]string{"true"}), Envv: spawn.NewStrings(nil),
		Files: []spawn.File{{Source: 0, Target: 0}}})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child.Pidfd)
	if err := unix.Waitid(unix.P_PIDFD, child.Pidfd, nil, unix.WEXITED, nil); err != nil {
		t.Fatal(err)
	}
	_, ended, err := pidfd.Collected(child.Pidfd)
	return ended && err == nil
}

// reaperChild is a program in which something else collects all children.
func reaperChild(args []string) int {
	if args[1] == "lost" {
		pidfd.RefuseInfo()
	}
	if args[0] == "ignored" {
		signal.Ignore(syscall.SIGCHLD)
	} else {
		go func() {
			for {
				if _, err := unix.Wait4(-1, nil, 0, nil); err == unix.ECHILD {
					time.Sleep(100 * time.Microsecond)
				}
			}
		}()
	}
	lost := 0
	n, _ := strconv.Atoi(args[2])
	for i := range n {
		script := "exit 7"
		if i%4 == 0 {
			script = "sleep 0.01; exit 7"
		}
		pi, err := CreateProcess(Params{Args: []string{"/bin/sh", "-c", script}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code, err := pi.Process.Wait(context.Background())
		switch {
		case err == nil && code == 7:
		case args[1] == "lost" && errors.Is(err, ERROR_NOT_SUPPORTED) && strings.Contains(err.Error(), "another part of the program"):
			lost++
		default:
			fmt.Fprintf(os.Stderr, "Wait = %d, %v\n", code, err)
			return 1
		}
		if code, err := pi.Process.ExitCode(); code != 7 && err == nil {
			fmt.Fprintf(os.Stderr, "ExitCode = %d, %v\n", code, err)
			return 1
		}
		pi.Close()
	}
	if args[1] == "lost" && lost == 0 {
		fmt.Fprintln(os.Stderr, "no exit code was lost: the test tests nothing")
		return 1
	}
	return 0
}

// TestFailedChildIsSilent: a child that fails before its image runs is nobody
// else's business, neither as a signal nor as a child.
func TestFailedChildIsSilent(t *testing.T) {
	if err := leaktest.Children(); err != nil { // one of another test that ends now would be heard
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 10)
	signal.Notify(signals, syscall.SIGCHLD)
	defer signal.Stop(signals)
	for _, b := range []spawn.Backend{spawn.Clone3, spawn.Clone} {
		if !slices.Contains(spawn.Backends(), b) {
			t.Skip("only syscall.ForkExec is there")
		}
		restore := spawn.SetBackend(b)
		for range 20 {
			if _, err := CreateProcess(Params{Args: []string{"/bin/true"}, CurrentDirectory: "/nowhere"}); err == nil {
				t.Fatal("a process has been created")
			}
		}
		restore()
	}
	select {
	case <-signals:
		t.Error("SIGCHLD for a child that never was")
	case <-time.After(50 * time.Millisecond):
	}
}

// TestFewThreads: waiting costs no thread per child.
func TestFewThreads(t *testing.T) {
	const n = 300
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	countThreads := func() int {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(threads)
	}
	before := countThreads() // the runtime keeps those of earlier tests
	var all []*ProcessInformation
	done := make(chan error, n)
	for range n {
		p := Params{Args: []string{"/bin/cat"}}
		p.StartupInfo.UseStdHandles(r, nil, nil)
		pi := create(t, p)
		all = append(all, pi)
		go func() {
			code, err := pi.Process.Wait(context.Background())
			if err == nil && code != 0 {
				err = fmt.Errorf("exit code %d", code)
			}
			done <- err
		}()
	}
	r.Close()
	time.Sleep(20 * time.Millisecond)
	if more := countThreads() - before; more > 16 {
		t.Errorf("%d threads more for %d children", more, n)
	}
	w.Close()
	for range all {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestUnprivileged runs the table as a user who is not root.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the other tests are the same: they do not run as root")
	}
	image := copySelf(t)
	cmd := exec.Command(image, "-test.run", "^Test(ExitCode|CommandLine|StandardFiles|Terminate|HandleList|HandleListHigh|Detached|NoZombie|ManyAtOnce)$", fmt.Sprintf("-test.short=%v", testing.Short()))
	cmd.Dir = filepath.Dir(image)
	cmd.Env = environ.Set(environ.FromCreator(), "TMPDIR=/tmp", "HOME=/")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54322, Gid: 54322}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFilesLimit: semantics row "limits": the limit on open files is the one
// that the creator was started with, as os/exec has it, not Go's raised one.
func TestFilesLimit(t *testing.T) {
	got := output(t, Params{Args: []string{"/bin/sh", "-c", `ulimit -Sn 512; exec "$0"`, self(t)}, Environment: as("files-creator")})
	want := "clone3 512\nfault: ERROR_ACCESS_DENIED\nclone 512\nfault: ERROR_ACCESS_DENIED\nForkExec 512\nfault: ERROR_ACCESS_DENIED\n"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOwnFilesLimit: a limit that the program has set for itself is its
// children's.
func TestOwnFilesLimit(t *testing.T) {
	got := output(t, Params{Args: []string{self(t), "777"}, Environment: as("limited-creator")})
	if got != "777\n" {
		t.Errorf("the limit is %q", got)
	}
}

func init() {
	childRoles["files-creator"] = func([]string) int {
		p := Params{Args: []string{"/bin/sh", "-c", "ulimit -Sn"}}
		for _, b := range spawn.Backends() {
			restore := spawn.SetBackend(b)
			fmt.Print(b, " ")
			pi, err := CreateProcess(p)
			if err != nil {
				fmt.Println(err)
				return 1
			}
			pi.Process.Wait(context.Background())
			pi.Close()
			fault := spawn.InjectFault(spawn.StepLimit, syscall.EPERM)
			_, err = CreateProcess(p)
			fault()
			var e *Error
			if errors.As(err, &e) {
				fmt.Println("fault:", e.Code.Name())
			}
			restore()
		}
		return 0
	}
	childRoles["limited-creator"] = func(args []string) int {
		n, _ := strconv.ParseUint(args[0], 10, 64)
		var limit unix.Rlimit
		unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
		limit.Cur = n
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			fmt.Println(err)
			return 1
		}
		pi, err := CreateProcess(Params{Args: []string{"/bin/sh", "-c", "ulimit -Sn"}})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer pi.Close()
		code, _ := pi.Process.Wait(context.Background())
		return int(code)
	}
}
