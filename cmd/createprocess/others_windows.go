package main

import (
	"errors"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess"
)

// other is a process that somebody else has created.
type other struct {
	pid    int
	handle windows.Handle
}

func openOther(pid int) (other, error) {
	const access = windows.SYNCHRONIZE | windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.PROCESS_TERMINATE
	h, err := windows.OpenProcess(access, false, uint32(pid))
	if err != nil {
		return other{}, otherError("OpenProcess", "process "+strconv.Itoa(pid), err)
	}
	return other{pid, h}, nil
}

func (o other) close() { windows.CloseHandle(o.handle) }

func (o other) name() string { return "process " + strconv.Itoa(o.pid) }

func (o other) terminate(code uint32) error {
	if err := windows.TerminateProcess(o.handle, code); err != nil {
		return otherError("TerminateProcess", o.name(), err)
	}
	return nil
}

func (o other) wait(deadline time.Time) (ended, error) {
	milliseconds := uint32(windows.INFINITE)
	if !deadline.IsZero() {
		milliseconds = uint32(min(max(time.Until(deadline).Milliseconds(), 0), math.MaxUint32-1))
	}
	event, err := windows.WaitForSingleObject(o.handle, milliseconds)
	switch {
	case err != nil:
		return ended{}, otherError("Wait", o.name(), err)
	case event == uint32(windows.WAIT_TIMEOUT):
		return ended{}, &createprocess.Error{Op: "Wait", Object: o.name(), Code: createprocess.ERROR_TIMEOUT, Err: os.ErrDeadlineExceeded}
	}
	var code uint32
	if err := windows.GetExitCodeProcess(o.handle, &code); err != nil {
		return ended{}, otherError("Wait", o.name(), err)
	}
	return ended{Event: "exited", PID: o.pid, ExitCode: &code, status: int(code)}, nil
}

func otherError(op, object string, err error) error {
	code := createprocess.ERROR_GEN_FAILURE
	var errno syscall.Errno
	if errors.As(err, &errno) {
		code = createprocess.Errno(errno)
	}
	return &createprocess.Error{Op: op, Object: object, Code: code, Err: err}
}

func processStatus(_ *createprocess.Process, code uint32) int { return int(code) }

func signalOf(*createprocess.Process) int { return 0 }
