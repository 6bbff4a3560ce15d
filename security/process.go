package security

import "slices"

// ProcessDescriptor is the descriptor that a process has whose creator gives
// none: owner and the system may do everything, others nothing.
func ProcessDescriptor(owner, group SID) *SecurityDescriptor {
	dacl := &ACL{ACEs: []ACE{{Mask: ProcessMapping.All, SID: owner}}}
	if owner != LocalSystem {
		dacl.ACEs = append(dacl.ACEs, ACE{Mask: ProcessMapping.All, SID: LocalSystem})
	}
	return &SecurityDescriptor{Control: SE_DACL_PRESENT, Owner: owner, Group: group, DACL: dacl}
}

// OpenProcessCheck is [AccessCheck] as [OpenProcess] does it: who has
// SeDebugPrivilege is granted everything, whatever the descriptor says, but
// ACCESS_SYSTEM_SECURITY, which has a privilege of its own.
//
// [OpenProcess]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess
func OpenProcessCheck(sd *SecurityDescriptor, token *Token, desired AccessMask) (granted AccessMask, ok bool) {
	if sd != nil && slices.Contains(token.Privileges, SeDebugPrivilege) {
		sd = new(SecurityDescriptor)
	}
	return AccessCheck(sd, token, desired, ProcessMapping)
}
