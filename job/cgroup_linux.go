package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
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

// controllers are what limits need, each a bit of possible's; the last three are
// what most jobs want.
var controllers = []string{"io", "cpuset", "cpu", "memory", "pids"}

const mostWanted = 1<<2 | 1<<3 | 1<<4

// place is the cgroup in which job cgroups are made, and this process's own. It
// is the nearest one, from our own upwards as far as we may write, that gives
// cgroups in it the controllers that most jobs want; else the one that gives most.
// In a job it is that job's cgroup, which is never left.
func place() (dir, home cgroupfs.Dir, err error) {
	own, top, err := cgroupfs.Own()
	if err != nil {
		return "", "", err
	}
	if outer, ok := enclosing(own); ok {
		handOn(outer)
		return outer, own, nil
	}
	best := -1
	for d := own; d.Writable() && top.Has(d); d = d.Parent() {
		n := possible(d)
		if n > best {
			best, dir = n, d
		}
		if n&mostWanted == mostWanted {
			dir = d
			break
		}
	}
	if best < 0 {
		return "", "", &fs.PathError{Op: "write", Path: string(own), Err: syscall.EACCES}
	}
	handOn(dir)
	return dir, own, nil
}

// possible is the controllers that cgroups in d have or could have.
func possible(d cgroupfs.Dir) int {
	has := d.Controllers()
	if text, err := d.Read("cgroup.procs"); d.IsRoot() || err == nil && text == "" {
		has = d.Available()
	}
	set := 0
	for i, c := range controllers {
		if has[c] {
			set |= 1 << i
		}
	}
	return set
}

// handOn gives cgroups in d the controllers that it may give. What is refused is
// missed when a limit needs it.
func handOn(d cgroupfs.Dir) {
	has, available := d.Controllers(), d.Available()
	for _, c := range controllers {
		if available[c] && !has[c] {
			d.Write("cgroup.subtree_control", "+"+c)
		}
	}
}

// take gives a job's cgroup a controller, from as far above as the caller may
// write, and tells whether it has it. And it keeps it: a cgroup above, such as a
// slice of systemd's, in which nothing else needs the controller, may be told by its
// manager at any time not to hand it on, and the limit would be gone. The kernel
// refuses that while the job's cgroup hands it on itself.
//
// Only pids is not kept so, which systemd has everywhere: until Linux 6.12 it is the
// lowest cgroup that tells of a fork that was refused.
func take(dir cgroupfs.Dir, controller string) (has bool, err error) {
	if !dir.Available()[controller] {
		_, top, err := cgroupfs.Own()
		if err != nil {
			return false, err
		}
		var above []cgroupfs.Dir
		for d := dir.Parent(); d.Writable() && top.Has(d); d = d.Parent() {
			above = append(above, d)
		}
		for _, d := range slices.Backward(above) {
			if d.Available()[controller] && !d.Controllers()[controller] {
				d.Write("cgroup.subtree_control", "+"+controller) // one that has processes may not
			}
		}
		if !dir.Available()[controller] {
			return false, nil
		}
	}
	if controller == "pids" || dir.Controllers()[controller] {
		return true, nil
	}
	return true, dir.Write("cgroup.subtree_control", "+"+controller)
}

// enclosing is the innermost job's cgroup that dir is in.
func enclosing(dir cgroupfs.Dir) (job cgroupfs.Dir, ok bool) {
	for d := dir; len(d) > 1; d = d.Parent() {
		if strings.HasPrefix(filepath.Base(string(d)), cgroupPrefix) {
			return d, true
		}
	}
	return "", false
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

func (c cgroup) populated() (bool, error) { return c.dir.Populated() }

func (c cgroup) freeze(frozen bool) error {
	value := "0"
	if frozen {
		value = "1"
	}
	if err := c.dir.Write("cgroup.freeze", value); err != nil || !frozen {
		return err
	}
	w, err := cgroupfs.NewWatch(c.dir, "cgroup.events")
	if err != nil {
		return err
	}
	defer w.Close()
	w.Until(time.Now().Add(patience))
	for {
		is, err := c.isFrozen()
		if err != nil || is {
			return err
		}
		if err := w.Next(); err != nil {
			c.dir.Write("cgroup.freeze", "0")
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = errors.New("there are processes that do not stop")
			}
			return err
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

// waitEmpty calls wait for every change of the cgroup until it has no process.
func (c cgroup) waitEmpty(cancelled <-chan struct{}) error {
	w, err := cgroupfs.NewWatch(c.dir, "cgroup.events")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Removals(c.dir.Parent()); err != nil {
		return err
	}
	over := make(chan struct{})
	watcher := make(chan struct{})
	defer func() { close(over); <-watcher }()
	go func() {
		defer close(watcher)
		select {
		case <-cancelled:
			w.Close()
		case <-over:
		}
	}()
	for {
		populated, err := c.dir.Populated()
		if err != nil || !populated {
			return err
		}
		if err := w.Next(); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return errCancelled
			}
			return err
		}
	}
}

var errCancelled = errors.New("cancelled")
