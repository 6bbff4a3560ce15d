package tree

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// patience is how long a process may take to end when it has been killed, in
// milliseconds.
const patience = 10_000

// Kill ends the processes and all their descendants, and returns when they
// have ended. One that is not there (any more) is no error.
func Kill(pids ...int) error {
	f := family{members: make(map[uint32]member), refused: make(map[uint32]bool)}
	defer f.close()
	var errs []error
	var found []uint32
	for _, pid := range pids {
		if pid == os.Getpid() {
			return fmt.Errorf("process %d: %w", pid, windows.ERROR_ACCESS_DENIED)
		}
		is, err := f.add(uint32(pid), 0)
		errs = append(errs, err)
		if is {
			found = append(found, uint32(pid))
		}
	}
	// What a process has made is asked for when it has ended: then it makes no more.
	for range 100 {
		for _, pid := range found {
			errs = append(errs, f.members[pid].end(pid))
		}
		more, err := f.children()
		errs = append(errs, err)
		if len(more) == 0 {
			return errors.Join(errs...)
		}
		found = more
	}
	return errors.Join(append(errs, errors.New("the tree grows faster than it is ended"))...)
}

// family is the processes of a tree, by number.
type family struct {
	members map[uint32]member
	refused map[uint32]bool // may not be ended
}

// member is a process. The handle keeps its number from being given to another one.
type member struct {
	handle  windows.Handle
	created int64 // in nanoseconds since 1970
}

func (f *family) close() {
	for _, m := range f.members {
		windows.CloseHandle(m.handle)
	}
}

// add opens a process, and tells whether it is there and a child of parent, a
// member; 0 is no parent in particular. A child is younger than its parent:
// else it is one of another process that had the parent's number before.
func (f *family) add(pid, parent uint32) (bool, error) {
	h, err := windows.OpenProcess(windows.PROCESS_TERMINATE|windows.SYNCHRONIZE|windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err == windows.ERROR_INVALID_PARAMETER {
		return false, nil // it has ended
	}
	if err != nil {
		f.refused[pid] = true
		return false, fmt.Errorf("process %d: %w", pid, err)
	}
	m := member{handle: h}
	is := true
	var creation, exit, kernel, user windows.Filetime
	if err = windows.GetProcessTimes(h, &creation, &exit, &kernel, &user); err == nil {
		m.created = creation.Nanoseconds()
		if parent != 0 {
			var basic windows.PROCESS_BASIC_INFORMATION
			err = windows.NtQueryInformationProcess(h, windows.ProcessBasicInformation, unsafe.Pointer(&basic), uint32(unsafe.Sizeof(basic)), nil)
			is = basic.InheritedFromUniqueProcessId == uintptr(parent) && m.created >= f.members[parent].created
		}
	}
	if err != nil || !is {
		windows.CloseHandle(h)
		if err != nil {
			f.refused[pid] = true
			err = fmt.Errorf("process %d: %w", pid, err)
		}
		return false, err
	}
	f.members[pid] = m
	return true, nil
}

// children adds the children of all members, as one snapshot has them, and
// tells which are new. This program is none of them.
func (f *family) children() (found []uint32, err error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("CreateToolhelp32Snapshot: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	var errs []error
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		pid := entry.ProcessID
		_, known := f.members[pid]
		if _, ours := f.members[entry.ParentProcessID]; !ours || known || f.refused[pid] || pid == uint32(os.Getpid()) {
			continue
		}
		is, err := f.add(pid, entry.ParentProcessID)
		errs = append(errs, err)
		if is {
			found = append(found, pid)
		}
	}
	if err != windows.ERROR_NO_MORE_FILES {
		errs = append(errs, fmt.Errorf("Process32Next: %w", err))
	}
	return found, errors.Join(errs...)
}

// end ends the process, and returns when it has ended.
func (m member) end(pid uint32) error {
	// One that has ended already may not be terminated, which is as well.
	refused := windows.TerminateProcess(m.handle, 1)
	timeout := uint32(patience)
	if refused != nil {
		timeout = 0
	}
	event, err := windows.WaitForSingleObject(m.handle, timeout)
	switch {
	case err != nil:
		return fmt.Errorf("process %d: %w", pid, err)
	case event == windows.WAIT_OBJECT_0:
		return nil
	case refused != nil:
		return fmt.Errorf("process %d: %w", pid, refused)
	}
	return fmt.Errorf("process %d has not ended, though it was killed", pid)
}
