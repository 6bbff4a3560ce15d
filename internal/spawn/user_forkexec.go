//go:build linux

package spawn

import (
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// takeOn makes this thread what the child is to be, but for the numbers of a new
// user: those are syscall.ForkExec's business, since a thread that had them
// could be signaled by that user.
func (u *User) takeOn() *Error {
	for _, capability := range u.Drop {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(capability), 0, 0, 0); err != nil {
			return &Error{Step: StepBounding, Errno: err.(syscall.Errno)}
		}
	}
	if u.SetGroups && !u.SetIDs {
		if err := threadSetgroups(u.Groups); err != nil {
			return &Error{Step: StepGroups, Errno: err.(syscall.Errno)}
		}
	}
	if u.Capabilities == nil {
		return nil
	}
	want := *u.Capabilities
	if u.SetIDs {
		// What it takes to become the user, the user's image loses.
		var now [2]unix.CapUserData
		if err := unix.Capget(&capHeader, &now[0]); err != nil {
			return &Error{Step: StepCapabilities, Errno: err.(syscall.Errno)}
		}
		want.Effective = uint64(now[1].Effective)<<32 | uint64(now[0].Effective)
		want.Permitted = uint64(now[1].Permitted)<<32 | uint64(now[0].Permitted)
	}
	if err := unix.Capset(&capHeader, &want.capData()[0]); err != nil {
		return &Error{Step: StepCapabilities, Errno: err.(syscall.Errno)}
	}
	return nil
}

// verify looks at a child that is stopped before its image's first instruction.
func (u *User) verify(pid int) *Error {
	failed := func(step Step, errno syscall.Errno) *Error { return &Error{step, u.object(step), errno} }
	p, err := procfs.Open(pid)
	if err != nil {
		return failed(StepVerifyUID, syscall.ENOENT)
	}
	defer p.Close()
	status, err := p.Credentials()
	switch {
	case err != nil:
		return failed(StepVerifyUID, syscall.ENOENT)
	case !slices.Equal(slices.Sorted(slices.Values(status.Groups)), u.sorted()):
		return failed(StepVerifyGroups, ErrVerify)
	case status.GID != [4]uint32{u.GID, u.GID, u.GID, u.GID}:
		return failed(StepVerifyGID, ErrVerify)
	case status.UID != [4]uint32{u.UID, u.UID, u.UID, u.UID}:
		return failed(StepVerifyUID, ErrVerify)
	case u.NeverRoot && status.Effective>>unix.CAP_SETUID&1 != 0:
		return failed(StepVerifyRoot, ErrVerify)
	case u.Capabilities != nil && status.Permitted&^u.Capabilities.Permitted != 0:
		return failed(StepCapabilities, ErrVerify)
	}
	return nil
}

// kill ends and collects a child that nobody has heard of.
func kill(pid int) {
	syscall.Kill(pid, syscall.SIGKILL)
	for {
		if _, err := syscall.Wait4(pid, nil, unix.WALL, nil); err != syscall.EINTR {
			return
		}
	}
}
