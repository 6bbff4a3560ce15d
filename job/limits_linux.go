package job

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
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

// cpuPeriod is that of cpu.max, in microseconds.
const cpuPeriod = 100_000

func cpus(n float64) CPURateControl {
	rate := math.Round(n / float64(runtime.NumCPU()) * 10000)
	return CPURateControl{
		Flags:   JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
		CPURate: uint32(min(max(rate, 1), 10000)),
	}
}

func (o *object) setCPURate(op string, c CPURateControl) error {
	const hard, weight, pair = JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE
	quota, share := "max", "100"
	rate := uint32(0)
	switch {
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY != 0:
		return unsupported(op, "JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY", "Linux does not have it")
	case c.Flags == 0:
	case c.Flags&pair != 0 && c.MinRate != 0:
		return unsupported(op, "MinRate", "Linux does not have it")
	case c.Flags&pair != 0:
		rate = uint32(c.MaxRate)
	case c.Flags&weight != 0:
		share = strconv.Itoa(int(c.Weight) * 20) // 5 is the kernel's 100
	case c.Flags&hard == 0:
		return unsupported(op, "CPURate", "on Linux a cap is hard: JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP")
	default:
		rate = c.CPURate
	}
	if rate != 0 {
		// The kernel takes no quota below a millisecond.
		quota = strconv.Itoa(max(int(rate)*runtime.NumCPU()*cpuPeriod/10000, 1000))
	}
	if err := o.need(op, "CPURate", "cpu"); err != nil {
		return err
	}
	return wrap(op, o.name, o.change(func(s *state) error {
		if err := o.cgroup.Write("cpu.max", quota+" "+strconv.Itoa(cpuPeriod)); err != nil {
			return err
		}
		if err := o.cgroup.Write("cpu.weight", share); err != nil {
			return err
		}
		s.CPU = c
		return nil
	}))
}

func (o *object) cpuRate(op string) (CPURateControl, error) {
	s, err := readState(o.file)
	if err != nil {
		return CPURateControl{}, wrap(op, o.name, err)
	}
	return s.CPU, nil
}

func (o *object) setIORate(op string, c IORateControl) error {
	if err := o.need(op, "MaxBandwidth", "io"); err != nil {
		return err
	}
	device, err := deviceOf(c.VolumeName)
	if err != nil {
		return wrap(op, c.VolumeName, err)
	}
	limit := func(n uint64) string {
		if n == 0 {
			return "max"
		}
		return strconv.FormatUint(n, 10)
	}
	line := fmt.Sprintf("%s rbps=%s wbps=%[2]s riops=%s wiops=%[3]s", device, limit(c.MaxBandwidth), limit(c.MaxIops))
	return wrap(op, o.name, o.cgroup.Write("io.max", line))
}

// deviceOf is the number of the disk that a path is on, or is.
func deviceOf(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	dev := st.Dev
	if st.Mode&unix.S_IFMT == unix.S_IFBLK {
		dev = st.Rdev
	}
	number := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	// The kernel limits disks, not their partitions.
	sys := "/sys/dev/block/" + number
	if _, err := os.Stat(sys + "/partition"); err == nil {
		whole, err := os.ReadFile(sys + "/../dev")
		return string(slices.DeleteFunc(whole, func(b byte) bool { return b == '\n' })), err
	}
	if _, err := os.Stat(sys); err != nil {
		return "", &fs.PathError{Op: "find the disk of", Path: path, Err: syscall.ENOTBLK}
	}
	return number, nil
}

func (o *object) accounting(op string) (Accounting, error) {
	pids, err := o.processIDs(op)
	if err != nil {
		return Accounting{}, err
	}
	o.mu.Lock()
	a := Accounting{ActiveProcesses: uint32(len(pids)), TotalProcesses: uint32(len(o.members)), Unknown: make(map[string]string)}
	o.mu.Unlock()
	unknown := func(reason string, fields ...string) {
		for _, f := range fields {
			a.Unknown[f] = reason
		}
	}
	if o.cgroup == "" {
		unknown("a walk over the tree does not know what has ended", "TotalUserTime", "TotalKernelTime", "ReadOperations",
			"WriteOperations", "ReadBytes", "WriteBytes", "MemoryUsed", "PeakJobMemoryUsed")
		return a, nil
	}
	text, err := o.cgroup.Read("cpu.stat")
	if err != nil {
		return Accounting{}, wrap(op, o.name, err)
	}
	cpu := cgroupfs.ParseFlat(text)
	a.TotalUserTime = microseconds(cpu["user_usec"])
	a.TotalKernelTime = microseconds(cpu["system_usec"])
	if text, err := o.cgroup.Read("io.stat"); err == nil {
		io := cgroupfs.ParseNested(text)
		a.ReadOperations, a.WriteOperations, a.ReadBytes, a.WriteBytes = io["rios"], io["wios"], io["rbytes"], io["wbytes"]
	} else {
		unknown("the job has no io controller", "ReadOperations", "WriteOperations", "ReadBytes", "WriteBytes")
	}
	number := func(file, field, reason string, to *uint64) {
		text, err := o.cgroup.Read(file)
		if err == nil {
			*to, err = cgroupfs.ParseMax(text)
		}
		if err != nil {
			unknown(reason, field)
		}
	}
	number("memory.current", "MemoryUsed", "the job has no memory controller", &a.MemoryUsed)
	number("memory.peak", "PeakJobMemoryUsed", "the job has no memory controller, or the kernel is older than 5.19", &a.PeakJobMemoryUsed)
	return a, nil
}

func microseconds(n uint64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/uint64(time.Microsecond))) * time.Microsecond
}
