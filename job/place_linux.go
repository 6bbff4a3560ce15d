package job

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
)

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
