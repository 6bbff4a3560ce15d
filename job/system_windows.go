package job

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What golang.org/x/sys/windows does not have; or not so that it could be used:
// its CreateJobObject does not say that the job existed, and its functions that
// read and write take an address as a number, which Go's stacks make stale.
var (
	kernel32                             = windows.NewLazySystemDLL("kernel32.dll")
	createJobObject                      = kernel32.NewProc("CreateJobObjectW")
	openJobObject                        = kernel32.NewProc("OpenJobObjectW")
	isProcessInJob                       = kernel32.NewProc("IsProcessInJob")
	queryInformationJobObject            = kernel32.NewProc("QueryInformationJobObject")
	setInformationJobObject              = kernel32.NewProc("SetInformationJobObject")
	getQueuedCompletionStatus            = kernel32.NewProc("GetQueuedCompletionStatus")
	setIoRateControlInformationJobObject = kernel32.NewProc("SetIoRateControlInformationJobObject")
)

const jobObjectAllAccess = 0x1f003f

// JobObjectMemoryUsageInformation is in winnt.h, but not on Microsoft's pages.
const jobObjectMemoryUsageInformation = 28

type basicAccounting struct { // JOBOBJECT_BASIC_ACCOUNTING_INFORMATION
	totalUserTime   int64
	totalKernelTime int64
	_, _            int64  // the same, since the limit of time was set last
	_               uint32 // page faults
	totalProcesses  uint32
	activeProcesses uint32
	_               uint32 // processes that a limit has ended
}

type basicAndIOAccounting struct { // JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION
	basic basicAccounting
	io    windows.IO_COUNTERS
}

type memoryUsage struct { // JOBOBJECT_MEMORY_USAGE_INFORMATION
	jobMemory uint64
	_         uint64 // the peak
}

type cpuRateControl struct { // JOBOBJECT_CPU_RATE_CONTROL_INFORMATION
	flags CPURateFlags
	value uint32 // a union: CpuRate; Weight; MinRate and MaxRate, 16 bits each
}

type ioRateControl struct { // JOBOBJECT_IO_RATE_CONTROL_INFORMATION
	maxIops         int64
	maxBandwidth    int64
	reservationIops int64
	volumeName      *uint16
	baseIOSize      uint32
	controlFlags    uint32
}

type associateCompletionPort struct { // JOBOBJECT_ASSOCIATE_COMPLETION_PORT
	key, port uintptr
}

// systemError is how a call that the system refuses fails: with its code, and
// its text.
func systemError(op, object string, err error) error {
	var errno syscall.Errno
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &errno) || errno >= syscall.APPLICATION_ERROR:
		return &Error{Op: op, Object: object, Code: ERROR_GEN_FAILURE, Err: err}
	case errno == 0 || errno == syscall.EINVAL: // it has failed and left no code
		return &Error{Op: op, Object: object, Code: ERROR_INVALID_PARAMETER, Err: err}
	}
	return &Error{Op: op, Object: object, Code: Errno(errno), Err: err}
}

func query[T any](job windows.Handle, class uintptr, into *T) error {
	return queryBytes(job, class, unsafe.Pointer(into), unsafe.Sizeof(*into))
}

func queryBytes(job windows.Handle, class uintptr, into unsafe.Pointer, size uintptr) error {
	ok, _, err := queryInformationJobObject.Call(uintptr(job), class, uintptr(into), size, 0)
	if ok == 0 {
		return err
	}
	return nil
}

func set[T any](job windows.Handle, class uintptr, from *T) error {
	ok, _, err := setInformationJobObject.Call(uintptr(job), class, uintptr(unsafe.Pointer(from)), unsafe.Sizeof(*from))
	if ok == 0 {
		return err
	}
	return nil
}

// inJob asks about any job if job is 0.
func inJob(process, job windows.Handle) (bool, error) {
	var is int32
	if ok, _, err := isProcessInJob.Call(uintptr(process), uintptr(job), uintptr(unsafe.Pointer(&is))); ok == 0 {
		return false, err
	}
	return is != 0, nil
}
