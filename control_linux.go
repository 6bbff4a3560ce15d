package createprocess

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"golang.org/x/sys/unix"
)

// What can be done to a process, and asked about it, beside its end.

func (o *object) suspendProcess() (previous uint32, err error) { return o.suspendThread() }
func (o *object) resumeProcess() (previous uint32, err error)  { return o.resumeThread() }

func (o *object) suspendThread() (previous uint32, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.pollLocked():
		return 0, o.hasEnded("SuspendThread")
	case o.service != nil:
		previous, handled, err := o.byService("SuspendThread", &seclogon.Request{Op: seclogon.OpSuspend})
		if handled {
			return previous, err
		}
	}
	switch {
	case o.suspended == MAXIMUM_SUSPEND_COUNT:
		return 0, &Error{Op: "SuspendThread", Object: o.name(), Code: ERROR_SIGNAL_REFUSED, Err: errors.New("it is suspended 127 times already")}
	case o.suspended == 0:
		if err := o.send(syscall.SIGSTOP); err != nil {
			return 0, systemError("SuspendThread", o.name(), err)
		}
	}
	o.suspended++
	return o.suspended - 1, nil
}

func (o *object) resumeThread() (previous uint32, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() {
		return 0, o.hasEnded("ResumeThread")
	}
	if previous, handled, err := o.byService("ResumeThread", &seclogon.Request{Op: seclogon.OpResume}); handled {
		return previous, err
	}
	if o.suspended == 0 && o.isStopped() {
		// By another program, whose count is not known.
		o.suspended = 1
	}
	if o.suspended == 0 {
		return 0, nil
	}
	if o.suspended == 1 {
		if err := o.send(syscall.SIGCONT); err != nil {
			return 0, systemError("ResumeThread", o.name(), err)
		}
	}
	o.suspended--
	return o.suspended + 1, nil
}

func (o *object) hasEnded(op string) error {
	return &Error{Op: op, Object: o.name(), Code: ERROR_ACCESS_DENIED, Err: errors.New("the process has ended")}
}

// isStopped is called with o.mu held, while the number is the process's own.
func (o *object) isStopped() bool {
	p, err := procfs.Open(o.pid)
	if err != nil {
		return false
	}
	defer p.Close()
	stat, err := p.Stat()
	return err == nil && stat.State == 'T'
}

func (o *object) priorityClass() (class CreationFlags, err error) {
	err = o.inProc(func(p procfs.Process) error {
		stat, err := p.Stat()
		class = classOf(stat.Policy, stat.Nice).flag
		return err
	})
	return class, err
}

func (o *object) setPriorityClass(class CreationFlags) error {
	return o.eachThread("SetPriorityClass", func(tid int) error {
		values, err := class.nice(tid)
		if err != nil {
			return err
		}
		for _, nice := range values {
			err = unix.Setpriority(unix.PRIO_PROCESS, tid, nice)
		}
		if err == unix.EACCES {
			err = nil // the highest that it may have
		}
		return err
	})
}

func (o *object) affinity() (processors []int, err error) {
	err = o.inProc(func(procfs.Process) error {
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(o.pid, &set); err != nil {
			return err
		}
		for n, count := 0, set.Count(); len(processors) < count; n++ {
			if set.IsSet(n) {
				processors = append(processors, n)
			}
		}
		return nil
	})
	return processors, err
}

func (o *object) setAffinity(processors []int) error {
	set, err := cpuSet(processors)
	if err != nil {
		return err
	}
	return o.eachThread("SetProcessAffinityMask", func(tid int) error { return unix.SchedSetaffinity(tid, set) })
}

func cpuSet(processors []int) (*unix.CPUSet, error) {
	set := new(unix.CPUSet)
	for _, n := range processors {
		set.Set(n)
		if !set.IsSet(n) {
			return nil, invalid("affinity", "processor "+strconv.Itoa(n), "there is no such processor")
		}
	}
	if len(processors) == 0 {
		return nil, invalid("affinity", "", "there is no processor in it")
	}
	return set, nil
}

// eachThread does something to every thread of the process, those included
// that are made meanwhile by one that it has not been done to yet.
func (o *object) eachThread(op string, do func(tid int) error) error {
	done := make(map[int]bool)
	for {
		news := 0
		err := o.inProc(func(p procfs.Process) error {
			threads, err := p.Threads()
			if err != nil {
				return err
			}
			for _, tid := range threads {
				if done[tid] {
					continue
				}
				if err := do(tid); err != nil && err != unix.ESRCH {
					return err
				}
				done[tid] = true
				news++
			}
			return nil
		})
		if e := (*Error)(nil); errors.As(err, &e) {
			e.Op, e.Object = op, o.name()
		}
		if err != nil || news == 0 {
			return err
		}
	}
}

func (o *object) imageName() (name string, err error) {
	err = o.inProc(func(p procfs.Process) (err error) {
		name, _, err = p.Image()
		return err
	})
	return name, err
}

func (o *object) commandLine() (line string, err error) {
	err = o.inProc(func(p procfs.Process) error {
		args, err := p.CommandLine()
		if err != nil || len(args) == 0 { // a thread of the kernel, or a zombie
			return err
		}
		if line, err = cmdline.Join(args); err != nil {
			// No command line can have this program name; it is shown as it is.
			line = strings.Join(args, " ")
		}
		return nil
	})
	return line, err
}

func (o *object) parentID() (pid int, err error) {
	err = o.inProc(func(p procfs.Process) error {
		stat, err := p.Stat()
		pid = stat.Parent
		return err
	})
	return pid, err
}

func (o *object) handleCount() (n int, err error) {
	err = o.inProc(func(p procfs.Process) (err error) {
		n, err = p.Descriptors()
		return err
	})
	return n, err
}

// withSystemHandle holds o.mu, so that nobody collects the process meanwhile. f
// must not use the process.
func (o *object) withSystemHandle(op string, f func(uintptr) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() {
		return o.hasEnded(op)
	}
	return f(uintptr(o.pidfd)) // -1 if there is none
}

func (o *object) duplicateInto(*object, AccessMask, bool) (uintptr, error) {
	return 0, &Error{Op: "DuplicateHandle", Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: errors.New("on Linux nothing can be put into another process")}
}

// generate sends the event's signal to a group.
func (e CtrlEvent) generate(group int) error {
	sig := syscall.SIGINT
	if e == CTRL_BREAK_EVENT {
		sig = syscall.SIGQUIT
	}
	return syscall.Kill(-group, sig)
}
