package createprocess

import (
	"context"
	"time"
)

// Process is a handle to a process. It can be used by any number of goroutines
// at once. After Close every method fails with ERROR_INVALID_HANDLE (6), and a
// method that needs an access right that the handle was not granted with
// ERROR_ACCESS_DENIED (5). A handle of CreateProcess has every right.
//
// Of a process that has ended Wait, ExitCode, Exited, Signal, Times and Resources
// tell how it was. Terminate, Suspend and Resume are ERROR_ACCESS_DENIED (5) then;
// on Linux what is about a process that runs — its priority, affinity, image,
// command line, handles, parent — is ERROR_INVALID_PARAMETER (87). Of a process
// that createprocessd has created, what only that service could do is
// ERROR_SERVICE_NOT_ACTIVE (1062) when it is gone.
//
// A handle that is never closed leaks nothing once the process has ended.
type Process struct{ handle }

// STILL_ACTIVE is the exit code of a process that is running.
const STILL_ACTIVE = 259

// Times are those of [GetProcessTimes].
//
// [GetProcessTimes]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes
type Times struct {
	Creation time.Time
	Exit     time.Time     // zero while the process runs
	Kernel   time.Duration // processor time spent in the kernel
	User     time.Duration // processor time spent in the program
}

// Resources is what a process has used; what is about memory follows
// [PROCESS_MEMORY_COUNTERS].
//
// [PROCESS_MEMORY_COUNTERS]: https://learn.microsoft.com/windows/win32/api/psapi/ns-psapi-process_memory_counters
type Resources struct {
	// Memory is the physical memory that it has now, in bytes (WorkingSetSize);
	// 0 once it has ended.
	Memory uint64

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

func (p *Process) use(op string, need AccessMask) (*object, error) {
	if p == nil {
		return nil, invalidHandle(op)
	}
	return p.handle.use(op, need)
}

// ID is the process identifier ([GetProcessId]). It may be read after Close; by
// then the system may have given it to another process.
//
// [GetProcessId]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocessid
func (p *Process) ID() int { return p.id }

// Access is what the handle was granted.
func (p *Process) Access() AccessMask { return p.access }

// Wait waits until the process has ended and returns its exit code. If ctx is
// done first it returns ctx's error, as ERROR_TIMEOUT (1460) or ERROR_CANCELLED
// (1223) that is also context.DeadlineExceeded or context.Canceled; the process
// goes on. It needs SYNCHRONIZE and PROCESS_QUERY_LIMITED_INFORMATION.
//
// On Linux before 6.15 the exit code is lost if another part of the program
// has taken it (a loop of wait4(-1)), or, of a process that this program has
// not created, once its parent has taken it: Wait then fails with
// ERROR_NOT_SUPPORTED (50).
func (p *Process) Wait(ctx context.Context) (exitCode uint32, err error) {
	o, err := p.use("Wait", SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	if err := o.wait(ctx); err != nil {
		return 0, err
	}
	return o.exitCode()
}

// ExitCode is what [GetExitCodeProcess] answers: STILL_ACTIVE (259) while the
// process runs, then its exit code. On Linux a process that a signal ended has
// the code that docs/semantics.md lists for it. It needs
// PROCESS_QUERY_LIMITED_INFORMATION.
//
// [GetExitCodeProcess]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess
func (p *Process) ExitCode() (uint32, error) {
	o, err := p.use("GetExitCodeProcess", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	if !o.poll() {
		return STILL_ACTIVE, nil
	}
	return o.exitCode()
}

// Exited tells whether the process has ended. It leaves no doubt about a
// process whose exit code is 259. It needs PROCESS_QUERY_LIMITED_INFORMATION.
func (p *Process) Exited() (bool, error) {
	o, err := p.use("Exited", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return false, err
	}
	return o.poll(), nil
}

// Terminate ends the process ([TerminateProcess]): it can neither refuse nor
// clean up. Whoever waits in this program gets exitCode. Terminate does not
// wait for the end. A process that has ended is ERROR_ACCESS_DENIED (5), as in
// Win32. It needs PROCESS_TERMINATE.
//
// [TerminateProcess]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess
func (p *Process) Terminate(exitCode uint32) error {
	o, err := p.use("TerminateProcess", PROCESS_TERMINATE)
	if err != nil {
		return err
	}
	return o.terminate(exitCode)
}

// Suspend stops the whole process, and Resume lets it go on; see
// [Thread.Suspend], whose count this is too on Linux. Both need
// PROCESS_SUSPEND_RESUME. Windows has no documented function for it.
func (p *Process) Suspend() (previous uint32, err error) {
	o, err := p.use("SuspendProcess", PROCESS_SUSPEND_RESUME)
	if err != nil {
		return 0, err
	}
	return o.suspendProcess()
}

// Resume undoes one Suspend, and returns the count before; 0 if the process was not
// suspended. It needs PROCESS_SUSPEND_RESUME.
func (p *Process) Resume() (previous uint32, err error) {
	o, err := p.use("ResumeProcess", PROCESS_SUSPEND_RESUME)
	if err != nil {
		return 0, err
	}
	return o.resumeProcess()
}

// Times is what [GetProcessTimes] answers. It needs
// PROCESS_QUERY_LIMITED_INFORMATION.
//
// On Linux the processor times of an ended process include those of its own
// children that it waited for, and ERROR_NOT_SUPPORTED (50) says that another
// part of the program has collected the process and its times with it.
//
// [GetProcessTimes]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes
func (p *Process) Times() (Times, error) {
	o, err := p.use("GetProcessTimes", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return Times{}, err
	}
	return o.times()
}

// Resources is what the process has used, so far or until its end; its errors
// are those of Times.
func (p *Process) Resources() (Resources, error) {
	o, err := p.use("GetProcessMemoryInfo", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return Resources{}, err
	}
	return o.resources()
}

// PriorityClass is the one flag of the six priority classes that describes the
// process best ([GetPriorityClass]). It needs PROCESS_QUERY_LIMITED_INFORMATION.
//
// [GetPriorityClass]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getpriorityclass
func (p *Process) PriorityClass() (CreationFlags, error) {
	o, err := p.use("GetPriorityClass", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	return o.priorityClass()
}

// SetPriorityClass gives all threads of the process the priority of one of the
// six classes ([SetPriorityClass]). As in Win32 a class that is above what the
// caller may give is no error: the process gets the highest that it may have.
// It needs PROCESS_SET_INFORMATION.
//
// [SetPriorityClass]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-setpriorityclass
func (p *Process) SetPriorityClass(class CreationFlags) error {
	o, err := p.use("SetPriorityClass", PROCESS_SET_INFORMATION)
	if err != nil {
		return err
	}
	if class&^priorityClasses != 0 || class&(class-1) != 0 || class == 0 {
		return invalid("SetPriorityClass", class.String(), "not one of the six priority classes")
	}
	return o.setPriorityClass(class)
}

// Affinity is the processors that the process may run on, by number
// ([GetProcessAffinityMask]). It needs PROCESS_QUERY_LIMITED_INFORMATION.
//
// [GetProcessAffinityMask]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-getprocessaffinitymask
func (p *Process) Affinity() ([]int, error) {
	o, err := p.use("GetProcessAffinityMask", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return nil, err
	}
	return o.affinity()
}

// SetAffinity binds all threads of the process to these processors
// ([SetProcessAffinityMask]). It needs PROCESS_SET_INFORMATION. No processor, or
// only such that the machine does not have, is ERROR_INVALID_PARAMETER (87).
//
// [SetProcessAffinityMask]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setprocessaffinitymask
func (p *Process) SetAffinity(processors []int) error {
	o, err := p.use("SetProcessAffinityMask", PROCESS_SET_INFORMATION)
	if err != nil {
		return err
	}
	return o.setAffinity(processors)
}

// ImageName is the path of the process's image ([QueryFullProcessImageName]). It
// needs PROCESS_QUERY_LIMITED_INFORMATION. On Linux the kernel tells it only
// to who may trace the process, else ERROR_ACCESS_DENIED (5); of a file that has
// been deleted it is the path that it had.
//
// [QueryFullProcessImageName]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-queryfullprocessimagenamew
func (p *Process) ImageName() (string, error) {
	o, err := p.use("QueryFullProcessImageName", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return "", err
	}
	return o.imageName()
}

// CommandLine is what the process was started with, as one line that
// cmdline.Split takes apart; on Linux a process may have changed it. It needs
// PROCESS_QUERY_LIMITED_INFORMATION.
func (p *Process) CommandLine() (string, error) {
	o, err := p.use("CommandLine", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return "", err
	}
	return o.commandLine()
}

// ParentID is the identifier of the process's parent: on Windows of its
// creator, which may have ended; on Linux of who has it now. It needs
// PROCESS_QUERY_LIMITED_INFORMATION.
func (p *Process) ParentID() (int, error) {
	o, err := p.use("ParentID", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	return o.parentID()
}

// HandleCount is how many handles the process has open ([GetProcessHandleCount]):
// on Linux descriptors, which the kernel tells only to who may trace it. It
// needs PROCESS_QUERY_LIMITED_INFORMATION.
//
// [GetProcessHandleCount]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesshandlecount
func (p *Process) HandleCount() (int, error) {
	o, err := p.use("GetProcessHandleCount", PROCESS_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	return o.handleCount()
}

// WithSystemHandle calls f with what the system knows the process by, which is
// good until f returns: on Windows a HANDLE, on Linux a pidfd. Where Linux has none,
// and for CurrentProcess, it is ^uintptr(0), and the process's number is its own
// until f returns all the same. The handle must have the access, and op is what an
// error calls the operation. A process that has ended is ERROR_ACCESS_DENIED (5).
func (p *Process) WithSystemHandle(op string, access AccessMask, f func(handle uintptr) error) error {
	o, err := p.use(op, access)
	if err != nil {
		return err
	}
	return o.withSystemHandle(op, f)
}

// Duplicate is another handle to the process ([DuplicateHandle]). It may have
// fewer rights than this one, not more: that is ERROR_ACCESS_DENIED (5).
// MAXIMUM_ALLOWED gives it the same (DUPLICATE_SAME_ACCESS).
//
// [DuplicateHandle]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-duplicatehandle
func (p *Process) Duplicate(access AccessMask, inherit bool) (*Process, error) {
	d := new(Process)
	if err := p.duplicate(&d.handle, &processRights, access, inherit); err != nil {
		return nil, err
	}
	return d, nil
}

// DuplicateInto makes a handle in another program, which is told its value by
// other means ([DuplicateHandle] with a target process). It needs
// PROCESS_DUP_HANDLE to target. Linux cannot put anything into another
// process: ERROR_NOT_SUPPORTED (50). A child there can be given what it needs
// when it is created.
//
// [DuplicateHandle]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-duplicatehandle
func (p *Process) DuplicateInto(target *Process, access AccessMask, inherit bool) (value uintptr, err error) {
	const op = "DuplicateHandle"
	into, err := target.use(op, PROCESS_DUP_HANDLE)
	if err != nil {
		return 0, err
	}
	if p == nil || p.isClosed() {
		return 0, invalidHandle(op)
	}
	granted, ok := processRights.choose(access, p.access)
	if !ok {
		return 0, p.lacks(op, access)
	}
	return p.object.duplicateInto(into, granted, inherit)
}

// Inheritable tells whether the handle is marked as one that a child may
// inherit ([GetHandleInformation]). A child gets it only when it is listed.
//
// [GetHandleInformation]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-gethandleinformation
func (p *Process) Inheritable() (bool, error) { return p.inheritable() }

// SetInheritable marks the handle ([SetHandleInformation]).
//
// [SetHandleInformation]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-sethandleinformation
func (p *Process) SetInheritable(inherit bool) error { return p.setInheritable(inherit) }

// Close closes the handle ([CloseHandle]). The process goes on, and so does a
// Wait that has begun. A second Close fails with ERROR_INVALID_HANDLE (6).
//
// [CloseHandle]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-closehandle
func (p *Process) Close() error {
	if p == nil {
		return invalidHandle("CloseHandle")
	}
	return p.close()
}
