//go:build linux

package spawn

import (
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Every Go program raises its own limit on open files (RLIMIT_NOFILE) when it
// starts, to one below the hard limit, and syscall.ForkExec gives the child the
// limit that there was before: select(2) cannot look at a descriptor above
// 1,023, and some programs close all that there may be. Which limit that was
// only package syscall knows. So it is asked: a child of its own, which is
// stopped before its first instruction, is looked at and ended.

// filesLimit is the soft limit for a child; nil if the creator's is its own.
func filesLimit() *unix.Rlimit {
	var now unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &now) != nil || now.Cur != now.Max-1 {
		return nil // not as Go has made it: somebody wants it so
	}
	first := firstLimit()
	if first == nil || first.Max != now.Max {
		return nil
	}
	return first
}

// firstLimit is the limit that the program was started with; nil if it cannot
// be found (without /proc, or where ptrace is refused), and children then have
// the raised one.
var firstLimit = sync.OnceValue(func() (limit *unix.Rlimit) {
	runtime.LockOSThread() // whose tracee the child is
	defer runtime.UnlockOSThread()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"files"}, &syscall.ProcAttr{
		Env: []string{},
		Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return nil
	}
	limit = new(unix.Rlimit)
	if unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, limit) != nil {
		limit = nil
	}
	syscall.Kill(pid, syscall.SIGKILL)
	for ended := false; !ended; {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, unix.WALL, nil)
		// ECHILD: somebody else has collected it.
		ended = err == syscall.ECHILD || err == nil && !status.Stopped()
	}
	return limit
})
