//go:build linux && (amd64 || arm64)

package spawn

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// withForeground is files and, passing, the terminal that Foreground names by
// the creator's number, which the child no longer knows once its table is its own.
func withForeground(files []File, sys *syscall.SysProcAttr) (list []File, terminal int) {
	free := 3
	for _, f := range files {
		free = max(free, f.Target+1)
	}
	return append(files[:len(files):len(files)], File{Source: sys.Ctty, Target: free, Passing: true}), free
}

// planSession appends what a SysProcAttr says of sessions and groups.
func (c *child) planSession(sys *syscall.SysProcAttr, foreground int) {
	if sys.Setsid {
		c.add(op{step: StepSession, nr: unix.SYS_SETSID})
	}
	if sys.Setpgid || sys.Foreground {
		c.add(op{step: StepGroup, nr: unix.SYS_SETPGID, arg: [4]uintptr{0, uintptr(sys.Pgid)}})
	}
	if !sys.Foreground {
		return
	}
	// If no number is given the group's is the child's pid, which it asks for.
	from := 0
	if c.group = int32(sys.Pgid); c.group == 0 {
		from = c.add(op{step: StepForeground, nr: unix.SYS_GETPID})
	}
	c.add(op{step: StepForeground, nr: unix.SYS_IOCTL, store: from,
		arg: [4]uintptr{uintptr(foreground), unix.TIOCSPGRP, uintptr(unsafe.Pointer(&c.group))}})
}

// planRoot appends the change of root directory.
func (c *child) planRoot(sys *syscall.SysProcAttr) {
	if sys.Chroot != "" {
		c.root = cstring(sys.Chroot)
		c.add(op{step: StepRoot, nr: unix.SYS_CHROOT, arg: [4]uintptr{uintptr(unsafe.Pointer(c.root))}})
	}
}

// planRest appends what comes behind the working directory.
func (c *child) planRest(sys *syscall.SysProcAttr) {
	if sys.Pdeathsig != 0 { // behind setuid, which takes it back
		c.add(op{step: StepDeathSignal, nr: unix.SYS_PRCTL, arg: [4]uintptr{unix.PR_SET_PDEATHSIG, uintptr(sys.Pdeathsig)}})
		c.add(op{step: StepDeathSignal, nr: unix.SYS_GETPPID, want: c.self})
	}
	if sys.Noctty {
		c.add(op{step: StepNoTerminal, nr: unix.SYS_IOCTL, arg: [4]uintptr{0, unix.TIOCNOTTY}})
	}
	if sys.Setctty {
		c.add(op{step: StepTerminal, nr: unix.SYS_IOCTL, arg: [4]uintptr{uintptr(sys.Ctty), unix.TIOCSCTTY, 1}})
	}
	if sys.Ptrace {
		c.add(op{step: StepTrace, nr: unix.SYS_PTRACE, arg: [4]uintptr{unix.PTRACE_TRACEME}})
	}
}
