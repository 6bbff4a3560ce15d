package job

import (
	"math"
	"math/bits"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tick is the unit of Windows' times.
const tick = 100 * time.Nanosecond

// ticks rounds up: a limit of no time at all is none, or a mistake.
func ticks(d time.Duration) int64 { return int64((d + tick - 1) / tick) }

func (o *object) setLimits(op string, l Limits) error {
	if l.OOMGroup {
		return unsupported(op, "OOMGroup", "it is Linux's")
	}
	sizes := []struct {
		flag  LimitFlags
		value uint64
	}{
		{JOB_OBJECT_LIMIT_WORKINGSET, l.MinimumWorkingSetSize}, {JOB_OBJECT_LIMIT_WORKINGSET, l.MaximumWorkingSetSize},
		{JOB_OBJECT_LIMIT_PROCESS_MEMORY, l.ProcessMemoryLimit}, {JOB_OBJECT_LIMIT_JOB_MEMORY, l.JobMemoryLimit},
	}
	for _, s := range sizes {
		if l.Flags&s.flag != 0 && s.value > math.MaxUint {
			return invalid(op, s.flag.String(), "it is more than an address space")
		}
	}
	e := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags:              uint32(l.Flags),
			PerProcessUserTimeLimit: ticks(l.PerProcessUserTimeLimit),
			PerJobUserTimeLimit:     ticks(l.PerJobUserTimeLimit),
			MinimumWorkingSetSize:   uintptr(l.MinimumWorkingSetSize),
			MaximumWorkingSetSize:   uintptr(l.MaximumWorkingSetSize),
			ActiveProcessLimit:      l.ActiveProcessLimit,
			PriorityClass:           l.PriorityClass,
			SchedulingClass:         l.SchedulingClass,
		},
		ProcessMemoryLimit: uintptr(l.ProcessMemoryLimit),
		JobMemoryLimit:     uintptr(l.JobMemoryLimit),
	}
	if l.Flags&JOB_OBJECT_LIMIT_AFFINITY != 0 {
		for _, n := range l.Affinity {
			if n < 0 || n >= bits.UintSize {
				return unsupported(op, JOB_OBJECT_LIMIT_AFFINITY.String(), "processor "+strconv.Itoa(n)+" is not in the first group")
			}
			e.BasicLimitInformation.Affinity |= 1 << n
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := set(o.handle, windows.JobObjectExtendedLimitInformation, &e); err != nil {
		return systemError(op, o.name, err)
	}
	o.kill = l.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0
	return nil
}

func (o *object) limits(op string) (Limits, error) {
	var e windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if err := query(o.handle, windows.JobObjectExtendedLimitInformation, &e); err != nil {
		return Limits{}, systemError(op, o.name, err)
	}
	b := &e.BasicLimitInformation
	l := Limits{Flags: LimitFlags(b.LimitFlags)}
	has := func(f LimitFlags) bool { return l.Flags&f != 0 }
	if has(JOB_OBJECT_LIMIT_PROCESS_TIME) {
		l.PerProcessUserTimeLimit = time.Duration(b.PerProcessUserTimeLimit) * tick
	}
	if has(JOB_OBJECT_LIMIT_JOB_TIME) {
		l.PerJobUserTimeLimit = time.Duration(b.PerJobUserTimeLimit) * tick
	}
	if has(JOB_OBJECT_LIMIT_WORKINGSET) {
		l.MinimumWorkingSetSize, l.MaximumWorkingSetSize = uint64(b.MinimumWorkingSetSize), uint64(b.MaximumWorkingSetSize)
	}
	if has(JOB_OBJECT_LIMIT_ACTIVE_PROCESS) {
		l.ActiveProcessLimit = b.ActiveProcessLimit
	}
	if has(JOB_OBJECT_LIMIT_AFFINITY) {
		for n := range bits.UintSize {
			if b.Affinity&(1<<n) != 0 {
				l.Affinity = append(l.Affinity, n)
			}
		}
	}
	if has(JOB_OBJECT_LIMIT_PRIORITY_CLASS) {
		l.PriorityClass = b.PriorityClass
	}
	if has(JOB_OBJECT_LIMIT_SCHEDULING_CLASS) {
		l.SchedulingClass = b.SchedulingClass
	}
	if has(JOB_OBJECT_LIMIT_PROCESS_MEMORY) {
		l.ProcessMemoryLimit = uint64(e.ProcessMemoryLimit)
	}
	if has(JOB_OBJECT_LIMIT_JOB_MEMORY) {
		l.JobMemoryLimit = uint64(e.JobMemoryLimit)
	}
	return l, nil
}

// cpus counts the processors of all groups, also those that this program may not use.
func cpus(n float64) CPURateControl {
	all := float64(windows.GetActiveProcessorCount(windows.ALL_PROCESSOR_GROUPS))
	return CPURateControl{
		Flags:   JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
		CPURate: uint32(min(max(math.Round(n/all*10000), 1), 10000)),
	}
}

func (o *object) setCPURate(op string, c CPURateControl) error {
	s := cpuRateControl{flags: c.Flags, value: c.CPURate}
	switch {
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED != 0:
		s.value = c.Weight
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE != 0:
		s.value = uint32(c.MinRate) | uint32(c.MaxRate)<<16
	}
	return systemError(op, o.name, set(o.handle, windows.JobObjectCpuRateControlInformation, &s))
}

func (o *object) cpuRate(op string) (CPURateControl, error) {
	var s cpuRateControl
	if err := query(o.handle, windows.JobObjectCpuRateControlInformation, &s); err != nil {
		return CPURateControl{}, systemError(op, o.name, err)
	}
	c := CPURateControl{Flags: s.flags}
	switch {
	case c.Flags == 0:
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED != 0:
		c.Weight = s.value
	case c.Flags&JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE != 0:
		c.MinRate, c.MaxRate = uint16(s.value), uint16(s.value>>16)
	default:
		c.CPURate = s.value
	}
	return c, nil
}

func (o *object) setIORate(op string, c IORateControl) error {
	const enable = 1 // JOB_OBJECT_IO_RATE_CONTROL_ENABLE
	volume, err := utf16Name(c.VolumeName)
	if err != nil {
		return invalid(op, c.VolumeName, "the name contains a NUL")
	}
	if c.MaxIops > math.MaxInt64 || c.MaxBandwidth > math.MaxInt64 {
		return invalid(op, c.VolumeName, "the limit is above the greatest number")
	}
	s := ioRateControl{maxIops: int64(c.MaxIops), maxBandwidth: int64(c.MaxBandwidth), volumeName: volume}
	if c.MaxIops != 0 || c.MaxBandwidth != 0 {
		s.controlFlags = enable
	}
	if err := setIoRateControlInformationJobObject.Find(); err != nil {
		return &Error{Op: op, Object: c.VolumeName, Code: ERROR_NOT_SUPPORTED, Err: err}
	}
	ok, _, err := setIoRateControlInformationJobObject.Call(uintptr(o.handle), uintptr(unsafe.Pointer(&s)))
	if ok == 0 {
		return systemError(op, c.VolumeName, err)
	}
	return nil
}

// accounting asks for one thing after the other, since Wine 8 does not know all
// of them.
func (o *object) accounting(op string) (Accounting, error) {
	var a Accounting
	unknown := func(err error, fields ...string) {
		if a.Unknown == nil {
			a.Unknown = make(map[string]string)
		}
		for _, f := range fields {
			a.Unknown[f] = err.Error()
		}
	}
	var both basicAndIOAccounting
	err := query(o.handle, windows.JobObjectBasicAndIoAccountingInformation, &both)
	if err != nil {
		unknown(err, "ReadOperations", "WriteOperations", "ReadBytes", "WriteBytes")
		if err := query(o.handle, windows.JobObjectBasicAccountingInformation, &both.basic); err != nil {
			return a, systemError(op, o.name, err)
		}
	}
	b, io := &both.basic, &both.io
	a.TotalUserTime, a.TotalKernelTime = time.Duration(b.totalUserTime)*tick, time.Duration(b.totalKernelTime)*tick
	a.ActiveProcesses, a.TotalProcesses = b.activeProcesses, b.totalProcesses
	a.ReadOperations, a.WriteOperations = io.ReadOperationCount, io.WriteOperationCount
	a.ReadBytes, a.WriteBytes = io.ReadTransferCount, io.WriteTransferCount
	var memory memoryUsage
	var e windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if err := query(o.handle, jobObjectMemoryUsageInformation, &memory); err != nil {
		unknown(err, "MemoryUsed")
	}
	if err := query(o.handle, windows.JobObjectExtendedLimitInformation, &e); err != nil {
		unknown(err, "PeakJobMemoryUsed")
	}
	a.MemoryUsed, a.PeakJobMemoryUsed = memory.jobMemory, uint64(e.PeakJobMemoryUsed)
	return a, nil
}
