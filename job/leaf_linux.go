package job

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
)

// A job's cgroup has the job's limits and no process of its own: those are in a
// cgroup below it. So a job can be nested in it that has limits of its own, which
// a cgroup with processes does not allow ("no internal processes").
//
// After a kill there is a new one for what comes next. Linux, from the version on
// that counts kills of a cgroup to catch what is being forked meanwhile (6.14),
// compares the count of the child's cgroup with that of the creator's, and kills
// every child that CLONE_INTO_CGROUP makes in a cgroup which has been killed
// before and is empty.
const (
	cgroupPrefix = "createprocess-job-"
	leafPrefix   = "processes"
)

// leaf is where the job's processes are.
func (s *state) leaf() cgroupfs.Dir { return leafOf(s.Cgroup, s.Leaf) }

func leafOf(dir cgroupfs.Dir, number int) cgroupfs.Dir {
	if number == 0 {
		return dir.Child(leafPrefix)
	}
	return dir.Child(leafPrefix + "-" + strconv.Itoa(number))
}

// makeCgroup makes a job's cgroup. One that cannot be used is removed.
func makeCgroup(dir cgroupfs.Dir) error {
	if err := dir.Make(); err != nil {
		return err
	}
	err := leafOf(dir, 0).Make()
	if err == nil {
		// A hybrid machine has cgroups of version 2 that cannot be frozen, before 5.2.
		_, err = dir.Read("cgroup.events")
	}
	if err != nil {
		removeCgroup(dir)
	}
	return err
}

// removeCgroup removes the cgroup of a job that has no process. One that has
// just ended may be there for a moment. Which leaves there are is looked up: who
// has made one may not have lived to note it.
func removeCgroup(dir cgroupfs.Dir) error {
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		var err error
		leaves, _ := filepath.Glob(string(dir.Child(leafPrefix + "*")))
		for _, leaf := range leaves {
			if err == nil {
				err = cgroupfs.Dir(leaf).Remove()
			}
		}
		if err == nil {
			err = dir.Remove()
		}
		if !errors.Is(err, syscall.EBUSY) || hasNested(dir) || time.Since(begin) > patience {
			return err
		}
		if populated, e := dir.Populated(); populated || e != nil {
			return errors.Join(err, e)
		}
	}
}

// hasNested tells whether a job is nested in the one of the cgroup.
func hasNested(dir cgroupfs.Dir) bool {
	nested, _ := filepath.Glob(string(dir.Child(cgroupPrefix + "*")))
	return len(nested) > 0
}

// renew gives a job whose processes have been killed a place for new ones. One
// that was made before, and could not be noted, has been killed with the rest.
func (s *state) renew() error {
	old := s.Leaf
	err := fs.ErrExist
	for n := old + 1; errors.Is(err, fs.ErrExist); n++ {
		s.Leaf = n
		err = leafOf(s.Cgroup, n).Make()
	}
	if err != nil {
		return err
	}
	for n := old; n >= 0 && n > old-leavesKept; n-- {
		leafOf(s.Cgroup, n).Remove() // if it is empty already
	}
	return nil
}

// leavesKept is how many kills may be under way at one time.
const leavesKept = 100
