package createprocess

import (
	"math/bits"
	"os"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What can be done to a process, and asked about it, beside its end.

// OpenProcess is a handle to a process that is there already (OpenProcess).
// The handle stands for that process for good: when its identifier is given to
// another one, the handle is not. Rights that the process's security
// descriptor does not give are ERROR_ACCESS_DENIED (5); no such process is
// ERROR_INVALID_PARAMETER (87).
func OpenProcess(access AccessMask, inherit bool, pid int) (*Process, error) {
	name := "process " + strconv.Itoa(pid)
	if pid <= 0 || pid != int(int32(pid)) {
		return nil, invalid("OpenProcess", name, "there is no such process")
	}
	// What this module itself needs, to know when the process has ended.
	const own = SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION
	h, err := windows.OpenProcess(uint32(access|own), false, uint32(pid))
	if err == windows.ERROR_ACCESS_DENIED {
		h, err = windows.OpenProcess(uint32(access), false, uint32(pid))
	}
	if err != nil {
		return nil, systemError("OpenProcess", name, err)
	}
	granted, err := grantedAccess(h)
	if err != nil {
		windows.CloseHandle(h)
		return nil, systemError("OpenProcess", name, err)
	}
	if access&(MAXIMUM_ALLOWED|own) == 0 {
		granted &^= own &^ processRights.generic(access)
	}
	o := newObject(&windows.ProcessInformation{Process: h, ProcessId: uint32(pid)})
	defer o.release()
	p := new(Process)
	p.open(o, pid, &processRights, granted, inherit)
	return p, nil
}

// grantedAccess is the rights that the system gave with a handle.
func grantedAccess(h windows.Handle) (AccessMask, error) {
	var basic struct { // OBJECT_BASIC_INFORMATION
		attributes, granted, handles, pointers uint32
		reserved                               [10]uint32
	}
	status, _, _ := ntQueryObject.Call(uintptr(h), 0, uintptr(unsafe.Pointer(&basic)), unsafe.Sizeof(basic), 0)
	if status != 0 {
		return 0, windows.NTStatus(status).Errno()
	}
	return AccessMask(basic.granted), nil
}

// CurrentProcess is a handle to this program, with every right
// (GetCurrentProcess). It need not be closed; Close does nothing.
func CurrentProcess() *Process { return currentProcess() }

var currentProcess = sync.OnceValue(func() *Process {
	o := newObject(&windows.ProcessInformation{Process: windows.CurrentProcess(), ProcessId: uint32(os.Getpid())})
	p := new(Process)
	p.open(o, o.pid, &processRights, PROCESS_ALL_ACCESS, false)
	p.pseudo = true
	return p
})

// ExitProcess ends this program with a 32-bit exit code. Deferred functions do
// not run.
func ExitProcess(code uint32) { windows.ExitProcess(code) }

// with calls f while the handles are open, and says what failed.
func (o *object) with(op string, f func() error) error {
	if !o.acquire() {
		return invalidHandle(op)
	}
	defer o.release()
	if err := f(); err != nil {
		return systemError(op, o.name(), err)
	}
	return nil
}

func (o *object) suspendThread() (previous uint32, err error) {
	err = o.with("SuspendThread", func() error {
		n, _, err := suspendThread.Call(uintptr(o.thread))
		return threadCount(&previous, n, err)
	})
	return previous, err
}

func (o *object) resumeThread() (previous uint32, err error) {
	err = o.with("ResumeThread", func() error {
		n, err := windows.ResumeThread(o.thread)
		return threadCount(&previous, uintptr(n), err)
	})
	return previous, err
}

func threadCount(previous *uint32, n uintptr, err error) error {
	if uint32(n) == 0xffffffff {
		return err
	}
	*previous = uint32(n)
	return nil
}

// The system keeps a count for each thread, and none for the process.

func (o *object) suspendProcess() (previous uint32, err error) {
	return 0, o.with("SuspendProcess", func() error { return nt(ntSuspendProcess, uintptr(o.process)) })
}

func (o *object) resumeProcess() (previous uint32, err error) {
	return 0, o.with("ResumeProcess", func() error { return nt(ntResumeProcess, uintptr(o.process)) })
}

func nt(proc *windows.LazyProc, args ...uintptr) error {
	if status, _, _ := proc.Call(args...); status != 0 {
		return windows.NTStatus(status).Errno()
	}
	return nil
}

func (o *object) priorityClass() (class CreationFlags, err error) {
	err = o.with("GetPriorityClass", func() error {
		n, err := windows.GetPriorityClass(o.process)
		class = CreationFlags(n)
		return err
	})
	return class, err
}

func (o *object) setPriorityClass(class CreationFlags) error {
	return o.with("SetPriorityClass", func() error { return windows.SetPriorityClass(o.process, uint32(class)) })
}

func (o *object) affinity() (processors []int, err error) {
	err = o.with("GetProcessAffinityMask", func() error {
		var mask, system uintptr
		err := call(getProcessAffinityMask, uintptr(o.process), uintptr(unsafe.Pointer(&mask)), uintptr(unsafe.Pointer(&system)))
		for n := range bits.UintSize {
			if mask>>n&1 != 0 {
				processors = append(processors, n)
			}
		}
		return err
	})
	return processors, err
}

func (o *object) setAffinity(processors []int) error {
	var mask uintptr
	for _, n := range processors {
		if n < 0 || n >= bits.UintSize {
			return invalid("affinity", "processor "+strconv.Itoa(n), "there is no such processor")
		}
		mask |= 1 << n
	}
	if mask == 0 {
		return invalid("affinity", "", "there is no processor in it")
	}
	return o.with("SetProcessAffinityMask", func() error { return call(setProcessAffinityMask, uintptr(o.process), mask) })
}

func (o *object) imageName() (name string, err error) {
	err = o.with("QueryFullProcessImageName", func() error {
		buf := make([]uint16, windows.MAX_LONG_PATH)
		size := uint32(len(buf))
		err := windows.QueryFullProcessImageName(o.process, 0, &buf[0], &size)
		name = windows.UTF16ToString(buf[:size])
		return err
	})
	return name, err
}

func (o *object) commandLine() (line string, err error) {
	err = o.with("CommandLine", func() error {
		buf := make([]byte, 1<<16+unsafe.Sizeof(windows.NTUnicodeString{}))
		if err := o.query(windows.ProcessCommandLineInformation, unsafe.Pointer(&buf[0]), uintptr(len(buf))); err != nil {
			return err
		}
		line = (*windows.NTUnicodeString)(unsafe.Pointer(&buf[0])).String()
		return nil
	})
	return line, err
}

func (o *object) parentID() (pid int, err error) {
	err = o.with("ParentID", func() error {
		var basic windows.PROCESS_BASIC_INFORMATION
		err := o.query(windows.ProcessBasicInformation, unsafe.Pointer(&basic), unsafe.Sizeof(basic))
		pid = int(basic.InheritedFromUniqueProcessId)
		return err
	})
	return pid, err
}

func (o *object) query(class int32, answer unsafe.Pointer, size uintptr) error {
	err := windows.NtQueryInformationProcess(o.process, class, answer, uint32(size), nil)
	if status, ok := err.(windows.NTStatus); ok {
		return status.Errno()
	}
	return err
}

func (o *object) handleCount() (int, error) {
	var n uint32
	err := o.with("GetProcessHandleCount", func() error {
		return call(getProcessHandleCount, uintptr(o.process), uintptr(unsafe.Pointer(&n)))
	})
	return int(n), err
}

func (o *object) duplicateInto(target *object, access AccessMask, inherit bool) (uintptr, error) {
	var h windows.Handle
	err := o.with("DuplicateHandle", func() error {
		if !target.acquire() {
			return windows.ERROR_INVALID_HANDLE
		}
		defer target.release()
		return windows.DuplicateHandle(windows.CurrentProcess(), o.process, target.process, &h, uint32(access), inherit, 0)
	})
	return uintptr(h), err
}

// generate sends the event to a group.
func (e CtrlEvent) generate(group int) error {
	return windows.GenerateConsoleCtrlEvent(uint32(e), uint32(group))
}

func (o *object) withSystemHandle(op string, f func(uintptr) error) error {
	if !o.acquire() {
		return invalidHandle(op)
	}
	defer o.release()
	return f(uintptr(o.process))
}
