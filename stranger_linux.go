package createprocess

import (
	"errors"
	"math"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
	"golang.org/x/sys/unix"
)

// A stranger is a process that this program has not created, or this program
// itself. Everybody may watch it end. How it ended the kernel keeps for its
// parent, and, from Linux 6.15 on, for who has a pidfd, once the parent has
// collected it.

// OpenProcess is a handle to a process that is there already ([OpenProcess]).
// The handle stands for that process for good: when its number is given to
// another one, the handle is not.
//
// Linux lets the same user, and who has CAP_KILL, do everything; others get
// SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION and READ_CONTROL, and
// ERROR_ACCESS_DENIED (5) if they want more. A process that this program has
// created with a security descriptor gives no more than that gives, but to who
// has SeDebugPrivilege. No such process is
// ERROR_INVALID_PARAMETER (87).
//
// [OpenProcess]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess
func OpenProcess(access AccessMask, inherit bool, pid int) (*Process, error) {
	if pid <= 0 || pid != int(int32(pid)) {
		return nil, invalid("OpenProcess", "process "+strconv.Itoa(pid), "there is no such process")
	}
	o := known.find(pid)
	if o == nil {
		var err error
		if o, err = newStranger(pid); err != nil {
			return nil, err
		}
	}
	defer o.release()
	permitted, all, err := o.permitted(access)
	if err != nil {
		return nil, err
	}
	granted, ok := processRights.choose(access, permitted&o.allowed())
	if !ok || !all {
		denied := &Error{Op: "OpenProcess", Object: o.name(), Code: ERROR_ACCESS_DENIED, Err: syscall.EPERM}
		return openServed(access, inherit, pid, denied)
	}
	p := new(Process)
	p.open(o, pid, &processRights, granted, inherit)
	return p, nil
}

func newStranger(pid int) (*object, error) {
	fd, err := pidfd.Open(pid)
	if err != nil {
		name := "process " + strconv.Itoa(pid)
		// A thread that is not a process's first has a number too (EINVAL, or ENOENT).
		if err == unix.ESRCH || err == unix.EINVAL || err == unix.ENOENT {
			return nil, &Error{Op: "OpenProcess", Object: name, Code: ERROR_INVALID_PARAMETER, Err: syscall.ESRCH}
		}
		return nil, systemError("OpenProcess", name, err)
	}
	o := &object{pid: pid, pidfd: fd, stranger: true}
	o.references.Store(1)
	known.add(o)
	return o, nil
}

// adopt is a handle to a process that another program has handed on.
func adopt(pid, fd int, exitCode uint64, access AccessMask) (*Process, error) {
	var o *object
	switch {
	case fd < 0:
		o = &object{pid: pid, pidfd: -1, stranger: true, ended: true, code32: uint32(exitCode)}
		if exitCode > math.MaxUint32 {
			o.endErr = &Error{Op: "Wait", Object: o.name(), Code: ERROR_NOT_SUPPORTED,
				Err: errors.New("the process had ended when it was handed on, by a program that did not know how")}
		}
		o.references.Store(1)
	default:
		// If the process behind the pidfd runs, it is the one that has the number.
		o = known.find(pid)
		if ended, err := pidfd.Poll(fd, time.Unix(0, 1)); o != nil && (ended || err != nil) {
			o.release()
			o = nil
		}
		if o != nil {
			break
		}
		own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, systemError("OpenProcess", "process "+strconv.Itoa(pid), err)
		}
		o = &object{pid: pid, pidfd: own, stranger: true}
		o.references.Store(1)
		if !o.poll() {
			known.add(o)
		}
	}
	defer o.release()
	p := new(Process)
	p.open(o, pid, &processRights, access, false)
	return p, nil
}

// allowed is what the kernel lets this program do.
func (o *object) allowed() AccessMask {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended && o.send(0) == unix.EPERM {
		return SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | READ_CONTROL
	}
	return PROCESS_ALL_ACCESS
}

// CurrentProcess is a handle to this program, with every right
// ([GetCurrentProcess]). It need not be closed; Close does nothing.
//
// [GetCurrentProcess]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getcurrentprocess
func CurrentProcess() *Process { return currentProcess() }

var currentProcess = sync.OnceValue(func() *Process {
	// It needs no pidfd: its number is its own as long as anybody can ask.
	o := &object{pid: os.Getpid(), pidfd: -1, noPidfd: true, stranger: true}
	p := new(Process)
	p.open(o, o.pid, &processRights, PROCESS_ALL_ACCESS, false)
	p.pseudo = true
	return p
})

// pollStranger is pollLocked for a stranger.
func (o *object) pollStranger() bool {
	if o.pidfd < 0 {
		return o.pollServed()
	}
	ended, err := pidfd.Poll(o.pidfd, time.Unix(0, 1))
	switch {
	case err != nil:
		o.complete(pidfd.End{}, systemError("Wait", o.name(), err))
	case ended && o.service != nil:
		o.endUnasked()
	case ended:
		o.complete(o.strangersEnd())
	}
	return o.ended
}

var errNotCollected = errors.New("the process has ended, and its parent has not collected it yet: nobody else is told how it ended")

// strangersEnd is how the process ended.
func (o *object) strangersEnd() (pidfd.End, error) {
	unknown := &Error{Op: "Wait", Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: errNotCollected}
	if end, ok := o.endOfZombie(); ok {
		return end, nil
	}
	end, has, err := pidfd.Collected(o.pidfd)
	switch {
	case has:
		return end, nil
	case err != nil && o.send(0) == syscall.ESRCH:
		unknown.Err = errors.New("the process has ended and been collected by its parent, and this kernel does not keep its exit code (Linux 6.15 does)")
	}
	return pidfd.End{}, unknown
}

// endOfZombie reads how a process ended that its parent has not collected. The
// kernel tells it to who may trace the process, and to others that it is 0: so
// that only root can believe it.
func (o *object) endOfZombie() (end pidfd.End, ok bool) {
	if os.Geteuid() != 0 {
		return end, false
	}
	p, err := procfs.Open(o.pid)
	if err != nil {
		return end, false
	}
	defer p.Close()
	stat, err := p.Stat()
	if err != nil || stat.State != 'Z' {
		return end, false
	}
	code32 := uint32(0)
	status := stat.Status
	if status.Signaled() {
		end.Signal, end.Core = status.Signal(), status.CoreDump()
	} else if end.Code = status.ExitStatus(); end.Code != 0 {
		code32 = exitCode32(o.pid, end.Code)
	}
	// If it has been collected meanwhile, this may have been another process.
	if o.send(0) != nil {
		return pidfd.End{}, false
	}
	o.code32 = code32
	return end, true
}

// askHowItEnded is called when the process has ended. The caller holds o.mu.
func (o *object) askHowItEnded() {
	switch {
	case o.service != nil:
		o.askService()
	case o.endErr != nil && o.stranger:
		o.askAgain()
	}
}

// isGone tells whether a stranger has been collected.
func (o *object) isGone() bool {
	if o.service != nil && o.pidfd < 0 {
		return o.pollLocked()
	}
	return o.send(0) == syscall.ESRCH
}

// askAgain looks once more how the process ended, when that was not known: its
// parent may take a moment to collect it. The caller holds o.mu, which is free
// for others while this sleeps.
func (o *object) askAgain() {
	const patience, pause = time.Second, 5 * time.Millisecond
	for begin := time.Now(); o.pidfd >= 0 && o.endErr != nil; {
		end, err := o.strangersEnd()
		if err == nil {
			o.end, o.endErr = end, nil
		}
		if !errors.Is(err, errNotCollected) {
			o.closePidfd()
			return
		}
		if time.Since(begin) > patience {
			return
		}
		o.mu.Unlock()
		time.Sleep(pause)
		o.mu.Lock()
	}
}

// hold keeps a stranger's pidfd open although all handles are closed, until
// release is called. A child's is kept open by the reaper.
func (o *object) hold() (release func()) {
	if !o.stranger {
		return func() {}
	}
	o.retain()
	return sync.OnceFunc(o.release)
}
