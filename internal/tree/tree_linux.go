package tree

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// Adopt makes this process the parent of every descendant whose own parent
// ends, so that Kill finds it; or not any more.
func Adopt(yes bool) error {
	value := uintptr(0)
	if yes {
		value = 1
	}
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, value, 0, 0, 0)
}

// Kill ends the processes and all their descendants, and returns when they
// have ended. One that is not there (any more) is no error.
func Kill(pids ...int) error {
	s := Selection{Roots: make(map[int]time.Duration)}
	for _, pid := range pids {
		if pid == os.Getpid() || pid <= 1 {
			return fmt.Errorf("process %d: %w", pid, syscall.EPERM)
		}
		s.Roots[pid] = 0
	}
	return s.Kill()
}

// Selection says which processes are one tree: those that it names, and all
// below them. The process that asks is never in it.
type Selection struct {
	Roots map[int]time.Duration // by number, with the time of their start after the boot; 0: whatever it is
	Below int                   // not 0: what is below this process

	// Mark, if not "", is an identifier in the colon-separated value of the
	// variable Variable in the environment of processes that belong to the tree.
	Variable, Mark string

	Except []int // these are not in it, nor what is below them

	// Found, if not nil, is told of processes that are about to be killed.
	Found func(pids []int)
	// Collect, if not nil, tells whether this program is to collect a child of
	// its own that has been killed.
	Collect func(pid int) bool
}

// patience is how long a process may take to stop, or to end when it has been
// killed: what it is doing in the kernel may have to come to its end.
const patience = 10 * time.Second

// pause is between two looks at processes that have been told to stop.
const pause = time.Millisecond

// Kill ends the tree, and returns when nothing of it is left. It stops what it
// finds until nothing new is found — a stopped process makes no children, so that
// even a fork bomb comes to an end — and then kills all of it; and looks again.
func (s *Selection) Kill() error {
	for {
		t := make(members)
		err := s.stop(t)
		if len(t) == 0 {
			return err
		}
		if s.Found != nil {
			s.Found(t.pids())
		}
		err = errors.Join(err, t.kill(s.Collect))
		t.close()
		if err != nil {
			return err
		}
	}
}

// List is the processes of the tree that are alive.
func (s *Selection) List() ([]int, error) {
	now, err := look()
	if err != nil {
		return nil, err
	}
	defer now.close()
	return s.in(now, nil), nil
}

// Stop stops the tree as SIGSTOP does, and returns when it stands still.
func (s *Selection) Stop() error {
	t := make(members)
	defer t.close()
	return s.stop(t)
}

// Continue lets a tree go on that has been stopped.
func (s *Selection) Continue() error {
	pids, err := s.List()
	for _, pid := range pids {
		if e := signalPID(pid, syscall.SIGCONT); e != nil {
			err = errors.Join(err, fmt.Errorf("process %d: %w", pid, e))
		}
	}
	return err
}

// Stopped tells whether there is a process and all are stopped.
func (s *Selection) Stopped() (bool, error) {
	now, err := look()
	if err != nil {
		return false, err
	}
	defer now.close()
	pids := s.in(now, nil)
	for _, pid := range pids {
		if !isStopped(now.stats[pid].State) {
			return false, nil
		}
	}
	return len(pids) > 0, nil
}

// isStopped: a process in an uninterruptible sleep makes no child either; that
// of one that waits for its child of vfork lasts until that goes on.
func isStopped(state byte) bool { return state == 'T' || state == 't' || state == 'D' }

func signalPID(pid int, sig syscall.Signal) error {
	fd, err := pidfd.OpenListed(pid)
	if err == nil {
		err = pidfd.Signal(fd, sig)
		unix.Close(fd)
	}
	if err == syscall.ESRCH {
		return nil
	}
	return err
}

// members are the processes that have been told to stop, and a pidfd of each: a
// number alone may come to mean another process.
type members map[int]int

func (t members) pids() []int {
	var list []int
	for pid := range t {
		list = append(list, pid)
	}
	return list
}

// stop takes the tree into t. It is done when a look finds nothing new that
// was begun after all had been seen to stand still.
func (s *Selection) stop(t members) error {
	var errs []error
	refused := make(map[int]bool)
	still := false
	for deadline := time.Now().Add(patience); ; {
		now, err := look()
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		t.dropEnded()
		news, stands := 0, true
		for _, pid := range s.in(now, t) {
			if refused[pid] {
				continue
			}
			if _, known := t[pid]; !known {
				news++
				if err := t.stop(pid); err != nil {
					refused[pid] = true
					errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
				}
			} else if !isStopped(now.stats[pid].State) {
				stands = false
				pidfd.Signal(t[pid], syscall.SIGSTOP) // another one may have let it go on
			}
		}
		now.close()
		switch {
		case news == 0 && still, news == 0 && len(t) == 0, time.Now().After(deadline) && news == 0:
			return errors.Join(errs...)
		case news > 0:
			still = false
		default:
			if still = stands; !still {
				time.Sleep(pause)
			}
		}
	}
}

func (t members) stop(pid int) error {
	fd, err := pidfd.OpenListed(pid)
	switch {
	case err == syscall.ESRCH:
		return nil
	case err != nil:
		return err
	}
	if err := pidfd.Signal(fd, syscall.SIGSTOP); err != nil {
		unix.Close(fd)
		if err == syscall.ESRCH {
			err = nil
		}
		return err
	}
	t[pid] = fd
	return nil
}

// dropEnded forgets those that have ended: their numbers may be others' now.
func (t members) dropEnded() {
	for pid, fd := range t {
		if ended, _ := pidfd.Poll(fd, time.Unix(0, 1)); ended {
			unix.Close(fd)
			delete(t, pid)
		}
	}
}

func (t members) kill(collect func(int) bool) error {
	var errs []error
	for pid, fd := range t {
		if err := pidfd.Signal(fd, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
		}
	}
	deadline := time.Now().Add(patience)
	for pid, fd := range t {
		if ended, _ := pidfd.Poll(fd, deadline); !ended {
			errs = append(errs, fmt.Errorf("process %d has been killed but does not end", pid))
		} else if collect != nil && collect(pid) {
			unix.Waitid(unix.P_PIDFD, fd, nil, unix.WEXITED|unix.WALL|unix.WNOHANG, nil)
		}
	}
	return errors.Join(errs...)
}

func (t members) close() {
	for _, fd := range t {
		unix.Close(fd)
	}
}

// processes is one look at all that there are.
type processes struct {
	proc  *procfs.Proc
	stats map[int]procfs.Stat // of those that are alive
}

func look() (*processes, error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return nil, fmt.Errorf("/proc: %w", err)
	}
	now := &processes{proc, make(map[int]procfs.Stat)}
	pids, err := proc.PIDs()
	if err != nil {
		now.close()
		return nil, fmt.Errorf("/proc: %w", err)
	}
	for _, pid := range pids {
		stat, err := statOf(proc, pid)
		switch {
		case procfs.Gone(err), procfs.Hidden(err):
		case err != nil: // a part of the tree must not be overlooked
			now.close()
			return nil, fmt.Errorf("process %d: %w", pid, err)
		case stat.State == 'X', stat.State == 'Z' && stat.Threads < 2:
			// A process whose first thread has ended looks like a zombie, too, as
			// long as others go on.
		default:
			now.stats[pid] = stat
		}
	}
	return now, nil
}

func (p *processes) close() { p.proc.Close() }

func statOf(proc *procfs.Proc, pid int) (procfs.Stat, error) {
	p, err := proc.Open(pid)
	if err != nil {
		return procfs.Stat{}, err
	}
	defer p.Close()
	return p.Stat()
}

// in is those of the processes that belong to the selection, or are below one
// that is in t.
func (s *Selection) in(now *processes, t members) []int {
	const unknown, inside, outside = 0, 1, 2
	verdict := map[int]int{os.Getpid(): outside, 0: outside, 1: outside}
	for _, pid := range s.Except {
		verdict[pid] = outside
	}
	var judge func(pid int, depth int) int
	judge = func(pid, depth int) int {
		if v := verdict[pid]; v != unknown {
			return v
		}
		stat, alive := now.stats[pid]
		if !alive || depth > len(now.stats) {
			return outside
		}
		_, member := t[pid]
		start, isRoot := s.Roots[pid]
		v := outside
		switch {
		case member, isRoot && (start == 0 || start == stat.Start), s.Below != 0 && stat.Parent == s.Below,
			judge(stat.Parent, depth+1) == inside, s.marked(now.proc, pid):
			v = inside
		}
		verdict[pid] = v
		return v
	}
	var list []int
	for pid := range now.stats {
		if judge(pid, 0) == inside {
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	return list
}

// marked tells whether the process has the mark. Of those that the caller may not
// trace nobody knows.
func (s *Selection) marked(proc *procfs.Proc, pid int) bool {
	if s.Mark == "" {
		return false
	}
	p, err := proc.Open(pid)
	if err != nil {
		return false
	}
	defer p.Close()
	return p.Marked(s.Variable, s.Mark)
}

// Start is when the process was started, after the boot.
func Start(pid int) (time.Duration, error) {
	p, err := procfs.Open(pid)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	stat, err := p.Stat()
	return stat.Start, err
}
