package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
)

// other is a process that somebody else has created.
type other struct{ pid, fd int }

func openOther(pid int) (other, error) {
	fd, err := pidfd.Open(pid)
	if err != nil {
		return other{}, otherError("OpenProcess", "process "+strconv.Itoa(pid), err)
	}
	return other{pid, fd}, nil
}

func (o other) close() { unix.Close(o.fd) }

func (o other) name() string { return "process " + strconv.Itoa(o.pid) }

func (o other) terminate(uint32) error {
	if err := pidfd.Signal(o.fd, syscall.SIGKILL); err != nil {
		return otherError("TerminateProcess", o.name(), err)
	}
	return nil
}

func (o other) wait(deadline time.Time) (ended, error) {
	has, err := pidfd.Poll(o.fd, deadline)
	if err != nil {
		return ended{}, otherError("Wait", o.name(), err)
	}
	if !has {
		return ended{}, &createprocess.Error{Op: "Wait", Object: o.name(), Code: createprocess.ERROR_TIMEOUT, Err: os.ErrDeadlineExceeded}
	}
	result := ended{Event: "exited", PID: o.pid}
	end, ok := o.end()
	if !ok {
		return result, nil
	}
	code := uint32(end.Code)
	result.status = end.Code
	if end.Signal != 0 {
		result.Signal = int(end.Signal)
		result.status = exitSignal + result.Signal
		code = createprocess.ExitCodeOfSignal(end.Signal)
	}
	result.ExitCode = &code
	return result, nil
}

// end is how the process ended. The kernel says so once its parent has
// collected it, and its parent may take a moment; until then /proc has it, for
// those who may trace the process.
func (o other) end() (pidfd.End, bool) {
	for range 100 {
		end, has, err := pidfd.Collected(o.fd)
		if has {
			return end, true
		}
		if end, has := o.endInProc(); has {
			return end, true
		}
		if err != nil {
			return end, false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return pidfd.End{}, false
}

func (o other) endInProc() (pidfd.End, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(o.pid) + "/stat")
	if err != nil {
		return pidfd.End{}, false
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 50 || fields[0] != "Z" || os.Geteuid() != 0 {
		return pidfd.End{}, false // to others the kernel shows 0
	}
	n, err := strconv.Atoi(fields[52-3])
	if err != nil {
		return pidfd.End{}, false
	}
	status := syscall.WaitStatus(n)
	if status.Signaled() {
		return pidfd.End{Signal: status.Signal()}, true
	}
	return pidfd.End{Code: status.ExitStatus()}, true
}

func otherError(op, object string, err error) error {
	code := createprocess.ERROR_GEN_FAILURE
	switch {
	case errors.Is(err, syscall.ESRCH):
		code = createprocess.ERROR_INVALID_PARAMETER
	case errors.Is(err, syscall.EPERM):
		code = createprocess.ERROR_ACCESS_DENIED
	}
	return &createprocess.Error{Op: op, Object: object, Code: code, Err: err}
}

// processStatus is the exit status that tells of a process's end.
func processStatus(p *createprocess.Process, code uint32) int {
	if sig := signalOf(p); sig != 0 {
		return exitSignal + sig
	}
	return int(code)
}

func signalOf(p *createprocess.Process) int {
	sig, err := p.Signal()
	if err != nil {
		return 0
	}
	return int(sig)
}
