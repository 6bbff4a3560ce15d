package security

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

var (
	advapi32       = windows.NewLazySystemDLL("advapi32.dll")
	procCheck      = advapi32.NewProc("AccessCheck")
	procRestrict   = advapi32.NewProc("CreateRestrictedToken")
	procFromString = advapi32.NewProc("ConvertStringSecurityDescriptorToSecurityDescriptorW")
	procToString   = advapi32.NewProc("ConvertSecurityDescriptorToStringSecurityDescriptorW")
)

// systemToken is an impersonation token of this process, with some of its SIDs
// for denial only, and what it has.
func systemToken(t testing.TB, denyOnly ...SID) (windows.Token, *Token) {
	t.Helper()
	var primary, token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, &primary); err != nil {
		t.Fatal(err)
	}
	defer func() { primary.Close() }()
	if len(denyOnly) > 0 {
		less := restrictedToken(t, primary, denyOnly)
		primary.Close()
		primary = less
	}
	if err := windows.DuplicateTokenEx(primary, windows.TOKEN_QUERY, nil, windows.SecurityImpersonation, windows.TokenImpersonation, &token); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { token.Close() })
	user, err := token.GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	groups, err := token.GetTokenGroups()
	if err != nil {
		t.Fatal(err)
	}
	what := &Token{User: fromSystem(t, user.User.Sid), UserForDenyOnly: user.User.Attributes&windows.SE_GROUP_USE_FOR_DENY_ONLY != 0}
	for _, g := range groups.AllGroups() {
		what.Groups = append(what.Groups, Group{fromSystem(t, g.Sid), GroupAttributes(g.Attributes)})
	}
	for _, privilege := range privilegesOf(t, token) {
		if privilege.Attributes&windows.SE_PRIVILEGE_ENABLED != 0 {
			what.Privileges = append(what.Privileges, Privilege(privilege.Luid.LowPart))
		}
	}
	return token, what
}

func restrictedToken(t testing.TB, of windows.Token, denyOnly []SID) (less windows.Token) {
	t.Helper()
	var disable []windows.SIDAndAttributes
	for _, s := range denyOnly {
		sid, err := windows.StringToSid(s.String())
		if err != nil {
			t.Fatal(err)
		}
		disable = append(disable, windows.SIDAndAttributes{Sid: sid})
	}
	if ok, _, err := procRestrict.Call(uintptr(of), 0, uintptr(len(disable)), uintptr(unsafe.Pointer(&disable[0])), 0, 0, 0, 0, uintptr(unsafe.Pointer(&less))); ok == 0 {
		t.Fatal(err)
	}
	return less
}

func privilegesOf(t testing.TB, token windows.Token) []windows.LUIDAndAttributes {
	t.Helper()
	var size uint32
	windows.GetTokenInformation(token, windows.TokenPrivileges, nil, 0, &size)
	// In 8 byte units, for the alignment.
	buffer := make([]uint64, (size+7)/8+1)
	if err := windows.GetTokenInformation(token, windows.TokenPrivileges, (*byte)(unsafe.Pointer(&buffer[0])), size, &size); err != nil {
		t.Fatal(err)
	}
	return (*windows.Tokenprivileges)(unsafe.Pointer(&buffer[0])).AllPrivileges()
}

func fromSystem(t testing.TB, system *windows.SID) SID {
	t.Helper()
	var sid SID
	if err := sid.UnmarshalBinary(unsafe.Slice((*byte)(unsafe.Pointer(system)), system.Len())); err != nil {
		t.Fatal(err)
	}
	return sid
}

// systemDescriptor is the bytes that the system makes of a text.
func systemDescriptor(t testing.TB, text string) []byte {
	t.Helper()
	wide, err := windows.UTF16PtrFromString(text)
	if err != nil {
		t.Fatal(err)
	}
	var sd *byte
	var size uint32
	if ok, _, err := procFromString.Call(uintptr(unsafe.Pointer(wide)), 1, uintptr(unsafe.Pointer(&sd)), uintptr(unsafe.Pointer(&size))); ok == 0 {
		t.Fatalf("%s: %v", text, err)
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(sd)))
	return append([]byte(nil), unsafe.Slice(sd, size)...)
}

// systemText is the text that the system makes of bytes.
func systemText(t testing.TB, sd []byte) string {
	t.Helper()
	var text *uint16
	const parts = windows.OWNER_SECURITY_INFORMATION | windows.GROUP_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION | windows.SACL_SECURITY_INFORMATION
	if ok, _, err := procToString.Call(uintptr(unsafe.Pointer(&sd[0])), 1, parts, uintptr(unsafe.Pointer(&text)), 0); ok == 0 {
		t.Fatalf("%x: %v", sd, err)
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(text)))
	return windows.UTF16PtrToString(text)
}

func systemCheck(t testing.TB, sd []byte, token windows.Token, desired AccessMask) (granted AccessMask, ok bool) {
	t.Helper()
	var privileges [64]uint64
	size := uint32(unsafe.Sizeof(privileges))
	var status uint32
	mapping := ProcessMapping
	if done, _, err := procCheck.Call(uintptr(unsafe.Pointer(&sd[0])), uintptr(token), uintptr(mapping.Map(desired)), uintptr(unsafe.Pointer(&mapping)),
		uintptr(unsafe.Pointer(&privileges)), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&granted)), uintptr(unsafe.Pointer(&status))); done == 0 {
		t.Fatalf("%x: %v", sd, err)
	}
	return granted, status != 0
}

// twoRights are two of those that are not generic, or one.
func twoRights(r *rand.Rand) AccessMask {
	mask := AccessMask(1) << r.IntN(21)
	return mask | 1<<r.IntN(21)
}

// randomSDDL is a descriptor about SIDs that the token has and some that it has not.
func randomSDDL(r *rand.Rand, token *Token) string {
	sids := []string{"SY", "AN", "S-1-22-1-1000", "S-1-5-21-9-9-9-1234", token.User.String(), token.User.String()}
	for _, g := range token.Groups {
		// A label among the groups would be the owner of nothing.
		if g.Attributes&SE_GROUP_INTEGRITY == 0 {
			sids = append(sids, g.SID.String())
		}
	}
	one := func(list []string) string { return list[r.IntN(len(list))] }
	mask := func() string {
		if r.IntN(4) == 0 {
			return one([]string{"", "0x1fffff", "GA", "GR", "GW", "GX", "FA", "KR"})
		}
		return fmt.Sprintf("0x%x", uint32(twoRights(r)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "O:%sG:%s", one(sids), one(sids))
	sacl := r.IntN(4) == 0
	if r.IntN(10) > 0 {
		b.WriteString("D:")
		// Wine 8 writes a DACL's flags for the SACL too.
		if !sacl || !winetest.OnWine() {
			b.WriteString(one([]string{"", "P"}))
		}
		for range r.IntN(6) {
			fmt.Fprintf(&b, "(%s;%s;%s;;;%s)", one([]string{"A", "A", "D"}), one([]string{"", "", "OICI", "OICIIO", "CIID"}), mask(), one(sids))
		}
	}
	if sacl {
		fmt.Fprintf(&b, "S:(AU;%s;%s;;;%s)", one([]string{"SA", "FA", "SAFA"}), mask(), one(sids))
	}
	return b.String()
}

// TestSystem: random descriptors are to the system what they are here, as text,
// as bytes and in the access check. Where Wine 8 does not do what [MS-DTYP] 2.5.3.2
// says, the answer is what wineCheck says:
//
//   - To the owner it gives all standard rights; asked for MAXIMUM_ALLOWED it takes
//     those away that an ACE denies.
//   - While something that is asked for has not been granted, an ACE that denies
//     something else that is asked for, and has been granted, denies all.
//
// These are not asked for: OWNER RIGHTS, which Wine does not know; rights beside
// MAXIMUM_ALLOWED, of which it takes no notice; no rights at all, which it denies
// if there is a DACL.
//
// Windows itself may let the order count for MAXIMUM_ALLOWED too, which [MS-DTYP]
// does not; there the two are compared for what is asked for by name.
func TestSystem(t *testing.T) {
	token, what := systemToken(t)
	testSystem(t, token, what, 1)
}

// TestSystemDenyOnly: the same with a token that has groups for denial only. To
// Wine 8 these are none: they do not count in entries that deny either.
func TestSystemDenyOnly(t *testing.T) {
	disable := []SID{Everyone, Administrators, AuthenticatedUsers}
	token, what := systemToken(t, disable...)
	found := 0
	for _, g := range what.Groups {
		if slices.Contains(disable, g.SID) && g.Attributes&SE_GROUP_USE_FOR_DENY_ONLY != 0 {
			found++
		}
	}
	if found == 0 {
		t.Fatalf("none of %v is for denial only: %v", disable, what.Groups)
	}
	if winetest.OnWine() {
		what.Groups = slices.DeleteFunc(what.Groups, func(g Group) bool { return g.Attributes&SE_GROUP_USE_FOR_DENY_ONLY != 0 })
	}
	testSystem(t, token, what, 3)
}

func testSystem(t *testing.T, token windows.Token, what *Token, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	oddities, granted := 0, 0
	const rounds = 5000
	for range rounds {
		text := randomSDDL(r, what)
		sd := parse(t, text)
		system := systemDescriptor(t, text)
		own, err := sd.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var read SecurityDescriptor
		if err := read.UnmarshalBinary(system); err != nil {
			t.Fatalf("%s: %x: %v", text, system, err)
		}
		want, err := sd.SDDL()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read.SDDL(); got != want || err != nil {
			t.Fatalf("%s: the system's bytes are %s, %v", want, got, err)
		}
		if got := systemText(t, own); got != want {
			t.Fatalf("%s: to the system it is %s", want, got)
		}
		desired := twoRights(r)
		switch r.IntN(4) {
		case 0:
			desired = []AccessMask{GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL}[r.IntN(4)]
		case 1:
			if winetest.OnWine() {
				desired = MAXIMUM_ALLOWED
			}
		}
		gotGranted, gotOK := AccessCheck(sd, what, desired, ProcessMapping)
		if winetest.OnWine() && sd.DACL != nil {
			if granted, ok, odd := wineCheck(sd, what, desired); odd {
				gotGranted, gotOK = granted, ok
				oddities++
			}
		}
		systemGranted, systemOK := systemCheck(t, own, token, desired)
		if gotGranted != systemGranted || gotOK != systemOK {
			t.Errorf("%s, desired 0x%x: 0x%x %v, but the system says 0x%x %v", want, uint32(desired), uint32(gotGranted), gotOK, uint32(systemGranted), systemOK)
		}
		if systemOK {
			granted++
		}
	}
	if granted < rounds/10 || granted > rounds*9/10 || oddities > rounds*9/10 {
		t.Errorf("%d of %d granted, %d where Wine is known to be wrong: that compares little", granted, rounds, oddities)
	}
}

// wineCheck is Wine 8's answer, for a descriptor with a DACL; odd, if it need not
// be MS-DTYP's.
func wineCheck(sd *SecurityDescriptor, token *Token, desired AccessMask) (granted AccessMask, ok, odd bool) {
	w := walk{sd, ProcessMapping, memberOf(token)}
	wanted := ProcessMapping.Map(desired)
	var denied AccessMask
	if w.isOwner(false) {
		granted, odd = standardRights, true
	}
	for i := range sd.DACL.ACEs {
		if wanted&^granted == 0 {
			break
		}
		allows, denies := w.ace(&sd.DACL.ACEs[i])
		granted |= allows
		denied |= denies
		if wanted&denies != 0 {
			return 0, false, odd || wanted&denies&^granted == 0
		}
	}
	if wanted&MAXIMUM_ALLOWED != 0 {
		return granted &^ denied, granted&^denied != 0, odd
	}
	if wanted&^granted != 0 {
		return 0, false, odd
	}
	return wanted, true, odd
}
