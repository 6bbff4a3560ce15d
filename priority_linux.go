package createprocess

import "golang.org/x/sys/unix"

// priorityClass is what Win32 calls a priority class, and the nice value that
// stands for it.
type priorityClass struct {
	flag CreationFlags
	base int // of its threads, as Microsoft's page "Scheduling Priorities" has it
	nice int // of a process that is given the class
	most int // the greatest nice value that counts as this class
}

// priorities are in the order of their nice values. A value between two
// counts as the nearer one, and half way as the one nearer to normal.
var priorities = [...]priorityClass{
	{REALTIME_PRIORITY_CLASS, 24, -19, -16},
	{HIGH_PRIORITY_CLASS, 13, -11, -9},
	{ABOVE_NORMAL_PRIORITY_CLASS, 10, -6, -4},
	{NORMAL_PRIORITY_CLASS, 8, 0, 5},
	{BELOW_NORMAL_PRIORITY_CLASS, 6, 10, 14},
	{IDLE_PRIORITY_CLASS, 4, 19, 19},
}

// classOfNice is the priority class that a nice value counts as.
func classOfNice(nice int) *priorityClass {
	for i := range priorities {
		if nice <= priorities[i].most {
			return &priorities[i]
		}
	}
	return &priorities[len(priorities)-1]
}

// classOf is classOfNice also for processes whose policy (sched(7)) makes the
// kernel overlook the nice value.
func classOf(policy, nice int) *priorityClass {
	switch policy {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
		return &priorities[0]
	case unix.SCHED_IDLE:
		return &priorities[len(priorities)-1]
	}
	return classOfNice(nice)
}

// nice are the nice values to try, in turn, so that a thread (0: the caller, and
// so its child) gets the class. Who may not have the one that is wanted keeps
// the one before it: the best that RLIMIT_NICE allows, unless the thread's own
// is better.
func (class CreationFlags) nice(tid int) ([]int, error) {
	for _, p := range priorities {
		if class&p.flag == 0 {
			continue
		}
		var limit unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_NICE, &limit) == nil && limit.Cur <= 40 {
			if best := 20 - int(limit.Cur); best > p.nice {
				current, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
				if err != nil {
					return nil, err
				}
				if best < 20-current { // the system call answers 20 minus the nice value
					return []int{best, p.nice}, nil
				}
			}
		}
		return []int{p.nice}, nil
	}
	return nil, nil
}
