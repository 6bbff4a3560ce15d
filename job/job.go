// Package job is job objects: a tree of processes as one thing, which is
// limited, counted, stopped and ended as a whole. On Windows they are the
// system's own; on Linux a job is a cgroup (version 2), or, where the program
// may make none, a walk over the tree that [Job.Level] tells of. It makes no
// process: createprocess.JobList is how one begins its life in a job.
//
//	j, err := job.Create("", nil)
//	...
//	defer j.Close()
//	err = j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE})
//	p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.JobList(j))
//	...
//	err = j.Terminate(1)
//	err = j.Wait(ctx) // until nothing of the tree is left
//
// docs/job.md says what each level guarantees, and where a cgroup may be made.
// The names are those of Microsoft's page "Job Objects".
package job

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/seed-f798aa80/createprocess/internal/objectname"
	"github.com/seed-f798aa80/createprocess/security"
)

// Job is a handle to a job. It can be used by any number of goroutines at once.
// After Close every method fails with ERROR_INVALID_HANDLE (6).
type Job struct {
	object  *object
	existed bool
	closed  atomic.Bool
	using   sync.RWMutex // read: in use; write: being closed
}

// SecurityAttributes are those of a new job, as in SECURITY_ATTRIBUTES.
type SecurityAttributes struct {
	// SecurityDescriptor is one in self-relative form. Linux, where the owner of
	// the directory decides, refuses it with ERROR_NOT_SUPPORTED (50).
	SecurityDescriptor []byte

	// InheritHandle marks the handle as inheritable. Linux refuses it (50).
	InheritHandle bool
}

// Process is a handle to a process: a *createprocess.Process.
type Process interface {
	ID() int

	// WithSystemHandle calls f with what the system knows the process by, which
	// is good until f returns: a HANDLE, or a pidfd. It fails if the handle lacks
	// the access.
	WithSystemHandle(op string, access security.AccessMask, f func(handle uintptr) error) error
}

// The rights to a process that AssignProcessToJobObject and IsProcessInJob ask for.
const (
	processTerminate        security.AccessMask = 0x0001
	processSetQuota         security.AccessMask = 0x0100
	processQueryLimitedInfo security.AccessMask = 0x1000
)

// Create makes a job, or opens the one that has the name already:
// [Job.Existed] tells which, where Win32 says ERROR_ALREADY_EXISTS (183). A job
// without a name is always new (CreateJobObject). Names are shared by the
// programs of one user; a name is at most 259 UTF-16 units long (206) and has no
// NUL (87). In a Local\ or Global\ in front the backslash is the only one that a
// name may have (3).
//
// A job that is made by a process in a job is nested in that one.
func Create(name string, attributes *SecurityAttributes) (*Job, error) {
	return create("CreateJobObject", name, attributes, nil)
}

// Nest makes a job inside of j: what is in it is in j too, and j's limits hold
// for both. On Windows a job becomes another one's child by the first process
// that is assigned to both; Nest sees to that.
func (j *Job) Nest(name string, attributes *SecurityAttributes) (*Job, error) {
	const op = "CreateJobObject"
	if err := j.acquire(op); err != nil {
		return nil, err
	}
	defer j.release()
	return create(op, name, attributes, j.object)
}

func create(op, name string, attributes *SecurityAttributes, parent *object) (*Job, error) {
	if err := checkName(op, name); err != nil {
		return nil, err
	}
	o, existed, err := createObject(op, name, attributes, parent)
	if err != nil {
		return nil, err
	}
	return &Job{object: o, existed: existed}, nil
}

// Open opens the job of that name (OpenJobObject). If there is none it fails
// with ERROR_FILE_NOT_FOUND (2).
func Open(name string) (*Job, error) {
	const op = "OpenJobObject"
	if name == "" {
		return nil, invalid(op, "", "the name is empty")
	}
	if err := checkName(op, name); err != nil {
		return nil, err
	}
	o, err := openObject(op, name)
	if err != nil {
		return nil, err
	}
	return &Job{object: o, existed: true}, nil
}

// Names are the names of the jobs that there are, sorted. On Windows, where
// no documented function tells them, it is ERROR_NOT_SUPPORTED (50).
func Names() ([]string, error) { return names() }

func checkName(op, name string) error {
	if code, why := objectname.Check(name); code != 0 {
		return &Error{Op: op, Object: name, Code: Errno(code), Err: why}
	}
	return nil
}

// acquire keeps the handle open until release is called.
func (j *Job) acquire(op string) error {
	if j == nil || j.object == nil {
		return &Error{Op: op, Code: ERROR_INVALID_HANDLE}
	}
	j.using.RLock()
	if j.closed.Load() {
		j.using.RUnlock()
		return &Error{Op: op, Code: ERROR_INVALID_HANDLE}
	}
	return nil
}

func (j *Job) release() { j.using.RUnlock() }

// Existed tells whether the job was there before the handle.
func (j *Job) Existed() bool { return j.existed }

// Name is the job's; "" if it has none.
func (j *Job) Name() string { return j.object.name }

// Level is what the system does for the job, and how far that can be relied on.
func (j *Job) Level() Level { return j.object.level() }

// Assign puts a process that is there already into the job
// (AssignProcessToJobObject). What it has created before stays where it is. The
// handle needs PROCESS_SET_QUOTA and PROCESS_TERMINATE. A process that is in a
// job already can be put only into one that is nested in that:
// ERROR_ACCESS_DENIED (5).
func (j *Job) Assign(p Process) error {
	const op = "AssignProcessToJobObject"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	return p.WithSystemHandle(op, processSetQuota|processTerminate, func(handle uintptr) error {
		return j.object.assign(op, p.ID(), handle)
	})
}

// Contains tells whether the process is in the job, or in one that is nested in
// it (IsProcessInJob).
func (j *Job) Contains(p Process) (is bool, err error) {
	const op = "IsProcessInJob"
	if err := j.acquire(op); err != nil {
		return false, err
	}
	defer j.release()
	err = p.WithSystemHandle(op, processQueryLimitedInfo, func(handle uintptr) (err error) {
		is, err = j.object.contains(op, p.ID(), handle)
		return err
	})
	return is, err
}

// InAny tells whether the process is in any job (IsProcessInJob without a job).
func InAny(p Process) (is bool, err error) {
	const op = "IsProcessInJob"
	err = p.WithSystemHandle(op, processQueryLimitedInfo, func(handle uintptr) (err error) {
		is, err = inAny(op, p.ID(), handle)
		return err
	})
	return is, err
}

// ProcessIDs is the processes in the job and in those nested in it
// (JobObjectBasicProcessIdList).
func (j *Job) ProcessIDs() ([]int, error) {
	const op = "JobObjectBasicProcessIdList"
	if err := j.acquire(op); err != nil {
		return nil, err
	}
	defer j.release()
	return j.object.processIDs(op)
}

// Accounting is what the processes of the job have used, those that have ended
// too (JobObjectBasicAndIoAccountingInformation).
func (j *Job) Accounting() (Accounting, error) {
	const op = "JobObjectBasicAndIoAccountingInformation"
	if err := j.acquire(op); err != nil {
		return Accounting{}, err
	}
	defer j.release()
	return j.object.accounting(op)
}

// Adopt makes this program the parent of every process below it whose own parent
// ends (PR_SET_CHILD_SUBREAPER), and all that is below it part of j: where there is
// no cgroup that makes [LevelMarker] a [LevelSubreaper]. It is for a program that
// creates nothing but this job; zombies that it is given are its to collect. At the
// other levels it does nothing.
func (j *Job) Adopt() error {
	const op = "AdoptJob"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	return j.object.adopt(op)
}

// Freeze stops every process of the job where it is, and what comes into it,
// until Thaw. It returns when they stand still. On Windows it is
// ERROR_NOT_SUPPORTED (50).
func (j *Job) Freeze() error { return j.freeze("FreezeJob", true) }

// Thaw lets the processes go on.
func (j *Job) Thaw() error { return j.freeze("ThawJob", false) }

func (j *Job) freeze(op string, frozen bool) error {
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	return j.object.freeze(op, frozen)
}

// Frozen tells whether the job is frozen.
func (j *Job) Frozen() (bool, error) {
	const op = "IsJobFrozen"
	if err := j.acquire(op); err != nil {
		return false, err
	}
	defer j.release()
	return j.object.frozen(op)
}

// Terminate ends every process of the job and of those nested in it
// (TerminateJobObject): none can refuse, and none that is being created
// meanwhile is left out. Whoever waits in this program for one of them gets
// exitCode. It does not wait for their end: Wait does. The job can be used again.
func (j *Job) Terminate(exitCode uint32) error {
	const op = "TerminateJobObject"
	if err := j.acquire(op); err != nil {
		return err
	}
	defer j.release()
	return j.object.terminate(op, exitCode)
}

// Wait returns when there is no process in the job, or when ctx is done: then
// with its error as ERROR_TIMEOUT (1460) or ERROR_CANCELLED (1223). Close does
// not end a Wait that has begun.
func (j *Job) Wait(ctx context.Context) error {
	const op = "WaitForJob"
	if err := j.acquire(op); err != nil {
		return err
	}
	wait, err := j.object.waiter(op)
	j.release()
	if err != nil {
		return err
	}
	return wait(ctx)
}

// Notify hands on what happens in the job until stop is called, which closes the
// channel. It has room for 1,024 notifications; as on Windows those that find no
// room are lost, so that nobody waits for who does not read.
func (j *Job) Notify() (messages <-chan Notification, stop func(), err error) {
	const op = "JobObjectAssociateCompletionPortInformation"
	if err := j.acquire(op); err != nil {
		return nil, nil, err
	}
	defer j.release()
	return j.object.notify(op)
}

// notificationRoom is the length of Notify's channel.
const notificationRoom = 1024

// Close closes the handle (CloseHandle). With the last one, whichever program
// has it, a job with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE ends its processes; also
// if that program is killed. Without that limit they go on, and the job is gone
// with the last of them. A second Close fails with ERROR_INVALID_HANDLE (6).
func (j *Job) Close() error {
	const op = "CloseHandle"
	if j == nil || j.object == nil {
		return &Error{Op: op, Code: ERROR_INVALID_HANDLE}
	}
	j.using.Lock()
	defer j.using.Unlock()
	if j.closed.Swap(true) {
		return &Error{Op: op, Code: ERROR_INVALID_HANDLE}
	}
	return j.object.close(op)
}
