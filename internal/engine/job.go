//go:build linux

package engine

import "sync"

// What package job has to know of the processes that this program has handles
// to. Without the root package there are none.
var (
	// KilledFor says that the processes are about to be killed, and with which
	// exit code for whoever has a handle to them.
	KilledFor = func(pids []int, code uint32) {}

	// Known tells whether the process is one that the root package has created,
	// and will collect.
	Known = func(pid int) bool { return false }

	// SupervisorImage is an image in which package job's init function takes over:
	// for a library in a program that is not Go. Empty: this program's own.
	SupervisorImage string
)

// Births is read-locked while a process is made in a job, from before it is
// there until the root package knows it, and locked while a job is being ended:
// so that KilledFor leaves none out.
var Births sync.RWMutex
