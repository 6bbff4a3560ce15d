package createprocess

import "errors"

// ProcessEntry is one process of a snapshot: [PROCESSENTRY32W].
//
// [PROCESSENTRY32W]: https://learn.microsoft.com/windows/win32/api/tlhelp32/ns-tlhelp32-processentry32w
type ProcessEntry struct {
	ProcessID       int
	ParentProcessID int    // 0: it has none, or none that the caller can see
	Threads         int    // 0: it has ended, and somebody keeps it; on Linux: a zombie
	BasePriority    int    // of its threads (pcPriClassBase): 8 is normal
	ExeFile         string // the image's name, without its directory

	start startMark
}

// Open is [OpenProcess] for this very process: if it has ended, and its number
// has been given to another one since the snapshot, the answer is
// ERROR_INVALID_PARAMETER (87), as for a process that is not there.
func (e *ProcessEntry) Open(access AccessMask, inherit bool) (*Process, error) {
	p, err := OpenProcess(access, inherit, e.ProcessID)
	if err != nil {
		return nil, err
	}
	same, err := e.is(p.object)
	if err == nil && !same {
		err = &Error{Op: "OpenProcess", Object: p.object.name(), Code: ERROR_INVALID_PARAMETER, Err: errors.New("the number is another process's now")}
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Snapshot is the processes that there are ([CreateToolhelp32Snapshot] with
// TH32CS_SNAPPROCESS, Process32First, Process32Next), in no order that should
// be relied upon. They are not seen at one instant: one that ends while
// Snapshot looks is missing, and so may one be that begins.
//
// On Linux ExeFile is the name of the image's file, even if that has been
// removed since; where the system does not tell the caller, and for a kernel
// thread or a zombie, it is the name that ps shows, at most 15 bytes of it.
// BasePriority is that of the priority class that the nice value is nearest to;
// a real-time policy of the scheduler makes it 24. Processes that the system
// hides from the caller (hidepid, see proc(5)) are missing.
//
// It fails if the system does not answer at all: on Linux with
// ERROR_FILE_NOT_FOUND (2) where there is no /proc, or with
// ERROR_TOO_MANY_OPEN_FILES (4): it needs three descriptors.
//
// [CreateToolhelp32Snapshot]: https://learn.microsoft.com/windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot
func Snapshot() ([]ProcessEntry, error) { return snapshot() }
