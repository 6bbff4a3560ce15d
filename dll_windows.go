package createprocess

import "golang.org/x/sys/windows"

// The functions that golang.org/x/sys/windows does not have.
var (
	kernel32                    = windows.NewLazySystemDLL("kernel32.dll")
	getHandleInformation        = kernel32.NewProc("GetHandleInformation")
	getProcessAffinityMask      = kernel32.NewProc("GetProcessAffinityMask")
	getProcessHandleCount       = kernel32.NewProc("GetProcessHandleCount")
	getProcessIoCounters        = kernel32.NewProc("GetProcessIoCounters")
	getProcessMemoryInfo        = kernel32.NewProc("K32GetProcessMemoryInfo")
	queueUserAPC                = kernel32.NewProc("QueueUserAPC")
	registerWaitForSingleObject = kernel32.NewProc("RegisterWaitForSingleObject")
	setLastError                = kernel32.NewProc("SetLastError")
	setProcessAffinityMask      = kernel32.NewProc("SetProcessAffinityMask")
	suspendThread               = kernel32.NewProc("SuspendThread")
	unregisterWaitEx            = kernel32.NewProc("UnregisterWaitEx")
	waitForMultipleObjectsEx    = kernel32.NewProc("WaitForMultipleObjectsEx")

	advapi32                = windows.NewLazySystemDLL("advapi32.dll")
	createProcessWithLogonW = advapi32.NewProc("CreateProcessWithLogonW")

	ntdll            = windows.NewLazySystemDLL("ntdll.dll")
	ntQueryObject    = ntdll.NewProc("NtQueryObject")
	ntResumeProcess  = ntdll.NewProc("NtResumeProcess")
	ntSuspendProcess = ntdll.NewProc("NtSuspendProcess")
)

// call is a system function that answers 0 when it has failed. The directive keeps
// what a pointer among the arguments points to where it is, as Call's own does.
//
//go:uintptrescapes
func call(proc *windows.LazyProc, args ...uintptr) error {
	if ok, _, err := proc.Call(args...); ok == 0 {
		return err
	}
	return nil
}
