package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

// setting is one file of a cgroup that a limit is written to.
type setting struct {
	flag       LimitFlags
	controller string
	file       string
	value      func(l *Limits) string
	none       string // what lifts the limit
	optional   bool   // kernels may lack the file, and what it is for is then not to be had
}

var settings = []setting{
	{JOB_OBJECT_LIMIT_ACTIVE_PROCESS, "pids", "pids.max", func(l *Limits) string { return strconv.FormatUint(uint64(l.ActiveProcessLimit), 10) }, "max", false},
	{JOB_OBJECT_LIMIT_JOB_MEMORY, "memory", "memory.max", func(l *Limits) string { return strconv.FormatUint(l.JobMemoryLimit, 10) }, "max", false},
	// What is swapped out is the job's memory, too.
	{JOB_OBJECT_LIMIT_JOB_MEMORY, "memory", "memory.swap.max", func(*Limits) string { return "0" }, "max", true},
	{JOB_OBJECT_LIMIT_JOB_MEMORY, "memory", "memory.oom.group", func(l *Limits) string { return zeroOne(l.OOMGroup) }, "0", true},
	{JOB_OBJECT_LIMIT_AFFINITY, "cpuset", "cpuset.cpus", func(l *Limits) string { return cgroupfs.FormatCPUs(l.Affinity) }, "\n", false},
}

func zeroOne(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// Limits that Linux has at every level, and those that it has not at all.
const (
	everywhere = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_PROCESS_TIME |
		JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
	nowhere = JOB_OBJECT_LIMIT_WORKINGSET | JOB_OBJECT_LIMIT_JOB_TIME | JOB_OBJECT_LIMIT_PRIORITY_CLASS |
		JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME | JOB_OBJECT_LIMIT_SCHEDULING_CLASS | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK |
		JOB_OBJECT_LIMIT_SUBSET_AFFINITY
)

func (o *object) setLimits(op string, l Limits) error {
	if err := o.checkLimits(op, &l); err != nil {
		return err
	}
	err := o.change(func(s *state) error {
		if err := o.writeSettings(&s.Limits, &l); err != nil {
			return err
		}
		if err := o.supervise(l.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0); err != nil {
			o.writeSettings(&l, &s.Limits)
			return err
		}
		s.Limits = l
		return nil
	})
	if err != nil {
		return wrap(op, o.name, err)
	}
	return wrap(op, o.name, o.limitMembers())
}

func (o *object) checkLimits(op string, l *Limits) error {
	if flags := l.Flags & nowhere; flags != 0 {
		return unsupported(op, flags.String(), "Linux does not have it")
	}
	if flags := l.Flags &^ everywhere; flags != 0 && o.cgroup == "" {
		return unsupported(op, flags.String(), "there is no cgroup to be had here, and the job is only a walk over the tree")
	}
	for _, s := range settings {
		if l.Flags&s.flag == 0 {
			continue
		}
		if err := o.need(op, s.flag.String(), s.controller); err != nil {
			return err
		}
		if _, err := o.cgroup.Read(s.file); s.file == "memory.oom.group" && l.OOMGroup && errors.Is(err, fs.ErrNotExist) {
			return unsupported(op, "OOMGroup", "this kernel has no memory.oom.group")
		}
	}
	for _, n := range l.Affinity {
		if l.Flags&JOB_OBJECT_LIMIT_AFFINITY != 0 && (n < 0 || n >= runtime.NumCPU() && !isCPU(n)) {
			return invalid(op, JOB_OBJECT_LIMIT_AFFINITY.String(), "there is no processor "+strconv.Itoa(n))
		}
	}
	return nil
}

func isCPU(n int) bool {
	_, err := os.Stat("/sys/devices/system/cpu/cpu" + strconv.Itoa(n))
	return err == nil
}

// need refuses what needs a controller that the job's cgroup cannot have.
func (o *object) need(op, what, controller string) error {
	if o.cgroup == "" {
		return unsupported(op, what, "there is no cgroup to be had here, and the job is only a walk over the tree")
	}
	has, err := take(o.cgroup, controller)
	if err != nil {
		return wrap(op, o.name, err)
	}
	if !has {
		return unsupported(op, what, fmt.Sprintf("%s has no %s controller (see docs/job.md)", o.cgroup.Parent(), controller))
	}
	return nil
}

// writeSettings makes the cgroup's limits the new ones. If one is refused those
// that were there are put back.
func (o *object) writeSettings(old, new *Limits) error {
	for i, s := range settings {
		if (old.Flags|new.Flags)&s.flag == 0 {
			continue
		}
		if err := o.writeSetting(s, new); err != nil {
			for _, s := range settings[:i] {
				if (old.Flags|new.Flags)&s.flag != 0 {
					o.writeSetting(s, old)
				}
			}
			return err
		}
	}
	return nil
}

func (o *object) writeSetting(s setting, l *Limits) error {
	value := s.none
	if l.Flags&s.flag != 0 {
		value = s.value(l)
	}
	err := o.cgroup.Write(s.file, value)
	if s.controller == "cpuset" && errors.Is(err, syscall.ENOSPC) && value == s.none {
		// While there are processes the kernel takes no empty list: all that the
		// cgroup above has is the same.
		if value, err = o.cgroup.Parent().Read("cpuset.cpus.effective"); err == nil {
			err = o.cgroup.Write(s.file, value)
		}
	}
	if s.optional && errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

func (o *object) limits(op string) (Limits, error) {
	s, err := readState(o.file)
	if err != nil {
		return Limits{}, wrap(op, o.name, err)
	}
	return s.Limits, nil
}

// rlimits are the limits that each process of the job has by itself.
func (l *Limits) rlimits() (list []spawn.Limit) {
	if l.Flags&JOB_OBJECT_LIMIT_PROCESS_MEMORY != 0 {
		list = append(list, spawn.Limit{Resource: unix.RLIMIT_AS, Value: l.ProcessMemoryLimit})
	}
	if l.Flags&JOB_OBJECT_LIMIT_PROCESS_TIME != 0 {
		// The kernel counts seconds, of the user's and the kernel's time together.
		seconds := (l.PerProcessUserTimeLimit + time.Second - 1) / time.Second
		list = append(list, spawn.Limit{Resource: unix.RLIMIT_CPU, Value: uint64(seconds)})
	}
	return list
}

// limitMembers gives the processes that are there the limits of each process. A
// limit that is lifted holds on for them: who has one may not raise it.
func (o *object) limitMembers() error {
	s, err := readState(o.file)
	if err != nil || len(s.Limits.rlimits()) == 0 {
		return err
	}
	pids, err := o.backend.pids()
	for _, pid := range pids {
		if e := applyRlimits(pid, s.Limits.rlimits()); e != nil {
			err = errors.Join(err, fmt.Errorf("process %d: %w", pid, e))
		}
	}
	return err
}

func (o *object) limitProcess(pid int) error {
	s, err := readState(o.file)
	if err != nil {
		return err
	}
	return applyRlimits(pid, s.Limits.rlimits())
}

func applyRlimits(pid int, list []spawn.Limit) error {
	for _, l := range list {
		limit := unix.Rlimit{Cur: l.Value, Max: l.Value}
		var old unix.Rlimit
		err := unix.Prlimit(pid, l.Resource, nil, &old)
		if err == nil && old.Max < limit.Max {
			limit = unix.Rlimit{Cur: old.Max, Max: old.Max} // a stricter one stays
		}
		if err == nil {
			err = unix.Prlimit(pid, l.Resource, &limit, nil)
		}
		if err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}
