package security

import "testing"

// TestOpenProcessCheck: who has SeDebugPrivilege is granted what a descriptor
// denies, and nobody else is.
func TestOpenProcessCheck(t *testing.T) {
	closed, err := ParseSDDL("O:S-1-22-1-1D:(D;;GA;;;WD)")
	if err != nil {
		t.Fatal(err)
	}
	debugger := UnixToken(2)
	debugger.Privileges = []Privilege{SeDebugPrivilege}
	all := ProcessMapping.All
	for _, test := range []struct {
		name    string
		sd      *SecurityDescriptor
		token   *Token
		desired AccessMask
		granted AccessMask
		ok      bool
	}{
		{"the owner", closed, UnixToken(1), WRITE_DAC, WRITE_DAC, true},
		{"the owner, all", closed, UnixToken(1), all, 0, false},
		{"another", closed, UnixToken(2), READ_CONTROL, 0, false},
		{"another, the most", closed, UnixToken(2), MAXIMUM_ALLOWED, 0, false},
		{"a debugger", closed, debugger, all, all, true},
		{"a debugger, generic", closed, debugger, GENERIC_READ, ProcessMapping.Read, true},
		{"a debugger, the most", closed, debugger, MAXIMUM_ALLOWED, all, true},
		{"a debugger, audits", closed, debugger, ACCESS_SYSTEM_SECURITY, 0, false},
		{"root, audits", closed, UnixToken(0), ACCESS_SYSTEM_SECURITY, ACCESS_SYSTEM_SECURITY, true},
		{"root", closed, UnixToken(0), all, all, true},
		{"no descriptor", nil, debugger, all, 0, false},
	} {
		if granted, ok := OpenProcessCheck(test.sd, test.token, test.desired); granted != test.granted || ok != test.ok {
			t.Errorf("%s: 0x%x %v, want 0x%x %v", test.name, uint32(granted), ok, uint32(test.granted), test.ok)
		}
	}
}

func TestMayNameOwner(t *testing.T) {
	for _, test := range []struct {
		token *Token
		owner SID
		may   bool
	}{
		{UnixToken(1), UnixUser(1), true},
		{UnixToken(1), UnixUser(2), false},
		{UnixToken(1, 5), UnixGroup(5), false},
		{UnixToken(0), UnixUser(2), true},
	} {
		if may := test.token.MayNameOwner(test.owner); may != test.may {
			t.Errorf("%s names %s: %v", test.token.User, test.owner, may)
		}
	}
}

// TestWith: what parts has takes the place of what was there, and nothing else
// changes, neither in the copy nor in what it was made of.
func TestWith(t *testing.T) {
	const old = "O:S-1-22-1-1G:S-1-22-2-1D:(A;;CC;;;WD)"
	for _, test := range []struct {
		parts, want string
		need        AccessMask
	}{
		{"", old, 0},
		{"O:S-1-22-1-2", "O:S-1-22-1-2G:S-1-22-2-1D:(A;;CC;;;WD)", WRITE_OWNER},
		{"G:S-1-22-2-2", "O:S-1-22-1-1G:S-1-22-2-2D:(A;;CC;;;WD)", WRITE_OWNER},
		{"D:", "O:S-1-22-1-1G:S-1-22-2-1D:", WRITE_DAC},
		{"D:NO_ACCESS_CONTROL", "O:S-1-22-1-1G:S-1-22-2-1D:NO_ACCESS_CONTROL", WRITE_DAC},
		{"O:S-1-22-1-2D:(A;;DC;;;WD)", "O:S-1-22-1-2G:S-1-22-2-1D:(A;;DC;;;WD)", WRITE_OWNER | WRITE_DAC},
		{"S:(AU;SA;0x1;;;WD)", old, ACCESS_SYSTEM_SECURITY},
	} {
		sd, err := ParseSDDL(old)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := ParseSDDL(test.parts)
		if err != nil {
			t.Fatal(err)
		}
		if need := parts.NeededToSet(); need != test.need {
			t.Errorf("%q needs 0x%x", test.parts, uint32(need))
		}
		changed := sd.With(parts)
		if text, err := changed.SDDL(); err != nil || text != test.want {
			t.Errorf("with %q: %q %v, want %q", test.parts, text, err, test.want)
		}
		if changed.DACL != nil && len(changed.DACL.ACEs) > 0 {
			changed.DACL.ACEs[0].Mask = 0xffff
		}
		if text, _ := sd.SDDL(); text != old {
			t.Errorf("with %q: what it was made of is %q", test.parts, text)
		}
		if parts.DACL != nil && len(parts.DACL.ACEs) > 0 && parts.DACL.ACEs[0].Mask == 0xffff {
			t.Errorf("with %q: the copy shares its list", test.parts)
		}
	}
}
