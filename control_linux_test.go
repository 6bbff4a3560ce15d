package createprocess_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"golang.org/x/sys/unix"
)

func init() {
	childRoles["status"] = func(args []string) int { // the lines of /proc/self/status that begin so
		text, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(text)) {
			for _, a := range args {
				if strings.HasPrefix(line, a+":") {
					fmt.Print(line)
				}
			}
		}
		return 0
	}
	childRoles["hardened"] = hardenedChild
	childRoles["personality"] = func([]string) int {
		p, _, _ := unix.RawSyscall(unix.SYS_PERSONALITY, 0xffffffff, 0, 0)
		fmt.Printf("%#x", p)
		return 0
	}
	childRoles["killed-creator"] = killedCreator
}

// mayRaisePriority: a class above the creator's own needs CAP_SYS_NICE.
func mayRaisePriority(class CreationFlags) bool {
	return os.Geteuid() == 0 || class == IDLE_PRIORITY_CLASS || class == BELOW_NORMAL_PRIORITY_CLASS || class == NORMAL_PRIORITY_CLASS
}

func affinityAttribute(_ testing.TB, processor int) []Attribute {
	return []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1 << (processor % 64), Group: uint16(processor / 64)}}}
}

func mitigated(m MitigationPolicy) []Attribute {
	return []Attribute{{PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, m}}
}

// TestNoNewPrivileges: semantics row "MITIGATION_POLICY".
func TestNoNewPrivileges(t *testing.T) {
	for _, want := range []bool{false, true} {
		p := Params{Args: []string{self(t), "NoNewPrivs"}, Environment: as("status")}
		p.StartupInfo.Attributes = mitigated(MitigationPolicy{NoNewPrivileges: want, Policy: PROCESS_CREATION_MITIGATION_POLICY_DEP_ENABLE})
		if got := output(t, p); strings.HasSuffix(got, "1\n") != want {
			t.Errorf("%v: the child has %q", want, got)
		}
	}
	if nnp, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); nnp != 0 || err != nil {
		t.Errorf("the creator has it: %d, %v", nnp, err)
	}
}

// TestRandomLayout: a child is laid out at random though the creator is not.
func TestRandomLayout(t *testing.T) {
	const addrNoRandomize = 0x40000
	p := Params{Args: []string{self(t)}, Environment: as("personality")}
	plain := p
	p.StartupInfo.Attributes = mitigated(MitigationPolicy{Policy: PROCESS_CREATION_MITIGATION_POLICY_BOTTOM_UP_ASLR_ALWAYS_ON})
	spawn.OnThreadOfItsOwn(func() {
		unix.RawSyscall(unix.SYS_PERSONALITY, addrNoRandomize, 0, 0)
		if got := output(t, plain); got != "0x40000" {
			t.Errorf("without the attribute the personality is %s", got)
		}
		if got := output(t, p); got != "0x0" {
			t.Errorf("with it the personality is %s", got)
		}
	})
}

// hasMDWE: Linux 6.3 and later.
func hasMDWE() bool {
	_, err := unix.PrctlRetInt(unix.PR_GET_MDWE, 0, 0, 0, 0)
	return err == nil
}

// hardenedChild says what it may do.
func hardenedChild(args []string) int {
	if memory, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err != nil {
		fmt.Println("code:", err)
	} else {
		unix.Munmap(memory)
		fmt.Println("code: yes")
	}
	_, err := exec.Command("/bin/true").Output()
	fmt.Println("child:", err)
	// Threads are made all the same: as many as wait here.
	done := make(chan bool)
	for range 5 {
		go func() {
			runtime.LockOSThread()
			done <- true
		}()
	}
	for range 5 {
		<-done
	}
	fmt.Println("threads: yes")
	return 0
}

// TestHardened: semantics rows "MITIGATION_POLICY" and "CHILD_PROCESS_POLICY".
func TestHardened(t *testing.T) {
	p := Params{Args: []string{self(t)}, Environment: as("hardened")}
	if got, want := output(t, p), "code: yes\nchild: <nil>\nthreads: yes\n"; got != want {
		t.Fatalf("without: %q, want %q", got, want)
	}
	for _, b := range []spawn.Backend{spawn.Clone3, spawn.Clone} {
		restore := spawn.SetBackend(b)
		p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROCESS_CREATION_CHILD_PROCESS_RESTRICTED}}
		if got, want := output(t, p), "code: yes\nchild: fork/exec /bin/true: operation not permitted\nthreads: yes\n"; got != want {
			t.Errorf("%v: no children: %q, want %q", b, got, want)
		}
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, mitigated(MitigationPolicy{Policy: PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON})...)
		if !hasMDWE() {
			if _, err := refused(t, p); !errors.Is(err, ERROR_NOT_SUPPORTED) {
				t.Errorf("%v: no dynamic code: %v", b, err)
			}
		} else if got, want := output(t, p), "code: permission denied\nchild: fork/exec /bin/true: operation not permitted\nthreads: yes\n"; got != want {
			t.Errorf("%v: no dynamic code: %q, want %q", b, got, want)
		}
		restore()
	}
	memory, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatalf("the creator may not make code any more: %v", err)
	}
	unix.Munmap(memory)
}

// TestHardenedFallback: what syscall.ForkExec cannot do is refused.
func TestHardenedFallback(t *testing.T) {
	t.Cleanup(spawn.SetBackend(spawn.ForkExec))
	for _, a := range []Attribute{
		{PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROCESS_CREATION_CHILD_PROCESS_RESTRICTED},
		{PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, MitigationPolicy{Policy: PROCESS_CREATION_MITIGATION_POLICY_PROHIBIT_DYNAMIC_CODE_ALWAYS_ON}},
	} {
		p := Params{Args: []string{self(t)}, Environment: as("hardened")}
		p.StartupInfo.Attributes = []Attribute{a}
		if _, err := refused(t, p); !errors.Is(err, ERROR_NOT_SUPPORTED) {
			t.Errorf("%v: %v", a.Key, err)
		}
	}
}

// TestLinuxAttributes: semantics row "attributes": what Linux does not have is
// refused by name.
func TestLinuxAttributes(t *testing.T) {
	pi := sleeper(t, 0)
	for _, a := range []Attribute{
		{PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, pi.Process},
		{PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, MitigationPolicy{Policy: PROCESS_CREATION_MITIGATION_POLICY_CONTROL_FLOW_GUARD_ALWAYS_ON}},
		{PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROCESS_CREATION_CHILD_PROCESS_OVERRIDE},
	} {
		p := Params{Args: []string{self(t), "0"}, Environment: as("exit")}
		p.StartupInfo.Attributes = []Attribute{a}
		if pi, err := CreateProcess(p); !errors.Is(err, ERROR_NOT_SUPPORTED) || !strings.Contains(err.Error(), a.Key.String()) {
			t.Errorf("%v: %v, %v", a.Key, pi, err)
		}
	}
	// A processor that the machine does not have is the kernel's to refuse.
	p := Params{Args: []string{self(t), "0"}, Environment: as("exit")}
	p.StartupInfo.Attributes = []Attribute{{PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, GroupAffinity{Mask: 1, Group: 15}}}
	if pi, err := CreateProcess(p); !errors.Is(err, ERROR_INVALID_PARAMETER) {
		t.Errorf("no such processor: %v, %v", pi, err)
	}
}

// TestConsoleCtrlEvent: semantics row "GenerateConsoleCtrlEvent".
func TestConsoleCtrlEvent(t *testing.T) {
	for event, want := range map[CtrlEvent]syscall.Signal{CTRL_C_EVENT: syscall.SIGINT, CTRL_BREAK_EVENT: syscall.SIGQUIT} {
		pi := create(t, Params{Args: []string{"/bin/sleep", "1000"}, CreationFlags: CREATE_NEW_PROCESS_GROUP})
		if err := GenerateConsoleCtrlEvent(event, pi.ProcessID); err != nil {
			t.Error(err)
		}
		wait(t, pi)
		if sig, err := pi.Process.Signal(); sig != want || err != nil {
			t.Errorf("event %d: %v, %v, want %v", event, sig, err, want)
		}
		if err := GenerateConsoleCtrlEvent(event, pi.ProcessID); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("the group is gone: %v", err)
		}
	}
}

// TestPriorityWithoutPrivilege: who may not have the class that it asks for gets
// the highest that it may have, and never less than it had.
func TestPriorityWithoutPrivilege(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else under another limit")
	}
	var saved unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NICE, &saved); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NICE, &saved)
	for _, test := range []struct {
		limit            uint64 // RLIMIT_NICE: 20 minus the lowest nice value
		class, got, then CreationFlags
	}{
		// Created with class it has got; asked for HIGH after BELOW_NORMAL it has then.
		{0, NORMAL_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS},
		{0, HIGH_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS},
		{0, IDLE_PRIORITY_CLASS, IDLE_PRIORITY_CLASS, IDLE_PRIORITY_CLASS},
		{20, REALTIME_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS},
		{26, HIGH_PRIORITY_CLASS, ABOVE_NORMAL_PRIORITY_CLASS, ABOVE_NORMAL_PRIORITY_CLASS},
		{40, HIGH_PRIORITY_CLASS, HIGH_PRIORITY_CLASS, HIGH_PRIORITY_CLASS},
	} {
		if err := unix.Setrlimit(unix.RLIMIT_NICE, &unix.Rlimit{Cur: test.limit, Max: max(test.limit, saved.Max)}); err != nil {
			t.Logf("limit %d: %v (without CAP_SYS_RESOURCE the hard limit stays)", test.limit, err)
			continue
		}
		spawn.OnThreadOfItsOwn(func() {
			// It begins at normal, whatever has started the test.
			unix.Setpriority(unix.PRIO_PROCESS, 0, 0)
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
				t.Error(errno)
				return
			}
			pi, err := CreateProcess(Params{Args: []string{"/bin/sleep", "1000"}, CreationFlags: test.class})
			if err != nil {
				t.Error(err)
				return
			}
			defer pi.Close()
			if got, err := pi.Process.PriorityClass(); got != test.got || err != nil {
				t.Errorf("limit %d, %v: %v, %v, want %v", test.limit, test.class, got, err, test.got)
			}
			for _, class := range []CreationFlags{BELOW_NORMAL_PRIORITY_CLASS, HIGH_PRIORITY_CLASS} {
				if err := pi.Process.SetPriorityClass(class); err != nil {
					t.Errorf("limit %d, set %v: %v", test.limit, class, err)
				}
			}
			if got, err := pi.Process.PriorityClass(); got != test.then || err != nil {
				t.Errorf("limit %d, set after %v: %v, %v, want %v", test.limit, test.class, got, err, test.then)
			}
			if err := pi.Process.Terminate(0); err != nil {
				t.Error(err)
			}
			WaitForSingleObject(pi.Process, INFINITE)
		})
	}
}

// TestStrangerAccess: semantics row "OpenProcess": another user's process.
func TestStrangerAccess(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	pi := sleeper(t, 0)
	spawn.OnThreadOfItsOwn(func() {
		// The thread alone: the system call, not the C library's idea of it.
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			t.Error(errno)
			return
		}
		if _, err := OpenProcess(PROCESS_TERMINATE, false, pi.ProcessID); !errors.Is(err, ERROR_ACCESS_DENIED) {
			t.Errorf("PROCESS_TERMINATE: %v", err)
		}
		p, err := OpenProcess(MAXIMUM_ALLOWED, false, pi.ProcessID)
		if err != nil {
			t.Error(err)
			return
		}
		defer p.Close()
		if want := SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | READ_CONTROL; p.Access() != want {
			t.Errorf("granted %#x, want %#x", p.Access(), want)
		}
		if _, err := p.Times(); err != nil {
			t.Error(err)
		}
	})
}

// TestStrangersEnd: semantics row "GetExitCodeProcess by a stranger".
func TestStrangersEnd(t *testing.T) {
	for _, test := range []struct {
		script string
		want   uint32
		old    bool // a kernel before 6.15: nobody can tell when it has been collected
	}{
		{"exit 0", 0, false}, {"exit 7", 7, false}, {"kill -SEGV $$", 0xC0000005, false},
		{"exit 0", 0, true}, {"exit 7", 7, true}, {"kill -SEGV $$", 0xC0000005, true},
	} {
		// The shell between is the parent; it says its child's number, and waits
		// for it when its input ends.
		cmd := exec.Command("/bin/sh", "-c", `sh -c 'read x; '"$0" <&3 & echo $!; exec 3<&-; read y; wait`, test.script)
		release, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.ExtraFiles = []*os.File{release}
		stdin, _ := cmd.StdinPipe()
		stdout, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		release.Close()
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		p, err := OpenProcess(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
		if err != nil {
			t.Fatal(err)
		}
		w.Close() // it ends; its parent does not look yet
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if !test.old {
			if result, err := WaitForSingleObject(p, time.Minute); result != WAIT_OBJECT_0 || err != nil {
				t.Errorf("%s: %v, %v", test.script, result, err)
			}
		}
		stdin.Close() // now it does
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if test.old {
			restore := pidfd.RefuseInfo()
			if code, err := p.Wait(ctx); !errors.Is(err, ERROR_NOT_SUPPORTED) {
				t.Errorf("%s: without PIDFD_GET_INFO: %d, %v", test.script, code, err)
			}
			restore()
		} else if code, err := p.Wait(ctx); code != test.want || err != nil {
			if !errors.Is(err, ERROR_NOT_SUPPORTED) || hasPidfdInfo(t) {
				t.Errorf("%s: exit code %#x, %v, want %#x", test.script, code, err, test.want)
			}
		}
		if _, err := p.Times(); !errors.Is(err, ERROR_NOT_SUPPORTED) {
			t.Errorf("Times: %v", err)
		}
		if err := p.Terminate(1); !errors.Is(err, ERROR_ACCESS_DENIED) {
			t.Errorf("Terminate: %v", err)
		}
		cancel()
		p.Close()
	}
}

// TestHandlesShareTheProcess: what one handle does to a process the others
// tell, whether CreateProcess or OpenProcess has made them, and whoever the
// process's parent is.
func TestHandlesShareTheProcess(t *testing.T) {
	child := func(t *testing.T) *Process { return sleeper(t, 0).Process }
	strangers := func(t *testing.T) *Process {
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		p, err := OpenProcess(PROCESS_ALL_ACCESS, false, cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	for name, begin := range map[string]func(*testing.T) *Process{"child": child, "stranger": strangers} {
		t.Run(name, func(t *testing.T) {
			first := begin(t)
			second, err := OpenProcess(PROCESS_TERMINATE|PROCESS_SUSPEND_RESUME, false, first.ID())
			if err != nil {
				t.Fatal(err)
			}
			if n, err := first.Suspend(); n != 0 || err != nil {
				t.Errorf("Suspend by the first: %d, %v", n, err)
			}
			if n, err := second.Suspend(); n != 1 || err != nil {
				t.Errorf("Suspend by the second: %d, %v", n, err)
			}
			if err := second.Terminate(0x12345678); err != nil {
				t.Fatal(err)
			}
			if err := second.Close(); err != nil {
				t.Error(err)
			}
			if result, err := WaitForSingleObject(first, INFINITE); result != WAIT_OBJECT_0 || err != nil {
				t.Fatal(result, err)
			}
			if code, err := first.ExitCode(); code != 0x12345678 || err != nil {
				t.Errorf("exit code %#x, %v", code, err)
			}
		})
	}
}

func hasPidfdInfo(t *testing.T) bool {
	fd, err := pidfd.Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	_, _, err = pidfd.Collected(fd)
	return err == nil
}

// TestOpenThread: the number of a thread that is not the first is no process's.
func TestOpenThread(t *testing.T) {
	tids := make(chan int)
	done := make(chan struct{})
	defer close(done)
	for range 2 { // of two threads one is not the first
		go func() {
			runtime.LockOSThread()
			tids <- unix.Gettid()
			<-done
		}()
	}
	tid := <-tids
	if other := <-tids; tid == os.Getpid() {
		tid = other
	}
	if p, err := OpenProcess(SYNCHRONIZE, false, tid); !errors.Is(err, ERROR_INVALID_PARAMETER) {
		t.Errorf("%v, %v", p, err)
	}
}

// TestResumeStopped: who resumes what another program has suspended.
func TestResumeStopped(t *testing.T) {
	pi := create(t, Params{Args: []string{"/bin/sleep", "1000"}, CreationFlags: CREATE_SUSPENDED})
	defer end(t, pi.Process)
	p, err := OpenProcess(PROCESS_ALL_ACCESS, false, pi.ProcessID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if n, err := p.Resume(); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := p.Resume(); n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
}

// TestSuspendedSetUserID: an image that would lose its privilege is refused.
func TestSuspendedSetUserID(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	image := t.TempDir() + "/image"
	text, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(image, text, 0o755), os.Chmod(image, 0o755|os.ModeSetuid), os.Chmod(image[:len(image)-6], 0o755)); err != nil {
		t.Fatal(err)
	}
	for dir := image[:len(image)-6]; dir != "/tmp" && dir != "/"; dir = dir[:strings.LastIndexByte(dir, '/')] {
		os.Chmod(dir, 0o755)
	}
	spawn.OnThreadOfItsOwn(func() {
		unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0))
		pi, err := CreateProcess(Params{Args: []string{image}, CreationFlags: CREATE_SUSPENDED})
		if !errors.Is(err, ERROR_NOT_SUPPORTED) {
			t.Errorf("%v, %v", pi, err)
		}
	})
}

// killedCreator creates children until it is killed: some that end, some
// suspended, some that stay.
func killedCreator(args []string) int {
	unix.FcntlInt(9, unix.F_SETFD, 0) // nothing but our own care keeps it from the children
	for n := 0; ; n++ {
		p := Params{Args: []string{"/bin/true"}}
		switch n % 4 {
		case 0:
			p.CreationFlags = CREATE_SUSPENDED
		case 1:
			p.Args = []string{"/bin/sleep", "1000"}
		}
		pi, err := CreateProcess(p)
		if err != nil {
			return 1
		}
		pi.Thread.Resume()
		if n%4 != 1 {
			pi.Process.Wait(context.Background())
		}
		pi.Close()
	}
}

// TestCreatorKilled kills creators at random moments. Nothing half-made
// survives them: what is left has ended, or runs to its end, or was created
// suspended and is whole, so that it does when it is resumed. And nobody has
// the creator's descriptors.
func TestCreatorKilled(t *testing.T) {
	times := 1000
	if testing.Short() {
		times = 50
	}
	// Orphans come to this process, so that none can hide.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	random := rand.New(rand.NewPCG(3, 1))
	for range times {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p := Params{Args: []string{self(t)}, Environment: as("killed-creator"), InheritHandles: true}
		p.StartupInfo.Attributes = []Attribute{HandleList(InheritedHandle{File: w, Number: 9})}
		pi := create(t, p)
		w.Close()
		time.Sleep(4*time.Millisecond + time.Duration(random.IntN(4000))*time.Microsecond)
		pi.Process.Terminate(1)
		wait(t, pi)
		pi.Close()
		r.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := r.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("somebody has the creator's descriptor: %d, %v%s", n, err, holders(r))
		}
		r.Close()
		collectOrphans(t)
	}
}

// holders describes all processes that have the pipe open.
func holders(r *os.File) string {
	var own, stat unix.Stat_t
	unix.Fstat(int(r.Fd()), &own)
	var found strings.Builder
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if unix.Stat(link, &stat) != nil || stat.Dev != own.Dev || stat.Ino != own.Ino {
			continue
		}
		fmt.Fprintf(&found, "\n%s:", link)
		dir := strings.SplitAfterN(link, "/", 4)
		for _, name := range []string{"cmdline", "stat", "wchan", "stack"} {
			text, _ := os.ReadFile("/proc/" + dir[2] + name)
			fmt.Fprintf(&found, " %q", text)
		}
	}
	return found.String()
}

// collectOrphans waits until this process has no children left.
func collectOrphans(t *testing.T) {
	t.Helper()
	for begin := time.Now(); ; {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG|unix.WUNTRACED|unix.WALL, nil)
		if pid == 0 {
			endSleepers(t)
		}
		switch {
		case err == unix.ECHILD:
			return
		case pid == 0 && time.Since(begin) > 10*time.Second:
			t.Fatal("a child survives its creator, and neither ends nor has stopped")
		case pid == 0:
			time.Sleep(time.Millisecond)
		case status.Stopped():
			p, err := OpenProcess(PROCESS_SUSPEND_RESUME, false, pid)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := p.Resume(); n != 1 || err != nil {
				stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
				t.Fatalf("Resume: %d, %v; it was stopped by %v: %s", n, err, status.StopSignal(), stat)
			}
			p.Close()
			if _, err := unix.Wait4(pid, &status, unix.WALL, nil); err != nil || !status.Exited() || status.ExitStatus() != 0 {
				t.Fatalf("a child that was left suspended ends with %#x, %v", status, err)
			}
		case status.Exited() && status.ExitStatus() != 0 && status.ExitStatus() != 127:
			t.Fatalf("a child ends with %#x after its creator", status)
		}
	}
}

// endSleepers ends those children of this process that would stay.
func endSleepers(t *testing.T) {
	t.Helper()
	list, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(list)) {
		if comm, err := os.ReadFile("/proc/" + word + "/comm"); err == nil && string(comm) == "sleep\n" {
			pid, _ := strconv.Atoi(word)
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func closeValue(t *testing.T, value uintptr) { t.Errorf("there is no handle %d on Linux", value) }

// TestOpenWhatIsGone: an object whose process has ended unseen does not make
// the number good for another handle.
func TestOpenWhatIsGone(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := OpenProcess(SYNCHRONIZE, false, cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	cmd.Process.Kill()
	cmd.Wait()

	pi := start(t, "exit", "0")
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, pi.ProcessID, &info, unix.WEXITED, nil); err != nil && err != unix.ECHILD {
		t.Fatal(err) // it is collected behind the library's back, unless that was quicker
	}
	for name, pid := range map[string]int{"stranger": cmd.Process.Pid, "child": pi.ProcessID} {
		if p, err := OpenProcess(SYNCHRONIZE, false, pid); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// TestOpenWhatHasJustEnded: a child that has ended, and that nobody has
// collected yet, has its number still.
func TestOpenWhatHasJustEnded(t *testing.T) {
	for tries := 1; ; tries++ {
		pi := start(t, "exit", "9")
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pi.ProcessID, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			var p *Process
			if p, err = OpenProcess(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID); err == nil {
				defer p.Close()
				if code, err := p.Wait(context.Background()); code != 9 || err != nil {
					t.Errorf("exit code %d, %v", code, err)
				}
				return
			}
		}
		// On a machine that is busy for a second the reaper may be quicker.
		if tries == 10 {
			t.Fatal(err)
		}
	}
}

// TestStrangerCollectedLate: who is not root is told how a process ended once
// its parent has collected it, although the wait was over before.
func TestStrangerCollectedLate(t *testing.T) {
	if os.Geteuid() != 0 || !hasPidfdInfo(t) {
		t.Skip("needs root, to be somebody else, and Linux 6.15")
	}
	cmd := exec.Command("/bin/sh", "-c", "exit 7")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		time.Sleep(200 * time.Millisecond)
		cmd.Wait()
	}()
	spawn.OnThreadOfItsOwn(func() {
		unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534)
		p, err := OpenProcess(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false, cmd.Process.Pid)
		if err != nil {
			t.Error(err)
			return
		}
		defer p.Close()
		if code, err := p.Wait(context.Background()); code != 7 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
	<-collected
}
