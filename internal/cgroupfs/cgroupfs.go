//go:build linux

// Package cgroupfs is cgroups of version 2 as the directories and files that
// they are: it finds the caller's own, makes and removes them, and reads and
// writes their files. It knows no job, and keeps nothing.
//
//	own, err := cgroupfs.Own()
//	dir, err := own.Make("mine")
//	err = dir.Write("cgroup.kill", "1")
//
// What brought what: Linux 5.2 cgroup.freeze, 5.7 CLONE_INTO_CGROUP, 5.14
// cgroup.kill, 5.19 memory.peak. What is read and how it is taken apart are
// separate: the functions Parse… are pure and are fuzzed.
package cgroupfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// Dir is the directory of a cgroup.
type Dir string

// ErrNone says that there is no cgroup of version 2 to be had.
var ErrNone = errors.New("no cgroup file system of version 2 is mounted that has this process's cgroup")

// A Fault makes the steps fail that it answers an error for; tests only.
type Fault func(step string, path string) error

var fault atomic.Pointer[Fault]

// InjectFault asks f before every step — "mkdir", "rmdir", "open", "read",
// "write" — until restore is called. For tests: each step that can fail is made to.
func InjectFault(f Fault) (restore func()) {
	old := fault.Swap(&f)
	return func() { fault.Store(old) }
}

func faultAt(step, path string) error {
	if f := fault.Load(); f != nil {
		if err := (*f)(step, path); err != nil {
			return &fs.PathError{Op: step, Path: path, Err: err}
		}
	}
	return nil
}

// Own is this process's cgroup, and the highest one that the mount shows.
func Own() (own, top Dir, err error) { return Of("self") }

// Of is the cgroup of a process, a number or "self".
func Of(pid string) (dir, top Dir, err error) {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", "", err
	}
	cgroup, ok := ParseOwn(string(text))
	if !ok {
		return "", "", ErrNone
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", "", err
	}
	found, mount, ok := Find(ParseMounts(string(mounts)), cgroup)
	if !ok {
		return "", "", ErrNone
	}
	return Dir(found), Dir(mount.Dir), nil
}

// Child is the path of a cgroup in d, whether it is there or not.
func (d Dir) Child(name string) Dir { return Dir(filepath.Join(string(d), name)) }

// Parent is the cgroup that d is in.
func (d Dir) Parent() Dir { return Dir(filepath.Dir(string(d))) }

// Has tells whether other is d or in it.
func (d Dir) Has(other Dir) bool {
	rest, ok := strings.CutPrefix(string(other), string(d))
	return ok && (rest == "" || rest[0] == '/')
}

// Exists tells whether the cgroup is there.
func (d Dir) Exists() bool {
	_, err := os.Stat(string(d))
	return err == nil
}

// Writable tells whether the caller may make cgroups in d and move processes
// to and from it.
func (d Dir) Writable() bool {
	for _, path := range []string{string(d), d.file("cgroup.procs"), d.file("cgroup.subtree_control")} {
		if unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) != nil {
			return false
		}
	}
	return true
}

// IsRoot tells whether d is the machine's root cgroup, for which the rule does
// not hold that a cgroup has either processes or controllers.
func (d Dir) IsRoot() bool {
	_, err := os.Stat(d.file("cgroup.type"))
	return errors.Is(err, fs.ErrNotExist)
}

// Make makes the cgroup.
func (d Dir) Make() error {
	if err := faultAt("mkdir", string(d)); err != nil {
		return err
	}
	return os.Mkdir(string(d), 0o755)
}

// Remove removes the cgroup, which must have neither processes nor cgroups in
// it. One that is not there is no error.
func (d Dir) Remove() error {
	if err := faultAt("rmdir", string(d)); err != nil {
		return err
	}
	err := unix.Rmdir(string(d))
	if err == nil || err == unix.ENOENT {
		return nil
	}
	return &fs.PathError{Op: "rmdir", Path: string(d), Err: err}
}

// Open opens the directory, for CLONE_INTO_CGROUP.
func (d Dir) Open() (*os.File, error) {
	if err := faultAt("open", string(d)); err != nil {
		return nil, err
	}
	fd, err := unix.Open(string(d), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: string(d), Err: err}
	}
	return os.NewFile(uintptr(fd), string(d)), nil
}

func (d Dir) file(name string) string { return string(d) + "/" + name }

// Read reads one of its files.
func (d Dir) Read(name string) (string, error) {
	path := d.file(name)
	if err := faultAt("read", path); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// Write writes to one of its files, by one call.
func (d Dir) Write(name, value string) error {
	path := d.file(name)
	if err := faultAt("write", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(value)
	return err
}

// Populated tells whether there is a process in the cgroup or in one below it.
// One that is not there has none.
func (d Dir) Populated() (bool, error) {
	text, err := d.Read("cgroup.events")
	if Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return ParseFlat(text)["populated"] != 0, nil
}

// Gone tells whether err says that the cgroup is not there.
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

// Add moves a process into the cgroup.
func (d Dir) Add(pid int) error { return d.Write("cgroup.procs", strconv.Itoa(pid)) }

// Controllers are those that cgroups in d have.
func (d Dir) Controllers() map[string]bool { return d.words("cgroup.subtree_control") }

// Available are the controllers that d has, and could hand on.
func (d Dir) Available() map[string]bool { return d.words("cgroup.controllers") }

func (d Dir) words(name string) map[string]bool {
	set := make(map[string]bool)
	text, _ := d.Read(name)
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// children are the cgroups in d.
func (d Dir) children() (list []Dir, err error) {
	entries, err := os.ReadDir(string(d))
	for _, e := range entries {
		if e.IsDir() {
			list = append(list, d.Child(e.Name()))
		}
	}
	return list, err
}
