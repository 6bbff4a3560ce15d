package job

import (
	"fmt"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/flagnames"
)

// LimitFlags say which fields of [Limits] count, and switch those limits on that
// have no value. The names and values are those of
// JOBOBJECT_BASIC_LIMIT_INFORMATION's LimitFlags.
type LimitFlags uint32

const (
	JOB_OBJECT_LIMIT_WORKINGSET                 LimitFlags = 0x00000001
	JOB_OBJECT_LIMIT_PROCESS_TIME               LimitFlags = 0x00000002
	JOB_OBJECT_LIMIT_JOB_TIME                   LimitFlags = 0x00000004
	JOB_OBJECT_LIMIT_ACTIVE_PROCESS             LimitFlags = 0x00000008
	JOB_OBJECT_LIMIT_AFFINITY                   LimitFlags = 0x00000010
	JOB_OBJECT_LIMIT_PRIORITY_CLASS             LimitFlags = 0x00000020
	JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME          LimitFlags = 0x00000040
	JOB_OBJECT_LIMIT_SCHEDULING_CLASS           LimitFlags = 0x00000080
	JOB_OBJECT_LIMIT_PROCESS_MEMORY             LimitFlags = 0x00000100
	JOB_OBJECT_LIMIT_JOB_MEMORY                 LimitFlags = 0x00000200
	JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION LimitFlags = 0x00000400
	JOB_OBJECT_LIMIT_BREAKAWAY_OK               LimitFlags = 0x00000800
	JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK        LimitFlags = 0x00001000
	JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE          LimitFlags = 0x00002000
	JOB_OBJECT_LIMIT_SUBSET_AFFINITY            LimitFlags = 0x00004000
)

var limitFlagNames = flagnames.Table[LimitFlags]{
	{JOB_OBJECT_LIMIT_WORKINGSET, "JOB_OBJECT_LIMIT_WORKINGSET"},
	{JOB_OBJECT_LIMIT_PROCESS_TIME, "JOB_OBJECT_LIMIT_PROCESS_TIME"},
	{JOB_OBJECT_LIMIT_JOB_TIME, "JOB_OBJECT_LIMIT_JOB_TIME"},
	{JOB_OBJECT_LIMIT_ACTIVE_PROCESS, "JOB_OBJECT_LIMIT_ACTIVE_PROCESS"},
	{JOB_OBJECT_LIMIT_AFFINITY, "JOB_OBJECT_LIMIT_AFFINITY"},
	{JOB_OBJECT_LIMIT_PRIORITY_CLASS, "JOB_OBJECT_LIMIT_PRIORITY_CLASS"},
	{JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME, "JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME"},
	{JOB_OBJECT_LIMIT_SCHEDULING_CLASS, "JOB_OBJECT_LIMIT_SCHEDULING_CLASS"},
	{JOB_OBJECT_LIMIT_PROCESS_MEMORY, "JOB_OBJECT_LIMIT_PROCESS_MEMORY"},
	{JOB_OBJECT_LIMIT_JOB_MEMORY, "JOB_OBJECT_LIMIT_JOB_MEMORY"},
	{JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, "JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION"},
	{JOB_OBJECT_LIMIT_BREAKAWAY_OK, "JOB_OBJECT_LIMIT_BREAKAWAY_OK"},
	{JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK, "JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK"},
	{JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, "JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE"},
	{JOB_OBJECT_LIMIT_SUBSET_AFFINITY, "JOB_OBJECT_LIMIT_SUBSET_AFFINITY"},
}

// String is the flags' names, joined by "|"; bits without a name are in hexadecimal.
func (f LimitFlags) String() string { return limitFlagNames.String(f) }

// Limits are those of JOBOBJECT_EXTENDED_LIMIT_INFORMATION. A field counts if
// Flags has its flag. docs/job.md says what each is on Linux; what a system or a
// level does not have is refused with ERROR_NOT_SUPPORTED (50), by its name.
type Limits struct {
	Flags LimitFlags

	PerProcessUserTimeLimit time.Duration // JOB_OBJECT_LIMIT_PROCESS_TIME
	PerJobUserTimeLimit     time.Duration // JOB_OBJECT_LIMIT_JOB_TIME
	MinimumWorkingSetSize   uint64        // bytes; JOB_OBJECT_LIMIT_WORKINGSET
	MaximumWorkingSetSize   uint64        // bytes; JOB_OBJECT_LIMIT_WORKINGSET
	ActiveProcessLimit      uint32        // JOB_OBJECT_LIMIT_ACTIVE_PROCESS; Linux counts threads too
	Affinity                []int         // processors, by number; JOB_OBJECT_LIMIT_AFFINITY
	PriorityClass           uint32        // a flag such as IDLE_PRIORITY_CLASS; JOB_OBJECT_LIMIT_PRIORITY_CLASS
	SchedulingClass         uint32        // 0 to 9; JOB_OBJECT_LIMIT_SCHEDULING_CLASS
	ProcessMemoryLimit      uint64        // bytes; JOB_OBJECT_LIMIT_PROCESS_MEMORY
	JobMemoryLimit          uint64        // bytes; JOB_OBJECT_LIMIT_JOB_MEMORY

	// OOMGroup makes the kernel end the job as a whole when the memory limit is
	// reached and nothing can be taken back, rather than its largest process
	// (memory.oom.group). Linux only, and with JOB_OBJECT_LIMIT_JOB_MEMORY.
	OOMGroup bool
}

// SetLimits replaces the limits of the job (JobObjectExtendedLimitInformation).
// A limit whose flag is not set is lifted. If one is refused none has changed.
func (j *Job) SetLimits(l Limits) error {
	const op = "JobObjectExtendedLimitInformation"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	if err := l.check(op); err != nil {
		return err
	}
	return j.object.setLimits(op, l)
}

// Limits is the limits that are set.
func (j *Job) Limits() (Limits, error) {
	const op = "JobObjectExtendedLimitInformation"
	if err := j.acquire(op); err != nil {
		return Limits{}, err
	}
	defer j.release()
	return j.object.limits(op)
}

func (l *Limits) check(op string) error {
	known := limitFlagNames.All()
	has := func(f LimitFlags) bool { return l.Flags&f != 0 }
	switch {
	case l.Flags&^known != 0:
		return invalid(op, (l.Flags &^ known).String(), "no such flag")
	case has(JOB_OBJECT_LIMIT_PROCESS_TIME) && l.PerProcessUserTimeLimit <= 0:
		return invalid(op, JOB_OBJECT_LIMIT_PROCESS_TIME.String(), "the time must be more than zero")
	case has(JOB_OBJECT_LIMIT_JOB_TIME) && l.PerJobUserTimeLimit <= 0:
		return invalid(op, JOB_OBJECT_LIMIT_JOB_TIME.String(), "the time must be more than zero")
	case has(JOB_OBJECT_LIMIT_JOB_TIME) && has(JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME):
		return invalid(op, (JOB_OBJECT_LIMIT_JOB_TIME | JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME).String(), "they contradict each other")
	case has(JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && l.ActiveProcessLimit == 0:
		return invalid(op, JOB_OBJECT_LIMIT_ACTIVE_PROCESS.String(), "no process would be allowed")
	case has(JOB_OBJECT_LIMIT_AFFINITY) && len(l.Affinity) == 0:
		return invalid(op, JOB_OBJECT_LIMIT_AFFINITY.String(), "there is no processor in it")
	case has(JOB_OBJECT_LIMIT_PROCESS_MEMORY) && l.ProcessMemoryLimit == 0:
		return invalid(op, JOB_OBJECT_LIMIT_PROCESS_MEMORY.String(), "no memory would be allowed")
	case has(JOB_OBJECT_LIMIT_JOB_MEMORY) && l.JobMemoryLimit == 0:
		return invalid(op, JOB_OBJECT_LIMIT_JOB_MEMORY.String(), "no memory would be allowed")
	case l.OOMGroup && !has(JOB_OBJECT_LIMIT_JOB_MEMORY):
		return invalid(op, "OOMGroup", "it needs JOB_OBJECT_LIMIT_JOB_MEMORY")
	}
	return nil
}

// CPURateFlags are JOBOBJECT_CPU_RATE_CONTROL_INFORMATION's ControlFlags.
type CPURateFlags uint32

const (
	JOB_OBJECT_CPU_RATE_CONTROL_ENABLE       CPURateFlags = 0x01
	JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED CPURateFlags = 0x02
	JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP     CPURateFlags = 0x04
	JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY       CPURateFlags = 0x08
	JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE CPURateFlags = 0x10
)

// CPURateControl is JOBOBJECT_CPU_RATE_CONTROL_INFORMATION: how much processor
// time the job may have. The zero value is no control. On Linux there is the hard
// cap (cpu.max), the weight (cpu.weight), and the maximum of a pair of rates; a
// cap that is not hard, NOTIFY and a minimum are refused (50).
type CPURateControl struct {
	Flags CPURateFlags

	// CPURate is in hundredths of a percent of all processors: 10,000 is all of
	// them. [CPUs] makes it of a number of processors.
	CPURate uint32

	// Weight, with WEIGHT_BASED, is from 1 to 9; 5 is what jobs have by default.
	Weight uint32

	// MinRate and MaxRate, with MIN_MAX_RATE, are as CPURate.
	MinRate, MaxRate uint16
}

// CPUs is the hard cap that allows a job that many processors' time: 1.5 is
// one and a half. It is at least a hundredth of a percent of all.
func CPUs(n float64) CPURateControl { return cpus(n) }

// SetCPURate sets or, with the zero value, lifts the control
// (JobObjectCpuRateControlInformation).
func (j *Job) SetCPURate(c CPURateControl) error {
	const op = "JobObjectCpuRateControlInformation"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	if err := c.check(op); err != nil {
		return err
	}
	return j.object.setCPURate(op, c)
}

// CPURate is the control that is set.
func (j *Job) CPURate() (CPURateControl, error) {
	const op = "JobObjectCpuRateControlInformation"
	if err := j.acquire(op); err != nil {
		return CPURateControl{}, err
	}
	defer j.release()
	return j.object.cpuRate(op)
}

// IORateControl is JOBOBJECT_IO_RATE_CONTROL_INFORMATION: how much a job may read
// and write on one device (io.max). On Windows a limit is for reading and writing
// together; on Linux it is for each.
type IORateControl struct {
	// VolumeName is the device, or a file or directory on it. On Windows it is the
	// name of a volume, or "" for all.
	VolumeName string

	MaxIops      uint64 // operations in a second; 0: no limit
	MaxBandwidth uint64 // bytes in a second; 0: no limit
}

// SetIORate sets the control for a device or, with both limits zero, lifts it
// (SetIoRateControlInformationJobObject).
func (j *Job) SetIORate(c IORateControl) error {
	const op = "SetIoRateControlInformationJobObject"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	return j.object.setIORate(op, c)
}

func (c *CPURateControl) check(op string) error {
	const all = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED |
		JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP | JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY | JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE
	const exclusive = JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED | JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE
	const most = 10000
	switch kind := c.Flags & exclusive; {
	case c.Flags&^all != 0:
		return invalid(op, fmt.Sprintf("0x%x", uint32(c.Flags&^all)), "no such flag")
	case c.Flags == 0:
		return nil
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_ENABLE == 0:
		return invalid(op, "ControlFlags", "JOB_OBJECT_CPU_RATE_CONTROL_ENABLE is missing")
	case kind == exclusive, kind != 0 && c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP != 0:
		return invalid(op, "ControlFlags", "they contradict each other")
	case kind == JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED && (c.Weight < 1 || c.Weight > 9):
		return invalid(op, "Weight", "it must be from 1 to 9")
	case kind == JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE && (c.MaxRate < 1 || c.MaxRate > most || c.MinRate > c.MaxRate):
		return invalid(op, "MaxRate", "it must be from 1 to 10,000, and not below MinRate")
	case kind == 0 && (c.CPURate < 1 || c.CPURate > most):
		return invalid(op, "CPURate", "it must be from 1 to 10,000")
	}
	return nil
}
