//go:build linux

package procfs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// The child of a test is the test binary itself; it says that it has begun, and
// sleeps until it is killed. Before it begins it has no arguments for a moment.
const childKey = "CREATEPROCESS_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childKey) != "" {
		fmt.Println("ready")
		time.Sleep(time.Hour)
	}
	os.Exit(leaktest.Main(m))
}

func open(t testing.TB, pid int) Process {
	t.Helper()
	p, err := Open(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func start(t *testing.T, image string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(image, args...)
	cmd.Env = append(os.Environ(), childKey+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	return cmd
}

func TestSelf(t *testing.T) {
	p := open(t, os.Getpid())
	s, err := p.Stat()
	if err != nil || s.PID != os.Getpid() || s.Parent != os.Getppid() || s.State != 'R' && s.State != 'S' ||
		s.Group != unix.Getpgrp() || s.Threads < 1 || s.ResidentPages == 0 || s.VirtualMemory == 0 || s.MinorFaults == 0 {
		t.Errorf("Stat: %+v, %v", s, err)
	}
	status, err := p.Status()
	if err != nil || int(status.UID) != os.Getuid() || int(status.EUID) != os.Geteuid() || status.PeakMemory == 0 {
		t.Errorf("Status: %+v, %v", status, err)
	}
	if args, err := p.CommandLine(); !slices.Equal(args, os.Args) || err != nil {
		t.Errorf("CommandLine: %q, %v, want %q", args, err, os.Args)
	}
	exe, _ := os.Executable()
	if path, deleted, err := p.Image(); path != exe || deleted || err != nil {
		t.Errorf("Image: %q, %v, %v, want %q", path, deleted, err, exe)
	}
	if _, err := p.IO(); err != nil {
		t.Errorf("IO: %v", err)
	}
}

func TestDescriptors(t *testing.T) {
	p := open(t, os.Getpid())
	before, err := p.Descriptors()
	if err != nil {
		t.Fatal(err)
	}
	var fds []int
	for range 5 {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	after, err := p.Descriptors()
	if after != before+5 || err != nil {
		t.Errorf("%d descriptors, then %d, %v", before, after, err)
	}
	// Older kernels have no size there: the entries say the same.
	dir, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := countEntries(dir); n != after || err != nil {
		t.Errorf("%d entries, %v, want %d", n, err, after)
	}
	for _, fd := range append(fds, dir) {
		unix.Close(fd)
	}
}

func TestPIDsAndBootTime(t *testing.T) {
	proc, err := OpenProc()
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	for range 2 { // it begins anew each time
		pids, err := proc.PIDs()
		if err != nil || !slices.Contains(pids, os.Getpid()) || !slices.Contains(pids, os.Getppid()) || !slices.IsSorted(pids) {
			t.Errorf("PIDs: %v, %v", pids, err)
		}
	}
	boot, err := proc.BootTime()
	if err != nil || boot.IsZero() || time.Now().Before(boot) {
		t.Errorf("BootTime: %v, %v", boot, err)
	}
	p, err := proc.Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s, err := p.Stat()
	if start := boot.Add(s.Start); err != nil || start.After(time.Now()) || start.Before(boot) {
		t.Errorf("started %v, booted %v, %v", start, boot, err)
	}
}

// TestEachPID: what is begun while the first process is asked for is met, if that is
// said to have ended.
func TestEachPID(t *testing.T) {
	proc, err := OpenProc()
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	var pids []int
	var c *exec.Cmd
	err = proc.EachPID(func(pid int) (bool, error) {
		if pids = append(pids, pid); c == nil {
			c = start(t, os.Args[0])
		}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	ascending := slices.IsSortedFunc(pids, func(a, b int) int { return a - b - 1 }) // none twice
	if !ascending || !slices.Contains(pids, os.Getpid()) || !slices.Contains(pids, c.Process.Pid) {
		t.Errorf("%v", pids)
	}
	if err := proc.EachPID(func(int) (bool, error) { return false, unix.EIO }); err != unix.EIO {
		t.Errorf("an error of the function: %v", err)
	}
}

// TestMarks: of one that has ended nothing is known, of one without an environment
// that it has none.
func TestMarks(t *testing.T) {
	c := start(t, os.Args[0])
	if words, ended := open(t, c.Process.Pid).Marks(childKey); !slices.Equal(words, []string{"1"}) || ended {
		t.Errorf("%q, ended: %v", words, ended)
	}
	p := open(t, c.Process.Pid)
	c.Process.Kill()
	if err := unix.Waitid(unix.P_PID, c.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"a zombie", "collected"} {
		if words, ended := p.Marks(childKey); len(words) > 0 || !ended {
			t.Errorf("%s: %q, ended: %v", what, words, ended)
		}
		c.Wait()
	}
	bare := exec.Command("sleep", "1000")
	bare.Env = []string{}
	if err := bare.Start(); err != nil {
		t.Fatal(err)
	}
	defer bare.Wait()
	defer bare.Process.Kill()
	if words, ended := open(t, bare.Process.Pid).Marks(childKey); len(words) > 0 || ended {
		t.Errorf("no environment: %q, ended: %v", words, ended)
	}
}

// TestPinned: what is open is one process, and no longer there once that has
// been collected.
func TestPinned(t *testing.T) {
	// More than the buffer holds at first.
	args := []string{strings.Repeat("x", 100_000), "", "z"}
	cmd := start(t, os.Args[0], args...)
	p := open(t, cmd.Process.Pid)
	if got, err := p.CommandLine(); !slices.Equal(got, append([]string{os.Args[0]}, args...)) || err != nil {
		t.Errorf("CommandLine: %.200q, %v", got, err)
	}
	if s, err := p.Stat(); s.Parent != os.Getpid() || err != nil {
		t.Errorf("Stat: %+v, %v", s, err)
	}
	cmd.Process.Kill()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Stat(); s.State != 'Z' || err != nil {
		t.Errorf("a zombie: %+v, %v", s, err)
	}
	if args, err := p.CommandLine(); args != nil || err != nil {
		t.Errorf("a zombie: %q, %v", args, err)
	}
	cmd.Wait()
	if s, err := p.Stat(); !Gone(err) {
		t.Errorf("after its end: %+v, %v", s, err)
	}
	if args, err := p.CommandLine(); !Gone(err) {
		t.Errorf("after its end: %q, %v", args, err)
	}
	if p, err := Open(0); !Gone(err) {
		t.Errorf("process 0: %+v, %v", p, err)
	}
}

func TestDeletedImage(t *testing.T) {
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"image", "image (deleted)"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := start(t, path)
		p := open(t, cmd.Process.Pid)
		if got, deleted, err := p.Image(); got != path || deleted || err != nil {
			t.Errorf("%q, %v, %v, want %q", got, deleted, err, path)
		}
		os.Remove(path)
		if got, deleted, err := p.Image(); got != path || !deleted || err != nil {
			t.Errorf("removed: %q, %v, %v, want %q", got, deleted, err, path)
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
}

func TestGrow(t *testing.T) {
	p := open(t, os.Getpid())
	small := make(buffer, 3)
	p.buffer = &small
	if s, err := p.Stat(); s.PID != os.Getpid() || err != nil {
		t.Errorf("Stat: %+v, %v", s, err)
	}
	small = make(buffer, 3)
	exe, _ := os.Executable()
	if path, _, err := p.Image(); path != exe || err != nil {
		t.Errorf("Image: %q, %v", path, err)
	}
}

func BenchmarkStat(b *testing.B) {
	p := open(b, os.Getpid())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Stat(); err != nil {
			b.Fatal(err)
		}
	}
}
