package token

import (
	"errors"
	"slices"

	"github.com/seed-f798aa80/createprocess/security"
)

// Restrict is another token that may less (CreateRestrictedToken). What it
// takes away no image gives back: processes with it have no_new_privs.
//
//   - A privilege that is deleted takes its capabilities with it;
//     DISABLE_MAX_PRIVILEGE takes all, those too that are no privilege of Win32's.
//   - A group that is disabled is no supplementary group of the process: files
//     that it may use are out of reach, and so are, unlike on Windows, rules
//     that deny the group something. The primary group cannot be disabled
//     (87). The user stays who it is to the kernel, also if its SID is disabled.
//   - Restricting SIDs count in access checks of this module. The kernel does
//     not know them.
//
// SANDBOX_INERT, LUA_TOKEN and WRITE_RESTRICTED are ERROR_NOT_SUPPORTED (50).
func (t *Token) Restrict(r Restriction) (*Token, error) {
	const op = "CreateRestrictedToken"
	if err := t.Check(op); err != nil {
		return nil, err
	}
	for _, f := range [...]struct {
		flag RestrictFlags
		name string
	}{{SANDBOX_INERT, "SANDBOX_INERT"}, {LUA_TOKEN, "LUA_TOKEN"}, {WRITE_RESTRICTED, "WRITE_RESTRICTED"}} {
		if r.Flags&f.flag != 0 {
			return nil, &Error{Op: op, Object: f.name, Code: errorNotSupported}
		}
	}
	if r.Flags&^DISABLE_MAX_PRIVILEGE != 0 {
		return nil, &Error{Op: op, Object: "flags", Code: errorInvalidParameter, Err: errors.New("there is no such flag")}
	}
	c := t.copy()
	c.unix.NoNewPrivs = true
	if err := c.disable(r.Disable); err != nil {
		return nil, err
	}
	c.delete(r)
	c.restrict(r.Restrict)
	return c, nil
}

func (t *Token) disable(sids []security.SID) error {
	for _, sid := range sids {
		if sid == t.user {
			t.denyOnly = true
			continue
		}
		i := slices.IndexFunc(t.groups, func(g security.Group) bool { return g.SID == sid })
		if i < 0 {
			continue
		}
		if gid, ok := sid.UnixGroup(); ok {
			if gid == t.unix.GID {
				return &Error{Op: "CreateRestrictedToken", Object: sid.String(), Code: errorInvalidParameter,
					Err: errors.New("it is the primary group, which a process cannot be without")}
			}
			t.unix.Groups = slices.DeleteFunc(t.unix.Groups, func(g uint32) bool { return g == gid })
		}
		t.groups[i].Attributes &^= security.SE_GROUP_ENABLED | security.SE_GROUP_ENABLED_BY_DEFAULT
		t.groups[i].Attributes |= security.SE_GROUP_USE_FOR_DENY_ONLY
	}
	return nil
}

func (t *Token) delete(r Restriction) {
	gone := Capabilities(0)
	if r.Flags&DISABLE_MAX_PRIVILEGE != 0 {
		gone = AllCapabilities
	}
	for _, row := range privilegeCapabilities {
		if slices.Contains(r.Delete, row.privilege) {
			gone |= row.capabilities
		}
	}
	t.unix.Capabilities &^= gone
	t.privileges = slices.DeleteFunc(t.privileges, func(p Privilege) bool {
		if r.Flags&DISABLE_MAX_PRIVILEGE != 0 && p.ID != SeChangeNotifyPrivilege || slices.Contains(r.Delete, p.ID) {
			return true
		}
		return false
	})
}

// restrict sets the restricting SIDs. Those of a token that has some can only
// become fewer; with none of them left NULL SID, which nobody has, is one.
func (t *Token) restrict(sids []security.SID) {
	switch {
	case len(sids) == 0:
	case len(t.restricted) == 0:
		t.restricted = slices.Clone(sids)
	default:
		t.restricted = slices.DeleteFunc(t.restricted, func(s security.SID) bool { return !slices.Contains(sids, s) })
		if len(t.restricted) == 0 {
			t.restricted = []security.SID{security.NewSID(0, 0)}
		}
	}
}

// copy is a token of its own that is the same.
func (t *Token) copy() *Token {
	return &Token{
		account: t.account, user: t.user, denyOnly: t.denyOnly,
		groups: slices.Clone(t.groups), restricted: slices.Clone(t.restricted), privileges: slices.Clone(t.privileges),
		owner: t.owner, group: t.group, descriptor: t.DefaultDescriptor(), open: t.open,
		system: system{t.Unix()},
	}
}
