//go:build linux

package cgroupfs

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Watch tells when files of cgroups have changed (inotify(7), which the kernel
// serves for cgroup.events and its like).
type Watch struct{ file *os.File }

// NewWatch watches files of d.
func NewWatch(d Dir, names ...string) (*Watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	w := &Watch{os.NewFile(uintptr(fd), "inotify")}
	for _, name := range names {
		path := d.file(name)
		err := faultAt("watch", path)
		if err == nil {
			_, err = unix.InotifyAddWatch(fd, path, unix.IN_MODIFY|unix.IN_DELETE_SELF)
		}
		if err != nil && !(err == unix.ENOENT && name != names[0]) {
			w.Close()
			return nil, &os.PathError{Op: "inotify_add_watch", Path: path, Err: err}
		}
	}
	return w, nil
}

// Removals makes w tell as well when a cgroup in d is removed. With it goes what
// the kernel was about to tell of its files.
func (w *Watch) Removals(d Dir) error {
	err := faultAt("watch", string(d))
	if err == nil {
		raw, e := w.file.SyscallConn()
		if e != nil {
			return e
		}
		if e := raw.Control(func(fd uintptr) { _, err = unix.InotifyAddWatch(int(fd), string(d), unix.IN_DELETE) }); e != nil {
			return e
		}
	}
	if err != nil {
		return &os.PathError{Op: "inotify_add_watch", Path: string(d), Err: err}
	}
	return nil
}

// Next waits for a change. It fails with os.ErrClosed once the watch is closed.
func (w *Watch) Next() error {
	var buf [4096]byte
	n, err := w.file.Read(buf[:])
	if err == nil && n == 0 {
		err = errors.New("inotify: end of file")
	}
	return err
}

// Until makes a Next fail with os.ErrDeadlineExceeded from then on.
func (w *Watch) Until(t time.Time) { w.file.SetReadDeadline(t) }

// Close ends a Next.
func (w *Watch) Close() error { return w.file.Close() }
