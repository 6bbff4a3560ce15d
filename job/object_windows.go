package job

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"unsafe"

	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/windows"
)

// object is the system's handle to a job, and the jobs that it is to be nested
// in: that it is the system learns from the first process that is in both.
type object struct {
	name  string
	outer []*object // the outermost first; nested counts this one in each

	// using is read-locked while the handle is used by way of a nested job, whose
	// Job does not keep this one's from being closed.
	using sync.RWMutex

	mu      sync.Mutex // to be locked after using
	handle  windows.Handle
	closed  bool             // by Close, which may leave the handle to those who need it
	kill    bool             // this handle has set KILL_ON_JOB_CLOSE, which Wine 8 does not tell
	nested  int              // jobs in this one
	waiters int              // calls of Wait that go on
	left    []windows.Handle // the processes that those wait for when the job's handle had to go
	leftErr error            // why left is not all of them

	listener listener
}

// withChain calls f with the handles of all jobs that a process in o is to be in,
// the outermost first. One that has ended with its last handle is none of them.
// No job is locked twice: somebody who wants to close it may be waiting meanwhile.
func withChain(jobs []*object, f func(handles []windows.Handle) error) error {
	var handles []windows.Handle
	seen := make(map[*object]bool)
	for _, o := range jobs {
		for _, o := range append(slices.Clone(o.outer), o) {
			if seen[o] {
				continue
			}
			seen[o] = true
			o.using.RLock()
			defer o.using.RUnlock()
			if o.handle != 0 {
				handles = append(handles, o.handle)
			}
		}
	}
	return f(handles)
}

func createObject(op, name string, attributes *SecurityAttributes, parent *object) (*object, bool, error) {
	sa, err := attributes.lower(op)
	if err != nil {
		return nil, false, err
	}
	text, err := utf16Name(name)
	if err != nil {
		return nil, false, systemError(op, name, err)
	}
	handle, _, err := createJobObject.Call(uintptr(unsafe.Pointer(sa)), uintptr(unsafe.Pointer(text)))
	if handle == 0 {
		return nil, false, systemError(op, name, err)
	}
	o := &object{name: name, handle: windows.Handle(handle)}
	if parent != nil {
		o.outer = append(slices.Clone(parent.outer), parent)
		for _, outer := range o.outer {
			outer.mu.Lock()
			outer.nested++
			outer.mu.Unlock()
		}
	}
	return o, errors.Is(err, windows.ERROR_ALREADY_EXISTS), nil
}

func openObject(op, name string) (*object, error) {
	text, err := utf16Name(name)
	if err != nil {
		return nil, systemError(op, name, err)
	}
	handle, _, err := openJobObject.Call(jobObjectAllAccess, 0, uintptr(unsafe.Pointer(text)))
	if handle == 0 {
		return nil, systemError(op, name, err)
	}
	return &object{name: name, handle: windows.Handle(handle)}, nil
}

func utf16Name(name string) (*uint16, error) {
	if name == "" {
		return nil, nil
	}
	return windows.UTF16PtrFromString(name)
}

func duplicate(h windows.Handle) (d windows.Handle, err error) {
	self := windows.CurrentProcess()
	err = windows.DuplicateHandle(self, h, self, &d, 0, false, windows.DUPLICATE_SAME_ACCESS)
	return d, err
}

// lower checks the descriptor: the system would follow the offsets in it.
func (a *SecurityAttributes) lower(op string) (*windows.SecurityAttributes, error) {
	if a == nil {
		return nil, nil
	}
	sa := new(windows.SecurityAttributes)
	sa.Length = uint32(unsafe.Sizeof(*sa))
	if a.InheritHandle {
		sa.InheritHandle = 1
	}
	if a.SecurityDescriptor != nil {
		var sd security.SecurityDescriptor
		if err := sd.UnmarshalBinary(a.SecurityDescriptor); err != nil {
			return nil, &Error{Op: op, Object: "SecurityDescriptor", Code: ERROR_INVALID_PARAMETER, Err: err}
		}
		// The system wants it aligned, as a new allocation is.
		aligned := bytes.Clone(a.SecurityDescriptor)
		sa.SecurityDescriptor = (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&aligned[0]))
	}
	return sa, nil
}

func names() ([]string, error) {
	return nil, unsupported("Names", "", "Windows has no documented function that lists jobs")
}

func (o *object) level() Level { return LevelSystem }

func (o *object) adopt(string) error { return nil }

// WithSystemHandles is for package createprocess: f has the handles of all jobs
// that a process created in these is to be in, as PROC_THREAD_ATTRIBUTE_JOB_LIST
// takes them, for as long as it runs.
func WithSystemHandles(op string, jobs []*Job, f func(handles []windows.Handle) error) error {
	var objects []*object
	for _, j := range jobs {
		if slices.Contains(objects, j.object) && j.object != nil {
			continue
		}
		if err := j.acquire(op); err != nil {
			return err
		}
		defer j.release()
		objects = append(objects, j.object)
	}
	return withChain(objects, f)
}

func (o *object) assign(op string, _ int, process uintptr) error {
	p := windows.Handle(process)
	return systemError(op, o.name, withChain([]*object{o}, func(handles []windows.Handle) error {
		for _, h := range handles {
			// Being in an outer one already is no mistake.
			if is, err := inJob(p, h); err != nil {
				return err
			} else if is && h != o.handle {
				continue
			}
			if err := windows.AssignProcessToJobObject(h, p); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (o *object) contains(op string, _ int, process uintptr) (bool, error) {
	is, err := inJob(windows.Handle(process), o.handle)
	return is, systemError(op, o.name, err)
}

func inAny(op string, _ int, process uintptr) (bool, error) {
	is, err := inJob(windows.Handle(process), 0)
	return is, systemError(op, "", err)
}

func (o *object) processIDs(op string) ([]int, error) {
	ids, err := members(o.handle)
	return ids, systemError(op, o.name, err)
}

// members asks with more and more room until the list fits.
func members(job windows.Handle) ([]int, error) {
	const head = 8 / unsafe.Sizeof(uintptr(0)) // NumberOfAssignedProcesses, NumberOfProcessIdsInList
	for room := uintptr(64); ; room *= 2 {
		buffer := make([]uintptr, head+room)
		size := uintptr(len(buffer)) * unsafe.Sizeof(buffer[0])
		err := queryBytes(job, windows.JobObjectBasicProcessIdList, unsafe.Pointer(&buffer[0]), size)
		if err != nil && err != windows.ERROR_MORE_DATA {
			return nil, err
		}
		counts := (*[2]uint32)(unsafe.Pointer(&buffer[0]))
		if err != nil || counts[1] < counts[0] && counts[1] == uint32(room) {
			continue
		}
		ids := make([]int, counts[1])
		for i := range ids {
			ids[i] = int(buffer[int(head)+i])
		}
		slices.Sort(ids)
		return ids, nil
	}
}

func (o *object) terminate(op string, exitCode uint32) error {
	return systemError(op, o.name, windows.TerminateJobObject(o.handle, exitCode))
}

// A class of SetInformationJobObject that freezes exists, but no page of
// Microsoft's tells of it.
func (o *object) freeze(op string, _ bool) error {
	return unsupported(op, o.name, "Windows has no documented function that freezes a job")
}

func (o *object) frozen(op string) (bool, error) {
	return false, unsupported(op, o.name, "Windows has no documented function that freezes a job")
}

func (o *object) close(op string) error {
	err := o.closeHandle()
	for _, outer := range o.outer {
		outer.noLongerNeeded(&outer.nested)
	}
	return systemError(op, o.name, err)
}
