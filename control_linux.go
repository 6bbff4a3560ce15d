package createprocess

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-f798aa80/createprocess/cmdline"
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
	case o.suspended == MAXIMUM_SUSPEND_COUNT:
		return 0, &Error{Op: "SuspendThread", Object: o.name(), Code: ERROR_SIGNAL_REFUSED, Err: errors.New("it is suspended 127 times already")}
	case o.suspended == 0:
		if err := o.signal(syscall.SIGSTOP); err != nil {
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
	if o.suspended == 0 && o.isStopped() {
		// By another program, whose count is not known.
		o.suspended = 1
	}
	if o.suspended == 0 {
		return 0, nil
	}
	if o.suspended == 1 {
		if err := o.signal(syscall.SIGCONT); err != nil {
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
	text, err := os.ReadFile(o.procPath("stat"))
	return err == nil && strings.HasPrefix(string(text[strings.LastIndexByte(string(text), ')')+1:]), " T")
}

// niceOf are the nice values of the priority classes, from the lowest class up.
var niceOf = [...]struct {
	class CreationFlags
	nice  int
}{
	{IDLE_PRIORITY_CLASS, 19},
	{BELOW_NORMAL_PRIORITY_CLASS, 10},
	{NORMAL_PRIORITY_CLASS, 0},
	{ABOVE_NORMAL_PRIORITY_CLASS, -6},
	{HIGH_PRIORITY_CLASS, -11},
	{REALTIME_PRIORITY_CLASS, -19},
}

// nice are the nice values to try for a class, in turn. Who may not have the
// one that is wanted keeps the one before it: the best that RLIMIT_NICE allows.
func (class CreationFlags) nice() []int {
	for _, n := range niceOf {
		if class&n.class == 0 {
			continue
		}
		var limit unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_NICE, &limit) == nil && limit.Cur <= 40 {
			if best := 20 - int(limit.Cur); best > n.nice {
				return []int{best, n.nice}
			}
		}
		return []int{n.nice}
	}
	return nil
}

// classOfNice is the class that a process with this nice value is in: the first,
// from the lowest up, whose own value is not above it.
func classOfNice(nice int) CreationFlags {
	for _, n := range niceOf {
		if nice >= n.nice {
			return n.class
		}
	}
	return REALTIME_PRIORITY_CLASS
}

func (o *object) priorityClass() (class CreationFlags, err error) {
	err = o.inProc("stat", func(string) error {
		// The system call answers with 20 - nice, lest a result be negative.
		n, err := unix.Getpriority(unix.PRIO_PROCESS, o.pid)
		class = classOfNice(20 - n)
		return err
	})
	return class, err
}

func (o *object) setPriorityClass(class CreationFlags) error {
	return o.eachThread("SetPriorityClass", func(tid int) error {
		var err error
		for _, nice := range class.nice() {
			err = unix.Setpriority(unix.PRIO_PROCESS, tid, nice)
		}
		if err == unix.EACCES {
			err = nil // the highest that it may have
		}
		return err
	})
}

func (o *object) affinity() (processors []int, err error) {
	err = o.inProc("stat", func(string) error {
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
		err := o.inProc("task", func(path string) error {
			threads, err := os.ReadDir(path)
			if err != nil {
				return err
			}
			for _, t := range threads {
				tid, err := strconv.Atoi(t.Name())
				if err != nil || done[tid] {
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
		if err != nil {
			var e *Error
			if errors.As(err, &e) {
				e.Op = op
			}
			return err
		}
		if news == 0 {
			return nil
		}
	}
}

func (o *object) imageName() (name string, err error) {
	err = o.inProc("exe", func(path string) (err error) {
		name, err = os.Readlink(path)
		return err
	})
	return name, err
}

func (o *object) commandLine() (string, error) {
	text, err := o.readProc("cmdline")
	if err != nil || text == "" { // a thread of the kernel, or a zombie
		return "", err
	}
	line, err := cmdline.Join(strings.Split(strings.TrimSuffix(text, "\x00"), "\x00"))
	if err != nil {
		// No command line can have this program name; it is shown as it is.
		return strings.TrimSuffix(strings.ReplaceAll(text, "\x00", " "), " "), nil
	}
	return line, nil
}

func (o *object) parentID() (int, error) {
	fields, err := o.readStat()
	if err != nil {
		return 0, err
	}
	return int(fields[4-3]), nil
}

func (o *object) handleCount() (n int, err error) {
	err = o.inProc("fd", func(path string) error {
		entries, err := os.ReadDir(path)
		n = len(entries)
		return err
	})
	return n, err
}

// generate sends the event's signal to a group.
func (e CtrlEvent) generate(group int) error {
	sig := syscall.SIGINT
	if e == CTRL_BREAK_EVENT {
		sig = syscall.SIGQUIT
	}
	return syscall.Kill(-group, sig)
}
