package token

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess/internal/winetest"
	"github.com/seed-f798aa80/createprocess/security"
)

func current(t *testing.T) *Token {
	t.Helper()
	own, err := Current()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Close() })
	return own
}

// TestCurrentWindows: what the token says is what the system says by other ways.
func TestCurrentWindows(t *testing.T) {
	own := current(t)
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	if own.User().String() != user.User.Sid.String() {
		t.Errorf("User %v, want %v", own.User(), user.User.Sid)
	}
	group, err := windows.GetCurrentProcessToken().GetTokenPrimaryGroup()
	if err != nil || own.PrimaryGroup().String() != group.PrimaryGroup.String() {
		t.Errorf("PrimaryGroup %v, want %v, %v", own.PrimaryGroup(), group.PrimaryGroup, err)
	}
	if !slices.ContainsFunc(own.Groups(), func(g security.Group) bool {
		return g.SID == security.Everyone && g.Attributes&security.SE_GROUP_ENABLED != 0
	}) {
		t.Errorf("Everyone is not among %v", own.Groups())
	}
	if !own.HasPrivilege(SeChangeNotifyPrivilege) {
		t.Errorf("everybody has SeChangeNotifyPrivilege, but %v", own.Privileges())
	}
	for _, p := range own.Privileges() {
		if p.Name == "" {
			t.Errorf("privilege %d has no name", p.ID)
		}
	}
	if own.Owner().IsZero() || own.IsRestricted() {
		t.Errorf("Owner %v, restricted %v", own.Owner(), own.IsRestricted())
	}
	d := own.DefaultDescriptor()
	if d.Owner != own.Owner() || d.DACL == nil || len(d.DACL.ACEs) == 0 {
		t.Errorf("DefaultDescriptor %+v", d)
	}
	name, domain, _, err := user.User.Sid.LookupAccount("")
	if err == nil && (own.Account().Name != name || own.Account().Domain != domain) {
		t.Errorf("Account %+v, want %s\\%s", own.Account(), domain, name)
	}
}

func TestRestrictWindows(t *testing.T) {
	own := current(t)
	r, err := own.Restrict(Restriction{
		Flags:    DISABLE_MAX_PRIVILEGE,
		Disable:  []security.SID{security.Administrators},
		Restrict: []security.SID{security.Everyone},
	})
	if errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED) {
		t.Skip("Wine 8 has no CreateRestrictedToken")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.User() != own.User() {
		t.Errorf("it is %v's, not %v's", r.User(), own.User())
	}
	for _, p := range r.Privileges() {
		if p.ID != SeChangeNotifyPrivilege && !winetest.OnWine() { // Wine 8 does not know the flag
			t.Errorf("%s is left", p.Name)
		}
	}
	for _, g := range r.Groups() {
		if g.SID == security.Administrators && g.Attributes&(security.SE_GROUP_ENABLED|security.SE_GROUP_USE_FOR_DENY_ONLY) != security.SE_GROUP_USE_FOR_DENY_ONLY {
			t.Errorf("Administrators has the attributes 0x%x", uint32(g.Attributes))
		}
	}
	if !r.IsRestricted() && !winetest.OnWine() { // nor restricting SIDs
		t.Error("it is not restricted")
	}
	less, err := own.Restrict(Restriction{Delete: []security.Privilege{SeDebugPrivilege}})
	if err != nil {
		t.Fatal(err)
	}
	defer less.Close()
	if slices.ContainsFunc(less.Privileges(), func(p Privilege) bool { return p.ID == SeDebugPrivilege }) {
		t.Errorf("SeDebugPrivilege has been deleted, and is there: %v", less.Privileges())
	}
}

func TestEnvironmentWindows(t *testing.T) {
	env, err := current(t).Environment(false)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(env, func(e string) bool { return len(e) > 11 && (e[:11] == "SystemRoot=" || e[:11] == "SYSTEMROOT=") }) {
		t.Errorf("SystemRoot is not in %q", env)
	}
}

// TestLogonUserWindows: a user whom nobody has.
func TestLogonUserWindows(t *testing.T) {
	password := []byte("not the päßword")
	tok, err := LogonUser("createprocess-nobody", ".", password, LOGON32_LOGON_INTERACTIVE)
	if err == nil {
		tok.Close()
	}
	if winetest.OnWine() {
		// It answers that all is well, and a handle that is none.
		if !errors.Is(err, windows.ERROR_INVALID_HANDLE) {
			t.Errorf("Wine 8 used to answer a handle that is none: %v", err)
		}
		t.Skip("Wine 8 has no LogonUser")
	}
	var explained *Error
	if !errors.As(err, &explained) || explained.Code != 1326 {
		t.Errorf("a user who is not there: %v", err)
	}
	if string(password) != "not the päßword" {
		t.Error("the caller's password has been changed")
	}
}

func TestClosedWindows(t *testing.T) {
	own, err := Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	var explained *Error
	if err := own.Close(); !errors.As(err, &explained) || explained.Code != errorInvalidHandle {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := own.Restrict(Restriction{}); !errors.As(err, &explained) || explained.Code != errorInvalidHandle {
		t.Errorf("Restrict of a closed one: %v", err)
	}
	if _, err := own.Environment(false); !errors.As(err, &explained) || explained.Code != errorInvalidHandle {
		t.Errorf("Environment of a closed one: %v", err)
	}
}
