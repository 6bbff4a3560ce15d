package security

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// vectors are answers of the real functions under Wine 8.
type vectors struct {
	Token struct {
		User   SID
		Groups []Group
	}
	GenericMapping GenericMapping
	Cases          []struct {
		SDDL, Canonical  string
		Desired, Granted AccessMask
		OK               bool
	}
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/access.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) != 210 {
		t.Fatalf("%d vectors", len(v.Cases))
	}
	return v
}

func parse(t testing.TB, text string) *SecurityDescriptor {
	t.Helper()
	sd, err := ParseSDDL(text)
	if err != nil {
		t.Fatal(err)
	}
	return sd
}

const standardRights = DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER | SYNCHRONIZE

// againstMSDTYP are the vectors where Wine 8 does not do what [MS-DTYP] 2.5.3.2
// says, and what that says. The reason is one and the same: to the owner it gives
// READ_CONTROL and WRITE_DAC, whatever the DACL denies. Wine gives the owner all
// standard rights, DELETE, WRITE_OWNER and SYNCHRONIZE too (too much in all
// cases but 43), and for MAXIMUM_ALLOWED takes those away that an ACE denies
// (too little in 12, 43, 56, 67, 96, 132 and 187).
var againstMSDTYP = map[int]AccessMask{
	// Desired: MAXIMUM_ALLOWED.
	6: 0x60000, 11: 0x61402, 12: 0x1effef, 18: 0x60000, 31: 0x60000, 43: 0x60000, 56: 0x60000, 67: 0x60000,
	78: 0x60000, 96: 0x60009, 98: 0x60012, 110: 0x60000, 132: 0x60000, 136: 0x70040, 142: 0x60000, 154: 0x60000,
	156: 0x60000, 163: 0x60000, 169: 0x1e1461, 187: 0x70000,
	// Desired: DELETE, WRITE_OWNER or SYNCHRONIZE, which the DACL does not give. Denied.
	41: 0, 46: 0, 48: 0, 54: 0, 59: 0, 60: 0, 61: 0, 83: 0, 116: 0, 123: 0, 124: 0, 172: 0, 192: 0, 193: 0, 204: 0,
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	token := &Token{User: v.Token.User, Groups: v.Token.Groups}
	for i, c := range v.Cases {
		sd := parse(t, c.SDDL)
		if text, err := sd.SDDL(); text != c.Canonical || err != nil {
			t.Errorf("%d: %s: %s, %v; want %s", i, c.SDDL, text, err, c.Canonical)
		}
		granted, ok := AccessCheck(sd, token, c.Desired, v.GenericMapping)
		want, wantOK := c.Granted, c.OK
		if own, listed := againstMSDTYP[i]; listed {
			want, wantOK = own, own != 0
			if want == c.Granted || !memberOf(token)(sd.Owner, false) || (want^c.Granted)&^standardRights != 0 && want != 0 {
				t.Errorf("%d: the reason for which Wine is said to be wrong is not there", i)
			}
		}
		if granted != want || ok != wantOK {
			t.Errorf("%d: %s, desired 0x%x: 0x%x %v; want 0x%x %v", i, c.SDDL, uint32(c.Desired), uint32(granted), ok, uint32(want), wantOK)
		}
	}
}

// user has uid 1000, group 100 and what a case says besides.
func user(change func(*Token)) *Token {
	t := UnixToken(1000, 100)
	if change != nil {
		change(t)
	}
	return t
}

func TestAccessCheck(t *testing.T) {
	const max, acc = MAXIMUM_ALLOWED, ACCESS_SYSTEM_SECURITY
	const (
		me   = "S-1-22-1-1000"
		mine = "S-1-22-2-100"
		none = "S-1-22-2-200" // a group that user does not have
	)
	with := func(privileges ...Privilege) *Token {
		return user(func(t *Token) { t.Privileges = privileges })
	}
	group := func(attributes GroupAttributes) *Token {
		return user(func(t *Token) { t.Groups[0].Attributes = attributes })
	}
	level := func(rid uint32, privileges ...Privilege) *Token {
		return user(func(t *Token) {
			t.Groups = append(t.Groups, Group{NewSID(16, rid), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED})
			t.Privileges = privileges
		})
	}
	restricted := func(sids ...SID) *Token { return user(func(t *Token) { t.Restricted = sids }) }
	for _, test := range []struct {
		name    string
		sddl    string
		token   *Token
		desired AccessMask
		want    AccessMask
		denied  bool
	}{
		{"no DACL", "O:SYG:SY", user(nil), 0x41, 0x41, false},
		{"no DACL, all", "O:SYG:SY", user(nil), max, 0x1fffff, false},
		{"no DACL, all and more", "", user(nil), max | 0x400000, 0x5fffff, false},
		{"NULL DACL", "O:SYG:SYD:NO_ACCESS_CONTROL", user(nil), GENERIC_ALL, 0x1fffff, false},
		{"empty DACL", "O:SYG:SYD:", user(nil), 0x40, 0, true},
		{"empty DACL, all", "O:SYG:SYD:", user(nil), max, 0, true},
		{"empty DACL, nothing", "O:SYG:SYD:", user(nil), 0, 0, false},

		{"owner", "O:" + me + "D:", user(nil), READ_CONTROL | WRITE_DAC, 0x60000, false},
		{"owner, too much", "O:" + me + "D:", user(nil), READ_CONTROL | DELETE, 0, true},
		{"owner, all", "O:" + me + "D:", user(nil), max, 0x60000, false},
		{"owner is denied", "O:" + me + "D:(D;;GA;;;" + me + ")", user(nil), WRITE_DAC, WRITE_DAC, false},
		{"owner is denied, all", "O:" + me + "D:(D;;GA;;;" + me + ")", user(nil), max, 0x60000, false},
		{"owner by group", "O:" + mine + "D:", user(nil), WRITE_DAC, WRITE_DAC, false},
		{"owner by group for denying", "O:" + mine + "D:", group(SE_GROUP_USE_FOR_DENY_ONLY), WRITE_DAC, 0, true},
		{"owner without an owner", "D:", user(nil), READ_CONTROL, 0, true},
		{"OWNER RIGHTS", "O:" + me + "D:(A;;0x1;;;OW)", user(nil), max, 0x1, false},
		{"OWNER RIGHTS, implied", "O:" + me + "D:(A;;0x1;;;OW)", user(nil), READ_CONTROL, 0, true},
		{"OWNER RIGHTS of another", "O:SYD:(A;;0x1;;;OW)", user(nil), 0x1, 0, true},
		{"OWNER RIGHTS denied", "O:" + me + "D:(D;;0x1;;;OW)(A;;0x3;;;WD)", user(nil), max, 0x2, false},
		{"OWNER RIGHTS denied to who owns for denying", "O:" + mine + "D:(D;;0x1;;;OW)(A;;0x3;;;WD)", group(SE_GROUP_USE_FOR_DENY_ONLY), max, 0x2, false},
		{"OWNER RIGHTS for inheritance", "O:" + me + "D:(A;IO;0x1;;;OW)", user(nil), max, 0x60000, false},

		{"allow, then deny", "D:(A;;0x3;;;WD)(D;;0x2;;;WD)", user(nil), 0x3, 0x3, false},
		{"deny, then allow", "D:(D;;0x2;;;WD)(A;;0x3;;;WD)", user(nil), 0x3, 0, true},
		{"deny of something else", "D:(D;;0x2;;;WD)(A;;0x3;;;WD)", user(nil), 0x1, 0x1, false},
		{"allow, then deny, all", "D:(A;;0x3;;;WD)(D;;0x2;;;WD)", user(nil), max, 0x1, false},
		{"allow, then deny, all and by name", "D:(A;;0x3;;;WD)(D;;0x2;;;WD)", user(nil), max | 0x2, 0x3, false},
		{"all, and one that is not allowed", "D:(A;;0x3;;;WD)", user(nil), max | 0x4, 0, true},
		{"two ACEs together", "D:(A;;0x1;;;" + me + ")(A;;0x2;;;" + mine + ")", user(nil), 0x3, 0x3, false},
		{"inherit only", "D:(D;IO;GA;;;WD)(A;OICIIO;0x4;;;WD)(A;;0x3;;;WD)", user(nil), max, 0x3, false},
		{"inherited", "D:(A;ID;0x3;;;WD)", user(nil), max, 0x3, false},
		{"generic in an ACE", "D:(A;;GR;;;WD)", user(nil), 0x400, 0x400, false},
		{"generic desired", "D:(A;;0x20410;;;WD)", user(nil), GENERIC_READ, 0x20410, false},
		{"generic denied", "D:(D;;GX;;;WD)(A;;GA;;;WD)", user(nil), SYNCHRONIZE, 0, true},
		{"generic denied, all", "D:(D;;GX;;;WD)(A;;GA;;;WD)", user(nil), max, 0xdefff, false},
		{"audit in a DACL", "D:(AU;SAFA;GA;;;WD)", user(nil), 0x1, 0, true},
		{"PRINCIPAL SELF", "D:(A;;GA;;;PS)", user(nil), 0x1, 0, true},

		{"group", "D:(A;;0x1;;;" + mine + ")", user(nil), 0x1, 0x1, false},
		{"another group", "D:(A;;0x1;;;" + none + ")", user(nil), 0x1, 0, true},
		{"group that is not enabled", "D:(A;;0x1;;;" + mine + ")", group(SE_GROUP_MANDATORY), 0x1, 0, true},
		{"deny to a group that is not enabled", "D:(D;;0x1;;;" + mine + ")(A;;0x1;;;WD)", group(SE_GROUP_MANDATORY), 0x1, 0x1, false},
		{"group for denying", "D:(A;;0x1;;;" + mine + ")", group(SE_GROUP_USE_FOR_DENY_ONLY), 0x1, 0, true},
		{"group for denying, enabled", "D:(A;;0x1;;;" + mine + ")", group(SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY), 0x1, 0, true},
		{"deny to a group for denying", "D:(D;;0x1;;;" + mine + ")(A;;0x1;;;WD)", group(SE_GROUP_USE_FOR_DENY_ONLY), 0x1, 0, true},
		{"logon", "D:(A;;0x1;;;" + mine + ")", group(SE_GROUP_ORDINARY | SE_GROUP_LOGON_ID), 0x1, 0x1, false},
		{"user for denying", "O:" + me + "D:(A;;0x1;;;" + me + ")", user(func(t *Token) { t.UserForDenyOnly = true }), max, 0, true},
		{"deny to a user for denying", "D:(D;;0x1;;;" + me + ")(A;;0x3;;;WD)", user(func(t *Token) { t.UserForDenyOnly = true }), max, 0x2, false},

		{"SACL", "D:(A;;GA;;;WD)", user(nil), acc, 0, true},
		{"SACL, no DACL", "", user(nil), acc, 0, true},
		{"SACL in an ACE", "D:(A;;0x1000001;;;WD)", user(nil), max, 0x1, false},
		{"SACL by an ACE", "D:(A;;0x1000001;;;WD)", user(nil), acc, 0, true},
		{"SACL by privilege", "D:", with(SeSecurityPrivilege), acc, acc, false},
		{"SACL by privilege, all", "D:(A;;0x1;;;WD)", with(SeSecurityPrivilege), max, 0x1, false},
		{"SACL by privilege and more", "D:(D;;GA;;;WD)", with(SeSecurityPrivilege), acc | 0x1, 0, true},
		{"SACL by the other privilege", "D:", with(SeTakeOwnershipPrivilege), acc, 0, true},
		{"take ownership", "D:(D;;GA;;;WD)", with(SeTakeOwnershipPrivilege), WRITE_OWNER, WRITE_OWNER, false},
		{"take ownership, all", "D:(A;;0x1;;;WD)", with(SeTakeOwnershipPrivilege), max, 0x1, false},
		{"take ownership and all", "D:(A;;0x1;;;WD)", with(SeTakeOwnershipPrivilege), max | WRITE_OWNER, 0x80001, false},

		{"object ACE for all", "D:(OA;;0x1;;;WD)", user(nil), 0x1, 0x1, false},
		{"object ACE for a part", "D:(OA;;0x1;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)", user(nil), 0x1, 0, true},
		{"object ACE for what inherits", "D:(OA;;0x1;;bf967aba-0de6-11d0-a285-00aa003049e2;WD)", user(nil), 0x1, 0x1, false},
		{"deny for a part", "D:(OD;;0x1;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)(A;;0x3;;;WD)", user(nil), max, 0x2, false},

		{"restricted", "D:(A;;0x3;;;" + me + ")(A;;0x5;;;RC)", restricted(NewSID(5, 12)), max, 0x1, false},
		{"restricted, by name", "D:(A;;0x3;;;" + me + ")(A;;0x5;;;RC)", restricted(NewSID(5, 12)), 0x2, 0, true},
		{"restricted owner", "O:" + me + "D:", restricted(NewSID(5, 12)), READ_CONTROL, 0, true},
		{"restricted to the owner", "O:" + me + "D:", restricted(UnixUser(1000)), READ_CONTROL, READ_CONTROL, false},
		{"deny to a restricting SID", "D:(D;;0x1;;;RC)(A;;0x3;;;WD)", restricted(NewSID(5, 12), Everyone), max, 0x2, false},
		{"restricted, no DACL", "", restricted(NewSID(5, 12)), 0x1, 0x1, false},

		{"low level", "D:(A;;GA;;;WD)", level(4096), max, 0x121410, false},
		{"low level, owner", "O:" + me + "D:", level(4096), WRITE_DAC, 0, true},
		{"low level, terminate", "D:(A;;GA;;;WD)", level(4096), 0x1, 0, true},
		{"low level, no DACL", "", level(4096), 0x1, 0, true},
		{"low level, relabel", "D:(A;;GA;;;WD)", level(4096, SeRelabelPrivilege), WRITE_OWNER, WRITE_OWNER, false},
		{"medium level", "D:(A;;GA;;;WD)", level(8192), 0x1, 0x1, false},
		{"medium level, high object", "D:(A;;GA;;;WD)S:(ML;;NWNRNX;;;HI)", level(8192), READ_CONTROL, 0, true},
		{"medium level, high object that may be read", "D:(A;;GA;;;WD)S:(ML;;NWNX;;;HI)", level(8192), max, 0x20410, false},
		{"high level, high object", "D:(A;;GA;;;WD)S:(ML;;NWNRNX;;;HI)", level(12288), max, 0x1fffff, false},
		{"low level, low object", "D:(A;;GA;;;WD)S:(ML;;NW;;;LW)", level(4096), max, 0x1fffff, false},
		{"label for inheritance", "D:(A;;GA;;;WD)S:(ML;CIIO;NW;;;LW)", level(4096), 0x1, 0, true},
		{"label that is no level", "D:(A;;GA;;;WD)S:(ML;;NW;;;WD)", level(16384), 0x1, 0, true},
		{"no level", "D:(A;;GA;;;WD)S:(ML;;NWNRNX;;;SI)", user(nil), 0x1, 0x1, false},
		{"level that does not count", "D:(A;;GA;;;WD)", user(func(t *Token) { t.Groups = append(t.Groups, Group{NewSID(16, 0), SE_GROUP_INTEGRITY}) }), 0x1, 0x1, false},
	} {
		got, ok := AccessCheck(parse(t, test.sddl), test.token, test.desired, ProcessMapping)
		if got != test.want || ok == test.denied {
			t.Errorf("%s: 0x%x %v, want 0x%x %v", test.name, uint32(got), ok, uint32(test.want), !test.denied)
		}
	}
	if got, ok := AccessCheck(nil, UnixToken(0), 0x1, ProcessMapping); got != 0 || ok {
		t.Errorf("no descriptor: 0x%x %v", uint32(got), ok)
	}
}

// TestConditionalACEs: a condition that is not known allows nothing, and denies.
func TestConditionalACEs(t *testing.T) {
	everyone := func(kind ACEType) ACE { return ACE{Type: kind, Mask: 0x3, SID: Everyone, Data: []byte("artx")} }
	for kind, want := range map[ACEType]AccessMask{
		ACCESS_ALLOWED_CALLBACK_ACE_TYPE:        0x1,
		ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE: 0x1,
		ACCESS_DENIED_CALLBACK_ACE_TYPE:         0,
		ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE:  0,
		SYSTEM_AUDIT_CALLBACK_ACE_TYPE:          0x1,
		0x04:                                    0x1,
		0x77:                                    0x1,
	} {
		sd := &SecurityDescriptor{DACL: &ACL{ACEs: []ACE{everyone(kind), {Mask: 0x1, SID: Everyone}}}}
		if got, ok := AccessCheck(sd, user(nil), MAXIMUM_ALLOWED, ProcessMapping); got != want || ok != (want != 0) {
			t.Errorf("type 0x%02x: 0x%x %v", uint8(kind), uint32(got), ok)
		}
		if _, err := sd.SDDL(); err == nil {
			t.Errorf("type 0x%02x has a text", uint8(kind))
		}
	}
}

func TestProcessDescriptor(t *testing.T) {
	sd := ProcessDescriptor(UnixUser(1000), UnixGroup(100))
	if text, err := sd.SDDL(); text != "O:S-1-22-1-1000G:S-1-22-2-100D:(A;;0x1fffff;;;S-1-22-1-1000)(A;;0x1fffff;;;SY)" || err != nil {
		t.Error(text, err)
	}
	for _, test := range []struct {
		token *Token
		want  AccessMask
	}{{UnixToken(1000), 0x1fffff}, {UnixToken(0), 0x1fffff}, {UnixToken(1001, 100), 0}} {
		if got, ok := AccessCheck(sd, test.token, MAXIMUM_ALLOWED, ProcessMapping); got != test.want || ok != (test.want != 0) {
			t.Errorf("%s: 0x%x %v", test.token.User, uint32(got), ok)
		}
	}
	if text, err := ProcessDescriptor(LocalSystem, LocalSystem).SDDL(); text != "O:SYG:SYD:(A;;0x1fffff;;;SY)" || err != nil {
		t.Error(text, err)
	}
}

func TestUnixToken(t *testing.T) {
	root := UnixToken(0, 0)
	for _, sid := range []SID{UnixUser(0), UnixGroup(0), LocalSystem, Everyone, AuthenticatedUsers} {
		if !memberOf(root)(sid, false) {
			t.Errorf("root is not %s", sid)
		}
	}
	if len(root.Privileges) != 5 || !slices.Contains(root.Privileges, SeSecurityPrivilege) {
		t.Error("root has not the privileges")
	}
	other := UnixToken(1, 0)
	for _, sid := range []SID{UnixUser(0), LocalSystem, Administrators} {
		if memberOf(other)(sid, true) {
			t.Errorf("user 1 is %s", sid)
		}
	}
	if other.Privileges != nil {
		t.Error("user 1 has privileges")
	}
}

func TestGenericMapping(t *testing.T) {
	for _, test := range []struct {
		mapping GenericMapping
		mask    AccessMask
		want    AccessMask
	}{
		{ProcessMapping, GENERIC_READ, 0x20410},
		{ProcessMapping, GENERIC_WRITE | 0x40, 0x2006a},
		{ProcessMapping, GENERIC_EXECUTE | GENERIC_READ, 0x121000 | 0x20410},
		{ThreadMapping, GENERIC_ALL | 0x1000000, 0x11fffff},
		{ThreadMapping, GENERIC_READ, 0x20048},
		{IdentityMapping, GENERIC_READ | GENERIC_ALL | 1, 0x90000001},
		{GenericMapping{}, GENERIC_READ | 1, 1},
		// A generic right that stands for another is not mapped twice.
		{GenericMapping{Read: GENERIC_WRITE, Write: 1}, GENERIC_READ, GENERIC_WRITE},
	} {
		if got := test.mapping.Map(test.mask); got != test.want {
			t.Errorf("%x: 0x%x: 0x%x, want 0x%x", test.mapping, uint32(test.mask), uint32(got), uint32(test.want))
		}
	}
	if v := readVectors(t); v.GenericMapping != ProcessMapping {
		t.Errorf("a process's mapping is %x", v.GenericMapping)
	}
}
