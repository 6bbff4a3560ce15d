package token

import (
	"math/bits"
	"os"
	"slices"
	"strconv"

	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/security"
)

// system is what the kernel makes of a token.
type system struct{ unix Unix }

// Unix is what a token is to the kernel: see credentials(7). Linux only.
type Unix struct {
	UID, GID     uint32
	Groups       []uint32     // the supplementary ones, in ascending order
	Capabilities Capabilities // what the token's processes have at the most
	NoNewPrivs   bool         // no image gives privileges any more
}

// Unix is what the token is to the kernel.
func (t *Token) Unix() Unix {
	u := t.unix
	u.Groups = slices.Clone(u.Groups)
	return u
}

// Current is the token of this program: its effective user and groups, and its
// capabilities.
func Current() (*Token, error) {
	groups, err := os.Getgroups()
	if err != nil {
		return nil, &Error{Op: "OpenProcessToken", Code: errorGenFailure, Err: err}
	}
	u := Unix{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), NoNewPrivs: noNewPrivs()}
	for _, g := range groups {
		u.Groups = append(u.Groups, uint32(g))
	}
	held, err := HeldCapabilities()
	if err != nil {
		return nil, err
	}
	u.Capabilities = held.Permitted
	t, err := Of(u)
	if err == nil {
		t.setPrivileges(held.Effective)
	}
	return t, err
}

// OfUser is the token of a user by name: the number, the group and all groups
// that the system's database has for it. No password is asked for, and it
// takes a privilege to run anything with it. No such user is ERROR_NONE_MAPPED
// (1332).
//
// The database is /etc/passwd and /etc/group; of a user who is not there
// getent(1) is asked, which knows the C library's other sources.
func OfUser(name string) (*Token, error) {
	a, err := lookupUser(name)
	if err != nil {
		return nil, &Error{Op: "LookupAccountName", Object: name, Code: errorNoneMapped, Err: err}
	}
	return a.token(), nil
}

// OfUserID is OfUser by number. A user who has no account has the group of the
// same number, no other group, and no environment of its own.
func OfUserID(uid uint32) (*Token, error) {
	a, err := lookupUserID(uid)
	if err != nil {
		return Of(Unix{UID: uid, GID: uid, Capabilities: capabilitiesOf(uid)})
	}
	return a.token(), nil
}

func (a *account) token() *Token {
	return newToken(Unix{UID: a.uid, GID: a.gid, Groups: a.groups, Capabilities: capabilitiesOf(a.uid)}, a.Account)
}

// Of is the token of these numbers, whatever the user database says of them: of
// that it has the account. 2^32-1 is no user and no group:
// ERROR_INVALID_PARAMETER (87).
func Of(u Unix) (*Token, error) {
	if u.UID == noID || u.GID == noID || slices.Contains(u.Groups, noID) {
		return nil, &Error{Op: "token", Object: strconv.Itoa(noID), Code: errorInvalidParameter}
	}
	var of Account
	if a, err := lookupUserID(u.UID); err == nil {
		of = a.Account
	}
	return newToken(u, of), nil
}

// noID is what system calls take for no number at all.
const noID = 1<<32 - 1

func newToken(u Unix, of Account) *Token {
	u.Groups = slices.Clone(u.Groups)
	slices.Sort(u.Groups)
	u.Groups = slices.Compact(u.Groups)
	t := &Token{account: of, user: security.UnixUser(u.UID), group: security.UnixGroup(u.GID), system: system{u}}
	t.owner = t.user
	t.descriptor = security.ProcessDescriptor(t.owner, t.group)
	others := slices.DeleteFunc(slices.Clone(u.Groups), func(g uint32) bool { return g == u.GID })
	t.groups = security.UnixToken(u.UID, append([]uint32{u.GID}, others...)...).Groups
	t.setPrivileges(u.Capabilities)
	return t
}

// setPrivileges says which privileges the token has, and which are enabled.
func (t *Token) setPrivileges(effective Capabilities) {
	t.privileges = nil
	for _, row := range privilegeCapabilities {
		if t.unix.Capabilities.has(row.capabilities) {
			t.privileges = append(t.privileges, Privilege{row.privilege, PrivilegeName(row.privilege), effective.has(row.capabilities)})
		}
	}
}

// environment has what login(1) would give the user.
func (t *Token) environment(inherit bool) ([]string, error) {
	path := "/usr/local/bin:/usr/bin:/bin"
	if t.unix.UID == 0 {
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	var env []string
	if inherit {
		env = environ.FromCreator()
	}
	env = environ.Set(env, "PATH="+path)
	a := t.account
	for _, v := range [...]struct{ name, value string }{
		{"HOME", a.Home}, {"USER", a.Name}, {"LOGNAME", a.Name}, {"SHELL", a.Shell},
	} {
		if v.value != "" {
			env = environ.Set(env, v.name+"="+v.value)
		}
	}
	return env, nil
}

// WithSession is another token, the same, for whose processes open opens a
// session; nil: none is opened. Linux only.
func (t *Token) WithSession(open func(*Token) (Session, error)) *Token {
	c := t.copy()
	c.open = open
	return c
}

func (t *Token) close() error { return nil }

func logonUser(name, _ string, _ []byte, _ LogonType) (*Token, error) {
	return nil, &Error{Op: "LogonUser", Object: name, Code: errorNotSupported, Err: errNoAuthenticator}
}

// String is the capabilities in words, as in capabilities(7), with commas; "none".
func (c Capabilities) String() string {
	if c == 0 {
		return "none"
	}
	text := ""
	for left := uint64(c); left != 0; left &= left - 1 {
		n := bits.TrailingZeros64(left)
		if text != "" {
			text += ","
		}
		if n < len(capabilityNames) {
			text += capabilityNames[n]
		} else {
			text += strconv.Itoa(n)
		}
	}
	return text
}
