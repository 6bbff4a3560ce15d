package createprocess_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	. "github.com/seed-f798aa80/createprocess"
)

// TestBasePriority: semantics row "pcPriClassBase".
func TestBasePriority(t *testing.T) {
	pi, stop := running(t)
	for _, test := range []struct{ nice, base int }{
		{-20, 24}, {-19, 24}, {-16, 24}, {-15, 13}, {-11, 13}, {-9, 13}, {-8, 10}, {-6, 10}, {-4, 10},
		{-3, 8}, {0, 8}, {5, 8}, {6, 6}, {10, 6}, {14, 6}, {15, 4}, {19, 4},
	} {
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, pi.ProcessID, test.nice); err != nil {
			if os.Geteuid() != 0 && test.nice < 0 {
				continue // for root only
			}
			t.Fatal(err)
		}
		if e, ok := entry(t, pi.ProcessID); !ok || e.BasePriority != test.base {
			t.Errorf("nice %d: %+v, %v, want %d", test.nice, e, ok, test.base)
		}
	}
	// The policies that overlook the nice value. The real-time ones are for
	// those with CAP_SYS_NICE, and where the cgroup has real-time time.
	for _, test := range []struct {
		attr unix.SchedAttr
		base int
	}{
		{unix.SchedAttr{Policy: unix.SCHED_BATCH, Nice: 19}, 4},
		{unix.SchedAttr{Policy: unix.SCHED_IDLE}, 4},
		{unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: 1}, 24},
		{unix.SchedAttr{Policy: unix.SCHED_RR, Priority: 99}, 24},
	} {
		test.attr.Size = unix.SizeofSchedAttr
		if err := unix.SchedSetAttr(pi.ProcessID, &test.attr, 0); err != nil {
			if test.attr.Priority > 0 && err == unix.EPERM {
				continue
			}
			t.Fatal(err)
		}
		if e, ok := entry(t, pi.ProcessID); !ok || e.BasePriority != test.base {
			t.Errorf("policy %d: %+v, %v, want %d", test.attr.Policy, e, ok, test.base)
		}
	}
	stop()
	wait(t, pi)
}

// TestSnapshotNames: ExeFile is the file's name and not what the process calls
// itself, also when the file is gone; a zombie has only the latter.
func TestSnapshotNames(t *testing.T) {
	text, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	name := "a) R (an image with a long name\n\xff"
	image := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(image, text, 0o755); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	p := Params{Args: []string{image}, Environment: as("stdin")}
	p.StartupInfo.UseStdHandles(r, os.Stdout, os.Stderr)
	pi := create(t, p)
	for range 2 {
		if e, ok := entry(t, pi.ProcessID); !ok || e.ExeFile != name || e.ParentProcessID != os.Getpid() || e.Threads < 1 {
			t.Errorf("%+v, %v", e, ok)
		}
		os.Remove(image)
	}
	w.Close()
	wait(t, pi)

	// A zombie that the library does not know of, so that it stays one.
	attr := &os.ProcAttr{Files: []*os.File{nil, nil, nil}, Env: append(os.Environ(), childKey+"=exit")}
	zombie, err := os.StartProcess(self(t), []string{"x", "0"}, attr)
	if err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, zombie.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	comm := filepath.Base(self(t))
	comm = comm[:min(len(comm), 15)]
	if e, ok := entry(t, zombie.Pid); !ok || e.Threads != 0 || e.ExeFile != comm || e.ParentProcessID != os.Getpid() {
		t.Errorf("a zombie: %+v, %v", e, ok)
	}
}

// TestSnapshotWhileTheyEnd: processes come and go, and it never fails.
func TestSnapshotWhileTheyEnd(t *testing.T) {
	done := make(chan error)
	go func() {
		for range 200 {
			pi, err := CreateProcess(Params{Args: []string{"/bin/true"}})
			if err != nil {
				done <- err
				return
			}
			pi.Close()
		}
		done <- nil
	}()
	for {
		if _, ok := entry(t, os.Getpid()); !ok {
			t.Fatal("this process is missing")
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

// BenchmarkSnapshotOf10000 looks at 10,000 sleeping children.
func BenchmarkSnapshotOf10000(b *testing.B) {
	var children []*ProcessInformation
	defer func() {
		for _, pi := range children {
			pi.Process.Terminate(1)
		}
		for _, pi := range children {
			wait(b, pi)
			pi.Close()
		}
	}()
	for range 10_000 {
		pi, err := CreateProcess(Params{Args: []string{"/bin/sleep", "3600"}})
		if err != nil {
			b.Fatal(err)
		}
		children = append(children, pi)
	}
	BenchmarkSnapshot(b)
}
