package tree

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
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
var patience = 10 * time.Second

// pause is between two looks at processes that have been told to stop.
const pause = time.Millisecond

// Kill ends the tree, and returns when nothing of it is left. It stops each process
// as soon as it finds it, until nothing new is found — a stopped process makes no
// children, so that even a fork bomb comes to an end — and then kills all of it; and
// looks again.
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
	_, pids, err := s.Find()
	return pids, err
}

// Find is the processes of the tree that are alive, and the look that found them.
func (s *Selection) Find() (now *Snapshot, pids []int, err error) {
	for range looksForNone {
		if now, err = Look(s.Variable); err != nil {
			return nil, nil, err
		}
		if pids = s.In(now); len(pids) > 0 {
			break
		}
	}
	return now, pids, nil
}

// looksForNone is how many looks in a row must find nothing: during one the numbers
// of processes may have begun again at the lowest.
const looksForNone = 2

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
	now, err := Look(s.Variable)
	if err != nil {
		return false, err
	}
	pids := s.In(now)
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
	news := 0
	take := func(pid int) {
		news++
		if err := t.stop(pid); err != nil {
			refused[pid] = true
			errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
		}
	}
	outside := s.outside()
	atOnce := func(now *Snapshot, pid int) {
		if _, known := t[pid]; !known && !refused[pid] && !outside[pid] && s.has(now, pid, t) {
			take(pid)
		}
	}
	still, nothing := false, 0
	for deadline := time.Now().Add(patience); ; {
		news = 0
		now, err := look(s.Variable, t, atOnce)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		t.dropEnded()
		stands := true
		for _, pid := range s.in(now, t) {
			if refused[pid] {
				continue
			}
			if _, known := t[pid]; !known {
				take(pid)
			} else if !isStopped(now.stats[pid].State) {
				stands = false
				pidfd.Signal(t[pid], syscall.SIGSTOP) // another one may have let it go on
			}
		}
		late := time.Now().After(deadline)
		switch {
		case news == 0 && len(t) == 0:
			if nothing++; nothing == looksForNone {
				return errors.Join(errs...)
			}
		case news == 0 && still, news == 0 && late:
			return errors.Join(errs...)
		case late && len(t) == 0:
			return errors.Join(append(errs, errTooFast)...)
		case news > 0:
			still, nothing = false, 0
		default:
			nothing = 0
			if still = stands; !still {
				time.Sleep(pause)
			}
		}
	}
}

var errTooFast = errors.New("its processes make others and end before they can be stopped")

// openListed is a variable for tests.
var openListed = pidfd.OpenListed

func (t members) stop(pid int) error {
	fd, err := openListed(pid)
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
