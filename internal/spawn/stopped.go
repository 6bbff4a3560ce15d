//go:build linux

package spawn

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// What syscall.ForkExec can do neither before the fork nor in the child is done
// to the child from outside, while it is stopped with its image loaded and no
// instruction run: it gets its limits, and its cgroup where the kernel refuses
// clone3.

// appendLimits is the limits as prlimit takes them.
func (r *Request) appendLimits(list []unix.Rlimit) []unix.Rlimit {
	for _, l := range r.Limits {
		list = append(list, unix.Rlimit{Cur: l.Value, Max: l.Value})
	}
	return list
}

// forkExecOutside makes the child stopped, and lets it go when it is what it is
// to be. A child that cannot be is ended, and has run no instruction.
func forkExecOutside(r *Request, files []uintptr) (Child, *Error) {
	if r.Cgroup != nil {
		c, err := forkExecStopped(r, files, true)
		refused := err != nil && (err.Errno == syscall.ENOSYS || err.Errno == syscall.EPERM)
		if !refused {
			return c, err
		}
	}
	return forkExecStopped(r, files, false)
}

func forkExecStopped(r *Request, files []uintptr, clone3 bool) (Child, *Error) {
	// Without ptrace nothing of the image is lost; so it is used only if needed.
	alone := clone3 && len(r.Limits) == 0
	if clone3 {
		if f, ok := faultAt(StepCgroup); ok {
			return Child{}, &Error{StepCgroup, r.Cgroup.Name(), f}
		}
	}
	if !alone && losesPrivileges(r.Path) {
		return Child{}, &Error{StepTrace, r.Path, syscall.ENOTSUP}
	}
	c, err := forkExec(r, files, clone3, r.Suspended || !alone)
	if err != nil || alone {
		return c, err
	}
	if e := r.applyOutside(c.PID, clone3); e != nil {
		syscall.Kill(c.PID, syscall.SIGKILL)
		if c.Pidfd >= 0 {
			unix.Close(c.Pidfd)
		}
		for errors.Is(unix.Waitid(unix.P_PID, c.PID, nil, unix.WEXITED|unix.WALL, nil), unix.EINTR) {
		}
		return Child{}, e
	}
	if !r.Suspended {
		syscall.Kill(c.PID, syscall.SIGCONT)
	}
	return c, nil
}

// losesPrivileges tells whether the image is set-user-ID or set-group-ID, which a
// traced one has nothing of unless root traces it.
func losesPrivileges(image string) bool {
	var stat unix.Stat_t
	return os.Geteuid() != 0 && unix.Stat(image, &stat) == nil && stat.Mode&(unix.S_ISUID|unix.S_ISGID) != 0
}

func (r *Request) applyOutside(pid int, inCgroup bool) *Error {
	if r.Cgroup != nil && !inCgroup {
		if e := addTo(r.Cgroup, pid); e != nil {
			return &Error{StepCgroup, r.Cgroup.Name(), errnoOf(e)}
		}
	}
	for i, limit := range r.appendLimits(nil) {
		if e := unix.Prlimit(pid, r.Limits[i].Resource, &limit, nil); e != nil {
			return &Error{Step: StepLimit, Errno: errnoOf(e)}
		}
	}
	return nil
}

func addTo(cgroup *os.File, pid int) error {
	fd, err := unix.Openat(int(cgroup.Fd()), "cgroup.procs", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, []byte(strconv.Itoa(pid)))
	return err
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}
