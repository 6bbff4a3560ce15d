package createprocess

import (
	"path"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

func snapshot() ([]ProcessEntry, error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return nil, systemError("CreateToolhelp32Snapshot", "/proc", err)
	}
	defer proc.Close()
	pids, err := proc.PIDs()
	if err != nil {
		return nil, systemError("CreateToolhelp32Snapshot", "/proc", err)
	}
	entries := make([]ProcessEntry, 0, len(pids))
	for _, pid := range pids {
		entry, err := entryOf(proc, pid)
		switch {
		case err == nil:
			entries = append(entries, entry)
		case procfs.Gone(err), procfs.Hidden(err):
		default:
			return nil, systemError("CreateToolhelp32Snapshot", (&object{pid: pid}).name(), err)
		}
	}
	return entries, nil
}

func entryOf(proc *procfs.Proc, pid int) (ProcessEntry, error) {
	p, err := proc.Open(pid)
	if err != nil {
		return ProcessEntry{}, err
	}
	defer p.Close()
	stat, err := p.Stat()
	if err != nil {
		return ProcessEntry{}, err
	}
	entry := ProcessEntry{
		ProcessID:       pid,
		ParentProcessID: stat.Parent,
		Threads:         stat.Threads,
		BasePriority:    classOf(stat.Policy, stat.Nice).base,
		ExeFile:         stat.Comm,
		start:           stat.Start,
	}
	if stat.State == 'Z' || stat.State == 'X' {
		entry.Threads = 0
	}
	if image, _, err := p.Image(); err == nil {
		entry.ExeFile = path.Base(image)
	}
	return entry, nil
}

// startMark is when a process was started, after the boot.
type startMark = time.Duration

// is tells whether o is the process of the entry. Its start time is as much a
// part of its name as its number.
func (e *ProcessEntry) is(o *object) (same bool, err error) {
	err = o.inProc(func(p procfs.Process) error {
		stat, err := p.Stat()
		same = stat.Start == e.start
		return err
	})
	return same, err
}
