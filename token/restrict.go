package token

import "github.com/seed-f798aa80/createprocess/security"

// RestrictFlags are those of CreateRestrictedToken.
type RestrictFlags uint32

const (
	DISABLE_MAX_PRIVILEGE RestrictFlags = 0x1 // no privilege is left but SeChangeNotifyPrivilege
	SANDBOX_INERT         RestrictFlags = 0x2
	LUA_TOKEN             RestrictFlags = 0x4
	WRITE_RESTRICTED      RestrictFlags = 0x8
)

// Restriction says what a restricted token is to have less than the token that
// it is made of. The zero value takes nothing away, but see Restrict.
type Restriction struct {
	Flags RestrictFlags
	// Disable are SIDs, of groups or the user's, that from now on count in ACEs
	// that deny only. One that the token does not have is passed over.
	Disable []security.SID
	// Delete are privileges that the new token does not have. One that the token
	// does not have is passed over.
	Delete []security.Privilege
	// Restrict are the restricting SIDs: what is allowed must be allowed to them
	// too. Those of a token that is restricted already stay only if they are
	// among these; if none are left nothing is allowed.
	Restrict []security.SID
}
