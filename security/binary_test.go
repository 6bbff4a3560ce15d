package security

import (
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// The descriptor O:BAG:SYD:(A;;GA;;;SY), written by hand from the layout of
// [MS-DTYP] 2.4.6.
const handWritten = "01000480" + "30000000" + "40000000" + "00000000" + "14000000" + // header
	"02001c0001000000" + "0000140000000010" + "010100000000000512000000" + // DACL, at 20
	"01020000000000052000000020020000" + // owner, at 48
	"010100000000000512000000" // group, at 64

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSelfRelative(t *testing.T) {
	data := unhex(t, handWritten)
	var sd SecurityDescriptor
	if err := sd.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if text, err := sd.SDDL(); text != "O:BAG:SYD:(A;;GA;;;SY)" || err != nil {
		t.Error(text, err)
	}
	if again, err := sd.MarshalBinary(); string(again) != string(data) || err != nil {
		t.Errorf("%x, %v", again, err)
	}
}

func TestSelfRelativeKeeps(t *testing.T) {
	for _, sd := range []*SecurityDescriptor{
		{},
		{Control: SE_DACL_PRESENT},
		{Control: SE_DACL_PRESENT | SE_SACL_PRESENT, DACL: &ACL{}, SACL: &ACL{}},
		{Control: SE_OWNER_DEFAULTED | SE_RM_CONTROL_VALID | SE_DACL_TRUSTED, RMControl: 7, Owner: Users},
		{Control: SE_DACL_PRESENT, DACL: &ACL{ACEs: []ACE{
			{Type: ACCESS_ALLOWED_CALLBACK_ACE_TYPE, Mask: 1, SID: Everyone, Data: []byte("artx")},
			{Type: ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE, Mask: 1, ObjectType: GUID{1}, InheritedObjectType: GUID{2}, SID: Everyone, Data: []byte("artxartx")},
			{Type: 0x04, Flags: 1, Data: []byte("abcd")},
			{Type: 0x77},
		}}},
	} {
		data, err := sd.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back SecurityDescriptor
		if err := back.UnmarshalBinary(data); err != nil || !reflect.DeepEqual(&back, sd) {
			t.Errorf("%+v became %+v, %v", sd, back, err)
		}
	}
	// The revision that an object ACE asks for.
	data, err := parse(t, "D:(OA;;RP;;;WD)").MarshalBinary()
	if err != nil || data[descriptorHeader] != 4 {
		t.Errorf("%x, %v", data, err)
	}
}

func TestSelfRelativeLimits(t *testing.T) {
	acl := &ACL{}
	// 20 bytes each, and 8 for the header: 3,276 fit into 65,535.
	for range 3276 {
		acl.ACEs = append(acl.ACEs, ACE{Mask: 1, SID: Everyone})
	}
	sd := &SecurityDescriptor{Control: SE_DACL_PRESENT, DACL: acl}
	data, err := sd.MarshalBinary()
	var back SecurityDescriptor
	if err != nil || back.UnmarshalBinary(data) != nil || !reflect.DeepEqual(&back, sd) {
		t.Fatal("the largest ACL is not kept", err)
	}
	acl.ACEs = append(acl.ACEs, ACE{Mask: 1, SID: Everyone})
	if _, err := sd.MarshalBinary(); !errors.Is(err, ErrInvalidACL) || !strings.Contains(err.Error(), "with ACE 3276 it has more than 65535 bytes") {
		t.Error(err)
	}
	acl.ACEs = []ACE{{Type: ACCESS_ALLOWED_CALLBACK_ACE_TYPE, SID: Everyone, Data: make([]byte, 1<<17)}}
	if _, err := sd.MarshalBinary(); !errors.Is(err, ErrInvalidACL) {
		t.Error(err)
	}
	acl.ACEs = []ACE{{}}
	if _, err := sd.MarshalBinary(); !errors.Is(err, ErrInvalidACL) || !strings.Contains(err.Error(), "ACE 0 has no SID") {
		t.Error(err)
	}
}

func TestSelfRelativeErrors(t *testing.T) {
	good := unhex(t, handWritten)
	for _, test := range []struct {
		offset int
		bytes  string
		want   error
		words  string
	}{
		{0, "02", ErrInvalidSecurityDescriptor, "offset 0: its revision is 2"},
		{3, "00", ErrInvalidSecurityDescriptor, "offset 2: it is not self-relative"},
		{4, "13", ErrInvalidSecurityDescriptor, "offset 4: offset 19 is outside"},
		{4, "4c", ErrInvalidSecurityDescriptor, "offset 4: offset 76 is outside"},
		{7, "80", ErrInvalidSecurityDescriptor, "offset 4: offset 2147483696 is outside"},
		{8, "4b", ErrInvalidSID, "offset 75: a SID has 12 bytes at least, and there are 1"},
		{16, "46", ErrInvalidACL, "offset 70: an ACL has 8 bytes at least, and there are 6"},
		{20, "01", ErrInvalidACL, "offset 20: the ACL's revision is 1"},
		{20, "05", ErrInvalidACL, "offset 20: the ACL's revision is 5"},
		{22, "07", ErrInvalidACL, "offset 22: the ACL has 7 bytes"},
		{22, "39", ErrInvalidACL, "offset 22: the ACL has 57 bytes, and there are 56"},
		{24, "02", ErrInvalidACL, "offset 48: the ACL ends where an ACE should be"},
		{30, "03", ErrInvalidACL, "offset 30: 3 is not the size"},
		{30, "12", ErrInvalidACL, "offset 30: 18 is not the size"},
		{30, "18", ErrInvalidACL, "offset 30: 24 is not the size"},
		{30, "04", ErrInvalidACL, "offset 32: the ACE is too short"},
		{30, "08", ErrInvalidSID, "offset 36: "},
		{28, "05", ErrInvalidACL, "offset 40: the ACE is too short for its object types"},
		{36, "02", ErrInvalidSID, "offset 36: the SID's revision is 2"},
		{37, "00", ErrInvalidSID, "offset 36: the SID has 0 sub-authorities"},
		{37, "02", ErrInvalidSID, "offset 36: the SID has 16 bytes, and there are 12"},
	} {
		data := append([]byte(nil), good...)
		copy(data[test.offset:], unhex(t, test.bytes))
		sd := SecurityDescriptor{RMControl: 42}
		if err := sd.UnmarshalBinary(data); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s at %d: %v; want %v, %s", test.bytes, test.offset, err, test.want, test.words)
		}
		if !reflect.DeepEqual(sd, SecurityDescriptor{RMControl: 42}) {
			t.Errorf("%s at %d: it is changed to %+v", test.bytes, test.offset, sd)
		}
	}
	for n := range good {
		var sd SecurityDescriptor
		if err := sd.UnmarshalBinary(good[:n]); err == nil {
			t.Errorf("%d bytes are enough", n)
		}
	}
}

// FuzzSelfRelative: what is read is written so that it is read as the same.
func FuzzSelfRelative(f *testing.F) {
	f.Add(unhex(f, handWritten))
	for _, seed := range sddlSeeds {
		if sd, err := ParseSDDL(seed); err == nil {
			data, _ := sd.MarshalBinary()
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var sd SecurityDescriptor
		if err := sd.UnmarshalBinary(data); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) {
				t.Fatal(err)
			}
			return
		}
		again, err := sd.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back SecurityDescriptor
		if err := back.UnmarshalBinary(again); err != nil || !reflect.DeepEqual(back, sd) {
			t.Fatalf("%+v became %+v, %v", sd, back, err)
		}
		if text, err := sd.SDDL(); err == nil {
			if _, err := ParseSDDL(text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		} else if !errors.Is(err, ErrNotSupported) {
			t.Error(err)
		}
		AccessCheck(&sd, UnixToken(1000), MAXIMUM_ALLOWED, ProcessMapping)
	})
}
