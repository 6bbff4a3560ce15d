package job

import (
	"math"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
)

func (o *object) accounting(op string) (Accounting, error) {
	pids, err := o.processIDs(op)
	if err != nil {
		return Accounting{}, err
	}
	o.mu.Lock()
	a := Accounting{ActiveProcesses: uint32(len(pids)), TotalProcesses: o.census.total, Unknown: make(map[string]string)}
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
