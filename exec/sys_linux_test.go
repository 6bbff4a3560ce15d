package exec_test

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/exec"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

const onWindows = false

func systemChild(role string, args []string) int {
	switch role {
	case "identity": // what SysProcAttr changes
		sid, _ := unix.Getsid(0)
		groups, _ := os.Getgroups()
		var deathSignal int32
		unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(pointer(&deathSignal)), 0, 0, 0)
		foreground := -1
		tty := "no"
		if f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
			tty = "yes"
			foreground, _ = unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
		}
		fmt.Printf("sid=%t pgid=%t uid=%d gid=%d groups=%v death=%d tty=%s foreground=%t root=%t",
			sid == os.Getpid(), unix.Getpgrp() == os.Getpid(), os.Getuid(), os.Getgid(), groups,
			deathSignal, tty, foreground == unix.Getpgrp(), isRoot())
	case "pgid":
		fmt.Print(unix.Getpgrp())
	case "host":
		name, _ := os.Hostname()
		fmt.Print(os.Getpid(), " ", name)
	default:
		return 99
	}
	return 0
}

// isRoot tells whether / is the system's.
func isRoot() bool {
	_, err := os.Stat("/proc/self")
	return err == nil
}

func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func onEveryBackend(t *testing.T, f func(t *testing.T)) {
	for _, b := range spawn.Backends() {
		t.Run(b.String(), func(t *testing.T) {
			defer spawn.SetBackend(b)()
			f(t)
		})
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it needs root")
	}
}

// TestSysProcAttr: each field does what it says, on every backend.
func TestSysProcAttr(t *testing.T) {
	needRoot(t)
	c, err := console.Create(console.Default)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	terminal, err := c.Terminal()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	const plain = "sid=false pgid=false uid=0 gid=0 groups=[] death=0 tty=no foreground=false root=true"
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(plain) }
	for _, test := range []struct {
		name string
		sys  *syscall.SysProcAttr
		want string
	}{
		{"nothing", &syscall.SysProcAttr{}, plain},
		{"Setsid", &syscall.SysProcAttr{Setsid: true}, change("sid=false", "sid=true", "pgid=false", "pgid=true")},
		{"Setpgid", &syscall.SysProcAttr{Setpgid: true}, change("pgid=false", "pgid=true")},
		{"Pdeathsig", &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}, change("death=0", "death=15")},
		{"Credential", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65533, Groups: []uint32{7, 8}}},
			change("uid=0 gid=0 groups=[]", "uid=65534 gid=65533 groups=[7 8]")},
		{"Credential and Pdeathsig", &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Credential: &syscall.Credential{Uid: 65534, Gid: 65533}},
			change("uid=0 gid=0", "uid=65534 gid=65533", "death=0", "death=15")},
		{"Setctty", &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3},
			change("sid=false pgid=false", "sid=true pgid=true", "tty=no foreground=false", "tty=yes foreground=true")},
		{"Cloneflags", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}, plain},
		{"Unshareflags", &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWUTS}, plain},
		{"AmbientCaps", &syscall.SysProcAttr{AmbientCaps: []uintptr{unix.CAP_NET_RAW}}, plain},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryBackend(t, func(t *testing.T) {
				c := reachable(t, "identity")
				c.SysProcAttr, c.ExtraFiles = test.sys, []*os.File{terminal}
				c.Stderr = os.Stderr
				out, err := c.Output()
				if test.sys.Credential == nil || len(test.sys.Credential.Groups) == 0 {
					out = withoutGroups(out)
				}
				if err != nil || string(out) != test.want {
					t.Errorf("%s, %v\nwant %s", out, err, test.want)
				}
			})
		})
	}
	if dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); dumpable != 1 {
		t.Errorf("this program is left with dumpable %d", dumpable)
	}
}

// withoutGroups: whoever runs the tests may be in some.
func withoutGroups(out []byte) []byte {
	before, rest, _ := strings.Cut(string(out), "groups=[")
	_, after, _ := strings.Cut(rest, "]")
	return []byte(before + "groups=[]" + after)
}

// reachable is command with an image that every user can execute.
func reachable(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	c := command(t, role)
	dir, err := os.MkdirTemp("", "exec-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "image")
	if err := os.Link(c.Path, image); err != nil {
		text, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(image, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.Path = image
	return c
}

func TestChroot(t *testing.T) {
	needRoot(t)
	c := reachable(t, "identity")
	image, err := elf.Open(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if libraries, _ := image.ImportedLibraries(); len(libraries) > 0 {
		t.Skip("this test is linked with libraries, which are not in the new root (CGO_ENABLED=0)")
	}
	dir := filepath.Dir(c.Path)
	onEveryBackend(t, func(t *testing.T) {
		c := exec.Command("/image")
		c.Env = []string{childKey + "=identity"}
		c.Dir = "/"
		c.SysProcAttr = &syscall.SysProcAttr{Chroot: dir}
		out, err := c.Output()
		if err != nil || !strings.Contains(string(out), "root=false") {
			t.Errorf("%s, %v", out, err)
		}
		c = exec.Command("/image")
		c.SysProcAttr = &syscall.SysProcAttr{Chroot: dir + "/nowhere"}
		var e *createprocess.Error
		if err := c.Run(); !errors.As(err, &e) || e.Op != "chroot" || e.Object != dir+"/nowhere" || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a root that is not there: %v", err)
		}
	})
}

// TestLockedThread: a child is made by the thread that its creator is locked to,
// with what that thread has changed of itself.
func TestLockedThread(t *testing.T) {
	needRoot(t)
	onEveryBackend(t, func(t *testing.T) {
		type result struct {
			out []byte
			err error
		}
		// Not the main thread, which would not end with its goroutine.
		var r result
		spawn.OnThreadOfItsOwn(func() {
			r.err = unix.Unshare(unix.CLONE_NEWUTS)
			if r.err == nil {
				r.err = unix.Sethostname([]byte("elsewhere"))
			}
			if r.err == nil {
				r.out, r.err = command(t, "host").Output()
			}
		})
		if errors.Is(r.err, syscall.EPERM) {
			t.Skip("no namespaces here:", r.err)
		}
		if r.err != nil || !strings.HasSuffix(string(r.out), " elsewhere") {
			t.Errorf("%s, %v", r.out, r.err)
		}
	})
}

// TestEveryField: a field that a later Go adds to SysProcAttr must not be ignored.
func TestEveryField(t *testing.T) {
	known := []string{"Chroot", "Credential", "Ptrace", "Setsid", "Setpgid", "Setctty", "Noctty", "Ctty",
		"Foreground", "Pgid", "Pdeathsig", "Cloneflags", "Unshareflags", "UidMappings", "GidMappings",
		"GidMappingsEnableSetgroups", "AmbientCaps", "UseCgroupFD", "CgroupFD", "PidFD"}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[syscall.SysProcAttr]()) {
		if !slices.Contains(known, f.Name) {
			t.Errorf("SysProcAttr.%s is not known here", f.Name)
		}
	}
}

func TestPgid(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		leader := command(t, "stdin")
		leader.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		end := ready(t, leader)
		c := command(t, "pgid")
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: leader.Process.Pid}
		if out, err := c.Output(); err != nil || string(out) != strconv.Itoa(leader.Process.Pid) {
			t.Errorf("%s, %v, want %d", out, err, leader.Process.Pid)
		}
		end()
		leader.Wait()
	})
}

func TestNamespaces(t *testing.T) {
	needRoot(t)
	onEveryBackend(t, func(t *testing.T) {
		c := command(t, "host")
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
		out, err := c.Output()
		if errors.Is(err, syscall.EPERM) {
			t.Skip("no namespaces here:", err)
		}
		if err != nil || !strings.HasPrefix(string(out), "1 ") {
			t.Errorf("%s, %v", out, err)
		}
		c = command(t, "host")
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: 9999}
		var e *createprocess.Error
		if err := c.Run(); !errors.As(err, &e) || !strings.Contains(e.Object, "SysProcAttr.CgroupFD") {
			t.Errorf("a cgroup that is none: %v", err)
		}
	})
}

func TestPidFD(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		fd := -2
		c := command(t, "stdin")
		c.SysProcAttr = &syscall.SysProcAttr{PidFD: &fd}
		end := ready(t, c)
		if err := unix.PidfdSendSignal(fd, 0, nil, 0); err != nil {
			t.Errorf("PidFD %d: %v", fd, err)
		}
		err := c.Process.WithHandle(func(handle uintptr) {
			if err := unix.PidfdSendSignal(int(handle), 0, nil, 0); err != nil {
				t.Errorf("WithHandle %d: %v", handle, err)
			}
		})
		if err != nil {
			t.Error(err)
		}
		end()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
		unix.Close(fd)
	})
}

// TestPtrace: the thread that has made the child is its tracer, and is told of
// its stop though somebody waits for its end.
func TestPtrace(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		c := command(t, "exit", "5")
		c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- c.Wait() }()
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WALL, nil); err != nil || !status.Stopped() || status.StopSignal() != syscall.SIGTRAP {
			t.Errorf("%#x, %v", status, err)
		}
		if err := syscall.PtraceDetach(c.Process.Pid); err != nil {
			t.Error(err)
		}
		if err := <-done; c.ProcessState.ExitCode() != 5 {
			t.Errorf("%v", err)
		}
	})
}

func TestSignaled(t *testing.T) {
	c := command(t, "stdin")
	ready(t, c)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || err.Error() != "signal: terminated" || exit.ExitCode() != -1 || exit.Exited() {
		t.Errorf("%v", err)
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("%#x", status)
	}
	if usage := exit.SysUsage().(*syscall.Rusage); usage.Maxrss == 0 {
		t.Error("no usage")
	}
}

// TestSteps makes each step of a SysProcAttr fail, on every backend: the error
// names the step, and nothing is left.
func TestSteps(t *testing.T) {
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	self := command(t, "exit", "0")
	if err := self.Run(); err != nil { // what stays open for good is open now
		t.Fatal(err)
	}
	cred := &syscall.Credential{}
	for _, test := range []struct {
		step spawn.Step
		sys  syscall.SysProcAttr
		word string
	}{
		{spawn.StepSession, syscall.SysProcAttr{Setsid: true}, "setsid"},
		{spawn.StepGroup, syscall.SysProcAttr{Setpgid: true}, "setpgid"},
		{spawn.StepForeground, syscall.SysProcAttr{Foreground: true, Ctty: int(null.Fd())}, "ioctl TIOCSPGRP"},
		{spawn.StepRoot, syscall.SysProcAttr{Chroot: "/"}, `chroot "/"`},
		{spawn.StepGroups, syscall.SysProcAttr{Credential: cred}, "setgroups"},
		{spawn.StepGID, syscall.SysProcAttr{Credential: cred}, "setgid"},
		{spawn.StepUID, syscall.SysProcAttr{Credential: cred}, "setuid"},
		{spawn.StepDeathSignal, syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}, "prctl(PR_SET_PDEATHSIG)"},
		{spawn.StepNoTerminal, syscall.SysProcAttr{Noctty: true}, "ioctl TIOCNOTTY"},
		{spawn.StepTerminal, syscall.SysProcAttr{Setsid: true, Setctty: true}, "ioctl TIOCSCTTY"},
		{spawn.StepTrace, syscall.SysProcAttr{Ptrace: true}, "ptrace"},
		{spawn.StepAttributes, syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS, AmbientCaps: []uintptr{1}},
			`apply "SysProcAttr.Cloneflags, SysProcAttr.AmbientCaps"`},
	} {
		t.Run(test.word, func(t *testing.T) {
			onEveryBackend(t, func(t *testing.T) {
				before := leaktest.Open()
				restore := spawn.InjectFault(test.step, syscall.EIO)
				c := exec.Command(self.Path, self.Args[1:]...)
				c.Env, c.SysProcAttr = self.Env, &test.sys
				err := c.Run()
				restore()
				var path *fs.PathError
				var e *createprocess.Error
				if !errors.As(err, &path) || path.Path != self.Path || !errors.As(err, &e) || !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), test.word) {
					t.Errorf("%v", err)
				}
				if err := leaktest.Children(); err != nil {
					t.Error(err)
				}
				if after := leaktest.Open(); after != before {
					t.Errorf("%d descriptors before, %d after", before, after)
				}
			})
		})
	}
}

// TestContradictions: what cannot be honoured is refused by name, before there
// is a process.
func TestContradictions(t *testing.T) {
	for word, sys := range map[string]*syscall.SysProcAttr{
		"Ctty 9":                  {Setsid: true, Setctty: true, Ctty: 9},
		"Setctty and Foreground":  {Setctty: true, Foreground: true},
		"Setsid and Foreground":   {Setsid: true, Foreground: true},
		"Setsid and Setpgid":      {Setsid: true, Setpgid: true},
		"ioctl TIOCSPGRP":         {Foreground: true, Ctty: 0}, // the null device
		"ioctl TIOCSCTTY":         {Setsid: true, Setctty: true, Ctty: 0},
		"inherit \"descriptor 99": {Foreground: true, Ctty: 9999},
	} {
		c := command(t, "exit", "0")
		c.SysProcAttr = sys
		if sys.Foreground && sys.Ctty == 0 {
			null, err := os.Open("/dev/null")
			if err != nil {
				t.Fatal(err)
			}
			defer null.Close()
			sys.Ctty = int(null.Fd())
		}
		if err := c.Run(); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestInterpreter: it is the interpreter that is missing, and the error says so.
func TestInterpreter(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := exec.Command(script).Run()
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `interpreter of "`+script+`" "/no/such/interpreter"`) {
		t.Errorf("%v", err)
	}
}

// TestNothingElse: a child has what it was given, and not a descriptor that
// somebody has opened without close-on-exec.
func TestNothingElse(t *testing.T) {
	fd, err := unix.Open("/dev/zero", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	onEveryBackend(t, func(t *testing.T) {
		out, err := exec.Command("/bin/sh", "-c", "for f in /proc/$$/fd/*; do readlink $f; done; true").Output()
		if err != nil || strings.Contains(string(out), "/dev/zero") {
			t.Errorf("%s, %v", out, err)
		}
	})
}

// TestKillTreeOrphan: what has left its session, and whose parent has ended, is
// found all the same by a command with KillTree.
func TestKillTreeOrphan(t *testing.T) {
	killsOrphan(t, exec.Command("/bin/sh", "-c", "(setsid sleep 1000 >/dev/null & echo $!); read x"))
}
