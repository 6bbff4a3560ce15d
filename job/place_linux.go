package job

import (
	"io/fs"
	"path/filepath"
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

// enclosing is the innermost job's cgroup that dir is in.
func enclosing(dir cgroupfs.Dir) (job cgroupfs.Dir, ok bool) {
	for d := dir; len(d) > 1; d = d.Parent() {
		if strings.HasPrefix(filepath.Base(string(d)), cgroupPrefix) {
			return d, true
		}
	}
	return "", false
}
