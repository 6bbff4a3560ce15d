package createprocess

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/poller"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"golang.org/x/sys/unix"
)

// object is the process that handles stand for. It is completed exactly once,
// by whoever finds first that the process has ended — a waiter, the reaper, or
// a question such as ExitCode — and from then on it needs no descriptor and no
// system call.
//
// How an end is noticed, from the quickest to the one that always works:
//
//   - A waiter that finds a thread free for it (direct_linux.go) sleeps in the
//     kernel until the process ends, as C's waitpid would. Most children that
//     are waited for at once end here.
//   - The reaper watches all others with one epoll descriptor (reaper_linux.go).
//   - Without pidfds a goroutine waits for each process.
type object struct {
	pid        int
	created    time.Time
	references atomic.Int32 // handles that are open

	traced   bool // by a thread of this program, to which alone its stops are to be told
	stranger bool // not created here: it can be watched, not collected
	told     bool // what it has used is known though it is a stranger; see served_linux.go

	mu          sync.Mutex
	pidfd       int           // -1: the system has none, or the process has ended and been collected
	noPidfd     bool          // the system has none
	direct      bool          // a waiter sleeps on pidfd: completing must leave it open
	watch       *poller.Watch // the reaper's, of pidfd; nil: it is not watched
	ended       bool
	done        chan struct{} // closed when ended; nil until somebody waits so
	signal      *signal       // set when ended; nil until somebody waits for several objects, or registers
	exited      time.Time
	end         pidfd.End
	endErr      error // the end is known, the way it came is not
	usage       unix.Rusage
	killed      bool // Terminate has been called, before the end
	killedFor   uint32
	suspended   uint32         // how often
	descriptors *descriptors   // nil: the default ones
	code32      uint32         // of ExitProcess in a program that uses this module; 0: none
	atEnd       func()         // called when ended; nil: nothing is
	service     *seclogon.Conn // createprocessd's, which has created it; nil: it has not, or there is nothing more to ask
	terminal    *os.File       // kept open until the process has ended; see startOnConsole

	// The reaper's, under its lock.
	young      bool // on its list
	next, prev *object
}

// created is a new process: the object and the handles to it, in one piece.
type created struct {
	handles
	object object
}

// start begins to look after the process.
func (o *object) start(pid, fd int) {
	o.pid, o.pidfd, o.noPidfd = pid, fd, fd < 0
	o.created = time.Now()
	o.references.Store(1)
	known.add(o)
	if o.noPidfd {
		o.done = make(chan struct{})
		go o.waitWithoutPidfd()
	} else {
		theReaper.adopt(o)
	}
}

func (o *object) retain() { o.references.Add(1) }

// release is called by each handle's Close. A child's object holds nothing that
// must be given back, but a child that nobody can wait for any more is the
// reaper's from now on. A stranger is forgotten.
func (o *object) release() {
	switch {
	case o.references.Add(-1) > 0:
	case o.stranger:
		known.remove(o)
		o.mu.Lock()
		defer o.mu.Unlock()
		theReaper.forget(o)
		o.leaveService()
		o.closePidfd()
	default:
		theReaper.watch(o) // or, if no descriptor is left for that, when it grows up
	}
}

// poll completes the object if the process has ended, and tells whether it has.
func (o *object) poll() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pollLocked()
}

func (o *object) pollLocked() bool {
	if o.ended || o.noPidfd || o.pidfd < 0 && o.service == nil {
		return o.ended
	}
	if o.stranger {
		return o.pollStranger()
	}
	if o.traced {
		// A wait for its end would be told of its stops too, and take them away.
		if ended, _ := pidfd.Poll(o.pidfd, time.Now()); !ended {
			return false
		}
	}
	if code, peeked := pidfd.Peek(o.pidfd); peeked && code != 0 {
		o.code32 = exitCode32(o.pid, code)
	}
	end, ended, err := pidfd.Wait(o.pidfd, &o.usage)
	switch {
	case errors.Is(err, pidfd.ErrCollected):
		o.complete(end, &Error{Op: "Wait", Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: err})
	case err != nil:
		// The descriptor is not ours any more: somebody has closed it. To know
		// nothing is an end too, or the waiters would wait for ever.
		o.complete(end, systemError("Wait", o.name(), err))
	case ended:
		o.complete(end, nil)
	}
	return o.ended
}

// complete records the end. The caller holds o.mu.
func (o *object) complete(end pidfd.End, err error) {
	o.ended, o.end, o.endErr, o.exited = true, end, err, time.Now()
	known.remove(o)
	theReaper.forget(o)
	o.doneWithPidfd()
	if o.terminal != nil {
		o.terminal.Close()
		o.terminal = nil
	}
	if o.atEnd != nil {
		o.atEnd()
		o.atEnd = nil
	}
	// In this order: who has waited for the end may rely on a callback that has been
	// registered before to be on its way.
	if o.signal != nil {
		o.signal.set()
	}
	if o.done != nil {
		close(o.done)
	}
}

// doneWithPidfd closes the descriptor of a process that has ended, unless a
// waiter sleeps on it or it is needed to ask again how the process ended.
func (o *object) doneWithPidfd() {
	if !o.direct && o.service == nil && !errors.Is(o.endErr, errNotCollected) {
		o.closePidfd()
	}
}

func (o *object) closePidfd() {
	if o.pidfd >= 0 {
		unix.Close(o.pidfd)
		o.pidfd = -1
	}
}

func (o *object) name() string { return "process " + strconv.Itoa(o.pid) }

// wait returns when the process has ended, or when ctx is done.
func (o *object) wait(ctx context.Context) error {
	defer o.hold()()
	if o.waitDirectly(ctx) {
		return nil
	}
	if err := theReaper.watch(o); err != nil {
		return err
	}
	o.mu.Lock()
	if o.ended {
		o.mu.Unlock()
		return nil
	}
	if o.done == nil {
		o.done = make(chan struct{})
	}
	done := o.done
	o.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return waitError(ctx)
	}
}

func (o *object) waitWithoutPidfd() {
	for pidfd.WaitPIDExited(o.pid) == nil {
		o.mu.Lock()
		end, err := pidfd.WaitPID(o.pid, &o.usage)
		if err == nil {
			o.complete(end, nil)
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.complete(pidfd.End{}, &Error{Op: "Wait", Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: pidfd.ErrCollected})
}

// exitCode is called when the process has ended.
func (o *object) exitCode() (uint32, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.askHowItEnded()
	switch {
	case o.killed && (o.end.Signal == syscall.SIGKILL || o.endErr != nil):
		return o.killedFor, nil
	case o.endErr != nil:
		return 0, o.endErr
	case o.code32 != 0:
		return o.code32, nil
	case o.end.Signal != 0:
		return ExitCodeOfSignal(o.end.Signal), nil
	}
	return uint32(o.end.Code), nil
}

// ExitCodeOfSignal is the exit code of a process that a signal ended: the
// NTSTATUS that a Windows program ends with for the like reason. Linux only.
func ExitCodeOfSignal(sig syscall.Signal) uint32 {
	switch sig {
	case syscall.SIGSEGV:
		return 0xC0000005 // STATUS_ACCESS_VIOLATION
	case syscall.SIGILL:
		return 0xC000001D // STATUS_ILLEGAL_INSTRUCTION
	case syscall.SIGFPE:
		return 0xC0000094 // STATUS_INTEGER_DIVIDE_BY_ZERO
	case syscall.SIGINT:
		return 0xC000013A // STATUS_CONTROL_C_EXIT
	case syscall.SIGABRT:
		return 0xC0000409 // STATUS_STACK_BUFFER_OVERRUN, which abort() ends with
	}
	return 0x40010000 + uint32(sig)
}

// Signal is the signal that ended the process; 0 if it runs or has ended by
// itself. Linux only.
func (p *Process) Signal() (syscall.Signal, error) {
	o, err := p.use("Signal", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() {
		o.askHowItEnded()
	}
	return o.end.Signal, o.endErr
}

func (o *object) terminate(code uint32) error {
	if o.pid == os.Getpid() {
		ExitProcess(code)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() {
		return &Error{Op: "TerminateProcess", Object: o.name(), Code: ERROR_ACCESS_DENIED, Err: errors.New("the process has ended")}
	}
	if _, handled, err := o.byService("TerminateProcess", &seclogon.Request{Op: seclogon.OpTerminate, Code: code}); handled {
		return err
	}
	if err := o.send(syscall.SIGKILL); err != nil {
		return systemError("TerminateProcess", o.name(), err)
	}
	if !o.killed {
		o.killed, o.killedFor = true, code
	}
	return nil
}

// send is called with o.mu held, while the process has not been collected, so
// that the number is still its own.
func (o *object) send(sig syscall.Signal) error {
	if o.noPidfd {
		return syscall.Kill(o.pid, sig)
	}
	return pidfd.Signal(o.pidfd, sig)
}

func (o *object) times() (Times, error) {
	t := Times{Creation: o.created}
	usage, err := o.usageNow()
	if err != nil || usage == nil {
		if err == nil {
			err = o.readTimes(&t)
		}
		return t, err
	}
	t.Exit = o.exited
	t.Kernel = time.Duration(usage.Stime.Nano())
	t.User = time.Duration(usage.Utime.Nano())
	return t, nil
}

func (o *object) resources() (Resources, error) {
	usage, err := o.usageNow()
	if err != nil || usage == nil {
		var r Resources
		if err == nil {
			err = o.readResources(&r)
		}
		return r, err
	}
	const block = 512
	return Resources{
		PeakMemory:          uint64(usage.Maxrss) << 10,
		PageFaults:          uint64(usage.Minflt + usage.Majflt),
		MajorFaults:         uint64(usage.Majflt),
		VoluntarySwitches:   uint64(usage.Nvcsw),
		InvoluntarySwitches: uint64(usage.Nivcsw),
		ReadBytes:           uint64(usage.Inblock) * block,
		WriteBytes:          uint64(usage.Oublock) * block,
	}, nil
}

// usageNow is what an ended process has used; nil while it runs.
func (o *object) usageNow() (*unix.Rusage, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.pollLocked() {
		return nil, nil
	}
	if o.service != nil {
		o.askService()
	}
	switch {
	case o.endErr != nil && !o.stranger:
		return nil, o.endErr
	case o.told:
		return &o.usage, nil
	case o.stranger:
		return nil, &Error{Op: "GetProcessTimes", Object: o.name(), Code: ERROR_NOT_SUPPORTED,
			Err: errors.New("the process has ended, and its times are told to its parent only")}
	case o.end.Collected:
		return nil, &Error{Op: "GetProcessTimes", Object: o.name(), Code: ERROR_NOT_SUPPORTED,
			Err: errors.New("another part of the program has collected the process, and its times with it")}
	}
	return &o.usage, nil
}

// readTimes reads a running process's times from /proc/PID/stat.
func (o *object) readTimes(t *Times) error {
	return o.inProc(func(p procfs.Process) error {
		stat, err := p.Stat()
		if err != nil {
			return err
		}
		t.User, t.Kernel = stat.User, stat.Kernel
		if t.Creation.IsZero() { // it is counted from when the machine was started
			var now unix.Timespec
			if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
				return err
			}
			t.Creation = time.Now().Add(stat.Start - time.Duration(now.Nano()))
		}
		return nil
	})
}

// readResources reads what a running process has used from /proc/PID.
func (o *object) readResources(r *Resources) error {
	return o.inProc(func(p procfs.Process) error {
		stat, err := p.Stat()
		if err != nil {
			return err
		}
		status, err := p.Status()
		if err != nil {
			return err
		}
		io, _ := p.IO() // only for those who may trace the process
		*r = Resources{
			Memory:              stat.ResidentPages * uint64(os.Getpagesize()),
			PeakMemory:          status.PeakMemory,
			PageFaults:          stat.MinorFaults + stat.MajorFaults,
			MajorFaults:         stat.MajorFaults,
			VoluntarySwitches:   status.VoluntarySwitches,
			InvoluntarySwitches: status.InvoluntarySwitches,
			ReadBytes:           io.ReadBytes,
			WriteBytes:          io.WriteBytes,
		}
		return nil
	})
}

// inProc looks at what /proc tells of the process. It has not been collected
// when inProc returns without an error, so that the number has been its own
// throughout.
func (o *object) inProc(look func(procfs.Process) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	path := "/proc/" + strconv.Itoa(o.pid)
	gone := &Error{Op: "read", Object: path, Code: ERROR_INVALID_PARAMETER, Err: errors.New("the process has ended")}
	if o.ended {
		return gone
	}
	p, err := procfs.Open(o.pid)
	if err == nil {
		defer p.Close()
		err = look(p)
	}
	switch {
	case err != nil && o.pollLocked(), o.stranger && o.isGone():
		return gone
	case err != nil:
		return systemError("read", path, err)
	}
	return nil
}
