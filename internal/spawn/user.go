//go:build linux

package spawn

import (
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A User is who the child becomes, and with which capabilities. What is set is
// looked at afterwards, before the image runs.
type User struct {
	UID, GID  uint32
	Groups    []uint32 // the supplementary ones, in ascending order
	SetIDs    bool     // UID and GID are not the creator's
	SetGroups bool     // Groups are not the creator's
	NeverRoot bool     // setuid(0) has to fail

	Capabilities *Capabilities // nil: what the kernel leaves
	Drop         []uint        // capabilities that leave the bounding set

	unverified bool // as package syscall has it
}

// Capabilities are those of capset(2).
type Capabilities struct{ Effective, Permitted, Inheritable uint64 }

// ErrVerify is the errno of a child that is not who it should have become.
const ErrVerify = syscall.EBADE

// user is who the child becomes, by User or by Sys; nil: it is the creator.
func (r *Request) user() *User {
	if r.User != nil || r.Sys == nil || r.Sys.Credential == nil {
		return r.User
	}
	c := r.Sys.Credential
	return &User{UID: c.Uid, GID: c.Gid, Groups: c.Groups, SetIDs: true, SetGroups: setsGroups(r.Sys), unverified: true}
}

// takes tells whether the step is one of making the child u.
func (u *User) takes(step Step) bool {
	switch {
	case u == nil:
		return false
	case step == StepBounding:
		return len(u.Drop) > 0
	case step == StepGroups:
		return u.SetGroups
	case step == StepGID, step == StepUID:
		return u.SetIDs
	case step == StepCapabilities:
		return u.Capabilities != nil
	case step == StepVerifyRoot:
		return u.NeverRoot
	}
	return !u.unverified
}

// object is the number that an error of the step is about.
func (u *User) object(step Step) string {
	switch step {
	case StepGID, StepVerifyGID:
		return strconv.FormatUint(uint64(u.GID), 10)
	case StepUID, StepVerifyUID:
		return strconv.FormatUint(uint64(u.UID), 10)
	}
	return ""
}

// capData is what capset takes for c.
func (c *Capabilities) capData() *[2]unix.CapUserData {
	return &[2]unix.CapUserData{
		{Effective: uint32(c.Effective), Permitted: uint32(c.Permitted), Inheritable: uint32(c.Inheritable)},
		{Effective: uint32(c.Effective >> 32), Permitted: uint32(c.Permitted >> 32), Inheritable: uint32(c.Inheritable >> 32)},
	}
}

var capHeader = unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}

// threadSetgroups is setgroups for this thread alone.
func threadSetgroups(groups []uint32) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); errno != 0 {
		return errno
	}
	return nil
}

// AsUser calls f on a thread that may do in the file system what u may. To the
// kernel's rules about signals and tracing it is the creator's as before.
func (u *User) AsUser(f func()) (err *Error) {
	defer keepDumpable()()
	OnThreadOfItsOwn(func() {
		if u.SetGroups {
			if e := threadSetgroups(u.Groups); e != nil {
				err = &Error{Step: StepGroups, Errno: e.(syscall.Errno)}
				return
			}
		}
		if u.SetIDs {
			// They tell what was; -1 is no number, and tells what is.
			unix.RawSyscall(unix.SYS_SETFSGID, uintptr(u.GID), 0, 0)
			unix.RawSyscall(unix.SYS_SETFSUID, uintptr(u.UID), 0, 0)
			if gid, _, _ := unix.RawSyscall(unix.SYS_SETFSGID, ^uintptr(0), 0, 0); uint32(gid) != u.GID {
				err = &Error{StepGID, u.object(StepGID), syscall.EPERM}
				return
			}
			if uid, _, _ := unix.RawSyscall(unix.SYS_SETFSUID, ^uintptr(0), 0, 0); uint32(uid) != u.UID {
				err = &Error{StepUID, u.object(StepUID), syscall.EPERM}
				return
			}
		}
		f()
	})
	return err
}

func (u *User) sorted() []uint32 { return slices.Sorted(slices.Values(u.Groups)) }
