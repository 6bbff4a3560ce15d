package leaktest

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// inherited are the children that the test binary began with: a console of its
// own is one.
var inherited, _ = childProcesses()

// left looks for children only. What the handles are to that a Go program has
// open, Windows does not tell, and the runtime opens some for each thread.
func left() error { return children() }

func children() error {
	now, err := childProcesses()
	if err != nil {
		return err
	}
	for pid, name := range now {
		if inherited[pid] != name {
			return fmt.Errorf("there are children left: process %d, %s", pid, name)
		}
	}
	return nil
}

// childProcesses are those that run, with the names of their images: Windows
// has no zombies, only open handles.
func childProcesses() (map[uint32]string, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("CreateToolhelp32Snapshot: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	found := make(map[uint32]string)
	var entry windows.ProcessEntry32
	entry.Size = uint32(unsafe.Sizeof(entry))
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if entry.ParentProcessID == uint32(os.Getpid()) && entry.Threads > 0 {
			found[entry.ProcessID] = windows.UTF16ToString(entry.ExeFile[:])
		}
	}
	if err != windows.ERROR_NO_MORE_FILES {
		return nil, fmt.Errorf("Process32Next: %w", err)
	}
	return found, nil
}

// Open is the number of handles that are open. It looks into the list of all
// processes' handles, because Wine 8's GetProcessHandleCount always answers 0.
func Open() int {
	type entry struct { // SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX
		object     uintptr
		pid, value uintptr
		access     uint32
		_, _       uint16
		_, _       uint32
	}
	const head = 2 // NumberOfHandles, Reserved
	for size := 1 << 16; ; size *= 2 {
		list := make([]uintptr, size)
		bytes := uint32(len(list)) * uint32(unsafe.Sizeof(list[0]))
		err := windows.NtQuerySystemInformation(windows.SystemExtendedHandleInformation, unsafe.Pointer(&list[0]), bytes, nil)
		if err == windows.STATUS_INFO_LENGTH_MISMATCH {
			continue
		}
		if err != nil {
			panic(err)
		}
		n := 0
		for _, e := range unsafe.Slice((*entry)(unsafe.Pointer(&list[head])), list[0]) {
			if e.pid == uintptr(os.Getpid()) {
				n++
			}
		}
		return n
	}
}
