package job

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/engine"
)

// object is what a handle stands for: one open state file, and the way to the
// processes.
type object struct {
	name    string
	id      string
	file    *os.File // with the shared lock
	backend backend
	cgroup  cgroupfs.Dir // "" for a walk
	parents []string     // identifiers, the outermost first; of a walk

	mu         sync.Mutex
	census     census
	supervised bool
}

// backend is a job's way to its processes: a cgroup or a walk.
type backend interface {
	level() Level
	// kill ends them; found is told before of those there are.
	kill(found func(pids []int)) error
	pids() ([]int, error)
	populated() (bool, error)
	freeze(frozen bool) error
	isFrozen() (bool, error)
	contains(pid int) (bool, error)
	follow() (follower, error)
	// waitEmpty returns when there is none, or with errCancelled.
	waitEmpty(cancelled <-chan struct{}) error
}

// follower lists the processes again and again, for one goroutine at a time.
type follower interface {
	// pids may be of that age; took is the time that this follower's list has
	// taken, without what it shares with others.
	pids(age time.Duration) (list []int, took time.Duration, err error)
	// is tells whether a number still means the process that was listed.
	is(pid int) bool
	close()
}

func (s *state) backend(id string, f *os.File) backend {
	if s.Cgroup != "" {
		return cgroup{s.Cgroup}
	}
	return walk{id, func() (*state, error) { return readState(f) }}
}

func newObject(id string, f *os.File, s *state) *object {
	return &object{name: s.Name, id: id, file: f, backend: s.backend(id, f), cgroup: s.Cgroup, parents: s.Parents}
}

func (o *object) level() Level { return o.backend.level() }

// change rewrites the state, with nobody else doing so.
func (o *object) change(do func(s *state) error) error {
	d, err := openStatesOf(o.file)
	if err != nil {
		return err
	}
	defer d.close()
	return changeFile(o.file, do)
}

func changeFile(f *os.File, do func(s *state) error) error {
	s, err := readState(f)
	if err != nil {
		return err
	}
	if err := do(s); err != nil {
		return err
	}
	return s.write(f)
}

func (o *object) processIDs(op string) ([]int, error) {
	o.mu.Lock()
	begun := o.census.begin()
	o.mu.Unlock()
	pids, err := o.backend.pids()
	if err != nil {
		return nil, wrap(op, o.name, err)
	}
	slices.Sort(pids)
	o.mu.Lock()
	o.census.list(begun, pids)
	o.mu.Unlock()
	return pids, nil
}

func (o *object) terminate(op string, code uint32) error {
	engine.Births.Lock()
	defer engine.Births.Unlock()
	kill := func() error { return o.backend.kill(func(pids []int) { engine.KilledFor(pids, code) }) }
	if o.cgroup == "" {
		return wrap(op, o.name, kill())
	}
	return wrap(op, o.name, o.change(func(s *state) error {
		if err := kill(); err != nil {
			return err
		}
		return s.renew()
	}))
}

// freeze waits for processes that this program is creating in a job: what is
// frozen before its image runs would hold its creator up until the thaw.
func (o *object) freeze(op string, frozen bool) error {
	if frozen {
		engine.Births.Lock()
		defer engine.Births.Unlock()
	}
	return wrap(op, o.name, o.backend.freeze(frozen))
}

func (o *object) frozen(op string) (bool, error) {
	is, err := o.backend.isFrozen()
	return is, wrap(op, o.name, err)
}

func (o *object) contains(op string, pid int, _ uintptr) (bool, error) {
	if _, walks := o.backend.(walk); walks && pid == os.Getpid() {
		return slices.Contains(marks(os.Getenv(Variable)), o.id), nil // a walk never has the one in it that walks
	}
	is, err := o.backend.contains(pid)
	return is, wrap(op, o.name, err)
}

// inAny knows of a walk's jobs only what the environment tells.
func inAny(op string, pid int, _ uintptr) (bool, error) {
	if b, _, err := cgroupfs.Of(pidText(pid)); err == nil {
		if _, is := enclosing(b); is {
			return true, nil
		}
	}
	is, err := hasMarks(pid)
	return is, wrap(op, "", err)
}

func (o *object) waiter(op string) (func(context.Context) error, error) {
	return func(ctx context.Context) error {
		err := o.backend.waitEmpty(ctx.Done())
		if !errors.Is(err, errCancelled) {
			return wrap(op, o.name, err)
		}
		code := ERROR_CANCELLED
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			code = ERROR_TIMEOUT
		}
		return &Error{Op: op, Object: o.name, Code: code, Err: context.Cause(ctx)}
	}, nil
}

// marks are the identifiers in a value of Variable.
func marks(value string) []string {
	return slices.DeleteFunc(strings.Split(value, ":"), func(s string) bool { return s == "" })
}
