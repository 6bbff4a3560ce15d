package job

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/tree"
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
	members    map[int]struct{} // that have been seen in the job
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
	pids(age time.Duration) ([]int, error) // the list may be of that age
	close()
}

func (s *state) backend(id string, f *os.File) backend {
	if s.Cgroup != "" {
		return cgroup{s.Cgroup}
	}
	return walk{id, func() (*state, error) { return readState(f) }}
}

func newObject(id string, f *os.File, s *state) *object {
	return &object{name: s.Name, id: id, file: f, backend: s.backend(id, f), cgroup: s.Cgroup, parents: s.Parents, members: make(map[int]struct{})}
}

func (o *object) level() Level { return o.backend.level() }

func createObject(op, name string, attributes *SecurityAttributes, parent *object) (*object, bool, error) {
	if attributes != nil {
		switch {
		case attributes.SecurityDescriptor != nil:
			return nil, false, unsupported(op, "SecurityDescriptor", "a job belongs to the user who has made it")
		case attributes.InheritHandle:
			return nil, false, unsupported(op, "InheritHandle", "a handle to a job cannot be handed on")
		}
	}
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		o, existed, err := tryCreate(op, name, parent)
		// Its last handle is being closed: soon the name is free.
		if !errors.Is(err, errGone) || time.Since(begin) > patience {
			return o, existed, wrap(op, name, err)
		}
	}
}

func tryCreate(op, name string, parent *object) (*object, bool, error) {
	d, err := openStates()
	if err != nil {
		return nil, false, err
	}
	defer d.close()
	d.sweepNowAndThen()
	id := fileOf(name)
	if name != "" && !d.sweepIfLeft(id) {
		o, err := d.openObject(id)
		return o, err == nil, err
	}
	s := &state{Name: name}
	if parent != nil {
		s.Parents = append(slices.Clone(parent.parents), parent.id)
	}
	if err := s.placeIn(parent); err != nil {
		return nil, false, err
	}
	// The file first: a cgroup that nobody knows of would stay for ever.
	f, err := d.create(id, s)
	if err != nil {
		return nil, false, err
	}
	if s.Cgroup != "" {
		err = makeCgroup(s.Cgroup)
		if refused(err) && parent == nil {
			// That it may be made is known only by doing it.
			s.Cgroup, s.Home = "", ""
			err = s.write(f)
		}
	}
	if err != nil {
		os.Remove(f.Name())
		f.Close()
		return nil, false, err
	}
	return newObject(id, f, s), false, nil
}

// placeIn decides what the job is made of. Where there may be no cgroup Level
// tells of it, and so does every limit that needs one.
func (s *state) placeIn(parent *object) error {
	switch {
	case walkOnly.Load(), parent != nil && parent.cgroup == "":
		return nil
	case parent != nil:
		_, home, err := place()
		if err != nil {
			return err
		}
		handOn(parent.cgroup)
		s.Cgroup, s.Home = parent.cgroup.Child(cgroupPrefix+randomID()), home
		return nil
	}
	if dir, home, err := place(); err == nil {
		s.Cgroup, s.Home = dir.Child(cgroupPrefix+randomID()), home
	}
	return nil
}

// walkOnly makes every new job a walk, for tests.
var walkOnly atomic.Bool

// refused tells whether err says that there may be no cgroup, or none of the kind
// that a job needs.
func refused(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrNotExist)
}

func openObject(op, name string) (*object, error) {
	d, err := openStates()
	if err != nil {
		return nil, wrap(op, name, err)
	}
	defer d.close()
	id := fileOf(name)
	if d.sweepIfLeft(id) {
		return nil, &Error{Op: op, Object: name, Code: ERROR_FILE_NOT_FOUND}
	}
	o, err := d.openObject(id)
	if errors.Is(err, errGone) {
		return nil, &Error{Op: op, Object: name, Code: ERROR_FILE_NOT_FOUND, Err: err}
	}
	return o, wrap(op, name, err)
}

// sweepIfLeft tells whether there is no such job, if need be by removing what is
// left of one.
func (d *stateDir) sweepIfLeft(id string) (none bool) { return d.sweepOne(id) }

func (d *stateDir) openObject(id string) (*object, error) {
	f, err := d.open(id)
	if err != nil {
		return nil, err
	}
	s, err := readState(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	o := newObject(id, f, s)
	if s.Limits.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0 {
		// Whoever is killed last, there is somebody who ends the job.
		if err := o.supervise(true); err != nil {
			f.Close()
			return nil, err
		}
	}
	return o, nil
}

func names() ([]string, error) {
	const op = "Names"
	d, err := openStates()
	if err != nil {
		return nil, wrap(op, "", err)
	}
	defer d.close()
	ids, err := d.ids()
	if err != nil {
		return nil, wrap(op, "", err)
	}
	var list []string
	for _, id := range ids {
		if id[0] != 'n' || d.sweepOne(id) {
			continue
		}
		f, err := os.Open(filepath.Join(d.path, id))
		if err != nil {
			continue
		}
		if s, err := readState(f); err == nil {
			list = append(list, s.Name)
		}
		f.Close()
	}
	slices.Sort(list)
	return list, nil
}

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

func (o *object) close(op string) error {
	defer o.supervise(false)
	last, err := o.isLast()
	if last && err == nil {
		err = o.end()
	}
	o.file.Close()
	o.letGo()
	return wrap(op, o.name, err)
}

// isLast tells whether this is the last handle. If it is, nobody can open the job
// any more; if it is not, it is closed when isLast returns, so that of two that
// are closed at once one is the last.
func (o *object) isLast() (bool, error) {
	d, err := openStatesOf(o.file)
	if err != nil {
		return false, err
	}
	defer d.close()
	err = flock(o.file, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		o.file.Close()
		return false, nil
	}
	return err == nil, err
}

// end is what the close of the last handle does.
func (o *object) end() error {
	s, err := readState(o.file)
	if err != nil {
		return err
	}
	if s.Limits.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0 {
		if err := killAndWait(o.backend); err != nil {
			return err
		}
	}
	populated, err := o.backend.populated()
	if err == nil && !populated {
		err = s.remove(o.file)
		if errors.Is(err, syscall.EBUSY) && hasNested(o.cgroup) {
			err = nil // it goes with the last that is nested in it, by the sweep
		}
	}
	return err
}

// killAndWait returns when nothing is left.
func killAndWait(b backend) error {
	if populated, err := b.populated(); err != nil || !populated {
		return err
	}
	if err := b.kill(nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.waitEmpty(ctx.Done()); err != nil {
		if errors.Is(err, errCancelled) {
			err = errors.New("what has been killed does not end")
		}
		return err
	}
	return nil
}

// seen notes processes that are in the job. The caller holds o.mu.
func (o *object) seen(pids ...int) {
	for _, pid := range pids {
		o.members[pid] = struct{}{}
	}
}

func (o *object) processIDs(op string) ([]int, error) {
	pids, err := o.backend.pids()
	if err != nil {
		return nil, wrap(op, o.name, err)
	}
	slices.Sort(pids)
	o.mu.Lock()
	o.seen(pids...)
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

func (o *object) assign(op string, pid int, handle uintptr) error {
	if o.cgroup != "" {
		return o.assignCgroup(op, pid)
	}
	start, err := tree.Start(pid)
	if err == nil {
		err = o.addRoot(pid, start)
	}
	if err == nil {
		o.announce(pid)
		err = o.limitProcess(pid)
	}
	return wrap(op, o.name, err)
}

func (o *object) assignCgroup(op string, pid int) error {
	now, _, err := cgroupfs.Of(pidText(pid))
	if err != nil {
		return wrap(op, o.name, err)
	}
	if o.cgroup.Has(now) {
		return nil
	}
	if in, is := enclosing(now); is && !in.Has(o.cgroup) {
		return &Error{Op: op, Object: o.name, Code: ERROR_ACCESS_DENIED, Err: errors.New("the process is in a job that this one is not nested in")}
	}
	s, err := readState(o.file)
	if err == nil {
		err = s.leaf().Add(pid)
	}
	if err != nil {
		return wrap(op, o.name, err)
	}
	o.announce(pid)
	return wrap(op, o.name, o.limitProcess(pid))
}

// addRoot notes a process that a walk begins with, for this job and for those that
// it is nested in.
func (o *object) addRoot(pid int, start time.Duration) error {
	d, err := openStatesOf(o.file)
	if err != nil {
		return err
	}
	defer d.close()
	add := func(s *state) error {
		s.Roots = slices.DeleteFunc(s.Roots, func(r root) bool {
			now, err := tree.Start(r.PID)
			return err != nil || now != r.Start
		})
		s.Roots = append(s.Roots, root{pid, start})
		return nil
	}
	for _, id := range o.parents {
		f, err := os.OpenFile(filepath.Join(d.path, id), os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended, as far as anybody can tell
		}
		if err == nil {
			err = changeFile(f, add)
			f.Close()
		}
		if err != nil {
			return err
		}
	}
	return changeFile(o.file, add)
}

func (o *object) adopt(op string) error {
	if o.cgroup != "" {
		return nil
	}
	adopter.Lock()
	defer adopter.Unlock()
	if adopter.by != nil && adopter.by != o {
		return &Error{Op: op, Object: o.name, Code: ERROR_ACCESS_DENIED, Err: errAdopted}
	}
	start, err := tree.Start(os.Getpid())
	if err == nil {
		err = tree.Adopt(true)
	}
	if err == nil {
		err = o.change(func(s *state) error {
			s.Subtree = &root{os.Getpid(), start}
			return nil
		})
	}
	if err == nil {
		adopter.by = o
	}
	return wrap(op, o.name, err)
}

// adopter is the job that has this program's tree.
var adopter struct {
	sync.Mutex
	by *object
}

// letGo ends what adopt began.
func (o *object) letGo() {
	adopter.Lock()
	defer adopter.Unlock()
	if adopter.by == o {
		adopter.by = nil
		tree.Adopt(false)
	}
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
