//go:build linux

package spawn

import (
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// What a syscall.SysProcAttr asks for comes in two kinds. Most fields are a
// system call or two, which our own child makes. The others need the creator's
// help between fork and exec, or memory of the child's own: for these
// syscall.ForkExec makes the child, whatever backend is in use.

// forkExecOnly names the fields in use that only syscall.ForkExec honours.
func forkExecOnly(sys *syscall.SysProcAttr) (fields []string) {
	if sys == nil {
		return nil
	}
	for _, f := range []struct {
		used bool
		name string
	}{
		{sys.Cloneflags != 0, "Cloneflags"},
		{sys.Unshareflags != 0, "Unshareflags"},
		{sys.UidMappings != nil, "UidMappings"},
		{sys.GidMappings != nil, "GidMappings"},
		{len(sys.AmbientCaps) > 0, "AmbientCaps"},
		{sys.UseCgroupFD, "CgroupFD"},
	} {
		if f.used {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// sysTakes tells whether the step is one that sys asks for.
func sysTakes(sys *syscall.SysProcAttr, step Step) bool {
	if sys == nil {
		return false
	}
	switch step {
	case StepForeground:
		return sys.Foreground
	case StepRoot:
		return sys.Chroot != ""
	case StepDeathSignal:
		return sys.Pdeathsig != 0
	case StepNoTerminal:
		return sys.Noctty
	case StepTerminal:
		return sys.Setctty
	case StepTrace:
		return sys.Ptrace
	case StepAttributes:
		return len(forkExecOnly(sys)) > 0
	}
	return false
}

// setsGroups follows syscall: a user namespace in which setgroups is forbidden
// gets none if none are given.
func setsGroups(sys *syscall.SysProcAttr) bool {
	c := sys.Credential
	return c != nil && !c.NoSetGroups && (sys.GidMappings == nil || sys.GidMappingsEnableSetgroups || len(c.Groups) > 0)
}

// attributes is how an error names the fields that syscall.ForkExec is given
// without telling which of them has failed.
func attributes(sys *syscall.SysProcAttr) string {
	return "SysProcAttr." + strings.Join(forkExecOnly(sys), ", SysProcAttr.")
}

// duplicate gives the caller a pidfd of its own, as SysProcAttr.PidFD asks. The
// process may run already; that its descriptor is missing is no failure.
func (r *Request) duplicate(c Child) {
	if r.Sys == nil || r.Sys.PidFD == nil {
		return
	}
	*r.Sys.PidFD = -1
	if c.Pidfd < 0 {
		return
	}
	if fd, err := unix.FcntlInt(uintptr(c.Pidfd), unix.F_DUPFD_CLOEXEC, 0); err == nil {
		*r.Sys.PidFD = fd
	}
}

// A child that changes its user while it borrows our memory makes that memory
// undumpable, so that its new user can neither trace it nor read it. That is as
// it should be until the image runs; afterwards it would be a nuisance to the
// creator (/proc/self would not be its own). So the last of such children that
// are under way puts back what the first one found.
var undumpable struct {
	sync.Mutex
	children int
	was      int
}

func keepDumpable() (restore func()) {
	u := &undumpable
	u.Lock()
	defer u.Unlock()
	if u.children == 0 {
		u.was, _ = unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	}
	u.children++
	return func() {
		u.Lock()
		defer u.Unlock()
		if u.children--; u.children == 0 && u.was == 1 {
			unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
		}
	}
}
