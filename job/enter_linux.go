package job

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/internal/tree"
)

// Entry is the creation of a process in a job, from before it is there.
type Entry struct {
	jobs   []*Job
	target *object
	cgroup *os.File
}

// Enter is for package createprocess, which makes the process: it completes the
// request so that the process begins its life in all of the jobs, which must be
// nested in each other. No job, and breakAway: outside of the job that this
// program is in, if that allows it. Done must be called when the process is there
// and known to whom Terminate tells its exit code, or when it could not be made.
func Enter(r *spawn.Request, jobs []*Job, breakAway bool) (_ *Entry, err error) {
	const op = "CreateProcess"
	e := &Entry{}
	for _, j := range jobs {
		if err := j.acquire(op); err != nil {
			e.releaseJobs()
			return nil, err
		}
		e.jobs = append(e.jobs, j)
	}
	engine.Births.RLock()
	defer func() {
		if err != nil {
			e.Done(0)
		}
	}()
	if len(jobs) == 0 {
		return e, e.breakAway(op, r)
	}
	if e.target = innermost(e.jobs); e.target == nil {
		return e, unsupported(op, "PROC_THREAD_ATTRIBUTE_JOB_LIST", "on Linux its jobs must be nested in each other")
	}
	if err := e.target.mayEnter(op, breakAway); err != nil {
		return e, err
	}
	if r.Limits, err = e.target.allRlimits(r.Limits); err != nil {
		return e, wrap(op, e.target.name, err)
	}
	if e.target.cgroup != "" {
		s, err := readState(e.target.file)
		if err != nil {
			return e, wrap(op, e.target.name, err)
		}
		if frozen, err := (cgroup{s.leaf()}).isFrozen(); err != nil {
			return e, wrap(op, e.target.name, err)
		} else if frozen {
			return e, unsupported(op, "PROC_THREAD_ATTRIBUTE_JOB_LIST", "the job is frozen, and its creator would wait with the new process")
		}
		return e, e.into(op, r, s.leaf())
	}
	r.Envv = e.target.mark(r.Envv)
	return e, nil
}

func (e *Entry) into(op string, r *spawn.Request, dir cgroupfs.Dir) (err error) {
	e.cgroup, err = dir.Open()
	r.Cgroup = e.cgroup
	return wrap(op, string(dir), err)
}

// Done is the end of what Enter has begun. The pid is 0 if there is no process.
func (e *Entry) Done(pid int) {
	engine.Births.RUnlock()
	if e.cgroup != nil {
		e.cgroup.Close()
	}
	if o := e.target; o != nil && pid != 0 {
		o.announce(pid)
		if o.cgroup == "" {
			// If it cannot be noted, it is found by its mark.
			if start, err := tree.Start(pid); err == nil {
				o.addRoot(pid, start)
			}
		}
	}
	e.releaseJobs()
}

func (e *Entry) releaseJobs() {
	for _, j := range e.jobs {
		j.release()
	}
}

// innermost is the job that is nested in all others; nil if there is none.
func innermost(jobs []*Job) *object {
	for _, j := range jobs {
		if !slices.ContainsFunc(jobs, func(k *Job) bool { return !k.object.nests(j.object) }) {
			return j.object
		}
	}
	return nil
}

// nests tells whether other is o, or nested in it.
func (o *object) nests(other *object) bool {
	if o.cgroup != "" || other.cgroup != "" {
		return o.cgroup != "" && o.cgroup.Has(other.cgroup)
	}
	return o.id == other.id || slices.Contains(other.parents, o.id)
}

// mark is the environment of a process in a walk's job.
func (o *object) mark(env *spawn.Strings) *spawn.Strings {
	value, _ := env.Lookup(Variable + "=")
	all := marks(value)
	for _, id := range append(slices.Clone(o.parents), o.id) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return env.Without(Variable + "=").With(Variable + "=" + strings.Join(all, ":"))
}

// mayEnter refuses a process that would leave the job of its creator.
func (o *object) mayEnter(op string, breakAway bool) error {
	own, _, err := cgroupfs.Own()
	if err != nil {
		return nil // no cgroups: nothing is left
	}
	for in, is := enclosing(own); is && !in.Has(o.cgroup); in, is = enclosing(in.Parent()) {
		s, err := stateOf(in)
		if err != nil || s == nil || !breakAway || s.Limits.Flags&JOB_OBJECT_LIMIT_BREAKAWAY_OK == 0 {
			return &Error{Op: op, Object: o.name, Code: ERROR_ACCESS_DENIED, Err: errors.New("this program is in a job that the other one is not nested in")}
		}
	}
	return nil
}

// breakAway has the process made outside of the jobs that allow it.
func (e *Entry) breakAway(op string, r *spawn.Request) error {
	denied := &Error{Op: op, Object: "CREATE_BREAKAWAY_FROM_JOB", Code: ERROR_ACCESS_DENIED, Err: errors.New("the job does not allow it")}
	if os.Getenv(Variable) != "" {
		denied.Err = errors.New("this program is in a job without a cgroup, which cannot be left")
		return denied
	}
	own, _, err := cgroupfs.Own()
	if err != nil {
		return nil
	}
	to := own
	for in, is := enclosing(own); is; in, is = enclosing(in.Parent()) {
		s, err := stateOf(in)
		if err != nil {
			return wrap(op, string(in), err)
		}
		if s == nil || s.Limits.Flags&JOB_OBJECT_LIMIT_BREAKAWAY_OK == 0 {
			if to == own {
				return denied
			}
			if s == nil {
				return denied
			}
			to = s.leaf()
			break
		}
		to = s.Home
	}
	if to == own {
		return nil // it is in no job
	}
	return e.into(op, r, to)
}

// stateOf is the state of the job that has the cgroup; nil if it is not one of
// this user's.
func stateOf(dir cgroupfs.Dir) (*state, error) {
	d, err := openStates()
	if err != nil {
		return nil, err
	}
	defer d.close()
	ids, err := d.ids()
	for _, id := range ids {
		if s := d.read(id); s != nil && s.Cgroup == dir {
			return s, nil
		}
	}
	return nil, err
}

// read is nil if there is no such state.
func (d *stateDir) read(id string) *state {
	f, err := os.Open(filepath.Join(d.path, id))
	if err != nil {
		return nil
	}
	defer f.Close()
	s, err := readState(f)
	if err != nil {
		return nil
	}
	return s
}

// allRlimits are those of the job and of those that it is nested in; of two the
// lower one counts.
func (o *object) allRlimits(list []spawn.Limit) ([]spawn.Limit, error) {
	s, err := readState(o.file)
	if err != nil {
		return nil, err
	}
	states := []*state{s}
	if len(o.parents) > 0 {
		d, err := openStatesOf(o.file)
		if err != nil {
			return nil, err
		}
		defer d.close()
		for _, id := range o.parents {
			if s := d.read(id); s != nil {
				states = append(states, s)
			}
		}
	}
	for _, s := range states {
		for _, l := range s.Limits.rlimits() {
			i := slices.IndexFunc(list, func(k spawn.Limit) bool { return k.Resource == l.Resource })
			if i < 0 {
				list = append(list, l)
			} else {
				list[i].Value = min(list[i].Value, l.Value)
			}
		}
	}
	return list, nil
}
