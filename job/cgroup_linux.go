package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
)

// cgroup is the backend of a job that has one.
type cgroup struct{ dir cgroupfs.Dir }

func (c cgroup) level() Level { return LevelCgroup }

// patience is how long the kernel may take to end or stop what is in a cgroup.
const patience = 10 * time.Second

func (c cgroup) kill(found func([]int)) error {
	if found != nil {
		pids, err := c.pids()
		if err != nil {
			return err
		}
		found(pids)
	}
	err := c.dir.Write("cgroup.kill", "1")
	if !errors.Is(err, fs.ErrNotExist) || !c.dir.Exists() {
		return gone(err)
	}
	// Before Linux 5.14: what is frozen makes no process, and can be killed.
	if err := c.freeze(true); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		pids, err := c.pids()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			if err := killPID(pid); err != nil {
				return fmt.Errorf("process %d: %w", pid, err)
			}
		}
		if len(pids) == 0 {
			return c.freeze(false)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes have been killed but do not end", len(pids))
		}
	}
}

func killPID(pid int) error {
	fd, err := pidfd.OpenListed(pid)
	if err == nil {
		err = pidfd.Signal(fd, syscall.SIGKILL)
		unix.Close(fd)
	}
	if err == syscall.ESRCH {
		return nil
	}
	return err
}

// gone makes nothing of an error that says that the cgroup has been removed: then
// there is no process in it.
func gone(err error) error {
	if cgroupfs.Gone(err) {
		return nil
	}
	return err
}

func (c cgroup) pids() ([]int, error) { return c.dir.PIDs() }

func (c cgroup) follow() (follower, error) { return cgroupFollower{cgroupfs.NewList(c.dir)}, nil }

type cgroupFollower struct{ list *cgroupfs.List }

func (f cgroupFollower) pids(time.Duration) ([]int, time.Duration, error) {
	begin := time.Now()
	pids, err := f.list.PIDs()
	return pids, time.Since(begin), err
}

func (f cgroupFollower) is(int) bool { return true }

func (f cgroupFollower) close() { f.list.Close() }

func (c cgroup) populated() (bool, error) { return c.dir.Populated() }

func (c cgroup) freeze(frozen bool) error {
	if !frozen {
		return c.dir.Write("cgroup.freeze", "0")
	}
	w, err := cgroupfs.NewWatch(c.dir, "cgroup.events")
	if err != nil {
		return err
	}
	defer w.Close()
	if err := c.dir.Write("cgroup.freeze", "1"); err != nil {
		return err
	}
	if err := c.untilFrozen(w); err != nil {
		c.dir.Write("cgroup.freeze", "0")
		return err
	}
	return nil
}

func (c cgroup) untilFrozen(w *cgroupfs.Watch) error {
	tooLate := time.After(patience)
	for {
		is, err := c.isFrozen()
		if err != nil || is {
			return err
		}
		select {
		case <-w.Changes():
		case <-tooLate:
			return errors.New("there are processes that do not stop")
		}
	}
}

func (c cgroup) isFrozen() (bool, error) {
	text, err := c.dir.Read("cgroup.events")
	return cgroupfs.ParseFlat(text)["frozen"] != 0, err
}

func (c cgroup) contains(pid int) (bool, error) {
	dir, _, err := cgroupfs.Of(fmt.Sprint(pid))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	return c.dir.Has(dir), nil
}

func (c cgroup) waitEmpty(cancelled <-chan struct{}) error {
	w, err := cgroupfs.NewWatch(c.dir, "cgroup.events")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer w.Close()
	for {
		populated, err := c.dir.Populated()
		if err != nil || !populated {
			return err
		}
		select {
		case <-w.Changes():
		case <-cancelled:
			return errCancelled
		}
	}
}

var errCancelled = errors.New("cancelled")
