package job

import (
	"errors"
	"os"
	"slices"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/engine"
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

// lookEvery is how often a walk is repeated by who waits for its end.
const lookEvery = 20 * time.Millisecond

func (w walk) waitEmpty(cancelled <-chan struct{}) error {
	now, err := w.state()
	if err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		pids, err := w.selectionOf(now).List()
		if err != nil || len(pids) == 0 {
			return err
		}
		select {
		case <-cancelled:
			return errCancelled
		case <-tick.C:
		}
		// When the handle has been closed meanwhile, it is as it was last.
		if newer, err := w.state(); err == nil {
			now = newer
		}
	}
}

var errAdopted = errors.New("this program has adopted another job's tree")
