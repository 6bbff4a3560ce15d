package createprocess

import (
	"context"
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

func init() {
	engine.Start = startRequest
	engine.Wait = func(process any) (pidfd.End, unix.Rusage, error) { return process.(*Process).object.waitEnd() }
	engine.Signal = func(process any, sig syscall.Signal) error { return process.(*Process).object.signalOrDone(sig) }
	engine.Poll = pollDirectly
	engine.KilledFor = killedFor
	engine.Known = func(pid int) bool {
		o := known.find(pid)
		if o == nil {
			return false
		}
		defer o.release()
		return !o.stranger
	}
	engine.Pidfd = func(process any) (int, error) { return process.(*Process).object.duplicatePidfd() }
	engine.Adopt = func(pid, pidfd int, exitCode uint64, access uint32) (any, error) {
		return adopt(pid, pidfd, exitCode, AccessMask(access))
	}
	engine.AdoptThread = func(process any, access uint32) any {
		t, o := new(Thread), process.(*Process).object
		t.open(o, o.pid, &threadRights, AccessMask(access), false)
		return t
	}
}

// startRequest makes a child by a request that is none of CreateProcess's.
func startRequest(r *spawn.Request) (any, error) {
	child, err := spawn.Start(r)
	runtime.KeepAlive(r)
	var step *spawn.Error
	switch {
	case err != nil && r.Sys != nil && r.Sys.Chroot != "" && errors.As(err, &step) && step.Step == spawn.StepExec:
		// What createError would look at to explain it is not what the child saw.
		return nil, systemError(step.Step.String(), step.Object, step.Errno)
	case err != nil:
		return nil, createError(err)
	}
	c := &created{}
	c.object.traced = r.Sys != nil && r.Sys.Ptrace
	c.object.start(child.PID, child.Pidfd)
	pi := c.fill(&c.object, child.PID, child.PID, &Params{})
	pi.Thread.Close()
	return pi.Process, nil
}

// killedFor notes the exit code of processes that are about to be killed by other
// means than Terminate.
func killedFor(pids []int, code uint32) {
	for _, pid := range pids {
		o := known.find(pid)
		if o == nil {
			continue
		}
		o.mu.Lock()
		if !o.pollLocked() && !o.killed {
			o.killed, o.killedFor = true, code
		}
		o.mu.Unlock()
		o.release()
	}
}

func (o *object) waitEnd() (pidfd.End, unix.Rusage, error) {
	if err := o.wait(context.Background()); err != nil {
		return pidfd.End{}, unix.Rusage{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end, o.usage, o.endErr
}

func (o *object) signalOrDone(sig syscall.Signal) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() {
		return os.ErrProcessDone
	}
	if _, handled, err := o.byService("signal", &seclogon.Request{Op: seclogon.OpSignal, Signal: int(sig)}); handled {
		return err
	}
	err := o.send(sig)
	if err == syscall.ESRCH {
		return os.ErrProcessDone
	}
	return err
}

func (o *object) duplicatePidfd() (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.pollLocked():
		return -1, os.ErrProcessDone
	case o.noPidfd:
		return -1, os.ErrNoHandle
	}
	return unix.FcntlInt(uintptr(o.pidfd), unix.F_DUPFD_CLOEXEC, 0)
}
