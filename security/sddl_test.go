package security

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestSDDL(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"O:BA":                             "",
		"D:":                               "",
		"O:BAG:SYD:S:":                     "",
		"D:NO_ACCESS_CONTROL":              "",
		"D:PNO_ACCESS_CONTROL":             "",
		"D:PARAI(A;;GA;;;WD)S:PARAI":       "",
		"D:AIARP":                          "D:PARAI",
		"D:AI(A;OICINPIOIDCRSAFA;GA;;;WD)": "",
		"D:(A;FASACRIDIONPCIOI;GA;;;WD)":   "D:(A;OICINPIOIDCRSAFA;GA;;;WD)",
		"D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWOGAGXGWGR;;;WD)":     "",
		"D:(A;;GRGWGXGAWOWDRCSDCRLODTWPRPSWLCDCCC;;;WD)":     "D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWOGAGXGWGR;;;WD)",
		"D:(A;;FA;;;WD)(A;;FR;;;WD)(A;;FW;;;WD)(A;;FX;;;WD)": "",
		"D:(A;;KA;;;WD)(A;;KR;;;WD)(A;;KW;;;WD)(A;;KX;;;WD)": "D:(A;;KA;;;WD)(A;;KR;;;WD)(A;;KW;;;WD)(A;;KR;;;WD)",
		"D:(A;;FRFW;;;WD)":                                      "D:(A;;0x12019f;;;WD)",
		"D:(A;;16;;;WD)(A;;010;;;WD)":                           "D:(A;;RP;;;WD)(A;;SW;;;WD)",
		"D:(A;;0;;;WD)(A;;0x0;;;WD)":                            "D:(A;;;;;WD)(A;;;;;WD)",
		"D:(A;;0X1FFFFF;;;WD)":                                  "D:(A;;0x1fffff;;;WD)",
		"D:(A;;4294967295;;;WD)":                                "D:(A;;0xffffffff;;;WD)",
		"D:(A;;NWNR;;;WD)":                                      "D:(A;;CCDC;;;WD)",
		"S:(ML;;NWNRNX;;;ME)":                                   "",
		"S:(ML;;0x9;;;ME)":                                      "",
		"S:(AU;SAFA;GA;;;WD)(AL;;RC;;;SY)":                      "",
		"S:(SP;;;;;S-1-17-1)":                                   "",
		"D:(OA;CI;RP;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)": "",
		"D:(OD;;RP;;bf967aba-0de6-11d0-a285-00aa003049e2;WD)":   "",
		"S:(OU;;RP;BF967ABA-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;WD)": "S:(OU;;RP;bf967aba-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;WD)",
		"D:(OA;;RP;00000000-0000-0000-0000-000000000000;;WD)":                                     "D:(OA;;RP;;;WD)",
		"S:(AU;SA;GA;;;WD)D:(A;;GA;;;WD)G:SYO:BA":                                                 "O:BAG:SYD:(A;;GA;;;WD)S:(AU;SA;GA;;;WD)",
		"o:bag:syd:pai(a;oi;ga;;;wd)":                                                             "O:BAG:SYD:PAI(A;OI;GA;;;WD)",
		" O: BA\tG:SY\r\nD: P AI ( A ; OI ; GA ; ; ; WD ) ( D ; ; RC ; ; ; S-1-5-18 ) ":           "O:BAG:SYD:PAI(A;OI;GA;;;WD)(D;;RC;;;SY)",
		"O:S-1-5-18G:S-1-5-32-544D:(A;;GA;;;S-1-22-1-1000)":                                       "O:SYG:BAD:(A;;GA;;;S-1-22-1-1000)",
		"O:S-1-0x100000000abc-5D:":                                                                "",
		"O:DAG:DUD:(A;;GA;;;LA)":                                                                  "O:S-1-5-21-1-2-3-512G:S-1-5-21-1-2-3-513D:(A;;GA;;;S-1-5-21-1-2-3-500)",
	} {
		if want == "" {
			want = text
		}
		sd, err := ParseSDDL(text, InDomain(NewSID(5, 21, 1, 2, 3)))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := sd.SDDL(); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestSDDLMeaning(t *testing.T) {
	guid := GUID{0xba, 0x7a, 0x96, 0xbf, 0xe6, 0x0d, 0xd0, 0x11, 0xa2, 0x85, 0, 0xaa, 0, 0x30, 0x49, 0xe2}
	want := &SecurityDescriptor{
		Control: SE_DACL_PRESENT | SE_SACL_PRESENT | SE_DACL_PROTECTED | SE_SACL_AUTO_INHERITED,
		Owner:   Administrators, Group: LocalSystem,
		DACL: &ACL{ACEs: []ACE{
			{Type: ACCESS_DENIED_ACE_TYPE, Flags: OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE, Mask: 0x1f01ff, SID: Everyone},
			{Type: ACCESS_ALLOWED_OBJECT_ACE_TYPE, Mask: GENERIC_READ | DELETE, ObjectType: guid, SID: Users},
		}},
		SACL: &ACL{ACEs: []ACE{{Type: SYSTEM_MANDATORY_LABEL_ACE_TYPE, Mask: 5, SID: NewSID(16, 4096)}}},
	}
	got := parse(t, "O:BAG:SYD:P(D;OIIO;FA;;;WD)(OA;;GRSD;bf967aba-0de6-11d0-a285-00aa003049e2;;BU)S:AI(ML;;NWNX;;;LW)")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if sd := parse(t, "D:NO_ACCESS_CONTROL"); sd.DACL != nil || sd.Control != SE_DACL_PRESENT {
		t.Errorf("%+v", sd)
	}
	if sd := parse(t, "D:"); sd.DACL == nil || sd.DACL.ACEs != nil {
		t.Errorf("%+v", sd)
	}
	// A list that is there is written, whatever Control says.
	if text, err := (&SecurityDescriptor{DACL: &ACL{}, SACL: &ACL{}}).SDDL(); text != "D:S:" || err != nil {
		t.Error(text, err)
	}
}

func TestSDDLErrors(t *testing.T) {
	for text, want := range map[string]struct {
		err   error
		words string
	}{
		"X:BA":                    {ErrInvalidSecurityDescriptor, `offset 0: "X:BA" is not O:, G:, D: or S:`},
		"O":                       {ErrInvalidSecurityDescriptor, `offset 0: "O" is not`},
		"O:BAX":                   {ErrInvalidSecurityDescriptor, `offset 4: "X" is not`},
		"O:BAO:BA":                {ErrInvalidSecurityDescriptor, "offset 4: O: for a second time"},
		"D:D:":                    {ErrInvalidSecurityDescriptor, "offset 2: D: for a second time"},
		"\xff:":                   {ErrInvalidSecurityDescriptor, "offset 0: "},
		"O:":                      {ErrInvalidSID, "offset 2: a SID is missing"},
		"O:XX":                    {ErrInvalidSID, `offset 2: "XX" is neither`},
		"G:S-1-5D:":               {ErrInvalidSID, "offset 7: the SID has no sub-authority"},
		"O:DA":                    {ErrInvalidSID, "offset 2: DA is a SID of a domain"},
		"D:X":                     {ErrInvalidSecurityDescriptor, `offset 2: "X" is not`},
		"D:(":                     {ErrInvalidACL, "offset 3: the ACE ends within its type"},
		"D:()":                    {ErrInvalidACL, "offset 3: the ACE ends within its type"},
		"D:(;;;;;WD)":             {ErrInvalidACL, `offset 3: "" is not a type of ACE`},
		"D:(Z;;GA;;;WD)":          {ErrInvalidACL, `offset 3: "Z" is not a type of ACE`},
		"D:(XA;;GA;;;WD;(1))":     {ErrNotSupported, "offset 3: XA: a conditional ACE is not read from SDDL"},
		"S:(RA;;;;;WD;(1))":       {ErrNotSupported, "RA: a resource attribute"},
		"D:(A;XX;GA;;;WD)":        {ErrInvalidACL, `offset 5: "XX" is not a flag of an ACE`},
		"D:(A;OIX;GA;;;WD)":       {ErrInvalidACL, `offset 7: "X" is not a flag of an ACE`},
		"D:(A;;GAXX;;;WD)":        {ErrInvalidACL, `offset 8: "XX" is not an access right`},
		"D:(A;;GA1;;;WD)":         {ErrInvalidACL, `offset 8: "1" is not an access right`},
		"D:(A;;0x;;;WD)":          {ErrInvalidACL, `offset 6: "0x" is not a number of 32 bits`},
		"D:(A;;0x1g;;;WD)":        {ErrInvalidACL, `"0x1g" is not a number`},
		"D:(A;;08;;;WD)":          {ErrInvalidACL, `"08" is not a number`},
		"D:(A;;0x100000000;;;WD)": {ErrInvalidACL, `is not a number of 32 bits`},
		"D:(A;;1_0;;;WD)":         {ErrInvalidACL, `is not a number`},
		"D:(A;;GA;x;;WD)":         {ErrInvalidACL, "offset 9: only an object ACE has an object type"},
		"D:(OA;;GA;x;;WD)":        {ErrInvalidACL, `offset 10: "x" is not a GUID`},
		"D:(OA;;GA;;bf967aba0de611d0a28500aa003049e2;WD)": {ErrInvalidACL, `offset 11: "bf967aba0de611d0a285"… is not a GUID`},
		"D:(A;;GA;;;WD":                   {ErrInvalidACL, "offset 13: a closing parenthesis is missing"},
		"D:(A;;GA;;;WD;x)":                {ErrInvalidACL, "offset 13: a closing parenthesis is missing"},
		"D:(A;;GA;;;)":                    {ErrInvalidSID, "offset 11: "},
		"D:(A;;GA;;WD)":                   {ErrInvalidACL, "offset 10: the ACE ends within its object"},
		"D:(A;;(GA;;;WD)":                 {ErrInvalidACL, "offset 6: the ACE ends within its rights"},
		"D:(A;;GA;;;DA)":                  {ErrInvalidSID, "offset 11: DA is a SID of a domain"},
		"D:NO_ACCESS_CONTROL(A;;GA;;;WD)": {ErrInvalidACL, "offset 19: NO_ACCESS_CONTROL has no ACEs"},
		"D:(A;;GA;;;WD)P":                 {ErrInvalidSecurityDescriptor, `offset 14: "P" is not`},
	} {
		sd, err := ParseSDDL(text)
		if sd != nil || !errors.Is(err, want.err) || !strings.Contains(err.Error(), want.words) {
			t.Errorf("%q: %v; want %v, %s", text, err, want.err, want.words)
		}
	}
	for _, test := range []struct {
		ace  ACE
		want error
	}{{ACE{Type: 0x77}, ErrNotSupported}, {ACE{}, ErrInvalidACL}} {
		sd := &SecurityDescriptor{SACL: &ACL{ACEs: []ACE{{SID: Everyone}, test.ace}}}
		if text, err := sd.SDDL(); text != "" || !errors.Is(err, test.want) || !strings.Contains(err.Error(), "S ACE 1:") {
			t.Errorf("%+v: %s, %v", test.ace, text, err)
		}
	}
}

var sddlSeeds = []string{
	"", "O:BAG:SYD:PARAI(A;OICI;GA;;;WD)(D;;0x10;;;S-1-22-1-1000)S:AI(AU;SAFA;FA;;;WD)(ML;;NWNR;;;HI)",
	"D:NO_ACCESS_CONTROLS:", "D:(OA;CIIO;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;PS)",
	"O:DAG:S-1-0x100000000-1D:(A;;0777;;;OW)", "D:(XA;;GA;;;WD;(1))", " d: p (a ; ; ga ; ; ; s-1-5-18 ) ",
}

// FuzzSDDL: what is read is written so that it is read as the same, as text and
// as bytes.
func FuzzSDDL(f *testing.F) {
	for _, seed := range sddlSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sd, err := ParseSDDL(text, InDomain(NewSID(5, 21, 1, 2, 3)))
		if err != nil {
			var e *Error
			if sd != nil || !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		written, err := sd.SDDL()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ParseSDDL(written)
		if err != nil || !reflect.DeepEqual(again, sd) {
			t.Errorf("%q is written %q, which is %+v, %v", text, written, again, err)
		}
		data, err := sd.MarshalBinary()
		if err != nil {
			if !errors.Is(err, ErrInvalidACL) || len(text) < 1000 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var back SecurityDescriptor
		if err := back.UnmarshalBinary(data); err != nil || !reflect.DeepEqual(&back, sd) {
			t.Errorf("%q as bytes is %+v, %v", text, back, err)
		}
	})
}

// FuzzAccessCheck: a deny ACE in front takes rights and gives none, what is
// granted is what was asked for, and each right of MAXIMUM_ALLOWED is granted if
// it is asked for by name.
func FuzzAccessCheck(f *testing.F) {
	for i, seed := range sddlSeeds {
		f.Add(seed, uint32(MAXIMUM_ALLOWED), uint32(1<<i), uint8(i))
		f.Add(seed, uint32(GENERIC_READ), uint32(GENERIC_WRITE), uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, desired, denied uint32, kind uint8) {
		sd, err := ParseSDDL(text)
		if err != nil {
			return
		}
		token := UnixToken(uint32(kind&1)*1000, 100)
		if kind&2 != 0 {
			token.Restricted = []SID{Everyone, UnixUser(1000)}
		}
		if kind&4 != 0 {
			token.Groups = append(token.Groups, Group{NewSID(16, 4096), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED})
		}
		if kind&8 != 0 {
			token.Groups[0].Attributes = SE_GROUP_USE_FOR_DENY_ONLY
		}
		want := AccessMask(desired)
		granted, ok := AccessCheck(sd, token, want, ProcessMapping)
		named := ProcessMapping.Map(want &^ MAXIMUM_ALLOWED)
		if !ok && granted != 0 || ok && named&^granted != 0 || ok && want&MAXIMUM_ALLOWED == 0 && granted != named {
			t.Fatalf("%q, 0x%x: 0x%x %v", text, desired, uint32(granted), ok)
		}
		if ok {
			if again, ok := AccessCheck(sd, token, granted, ProcessMapping); !ok || again != granted {
				t.Errorf("%q: 0x%x is granted, but by name 0x%x %v", text, uint32(granted), uint32(again), ok)
			}
		}
		if sd.DACL == nil {
			return
		}
		sd.DACL.ACEs = append([]ACE{{Type: ACCESS_DENIED_ACE_TYPE, Mask: AccessMask(denied), SID: Everyone}}, sd.DACL.ACEs...)
		less, lessOK := AccessCheck(sd, token, want, ProcessMapping)
		if less&^granted != 0 || lessOK && !ok {
			t.Errorf("%q, 0x%x: with a deny ACE 0x%x %v, without 0x%x %v", text, desired, uint32(less), lessOK, uint32(granted), ok)
		}
		if implied := READ_CONTROL | WRITE_DAC | ACCESS_SYSTEM_SECURITY | WRITE_OWNER; less&ProcessMapping.Map(AccessMask(denied))&^implied != 0 {
			t.Errorf("%q: 0x%x is denied, 0x%x granted", text, denied, uint32(less))
		}
	})
}
