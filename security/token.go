package security

import "slices"

// Token is who asks: what of an access token counts in an access check
// ([MS-DTYP] 2.5.2).
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/efc83c32-5275-4dff-a3e2-973c9624711b
type Token struct {
	User SID
	// UserForDenyOnly: User counts in ACEs that deny, and in no other.
	UserForDenyOnly bool
	Groups          []Group
	// Restricted: if there are any, what is allowed must be allowed to these SIDs
	// too, as if they were all that the token has.
	Restricted []SID
	// Privileges are those that are enabled.
	Privileges []Privilege
}

// Group is a SID that a token has besides its user's.
type Group struct {
	SID        SID             `json:"sid"`
	Attributes GroupAttributes `json:"attributes"`
}

// GroupAttributes say what a group counts for in a token.
type GroupAttributes uint32

const (
	SE_GROUP_MANDATORY          GroupAttributes = 0x00000001
	SE_GROUP_ENABLED_BY_DEFAULT GroupAttributes = 0x00000002
	SE_GROUP_ENABLED            GroupAttributes = 0x00000004
	SE_GROUP_OWNER              GroupAttributes = 0x00000008
	SE_GROUP_USE_FOR_DENY_ONLY  GroupAttributes = 0x00000010
	// The group is the token's integrity level, and the level counts.
	SE_GROUP_INTEGRITY         GroupAttributes = 0x00000020
	SE_GROUP_INTEGRITY_ENABLED GroupAttributes = 0x00000040
	SE_GROUP_RESOURCE          GroupAttributes = 0x20000000
	SE_GROUP_LOGON_ID          GroupAttributes = 0xC0000000

	// What an ordinary group of a token has.
	SE_GROUP_ORDINARY = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED
)

// Privilege is the lower half of a privilege's LUID.
type Privilege uint32

// The privileges that count in an access check, in [OpenProcessCheck] and in
// [Token.MayNameOwner].
const (
	SeSecurityPrivilege      Privilege = 8
	SeTakeOwnershipPrivilege Privilege = 9
	SeRestorePrivilege       Privilege = 18
	SeDebugPrivilege         Privilege = 20
	SeRelabelPrivilege       Privilege = 32
)

// UnixToken is the token of a Unix account. Besides its user and groups it has
// Everyone and Authenticated Users. Root is the system too, and has the
// privileges above.
func UnixToken(uid uint32, gids ...uint32) *Token {
	t := &Token{User: UnixUser(uid)}
	for _, gid := range gids {
		t.Groups = append(t.Groups, Group{UnixGroup(gid), SE_GROUP_ORDINARY})
	}
	t.Groups = append(t.Groups, Group{Everyone, SE_GROUP_ORDINARY}, Group{AuthenticatedUsers, SE_GROUP_ORDINARY})
	if uid == 0 {
		t.Groups = append(t.Groups, Group{LocalSystem, SE_GROUP_ORDINARY})
		t.Privileges = []Privilege{SeSecurityPrivilege, SeTakeOwnershipPrivilege, SeRestorePrivilege, SeDebugPrivilege, SeRelabelPrivilege}
	}
	return t
}

// MayNameOwner tells whether who has the token may make a SID the owner of an
// object: himself, and with SeRestorePrivilege everybody. Else it is
// ERROR_INVALID_OWNER (1307).
func (t *Token) MayNameOwner(owner SID) bool {
	return owner == t.User || slices.Contains(t.Privileges, SeRestorePrivilege)
}

// integrity is the token's level; ok if it has one that counts.
func (t *Token) integrity() (_ SID, ok bool) {
	for _, g := range t.Groups {
		if g.Attributes&SE_GROUP_INTEGRITY != 0 && g.Attributes&SE_GROUP_INTEGRITY_ENABLED != 0 {
			return g.SID, true
		}
	}
	return SID{}, false
}
