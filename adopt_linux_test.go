package createprocess_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/engine"
)

// A process that another program hands on, as libcreateprocess's children
// inherit it.
func TestAdopt(t *testing.T) {
	pi := sleeper(t, 0)
	fd, err := unix.PidfdOpen(pi.ProcessID, 0)
	if err != nil {
		t.Skip("no pidfds: ", err)
	}
	defer unix.Close(fd)
	adopted := func(pid, fd int, code uint64, access AccessMask) *Process {
		t.Helper()
		p, err := engine.Adopt(pid, fd, code, uint32(access))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.(*Process).Close() })
		return p.(*Process)
	}
	limited := adopted(pi.ProcessID, fd, 0, SYNCHRONIZE)
	if _, err := limited.ExitCode(); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("ExitCode with SYNCHRONIZE: %v", err)
	}
	whole := adopted(pi.ProcessID, fd, 0, PROCESS_ALL_ACCESS)
	if code, err := whole.ExitCode(); code != STILL_ACTIVE || err != nil {
		t.Errorf("ExitCode: %d, %v", code, err)
	}
	thread := engine.AdoptThread(whole, uint32(THREAD_ALL_ACCESS)).(*Thread)
	defer thread.Close()
	if n, err := thread.Suspend(); n != 0 || err != nil || thread.ID() != pi.ProcessID {
		t.Errorf("Suspend: %d, %v", n, err)
	}
	// It is the object that the child's own handles stand for.
	if err := whole.Terminate(77); err != nil {
		t.Error(err)
	}
	for _, p := range []*Process{whole, pi.Process} {
		if code, err := p.Wait(context.Background()); code != 77 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
	}

	// Its pidfd tells how it has ended, to who is not its parent, where the kernel does.
	late := adopted(pi.ProcessID, fd, 0, PROCESS_ALL_ACCESS)
	if code, err := late.ExitCode(); err == nil && code != ExitCodeOfSignal(unix.SIGKILL) || err != nil && !errors.Is(err, ERROR_NOT_SUPPORTED) {
		t.Errorf("of an ended process: %d, %v", code, err)
	}
	ended := adopted(pi.ProcessID, -1, 70000, PROCESS_ALL_ACCESS)
	if code, err := ended.Wait(context.Background()); code != 70000 || err != nil {
		t.Errorf("ended with 70000: %d, %v", code, err)
	}
	if err := ended.Terminate(1); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("Terminate after the end: %v", err)
	}
	if exited, err := ended.Exited(); !exited || err != nil {
		t.Errorf("Exited: %v, %v", exited, err)
	}
	unknown := adopted(pi.ProcessID, -1, 1<<32, PROCESS_ALL_ACCESS)
	if code, err := unknown.ExitCode(); !errors.Is(err, ERROR_NOT_SUPPORTED) {
		t.Errorf("an unknown end: %d, %v", code, err)
	}
	if _, err := engine.Adopt(pi.ProcessID, 1<<20, 0, uint32(SYNCHRONIZE)); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Errorf("no descriptor: %v", err)
	}
}
