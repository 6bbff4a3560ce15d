package tree

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// Adopt makes this process the parent of every descendant whose own parent
// ends, so that Kill finds it.
func Adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// Kill ends the processes and all their descendants, and returns when they
// have ended. One that is not there (any more) is no error.
func Kill(pids ...int) error {
	t := make(tree)
	defer t.close()
	for _, pid := range pids {
		if err := t.stop(pid); err != nil {
			return err
		}
	}
	return t.kill(pids)
}

// KillBelow ends all descendants of a process, but not the process.
func KillBelow(pid int) error {
	t := make(tree)
	defer t.close()
	return t.kill([]int{pid})
}

// tree is the processes that are stopped, and a pidfd of each: a number alone
// may come to mean another process.
type tree map[int]int

// kill stops what grows below roots until nothing new is found — a stopped
// process makes no children, so that even a fork bomb comes to an end — and
// then kills all of it.
func (t tree) kill(roots []int) error {
	for {
		parents, err := parents()
		if err != nil {
			return err
		}
		news := 0
		for pid := range parents {
			if _, known := t[pid]; !known && t.below(pid, roots, parents) {
				if err := t.stop(pid); err != nil {
					return err
				}
				news++
			}
		}
		if news == 0 {
			break
		}
	}
	var errs []error
	for pid, fd := range t {
		if err := pidfd.Signal(fd, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for pid, fd := range t {
		if ended, _ := pidfd.Poll(fd, deadline); !ended {
			errs = append(errs, fmt.Errorf("process %d has been killed but does not end", pid))
		}
	}
	return errors.Join(errs...)
}

func (t tree) below(pid int, roots []int, parents map[int]int) bool {
	for range len(parents) {
		parent, ok := parents[pid]
		if !ok {
			return false
		}
		if _, known := t[parent]; known {
			return true
		}
		for _, root := range roots {
			if parent == root {
				return true
			}
		}
		pid = parent
	}
	return false
}

// stop takes a process into the tree.
func (t tree) stop(pid int) error {
	if pid == os.Getpid() || pid <= 1 {
		return fmt.Errorf("process %d: %w", pid, syscall.EPERM)
	}
	if _, known := t[pid]; known {
		return nil
	}
	fd, err := pidfd.Open(pid)
	switch {
	case err == syscall.ESRCH:
		return nil
	case err != nil:
		return fmt.Errorf("process %d: %w", pid, err)
	}
	if err := pidfd.Signal(fd, syscall.SIGSTOP); err != nil && err != syscall.ESRCH {
		unix.Close(fd)
		return fmt.Errorf("process %d: %w", pid, err)
	}
	t[pid] = fd
	return nil
}

func (t tree) close() {
	for _, fd := range t {
		unix.Close(fd)
	}
}

// parents is the parent of every process that is alive.
func parents() (map[int]int, error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return nil, fmt.Errorf("/proc: %w", err)
	}
	defer proc.Close()
	pids, err := proc.PIDs()
	if err != nil {
		return nil, fmt.Errorf("/proc: %w", err)
	}
	parents := make(map[int]int, len(pids))
	for _, pid := range pids {
		stat, err := statOf(proc, pid)
		switch {
		case procfs.Gone(err), procfs.Hidden(err), stat.State == 'Z', stat.State == 'X':
		case err != nil: // a part of the tree must not be overlooked
			return nil, fmt.Errorf("process %d: %w", pid, err)
		default:
			parents[pid] = stat.Parent
		}
	}
	return parents, nil
}

func statOf(proc *procfs.Proc, pid int) (procfs.Stat, error) {
	p, err := proc.Open(pid)
	if err != nil {
		return procfs.Stat{}, err
	}
	defer p.Close()
	return p.Stat()
}
