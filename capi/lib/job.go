//go:build linux && cgo

package main

// #include "bridge.h"
import "C"

import (
	"runtime/cgo"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/job"
)

// cpgo_job_supervisor says which image ends the jobs of a program that is killed.
//
//export cpgo_job_supervisor
func cpgo_job_supervisor(image *C.char) { engine.SupervisorImage = text(image) }

// ported is a job, and whom its notifications go to.
type ported struct {
	*job.Job
	stop func() // nil: nobody
}

func lookupPorted(id C.uintptr_t) *ported { return cgo.Handle(id).Value().(*ported) }

func lookupJob(id C.uintptr_t) *job.Job { return lookupPorted(id).Job }

//export cpgo_job_create
func cpgo_job_create(name *C.char, existed *C.int, id *C.uintptr_t) C.uint32_t {
	j, err := job.Create(text(name), nil)
	if err != nil {
		return code(err)
	}
	if j.Existed() {
		*existed = 1
	}
	*id = C.uintptr_t(cgo.NewHandle(&ported{Job: j}))
	return 0
}

//export cpgo_job_open
func cpgo_job_open(name *C.char, id *C.uintptr_t) C.uint32_t {
	j, err := job.Open(text(name))
	if err == nil {
		*id = C.uintptr_t(cgo.NewHandle(&ported{Job: j}))
	}
	return code(err)
}

//export cpgo_job_close
func cpgo_job_close(id C.uintptr_t) {
	p := lookupPorted(id)
	cgo.Handle(id).Delete()
	p.Close()
	if p.stop != nil {
		p.stop()
	}
}

//export cpgo_job_assign
func cpgo_job_assign(id, process C.uintptr_t) C.uint32_t {
	return code(lookupJob(id).Assign(lookup(process).process))
}

//export cpgo_job_terminate
func cpgo_job_terminate(id C.uintptr_t, exitCode C.uint32_t) C.uint32_t {
	return code(lookupJob(id).Terminate(uint32(exitCode)))
}

// cpgo_job_contains asks about any job if id is 0.
//
//export cpgo_job_contains
func cpgo_job_contains(id, process C.uintptr_t, is *C.int) C.uint32_t {
	p := lookup(process).process
	var inside bool
	var err error
	if id == 0 {
		inside, err = job.InAny(p)
	} else {
		inside, err = lookupJob(id).Contains(p)
	}
	*is = 0
	if inside {
		*is = 1
	}
	return code(err)
}

const tick = 100 * time.Nanosecond

//export cpgo_job_limits
func cpgo_job_limits(id C.uintptr_t, out *C.struct_cp_limits) C.uint32_t {
	l, err := lookupJob(id).Limits()
	if err != nil {
		return code(err)
	}
	*out = C.struct_cp_limits{
		flags: C.uint32_t(l.Flags), active_processes: C.uint32_t(l.ActiveProcessLimit),
		priority_class: C.uint32_t(l.PriorityClass), scheduling_class: C.uint32_t(l.SchedulingClass),
		process_time: C.uint64_t(l.PerProcessUserTimeLimit / tick), job_time: C.uint64_t(l.PerJobUserTimeLimit / tick),
		minimum_working_set: C.uint64_t(l.MinimumWorkingSetSize), maximum_working_set: C.uint64_t(l.MaximumWorkingSetSize),
		process_memory: C.uint64_t(l.ProcessMemoryLimit), job_memory: C.uint64_t(l.JobMemoryLimit),
	}
	for _, n := range l.Affinity {
		if n < 64 {
			out.affinity |= 1 << n
		}
	}
	return 0
}

//export cpgo_job_set_limits
func cpgo_job_set_limits(id C.uintptr_t, from *C.struct_cp_limits) C.uint32_t {
	const most = 1<<63 - 1
	if from.process_time > most/100 || from.job_time > most/100 {
		return C.uint32_t(job.ERROR_INVALID_PARAMETER)
	}
	l := job.Limits{
		Flags: job.LimitFlags(from.flags), ActiveProcessLimit: uint32(from.active_processes),
		PriorityClass: uint32(from.priority_class), SchedulingClass: uint32(from.scheduling_class),
		PerProcessUserTimeLimit: time.Duration(from.process_time) * tick, PerJobUserTimeLimit: time.Duration(from.job_time) * tick,
		MinimumWorkingSetSize: uint64(from.minimum_working_set), MaximumWorkingSetSize: uint64(from.maximum_working_set),
		ProcessMemoryLimit: uint64(from.process_memory), JobMemoryLimit: uint64(from.job_memory),
	}
	for n := range 64 {
		if from.affinity>>n&1 != 0 {
			l.Affinity = append(l.Affinity, n)
		}
	}
	return code(lookupJob(id).SetLimits(l))
}

//export cpgo_job_cpu_rate
func cpgo_job_cpu_rate(id C.uintptr_t, out *C.struct_cp_cpu_rate) C.uint32_t {
	c, err := lookupJob(id).CPURate()
	*out = C.struct_cp_cpu_rate{flags: C.uint32_t(c.Flags), rate: C.uint32_t(c.CPURate), weight: C.uint32_t(c.Weight),
		minimum: C.uint16_t(c.MinRate), maximum: C.uint16_t(c.MaxRate)}
	return code(err)
}

//export cpgo_job_set_cpu_rate
func cpgo_job_set_cpu_rate(id C.uintptr_t, from *C.struct_cp_cpu_rate) C.uint32_t {
	return code(lookupJob(id).SetCPURate(job.CPURateControl{
		Flags: job.CPURateFlags(from.flags), CPURate: uint32(from.rate), Weight: uint32(from.weight),
		MinRate: uint16(from.minimum), MaxRate: uint16(from.maximum),
	}))
}

// cpgo_job_accounting says zero of what is not known.
//
//export cpgo_job_accounting
func cpgo_job_accounting(id C.uintptr_t, out *C.struct_cp_accounting) C.uint32_t {
	a, err := lookupJob(id).Accounting()
	*out = C.struct_cp_accounting{
		user: C.uint64_t(a.TotalUserTime / tick), kernel: C.uint64_t(a.TotalKernelTime / tick),
		reads: C.uint64_t(a.ReadOperations), writes: C.uint64_t(a.WriteOperations),
		read_bytes: C.uint64_t(a.ReadBytes), written_bytes: C.uint64_t(a.WriteBytes),
		peak_memory: C.uint64_t(a.PeakJobMemoryUsed), processes: C.uint32_t(a.TotalProcesses), active: C.uint32_t(a.ActiveProcesses),
	}
	return code(err)
}

// cpgo_job_processes fills in as many as there is room for; n is how many
// there are.
//
//export cpgo_job_processes
func cpgo_job_processes(id C.uintptr_t, out *C.uint32_t, room C.uint32_t, n *C.uint32_t) C.uint32_t {
	pids, err := lookupJob(id).ProcessIDs()
	*n = C.uint32_t(len(pids))
	for i := range min(len(pids), int(room)) {
		unsafe.Slice(out, room)[i] = C.uint32_t(pids[i])
	}
	return code(err)
}

// cpgo_job_notify has what happens in the job written to a completion port, whose
// descriptor it duplicates. What finds no room there is lost.
//
//export cpgo_job_notify
func cpgo_job_notify(id C.uintptr_t, port C.int, key C.uintptr_t) C.uint32_t {
	p := lookupPorted(id)
	if p.stop != nil {
		return C.uint32_t(job.ERROR_INVALID_PARAMETER) // a job has one port
	}
	own, err := unix.FcntlInt(uintptr(port), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return code(err)
	}
	messages, stop, err := p.Notify()
	if err != nil {
		unix.Close(own)
		return code(err)
	}
	p.stop = stop
	go func() {
		defer unix.Close(own)
		for n := range messages {
			packet := C.struct_cp_packet{bytes: C.uint32_t(n.Message), key: key, overlapped: C.uintptr_t(n.ProcessID)}
			unix.Write(own, unsafe.Slice((*byte)(unsafe.Pointer(&packet)), unsafe.Sizeof(packet)))
		}
	}()
	return 0
}
