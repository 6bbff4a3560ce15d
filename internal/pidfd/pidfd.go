//go:build linux

// Package pidfd is one descriptor that stands for a process, and the calls
// that it takes: how it ended, a signal to it. It knows nothing of handles, and
// it closes nothing.
//
//	end, ended, err := pidfd.Wait(fd, &usage)
//
// What brought what: Linux 5.1 pidfd_send_signal, 5.4 waitid(P_PIDFD), 6.15 the
// exit code by ioctl (PIDFD_GET_INFO), also of a process that is not our child
// or that has been collected. A pidfd is readable, for poll and epoll, once the
// process has ended (5.3).
package pidfd

import (
	"errors"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An End is how a process ended.
type End struct {
	Code   int            // the exit code, when Signal is 0
	Signal syscall.Signal // the signal that ended it
	Core   bool           // and left a core dump

	// Collected means that somebody else in this program has waited for the
	// process, and has its resource usage.
	Collected bool
}

// ErrCollected says that somebody else in this program has waited for the
// process, on a kernel that does not keep the exit code.
var ErrCollected = errors.New("another part of the program has collected the process, and this kernel does not keep its exit code (Linux 6.15 does)")

var infoRefused atomic.Bool

// RefuseInfo makes the calls behave as before Linux 6.15, for tests; the
// function it returns takes that back.
func RefuseInfo() (restore func()) {
	old := infoRefused.Swap(true)
	return func() { infoRefused.Store(old) }
}

// Wait looks whether the child behind fd has ended, and if so collects it:
// usage then has what it used. It does not wait.
func Wait(fd int, usage *unix.Rusage) (end End, ended bool, err error) {
	return wait(unix.P_PIDFD, fd, unix.WNOHANG, usage)
}

// Look finds how the process behind fd ended, if it has, and collects nothing: of
// a child at once, of another process when its parent has collected it. Before
// Linux 6.15 that fails with ErrCollected.
func Look(fd int) (end End, ended bool, err error) {
	return wait(unix.P_PIDFD, fd, unix.WNOHANG|unix.WNOWAIT, nil)
}

// Peek is the exit code of the child behind fd, if it has ended by itself. It
// collects nothing.
func Peek(fd int) (code int, ended bool) {
	end, ended, err := Look(fd)
	return end.Code, ended && err == nil && end.Signal == 0 && !end.Collected
}

// WaitPID waits until the child pid has ended, and collects it: for a system
// that has no pidfds. Nobody else may collect the child meanwhile.
func WaitPID(pid int, usage *unix.Rusage) (End, error) {
	end, _, err := wait(unix.P_PID, pid, 0, usage)
	return end, err
}

// WaitPIDExited waits until the child pid has ended, and leaves it to be collected.
func WaitPIDExited(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WALL|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

func wait(kind, id, options int, usage *unix.Rusage) (end End, ended bool, err error) {
	var info unix.Siginfo
	for {
		err = unix.Waitid(kind, id, &info, unix.WEXITED|unix.WALL|options, usage)
		if err != unix.EINTR {
			break
		}
	}
	switch {
	case err == unix.ECHILD && kind == unix.P_PIDFD:
		return Collected(id)
	case err != nil:
		return End{}, false, err
	case info.Signo == 0:
		return End{}, false, nil
	}
	status := *(*int32)(unsafe.Add(unsafe.Pointer(&info), statusOffset))
	switch info.Code {
	case cldExited:
		return End{Code: int(status)}, true, nil
	case cldDumped:
		end.Core = true
	}
	end.Signal = syscall.Signal(status)
	return end, true, nil
}

// ChildOf is the child that a siginfo of waitid is about.
func ChildOf(info *unix.Siginfo) int {
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(info), statusOffset-8)))
}

// si_code of a child's end; linux/include/uapi/asm-generic/siginfo.h.
const (
	cldExited = 1
	cldDumped = 3
)

// statusOffset is where si_status stands in a siginfo: behind three words, the
// padding to a pointer's size, si_pid and si_uid.
const statusOffset = 16 + unsafe.Sizeof(uintptr(0))

// Collected finds how the process behind fd ended when it is not ours to wait
// for, or not any more. Before Linux 6.15 it fails with ErrCollected.
func Collected(fd int) (end End, ended bool, err error) {
	if infoRefused.Load() {
		return End{}, false, ErrCollected
	}
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	err = unix.IoctlPidfdInfo(fd, &info)
	if err == unix.ESRCH {
		// The kernel looks for the exit code first and for the process then. If
		// it is collected in between it finds neither, but the code is there.
		info = unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
		err = unix.IoctlPidfdInfo(fd, &info)
	}
	if err != nil {
		return End{}, false, ErrCollected
	}
	if info.Mask&unix.PIDFD_INFO_EXIT == 0 {
		// It runs, or somebody is collecting it at this moment: ask again.
		return End{}, false, nil
	}
	status := syscall.WaitStatus(info.Exit_code)
	end.Collected = true
	if status.Signaled() {
		end.Signal, end.Core = status.Signal(), status.CoreDump()
	} else {
		end.Code = status.ExitStatus()
	}
	return end, true, nil
}

// Signal sends a signal to the process behind fd. ESRCH says that it has ended
// and has been collected.
func Signal(fd int, sig syscall.Signal) error {
	return unix.PidfdSendSignal(fd, sig, nil, 0)
}
