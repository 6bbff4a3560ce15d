//go:build linux

// Package engine is how package exec makes and watches children, and how
// libcreateprocess takes over those of others: with what the root package has,
// and has no Win32 name for. It holds no code; the root
// package, whose reaper looks after these children too, sets its functions when
// it is initialized. A process is a *createprocess.Process throughout.
//
//	process, err := engine.Start(&request)
package engine

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

var (
	// Start makes a child, and fails with a *createprocess.Error.
	Start func(*spawn.Request) (process any, err error)

	// Wait waits for the end, however long that takes. Of a process that another
	// part of the program has collected the usage is zero.
	Wait func(process any) (pidfd.End, unix.Rusage, error)

	// Signal sends a signal. It fails with os.ErrProcessDone once the process
	// has ended, collected or not, else with an errno.
	Signal func(process any, sig syscall.Signal) error

	// Poll waits in the kernel until one of files is ready, and tells whether one
	// is. It is not if there is no thread to spare for that, now or any more: the
	// caller has to wait in another way then. The last of files is left to Poll.
	Poll func(files []unix.PollFd) bool

	// Pidfd is a descriptor for the process that is the caller's to close. It
	// fails with os.ErrProcessDone and os.ErrNoHandle, or with an errno.
	Pidfd func(process any) (int, error)

	// Adopt makes a handle to a process that another program has handed on, with
	// the rights that it had there: by its pidfd, which stays the caller's, or, of
	// one that had ended, by its exit code (pidfd is -1); one of more than 32 bits
	// is not known.
	Adopt func(pid, pidfd int, exitCode uint64, access uint32) (process any, err error)

	// AdoptThread makes a handle to the primary thread of a process, with rights
	// of threads.
	AdoptThread func(process any, access uint32) (thread any)
)
