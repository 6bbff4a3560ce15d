//go:build linux && (amd64 || arm64)

package spawn

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// planUser appends the change of user. The bounding set and the groups go first:
// the new user may not change them any more.
func (c *child) planUser(u *User) {
	for _, capability := range u.Drop {
		c.add(op{step: StepBounding, nr: unix.SYS_PRCTL, arg: [4]uintptr{unix.PR_CAPBSET_DROP, uintptr(capability)}})
	}
	if u.SetGroups {
		c.add(op{step: StepGroups, nr: unix.SYS_SETGROUPS,
			arg: [4]uintptr{uintptr(len(u.Groups)), uintptr(unsafe.Pointer(unsafe.SliceData(u.Groups)))}})
	}
	if u.SetIDs {
		c.add(op{step: StepGID, nr: unix.SYS_SETGID, arg: [4]uintptr{uintptr(u.GID)}})
		c.add(op{step: StepUID, nr: unix.SYS_SETUID, arg: [4]uintptr{uintptr(u.UID)}})
	}
	if u.Capabilities != nil {
		c.capabilities = u.Capabilities.capData()
		c.add(op{step: StepCapabilities, nr: unix.SYS_CAPSET,
			arg: [4]uintptr{uintptr(unsafe.Pointer(&capHeader)), uintptr(unsafe.Pointer(c.capabilities))}})
	}
	if u.unverified {
		return
	}
	// There is room for one more group than there may be.
	groups := append(u.sorted(), ^uint32(0))
	got := make([]uint32, len(groups))
	got[len(got)-1] = ^uint32(0)
	c.add(op{step: StepVerifyGroups, nr: unix.SYS_GETGROUPS, expect: &expected{got, groups},
		arg: [4]uintptr{uintptr(len(got)), uintptr(unsafe.Pointer(&got[0]))}})
	c.verifyIDs(StepVerifyGID, unix.SYS_GETRESGID, u.GID)
	c.verifyIDs(StepVerifyUID, unix.SYS_GETRESUID, u.UID)
	if u.NeverRoot {
		c.add(op{step: StepVerifyRoot, nr: unix.SYS_SETUID, refused: true})
	}
}

// verifyIDs has the child look at its real, effective and saved number.
func (c *child) verifyIDs(step Step, nr uintptr, id uint32) {
	got := make([]uint32, 3)
	c.add(op{step: step, nr: nr, expect: &expected{got, []uint32{id, id, id}}, arg: [4]uintptr{
		uintptr(unsafe.Pointer(&got[0])), uintptr(unsafe.Pointer(&got[1])), uintptr(unsafe.Pointer(&got[2]))}})
}
