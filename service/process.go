//go:build linux

package service

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/security"
)

// child is a process that can be asked, and told, what a client may ask and
// tell: the service's own (local) or a worker's (workersChild).
type child interface {
	// do does query, terminate, signal, suspend or resume.
	do(*seclogon.Request) (*seclogon.Response, error)
	// pidfd is a descriptor of the caller's own; -1 once the process has ended.
	pidfd() (int, error)
	// whenEnded calls f when the process has ended, once.
	whenEnded(f func()) error
	// close gives back what is needed to ask.
	close()
}

// process is one that the service has created. It is held until it has ended
// and no connection has it any more.
type process struct {
	child
	pid     int
	creator uint32
	user    uint32
	created time.Time

	mu         sync.Mutex
	descriptor *security.SecurityDescriptor
	holders    int // connections, and one until the end
}

// hold keeps the process for one more holder; it fails if nobody has it any more.
func (p *process) hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holders == 0 {
		return false
	}
	p.holders++
	return true
}

func (p *process) letGo() {
	p.mu.Lock()
	p.holders--
	last := p.holders == 0
	p.mu.Unlock()
	if last {
		p.child.close()
	}
}

// allows is the access check: what who asks gets.
func (p *process) allows(who *peer, desired createprocess.AccessMask) (createprocess.AccessMask, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	granted, ok := security.OpenProcessCheck(p.descriptor, who.token, desired)
	if granted&createprocess.PROCESS_QUERY_INFORMATION != 0 {
		granted |= createprocess.PROCESS_QUERY_LIMITED_INFORMATION
	}
	return granted, ok
}

// table is the processes that run.
type table struct {
	mu    sync.Mutex
	byPID map[int]*process
}

func (t *table) init() { t.byPID = make(map[int]*process) }

// add takes the place of what has had the number before, which has ended.
func (t *table) add(p *process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byPID[p.pid] = p
}

func (t *table) remove(p *process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byPID[p.pid] == p {
		delete(t.byPID, p.pid)
	}
}

// find is the process that has the number, held for the caller; nil if it is
// none of the service's.
func (t *table) find(pid int) *process {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.byPID[pid]; p != nil && p.hold() {
		return p
	}
	return nil
}

// after are up to n processes whose numbers are greater than pid and for which
// may says so, in their order, and whether there are more.
func (t *table) after(pid, n int, may func(*process) bool) (list []*process, more bool) {
	t.mu.Lock()
	all := make([]*process, 0, len(t.byPID))
	for _, p := range t.byPID {
		if p.pid > pid {
			all = append(all, p)
		}
	}
	t.mu.Unlock()
	slices.SortFunc(all, func(a, b *process) int { return a.pid - b.pid })
	for _, p := range all {
		if !may(p) {
			continue
		}
		if len(list) == n {
			return list, true
		}
		list = append(list, p)
	}
	return list, false
}

// local is a child of this program.
type local struct {
	info *createprocess.ProcessInformation
}

func (l local) close() { l.info.Close() }

func (l local) pidfd() (int, error) { return pidfdOf(l.info.Process) }

func (l local) whenEnded(f func()) error {
	_, err := createprocess.RegisterWaitForSingleObject(l.info.Process, createprocess.INFINITE, createprocess.WT_EXECUTEONLYONCE, func(bool) { f() })
	return err
}

func (l local) do(r *seclogon.Request) (*seclogon.Response, error) {
	p, response := l.info.Process, new(seclogon.Response)
	var err error
	switch r.Op {
	case seclogon.OpQuery:
		response.End, err = endOf(p)
	case seclogon.OpTerminate:
		err = p.Terminate(r.Code)
	case seclogon.OpSignal:
		if !slices.Contains(signals, unix.Signal(r.Signal)) {
			return nil, refusal(createprocess.ERROR_INVALID_PARAMETER, "signal", "", "it is none of those that ask a process to end")
		}
		err = signalTo(p, unix.Signal(r.Signal))
	case seclogon.OpSuspend:
		response.Previous, err = p.Suspend()
	case seclogon.OpResume:
		response.Previous, err = p.Resume()
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

// signals are those that a terminal or an operator sends for a process to end
// or to look around. Who may end it may send them.
var signals = []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH}

// endOf is how the process has ended; nil while it runs.
func endOf(p *createprocess.Process) (*seclogon.End, error) {
	ended, err := p.Exited()
	if err != nil || !ended {
		return nil, err
	}
	e := new(seclogon.End)
	if e.Code, err = p.ExitCode(); err != nil {
		return nil, err
	}
	if sig, err := p.Signal(); err == nil {
		e.Signal = int(sig)
	}
	times, err := p.Times()
	if err != nil {
		return e, nil
	}
	e.Exit = times.Exit.UnixNano()
	r, err := p.Resources()
	if err != nil {
		return e, nil
	}
	e.Usage = &seclogon.Usage{
		Kernel: int64(times.Kernel), User: int64(times.User), PeakMemory: r.PeakMemory,
		PageFaults: r.PageFaults, MajorFaults: r.MajorFaults,
		VoluntarySwitches: r.VoluntarySwitches, InvoluntarySwitches: r.InvoluntarySwitches,
		ReadBytes: r.ReadBytes, WriteBytes: r.WriteBytes,
	}
	return e, nil
}
