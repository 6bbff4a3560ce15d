package createprocess

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func snapshot() ([]ProcessEntry, error) {
	handle, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, systemError("CreateToolhelp32Snapshot", "TH32CS_SNAPPROCESS", err)
	}
	defer windows.CloseHandle(handle)
	now := time.Now()
	var entries []ProcessEntry
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(handle, &entry); err == nil; err = windows.Process32Next(handle, &entry) {
		entries = append(entries, ProcessEntry{
			ProcessID:       int(entry.ProcessID),
			ParentProcessID: int(entry.ParentProcessID),
			Threads:         int(entry.Threads),
			BasePriority:    int(entry.PriClassBase),
			ExeFile:         windows.UTF16ToString(entry.ExeFile[:]),
			start:           now,
		})
	}
	if err != windows.ERROR_NO_MORE_FILES {
		return nil, systemError("Process32Next", "TH32CS_SNAPPROCESS", err)
	}
	return entries, nil
}

// startMark is the time of the snapshot: the system does not say there when a
// process was created, but by then it was.
type startMark = time.Time

// is tells whether o is the process of the entry.
func (e *ProcessEntry) is(o *object) (bool, error) {
	times, err := o.times()
	return !times.Creation.After(e.start), err
}
