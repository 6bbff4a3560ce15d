package createprocess

import (
	"context"
	"sync/atomic"
	"time"
)

// Process is a handle to a process. It can be used by any number of goroutines
// at once. After Close every method fails with ERROR_INVALID_HANDLE (6).
//
// A handle that is never closed leaks nothing once the process has ended.
type Process struct {
	object *object
	id     int
	closed atomic.Bool
}

// Thread is a handle to a process's primary thread.
type Thread struct {
	object *object
	id     int
	closed atomic.Bool
}

// STILL_ACTIVE is the exit code of a process that is running.
const STILL_ACTIVE = 259

// Times are those of GetProcessTimes.
type Times struct {
	Creation time.Time
	Exit     time.Time     // zero while the process runs
	Kernel   time.Duration // processor time spent in the kernel
	User     time.Duration // processor time spent in the program
}

// Resources is what a process has used.
type Resources struct {
	// PeakMemory is the most physical memory that it had at one time, in bytes
	// (PeakWorkingSetSize). Linux starts counting before the image is loaded, in
	// the memory that the child borrows from its creator: the figure of an ended
	// process is never below the creator's own peak at the time of creation.
	PeakMemory uint64

	PageFaults            uint64
	MajorFaults           uint64 // of PageFaults, those that needed the disk; Linux
	VoluntarySwitches     uint64 // context switches when it waited; Linux
	InvoluntarySwitches   uint64 // context switches when its time was up; Linux
	ReadBytes, WriteBytes uint64 // from and to storage
}

// handles are all that a new process is to its creator, in one piece of memory.
type handles struct {
	information ProcessInformation
	process     Process
	thread      Thread
}

func (h *handles) fill(o *object, pid, tid int) *ProcessInformation {
	o.retain()
	h.process.object, h.process.id = o, pid
	h.thread.object, h.thread.id = o, tid
	h.information = ProcessInformation{&h.process, &h.thread, pid, tid}
	return &h.information
}

func invalidHandle(op string) error { return &Error{Op: op, Code: ERROR_INVALID_HANDLE} }

// ID is the process identifier (GetProcessId). It may be read after Close; by
// then the system may have given it to another process.
func (p *Process) ID() int { return p.id }

// Wait waits until the process has ended and returns its exit code. If ctx is
// done first it returns ctx's error, as ERROR_TIMEOUT (1460) or ERROR_CANCELLED
// (1223) that is also context.DeadlineExceeded or context.Canceled; the process
// goes on.
//
// On Linux before 6.15 the exit code is lost if another part of the program
// has taken it (a loop of wait4(-1)): Wait then fails with ERROR_NOT_SUPPORTED (50).
func (p *Process) Wait(ctx context.Context) (exitCode uint32, err error) {
	if p.isClosed() {
		return 0, invalidHandle("Wait")
	}
	if err := p.object.wait(ctx); err != nil {
		return 0, err
	}
	return p.object.exitCode()
}

// ExitCode is what GetExitCodeProcess answers: STILL_ACTIVE (259) while the
// process runs, then its exit code. On Linux a process that a signal ended has
// the code that docs/semantics.md lists for it.
func (p *Process) ExitCode() (uint32, error) {
	if p.isClosed() {
		return 0, invalidHandle("GetExitCodeProcess")
	}
	if !p.object.poll() {
		return STILL_ACTIVE, nil
	}
	return p.object.exitCode()
}

// Exited tells whether the process has ended. It leaves no doubt about a
// process whose exit code is 259.
func (p *Process) Exited() (bool, error) {
	if p.isClosed() {
		return false, invalidHandle("Exited")
	}
	return p.object.poll(), nil
}

// Terminate ends the process (TerminateProcess): it can neither refuse nor
// clean up. Whoever waits in this program gets exitCode. Terminate does not
// wait for the end. A process that has ended is ERROR_ACCESS_DENIED (5), as in
// Win32.
func (p *Process) Terminate(exitCode uint32) error {
	if p.isClosed() {
		return invalidHandle("TerminateProcess")
	}
	return p.object.terminate(exitCode)
}

// Times is what GetProcessTimes answers.
//
// On Linux the processor times of an ended process include those of its own
// children that it waited for, and ERROR_NOT_SUPPORTED (50) says that another
// part of the program has collected the process and its times with it.
func (p *Process) Times() (Times, error) {
	if p.isClosed() {
		return Times{}, invalidHandle("GetProcessTimes")
	}
	return p.object.times()
}

// Resources is what the process has used, so far or until its end; its errors
// are those of Times.
func (p *Process) Resources() (Resources, error) {
	if p.isClosed() {
		return Resources{}, invalidHandle("Resources")
	}
	return p.object.resources()
}

// Close closes the handle (CloseHandle). The process goes on, and so does a
// Wait that has begun. A second Close fails with ERROR_INVALID_HANDLE (6).
func (p *Process) Close() error {
	if p == nil || p.closed.Swap(true) {
		return invalidHandle("CloseHandle")
	}
	p.object.release()
	return nil
}

func (p *Process) isClosed() bool { return p == nil || p.closed.Load() }

// ID is the thread identifier (GetThreadId). On Linux a process's primary
// thread has the process's own.
func (t *Thread) ID() int { return t.id }

// Close closes the handle (CloseHandle). A second Close fails with
// ERROR_INVALID_HANDLE (6).
func (t *Thread) Close() error {
	if t == nil || t.closed.Swap(true) {
		return invalidHandle("CloseHandle")
	}
	t.object.release()
	return nil
}
