//go:build linux

package pidfd

import (
	"time"

	"golang.org/x/sys/unix"
)

// Open is a pidfd of any process: ESRCH if there is none with that number.
func Open(pid int) (int, error) { return unix.PidfdOpen(pid, 0) }

// OpenListed is Open for a number that /proc or a cgroup has listed. ESRCH: the
// process has ended meanwhile, also if the kernel says so by EINVAL (before it
// is collected, or when a thread has been given the number) or ENOENT.
func OpenListed(pid int) (int, error) {
	fd, err := Open(pid)
	if err == unix.EINVAL || err == unix.ENOENT {
		err = unix.ESRCH
	}
	return fd, err
}

// Poll waits until the process behind fd has ended, or until the deadline; the
// zero deadline is none. It tells whether the process has ended, and collects
// nothing.
func Poll(fd int, deadline time.Time) (ended bool, err error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		var timeout *unix.Timespec
		if !deadline.IsZero() {
			rest := unix.NsecToTimespec(int64(max(time.Until(deadline), 0)))
			timeout = &rest
		}
		n, err := unix.Ppoll(fds, timeout, nil)
		if err != unix.EINTR {
			return n == 1, err
		}
	}
}
