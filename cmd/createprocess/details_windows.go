package main

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess/cmdline"
)

// examiner fills in details.
type examiner struct {
	users map[string]*string // by SID
}

func newExaminer() (*examiner, error) { return &examiner{make(map[string]*string)}, nil }

func (x *examiner) close() {}

// fill tells whether the process is still there. What the caller may not know
// of it stays empty.
func (x *examiner) fill(d *details) (there bool, err error) {
	pid := uint32(d.PID)
	var session uint32
	if windows.ProcessIdToSessionId(pid, &session) == nil {
		d.Session = new(int(session))
	}
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return pid == 0 || err != windows.ERROR_INVALID_PARAMETER, nil // 0 is the idle process, which cannot be opened
	}
	defer windows.CloseHandle(h)
	var creation, exit, kernel, user windows.Filetime
	if windows.GetProcessTimes(h, &creation, &exit, &kernel, &user) == nil {
		d.Start = new(time.Unix(0, creation.Nanoseconds()).UTC())
		d.CPUKernel, d.CPUUser = new(seconds(kernel)), new(seconds(user))
	}
	d.Memory = workingSet(h)
	d.User = x.userOf(h)
	d.Image = imageOf(h)
	if line, ok := commandLineOf(h); ok && line != "" {
		d.command = line
		d.Args = cmdline.Split(line)
	}
	return true, nil
}

// seconds are those of a FILETIME that is a length of time.
func seconds(t windows.Filetime) float64 {
	return float64(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) / 1e7
}

func workingSet(h windows.Handle) *uint64 {
	var counters struct { // VM_COUNTERS of ntddk.h
		peakVirtualSize, virtualSize                       uintptr
		pageFaultCount                                     uint32
		peakWorkingSetSize, workingSetSize                 uintptr
		quotaPeakPagedPoolUsage, quotaPagedPoolUsage       uintptr
		quotaPeakNonPagedPoolUsage, quotaNonPagedPoolUsage uintptr
		pagefileUsage, peakPagefileUsage                   uintptr
	}
	err := windows.NtQueryInformationProcess(h, windows.ProcessVmCounters, unsafe.Pointer(&counters), uint32(unsafe.Sizeof(counters)), nil)
	if err != nil {
		return nil
	}
	return new(uint64(counters.workingSetSize))
}

func (x *examiner) userOf(h windows.Handle) *string {
	var token windows.Token
	if windows.OpenProcessToken(h, windows.TOKEN_QUERY, &token) != nil {
		return nil
	}
	defer token.Close()
	owner, err := token.GetTokenUser()
	if err != nil {
		return nil
	}
	sid := owner.User.Sid.String()
	name, ok := x.users[sid]
	if !ok {
		name = &sid
		if account, domain, _, err := owner.User.Sid.LookupAccount(""); err == nil {
			name = new(domain + `\` + account)
		}
		x.users[sid] = name
	}
	return name
}

func imageOf(h windows.Handle) *string {
	for size := uint32(windows.MAX_PATH); size <= 1<<16; size *= 2 {
		buf, n := make([]uint16, size), size
		switch err := windows.QueryFullProcessImageName(h, 0, &buf[0], &n); err {
		case nil:
			return new(windows.UTF16ToString(buf[:n]))
		case windows.ERROR_INSUFFICIENT_BUFFER:
		default:
			return nil
		}
	}
	return nil
}

// commandLineOf asks for ProcessCommandLineInformation, which Windows has from
// 8.1 on.
func commandLineOf(h windows.Handle) (string, bool) {
	size := uint32(1 << 10)
	for range 4 {
		buf := make([]uintptr, size/uint32(unsafe.Sizeof(uintptr(0)))+1) // aligned
		err := windows.NtQueryInformationProcess(h, windows.ProcessCommandLineInformation, unsafe.Pointer(&buf[0]), size, &size)
		switch err {
		case nil:
			return (*windows.NTUnicodeString)(unsafe.Pointer(&buf[0])).String(), true
		case windows.STATUS_INFO_LENGTH_MISMATCH, windows.STATUS_BUFFER_TOO_SMALL, windows.STATUS_BUFFER_OVERFLOW:
		default:
			return "", false
		}
	}
	return "", false
}
