//go:build linux

package cgroupfs

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// PIDs is the processes in the cgroup and in those below it.
func (d Dir) PIDs() ([]int, error) {
	l := NewList(d)
	defer l.Close()
	return l.PIDs()
}

// List is PIDs for who asks often: it keeps the files open. It is for one
// goroutine at a time.
type List struct {
	dir    Dir
	groups []group // nil: not looked for yet
	buffer []byte
}

// group is a cgroup with its file of processes.
type group struct {
	dir   Dir
	procs int
	links uint64 // of the directory: one more for each cgroup in it
}

// NewList opens nothing yet.
func NewList(d Dir) *List { return &List{dir: d, buffer: make([]byte, 1024)} }

// Close closes the files. The list can be used again.
func (l *List) Close() {
	for _, g := range l.groups {
		unix.Close(g.procs)
	}
	l.groups = nil
}

// PIDs is the processes in the cgroup and in those below it. What is removed
// meanwhile is left out.
func (l *List) PIDs() ([]int, error) {
	if !l.isComplete() {
		l.Close()
		if err := l.open(l.dir); err != nil && !Gone(err) {
			l.Close()
			return nil, err
		}
	}
	var all []int
	stale := false
	for _, g := range l.groups {
		pids, err := l.read(g)
		if err != nil && !Gone(err) {
			return nil, err
		}
		stale = stale || err != nil
		all = append(all, pids...)
	}
	if stale {
		l.Close() // there may be another one of its name
	}
	return all, nil
}

// isComplete tells whether there are the same cgroups as before.
func (l *List) isComplete() bool {
	for _, g := range l.groups {
		var st unix.Stat_t
		if unix.Stat(string(g.dir), &st) != nil || uint64(st.Nlink) != g.links {
			return false
		}
	}
	return len(l.groups) > 0
}

// open opens the files of d and what is below it.
func (l *List) open(d Dir) error {
	path := d.file("cgroup.procs")
	if err := faultAt("open", path); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Stat(string(d), &st); err != nil {
		return &fs.PathError{Op: "stat", Path: string(d), Err: err}
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	l.groups = append(l.groups, group{d, fd, uint64(st.Nlink)})
	if st.Nlink == 2 {
		return nil // it has none in it
	}
	children, err := d.children()
	for _, c := range children {
		if err == nil {
			if err = l.open(c); Gone(err) {
				err = nil
			}
		}
	}
	return err
}

func (l *List) read(g group) ([]int, error) {
	path := g.dir.file("cgroup.procs")
	if err := faultAt("read", path); err != nil {
		return nil, err
	}
	for n := 0; ; {
		m, err := unix.Pread(g.procs, l.buffer[n:], int64(n))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		case m == 0:
			return ParsePIDs(string(l.buffer[:n]))
		}
		if n += m; n == len(l.buffer) {
			l.buffer = append(l.buffer, make([]byte, n)...)
		}
	}
}
