package job

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/tree"
)

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
		s.addRoot(root{pid, start})
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

// addRoot forgets those that have ended whenever there are twice as many as were
// left: to look at all of them for each one would make many dear.
func (s *state) addRoot(r root) {
	if len(s.Roots) >= 2*s.Alive+rootsAlways {
		s.Roots = slices.DeleteFunc(s.Roots, func(r root) bool {
			now, err := tree.Start(r.PID)
			return err != nil || now != r.Start
		})
		s.Alive = len(s.Roots)
	}
	s.Roots = append(s.Roots, r)
}

const rootsAlways = 16
