package tree

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Adopt does nothing: Windows keeps the identifier of a parent that has ended.
func Adopt() error { return nil }

// Kill ends the processes and all their descendants.
func Kill(pids ...int) error {
	var errs []error
	for _, pid := range pids {
		errs = append(errs, KillBelow(pid), kill(uint32(pid)))
	}
	return errors.Join(errs...)
}

// KillBelow ends all descendants of a process, but not the process. It looks
// again until it finds none.
func KillBelow(pid int) error {
	for range 100 {
		list, err := below(uint32(pid))
		if err != nil || len(list) == 0 {
			return err
		}
		for _, pid := range list {
			if err := kill(pid); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("process %d: its descendants grow faster than they are ended", pid)
}

func kill(pid uint32) error {
	if pid == uint32(os.Getpid()) {
		return nil
	}
	h, err := windows.OpenProcess(windows.PROCESS_TERMINATE|windows.SYNCHRONIZE, false, pid)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return nil // it has ended
	}
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	defer windows.CloseHandle(h)
	if event, _ := windows.WaitForSingleObject(h, 0); event == windows.WAIT_OBJECT_0 {
		return nil
	}
	if err := windows.TerminateProcess(h, 1); err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	windows.WaitForSingleObject(h, 10000)
	return nil
}

// below is the descendants of a process, by one snapshot.
func below(root uint32) ([]uint32, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot)
	children := make(map[uint32][]uint32)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if entry.ProcessID != entry.ParentProcessID {
			children[entry.ParentProcessID] = append(children[entry.ParentProcessID], entry.ProcessID)
		}
	}
	var list []uint32
	for queue := []uint32{root}; len(queue) > 0; queue = queue[1:] {
		list = append(list, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
		delete(children, queue[0])
	}
	return list, nil
}
