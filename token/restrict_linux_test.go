package token

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/security"
)

// TestPrivileges: the table of docs/semantics.md, row by row: who has just the
// capabilities has the privilege, and who lacks one of them has it not.
func TestPrivileges(t *testing.T) {
	for _, row := range privilegeCapabilities {
		name := PrivilegeName(row.privilege)
		has := func(c Capabilities) bool {
			u, err := Of(Unix{UID: 1000, GID: 1000, Capabilities: c})
			if err != nil {
				t.Fatal(err)
			}
			return u.HasPrivilege(row.privilege)
		}
		if !has(row.capabilities) {
			t.Errorf("%s: not by %v", name, row.capabilities)
		}
		for n := range 64 {
			if one := Capabilities(1) << n; row.capabilities&one != 0 && has(AllCapabilities&^one) {
				t.Errorf("%s: without %v", name, one)
			}
		}
		if p, ok := LookupPrivilege(name); !ok || p != row.privilege {
			t.Errorf("%s is %d, %v", name, p, ok)
		}
	}
	if _, ok := LookupPrivilege("SeNothingPrivilege"); ok {
		t.Error("SeNothingPrivilege")
	}
}

func unixToken(t *testing.T) *Token {
	t.Helper()
	u, err := Of(Unix{UID: 0, GID: 5, Groups: []uint32{7, 6, 7}, Capabilities: AllCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestRestrictPrivileges(t *testing.T) {
	whole := unixToken(t)
	less, err := whole.Restrict(Restriction{Delete: []security.Privilege{SeDebugPrivilege, SeAssignPrimaryTokenPrivilege, SeCreateTokenPrivilege}})
	if err != nil {
		t.Fatal(err)
	}
	gone := capabilitySet(unix.CAP_SYS_PTRACE, unix.CAP_SETUID, unix.CAP_SETGID)
	if u := less.Unix(); u.Capabilities != AllCapabilities&^gone || !u.NoNewPrivs {
		t.Errorf("%+v", u)
	}
	if less.HasPrivilege(SeDebugPrivilege) || !less.HasPrivilege(SeBackupPrivilege) {
		t.Errorf("%+v", less.Privileges())
	}
	none, err := whole.Restrict(Restriction{Flags: DISABLE_MAX_PRIVILEGE})
	if err != nil || none.Unix().Capabilities != 0 || len(none.Privileges()) != 1 || !none.HasPrivilege(SeChangeNotifyPrivilege) {
		t.Errorf("%+v, %v", none, err)
	}
	if whole.Unix().NoNewPrivs || !whole.HasPrivilege(SeDebugPrivilege) {
		t.Error("the token that was restricted has changed")
	}
}

func TestRestrictGroups(t *testing.T) {
	whole := unixToken(t)
	six := security.UnixGroup(6)
	less, err := whole.Restrict(Restriction{Disable: []security.SID{six, whole.User(), security.UnixGroup(99)}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint32{7}; !slices.Equal(less.Unix().Groups, want) {
		t.Errorf("%v", less.Unix().Groups)
	}
	for _, g := range less.Groups() {
		if deny := g.Attributes&security.SE_GROUP_USE_FOR_DENY_ONLY != 0; deny != (g.SID == six) || deny == (g.Attributes&security.SE_GROUP_ENABLED != 0) {
			t.Errorf("%v has 0x%x", g.SID, g.Attributes)
		}
	}
	if !less.Security().UserForDenyOnly || less.Unix().UID != 0 {
		t.Errorf("%+v", less.Security())
	}
	var e *Error
	if _, err := whole.Restrict(Restriction{Disable: []security.SID{security.UnixGroup(5)}}); !errors.As(err, &e) || e.Code != errorInvalidParameter {
		t.Errorf("the primary group: %v", err)
	}
}

// TestRestrictingSIDs: they can become fewer, and never none by that.
func TestRestrictingSIDs(t *testing.T) {
	a, b, c := security.UnixUser(1), security.UnixUser(2), security.UnixUser(3)
	token := unixToken(t)
	if token.IsRestricted() {
		t.Error("it is restricted")
	}
	for _, step := range []struct{ add, want []security.SID }{
		{[]security.SID{a, b}, []security.SID{a, b}},
		{nil, []security.SID{a, b}},
		{[]security.SID{b, c}, []security.SID{b}},
		{[]security.SID{c}, []security.SID{security.NewSID(0, 0)}},
	} {
		next, err := token.Restrict(Restriction{Restrict: step.add})
		if err != nil || !reflect.DeepEqual(next.Restricted(), step.want) || !next.IsRestricted() {
			t.Fatalf("with %v: %v, %v", step.add, next.Restricted(), err)
		}
		token = next
	}
	everybody := &security.SecurityDescriptor{Control: security.SE_DACL_PRESENT,
		DACL: &security.ACL{ACEs: []security.ACE{{Mask: security.ProcessMapping.All, SID: security.Everyone}}}}
	if granted, ok := security.AccessCheck(everybody, token.Security(), security.SYNCHRONIZE, security.ProcessMapping); ok {
		t.Errorf("0x%x", granted)
	}
}

func TestRestrictRefused(t *testing.T) {
	var e *Error
	for flag, want := range map[RestrictFlags]uint32{
		SANDBOX_INERT: errorNotSupported, LUA_TOKEN: errorNotSupported, WRITE_RESTRICTED: errorNotSupported, 0x10: errorInvalidParameter,
	} {
		if _, err := unixToken(t).Restrict(Restriction{Flags: flag}); !errors.As(err, &e) || e.Code != want {
			t.Errorf("0x%x: %v", flag, err)
		}
	}
	for _, u := range []Unix{{UID: noID}, {GID: noID}, {Groups: []uint32{1, noID}}} {
		if _, err := Of(u); !errors.As(err, &e) || e.Code != errorInvalidParameter {
			t.Errorf("%+v: %v", u, err)
		}
	}
	closed := unixToken(t)
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	_, restrict := closed.Restrict(Restriction{})
	_, environment := closed.Environment(false)
	for _, err := range []error{closed.Close(), restrict, environment, (*Token)(nil).Close()} {
		if !errors.As(err, &e) || e.Code != errorInvalidHandle {
			t.Errorf("%v", err)
		}
	}
}
