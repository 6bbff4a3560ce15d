package job

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

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
	if name != "" && !d.sweepOne(id) {
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
	if d.sweepOne(id) {
		return nil, &Error{Op: op, Object: name, Code: ERROR_FILE_NOT_FOUND}
	}
	o, err := d.openObject(id)
	if errors.Is(err, errGone) {
		return nil, &Error{Op: op, Object: name, Code: ERROR_FILE_NOT_FOUND, Err: err}
	}
	return o, wrap(op, name, err)
}

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
