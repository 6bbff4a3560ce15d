package job

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/poller"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
	"github.com/seed-f798aa80/createprocess/internal/tree"
)

// Variable is the variable that a walk finds the processes of a job by: the
// identifiers of the job and of those that it is nested in, with colons.
const Variable = "CREATEPROCESS_JOB"

// walk is the backend of a job without a cgroup.
type walk struct {
	id    string
	state func() (*state, error) // as it is now
}

func (w walk) level() Level {
	if s, err := w.state(); err == nil && s.adopter() != 0 {
		return LevelSubreaper
	}
	return LevelMarker
}

func (w walk) selection() (*tree.Selection, error) {
	now, err := w.state()
	if err != nil {
		return nil, err
	}
	return w.selectionOf(now), nil
}

// adopter is the process that has adopted the tree, if it is still there.
func (s *state) adopter() int {
	if s.Subtree == nil {
		return 0
	}
	if start, err := tree.Start(s.Subtree.PID); err != nil || start != s.Subtree.Start {
		return 0
	}
	return s.Subtree.PID
}

func (w walk) selectionOf(now *state) *tree.Selection {
	adopter := now.adopter()
	s := &tree.Selection{
		Variable: Variable, Mark: w.id,
		Roots: make(map[int]time.Duration),
		Below: adopter,
	}
	for _, r := range now.Roots {
		s.Roots[r.PID] = r.Start
	}
	if pid := theSupervisor.pid(); pid != 0 {
		s.Except = append(s.Except, pid)
	}
	if adopter == os.Getpid() {
		s.Collect = func(pid int) bool { return !engine.Known(pid) }
	}
	return s
}

func (w walk) kill(found func([]int)) error {
	s, err := w.selection()
	if err != nil {
		return err
	}
	s.Found = found
	return s.Kill()
}

func (w walk) pids() ([]int, error) {
	s, err := w.selection()
	if err != nil {
		return nil, err
	}
	return s.List()
}

func (w walk) populated() (bool, error) {
	pids, err := w.pids()
	return len(pids) > 0, err
}

func (w walk) freeze(frozen bool) error {
	s, err := w.selection()
	switch {
	case err != nil:
		return err
	case frozen:
		return s.Stop()
	}
	return s.Continue()
}

func (w walk) isFrozen() (bool, error) {
	s, err := w.selection()
	if err != nil {
		return false, err
	}
	return s.Stopped()
}

func (w walk) contains(pid int) (bool, error) {
	pids, err := w.pids()
	return slices.Contains(pids, pid), err
}

func (w walk) follow() (follower, error) {
	now, err := w.state()
	return &walkFollower{walk: w, now: now}, err
}

// walkFollower goes by the state as it was last, when the handle is closed meanwhile.
type walkFollower struct {
	walk
	now  *state
	seen *tree.Snapshot
}

func (f *walkFollower) pids(age time.Duration) ([]int, time.Duration, error) {
	snapshot, err := recentLook(age)
	if err != nil {
		return nil, 0, err
	}
	begin := time.Now()
	if newer, err := f.state(); err == nil {
		f.now = newer
	}
	f.seen = snapshot
	pids := f.selectionOf(f.now).In(snapshot)
	return pids, time.Since(begin), nil
}

func (f *walkFollower) is(pid int) bool {
	start, err := tree.Start(pid)
	return err == nil && start == f.seen.Start(pid)
}

func (f *walkFollower) close() {}

// lastLook is at all processes, for all walks that can do with one that is not
// quite new.
var lastLook struct {
	sync.Mutex
	snapshot *tree.Snapshot
	begun    time.Time
	took     time.Duration
}

// recentLook is not older than age, or than looking is dear: see [lookShare]. With
// the age 0 it is new.
func recentLook(age time.Duration) (*tree.Snapshot, error) {
	lastLook.Lock()
	defer lastLook.Unlock()
	if lastLook.snapshot != nil && age > 0 && time.Since(lastLook.begun) < max(age, lookShare*lastLook.took) {
		return lastLook.snapshot, nil
	}
	begin := time.Now()
	snapshot, err := tree.Look(Variable)
	if err == nil {
		lastLook.snapshot, lastLook.begun, lastLook.took = snapshot, begin, time.Since(begin)
	}
	return snapshot, err
}

func forgetLook() {
	lastLook.Lock()
	lastLook.snapshot = nil
	lastLook.Unlock()
}

// waitEmpty waits for the end of each process that a look has found, and then
// looks again.
func (w walk) waitEmpty(cancelled <-chan struct{}) error {
	now, err := w.state()
	if err != nil {
		return err
	}
	for {
		snapshot, pids, err := w.selectionOf(now).Find()
		if err != nil || len(pids) == 0 {
			return err
		}
		for _, pid := range pids {
			if err := waitEnd(pid, snapshot.Start(pid), cancelled); err != nil {
				return err
			}
		}
		// When the handle has been closed meanwhile, it is as it was last.
		if newer, err := w.state(); err == nil {
			now = newer
		}
	}
}

// waitEnd waits for the end of the process that was started at that time after
// the boot: its number may be another's by now.
func waitEnd(pid int, start time.Duration, cancelled <-chan struct{}) error {
	fd, err := pidfd.OpenListed(pid)
	if err == syscall.ESRCH {
		return nil
	}
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	switch now, err := tree.Start(pid); {
	case procfs.Gone(err):
		return nil
	case err != nil:
		return fmt.Errorf("process %d: %w", pid, err)
	case now != start:
		return nil
	}
	ended := make(chan struct{})
	watch, err := poller.Add(fd, unix.EPOLLIN|unix.EPOLLONESHOT, func() { close(ended) })
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	defer watch.Remove()
	select {
	case <-ended:
		return nil
	case <-cancelled:
		return errCancelled
	}
}
