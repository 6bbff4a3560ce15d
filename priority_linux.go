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

// priorityClasses are in the order of their nice values. A value between two
// counts as the nearer one, and half way as the one nearer to normal.
var priorityClasses = [...]priorityClass{
	{REALTIME_PRIORITY_CLASS, 24, -19, -16},
	{HIGH_PRIORITY_CLASS, 13, -11, -9},
	{ABOVE_NORMAL_PRIORITY_CLASS, 10, -6, -4},
	{NORMAL_PRIORITY_CLASS, 8, 0, 5},
	{BELOW_NORMAL_PRIORITY_CLASS, 6, 10, 14},
	{IDLE_PRIORITY_CLASS, 4, 19, 19},
}

// classOfNice is the priority class that a nice value counts as.
func classOfNice(nice int) *priorityClass {
	for i := range priorityClasses {
		if nice <= priorityClasses[i].most {
			return &priorityClasses[i]
		}
	}
	return &priorityClasses[len(priorityClasses)-1]
}

// classOf is classOfNice also for processes whose policy (sched(7)) makes the
// kernel overlook the nice value.
func classOf(policy, nice int) *priorityClass {
	switch policy {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
		return &priorityClasses[0]
	case unix.SCHED_IDLE:
		return &priorityClasses[len(priorityClasses)-1]
	}
	return classOfNice(nice)
}
