// Package token is who a process runs as: a user, groups, privileges, and what
// they may become. A Token is made here and handed to CreateProcessAsUser of
// package createprocess; to look at it, or to ask with it in an access check,
// needs nothing else.
//
//	t, err := token.OfUser("www-data")
//	pi, err := createprocess.CreateProcessAsUser(t, createprocess.Params{Args: []string{"id"}})
//
// On Linux a token is a user's number, its groups and its capabilities, and to
// make one takes no privilege: to become another user does. On Windows it is
// an access token of the system's.
package token

import (
	"slices"
	"sync/atomic"

	"github.com/seed-f798aa80/createprocess/security"
)

// Token is who a process runs as. It does not change: Restrict makes another
// one. It can be used by any number of goroutines at once.
type Token struct {
	account    Account
	user       security.SID
	denyOnly   bool // the user's SID counts in ACEs that deny only
	groups     []security.Group
	restricted []security.SID
	privileges []Privilege
	owner      security.SID
	group      security.SID // the primary one
	descriptor *security.SecurityDescriptor
	open       func(*Token) (Session, error) // nil: there is no session to be opened
	closed     atomic.Bool

	system // what the token is to the system
}

// Account is what the system's user database has about a token's user. All of
// it is empty if the user is not there.
type Account struct {
	Name   string
	Domain string // Windows
	Home   string // the profile's directory
	Shell  string // Linux
}

// Account is the user's. On Linux it is that of the user's number, or of the
// name that the token was made of.
func (t *Token) Account() Account { return t.account }

// User is the user's SID (TokenUser).
func (t *Token) User() security.SID { return t.user }

// Groups are the token's, with what each counts for (TokenGroups).
func (t *Token) Groups() []security.Group { return slices.Clone(t.groups) }

// Restricted are the SIDs of a restricted token that must be allowed what the
// user and the groups are (TokenRestrictedSids).
func (t *Token) Restricted() []security.SID { return slices.Clone(t.restricted) }

// Privileges are all that the token has, those that are not enabled too
// (TokenPrivileges).
func (t *Token) Privileges() []Privilege { return slices.Clone(t.privileges) }

// HasPrivilege tells whether the token has the privilege and it is enabled.
func (t *Token) HasPrivilege(p security.Privilege) bool {
	return slices.ContainsFunc(t.privileges, func(held Privilege) bool { return held.ID == p && held.Enabled })
}

// Owner is whose what the token's processes create is (TokenOwner).
func (t *Token) Owner() security.SID { return t.owner }

// PrimaryGroup is the group of what they create (TokenPrimaryGroup).
func (t *Token) PrimaryGroup() security.SID { return t.group }

// DefaultDescriptor is the security descriptor that a process gets from this
// token if its creator gives it none (TokenDefaultDacl).
func (t *Token) DefaultDescriptor() *security.SecurityDescriptor { return t.descriptor.Clone() }

// Security is what of the token counts in an access check.
func (t *Token) Security() *security.Token {
	s := &security.Token{User: t.user, UserForDenyOnly: t.denyOnly, Groups: t.Groups(), Restricted: t.Restricted()}
	for _, p := range t.privileges {
		if p.Enabled {
			s.Privileges = append(s.Privileges, p.ID)
		}
	}
	return s
}

// IsRestricted tells whether the token has restricting SIDs (IsTokenRestricted).
func (t *Token) IsRestricted() bool { return len(t.restricted) > 0 }

// Environment is the user's own environment (CreateEnvironmentBlock): on Linux
// HOME, USER, LOGNAME, SHELL and PATH, as far as the user has them. With
// inherit the creator's environment comes with it, and the user's counts.
func (t *Token) Environment(inherit bool) ([]string, error) {
	if err := t.Check("CreateEnvironmentBlock"); err != nil {
		return nil, err
	}
	return t.environment(inherit)
}

// Check is nil while the token has not been closed, else ERROR_INVALID_HANDLE
// (6) for what was to be done with it.
func (t *Token) Check(op string) error {
	if t == nil || t.closed.Load() {
		return &Error{Op: op, Object: "token", Code: errorInvalidHandle}
	}
	return nil
}

// Close gives up what the token holds. What runs with it goes on. A second
// Close is ERROR_INVALID_HANDLE (6).
func (t *Token) Close() error {
	if t == nil || t.closed.Swap(true) {
		return &Error{Op: "CloseHandle", Object: "token", Code: errorInvalidHandle}
	}
	return t.close()
}
