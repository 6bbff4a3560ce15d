package security

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestSID(t *testing.T) {
	for text, want := range map[string]SID{
		"S-1-5-18":              LocalSystem,
		"s-1-5-18":              LocalSystem,
		"S-1-0x5-18":            LocalSystem,
		"S-1-0X000000000005-18": LocalSystem,
		"S-1-5-0018":            LocalSystem,
		"SY":                    LocalSystem,
		"ba":                    Administrators,
		"S-1-22-1-1000":         UnixUser(1000),
		"S-1-22-2-4294967295":   UnixGroup(1<<32 - 1),
		"S-1-4294967295-0":      NewSID(1<<32-1, 0),
		"S-1-0x0000ffffffff-0":  NewSID(1<<32-1, 0),
		"S-1-0x100000000-7":     NewSID(1<<32, 7),
		"S-1-0xffffffffffff-7":  NewSID(1<<48-1, 7),
		"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15": NewSID(5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
	} {
		sid, err := ParseSID(text)
		if sid != want || err != nil {
			t.Errorf("%s: %s, %v", text, sid, err)
		}
	}
	for _, text := range []string{"S-1-5-18", "S-1-0x100000000000-7", "S-1-4294967295-1", "S-1-0-0", "S-1-22-1-0"} {
		if sid, err := ParseSID(text); sid.String() != text || err != nil {
			t.Errorf("%s: %s, %v", text, sid, err)
		}
	}
}

func TestSIDErrors(t *testing.T) {
	for text, words := range map[string]string{
		"":                 "offset 0: a SID is missing",
		"S":                "offset 0: a SID is missing",
		"S-":               "offset 2: a SID begins with S-1-",
		"S-2-5-18":         "offset 2: a SID begins with S-1-",
		"S-1-":             "offset 4: a number is missing",
		"S-1-5":            "offset 5: the SID has no sub-authority",
		"S-1-5-":           "offset 6: a number is missing",
		"S-1--5":           "offset 4: a number is missing",
		"S-1-5-18-":        "offset 9: a number is missing",
		"S-1-5-18x":        `offset 8: "x" stands behind`,
		"S-1-5-18 ":        `offset 8: " " stands behind`,
		"S-1-5-0x12":       `offset 7: "x12" stands behind`,
		"S-1-4294967296-1": "offset 4: a number in the SID is too large",
		"S-1-5-4294967296": "offset 6: a number in the SID is too large",
		"S-1-5-+1":         "offset 6: a number is missing",
		"S-1-0x-1":         "offset 6: a number is missing",
		"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16": "15 sub-authorities at most",
		"S-1-0x1000000000000-1":                        "offset 4: a number in the SID is too large",
		"S-1-99999999999999999999999999-1":             "offset 4: a number in the SID is too large",
		"ZZ":                                           `offset 0: "ZZ" is neither a SID`,
		"BAX":                                          `offset 2: "X" stands behind`,
		"DA":                                           "offset 0: DA is a SID of a domain, and no domain is given",
		"ſY":                                           "neither a SID",
		"a text that is long indeed, and no SID at all": `"a text that is long "…`,
	} {
		sid, err := ParseSID(text)
		var e *Error
		if !sid.IsZero() || !errors.Is(err, ErrInvalidSID) || !errors.As(err, &e) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %s, %v; want %s", text, sid, err, words)
		}
	}
}

// TestAbbreviations: each one is read, and written if it needs no domain.
func TestAbbreviations(t *testing.T) {
	domain := NewSID(5, 21, 1, 2, 3)
	for _, w := range wellKnown {
		if w.abbreviation == "" {
			if w.sid.SDDL() != w.sid.String() {
				t.Errorf("%s is written %s", w.sid, w.sid.SDDL())
			}
			continue
		}
		if sid, err := ParseSID(w.abbreviation); sid != w.sid || err != nil {
			t.Errorf("%s: %s, %v", w.abbreviation, sid, err)
		}
		if w.sid.SDDL() != w.abbreviation {
			t.Errorf("%s is written %s", w.abbreviation, w.sid.SDDL())
		}
	}
	if len(abbreviations) != len(abbreviated) || len(namesOfSIDs) != len(wellKnown) || len(namedSIDs) != len(wellKnown) {
		t.Error("a SID, an abbreviation or a name is there twice")
	}
	for name, rid := range domainRIDs {
		if _, twice := abbreviated[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		if sid, err := ParseSID(name, InDomain(domain)); sid != NewSID(5, 21, 1, 2, 3, rid) || err != nil {
			t.Errorf("%s: %s, %v", name, sid, err)
		}
	}
	long := NewSID(5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
	if _, err := ParseSID("DA", InDomain(long)); !errors.Is(err, ErrInvalidSID) {
		t.Errorf("a domain with 15 sub-authorities: %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]SID{
		`BUILTIN\Administrators`: Administrators,
		`administrators`:         Administrators,
		`NT Authority\System`:    LocalSystem,
		`everyone`:               Everyone,
		`Low Mandatory Level`:    NewSID(16, 4096),
		`LOCAL`:                  NewSID(2, 0),
	} {
		if sid, ok := LookupName(name); sid != want || !ok {
			t.Errorf("%s: %s", name, sid)
		}
	}
	for _, name := range []string{"", `BUILTIN\`, `BUILTIN\SYSTEM`, "root"} {
		if sid, ok := LookupName(name); ok {
			t.Errorf("%q: %s", name, sid)
		}
	}
	if Administrators.Name() != `BUILTIN\Administrators` || UnixUser(0).Name() != "" {
		t.Error(Administrators.Name(), UnixUser(0).Name())
	}
}

func TestUnixSIDs(t *testing.T) {
	if uid, ok := UnixUser(1000).UnixUser(); uid != 1000 || !ok {
		t.Error(uid, ok)
	}
	if gid, ok := UnixGroup(1<<32 - 1).UnixGroup(); gid != 1<<32-1 || !ok {
		t.Error(gid, ok)
	}
	for _, sid := range []SID{{}, UnixGroup(1), LocalSystem, NewSID(22, 1), NewSID(22, 1, 2, 3), NewSID(23, 1, 2)} {
		if uid, ok := sid.UnixUser(); ok {
			t.Errorf("%s is of user %d", sid, uid)
		}
	}
}

func TestSIDAsText(t *testing.T) {
	type object struct{ A, B SID }
	text, err := json.Marshal(object{A: Administrators})
	if string(text) != `{"A":"S-1-5-32-544","B":""}` || err != nil {
		t.Fatalf("%s, %v", text, err)
	}
	var back object
	if err := json.Unmarshal(text, &back); back != (object{A: Administrators}) || err != nil {
		t.Error(back, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"x-"}`), &back); !errors.Is(err, ErrInvalidSID) || !back.A.IsZero() {
		t.Error(back, err)
	}
}

func TestSIDAsBytes(t *testing.T) {
	packet, err := Administrators.MarshalBinary()
	if string(packet) != "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" || err != nil {
		t.Fatalf("%x, %v", packet, err)
	}
	var sid SID
	if err := sid.UnmarshalBinary(packet); sid != Administrators || err != nil {
		t.Error(sid, err)
	}
	if _, err := (SID{}).MarshalBinary(); !errors.Is(err, ErrInvalidSID) {
		t.Error(err)
	}
	if (SID{}).String() != "" || (SID{}).Authority() != 0 || (SID{}).SubAuthorities() != nil {
		t.Error("no SID has something")
	}
	for _, data := range []string{"", "\x01", string(packet[:12]), string(packet) + "\x00", "\x02" + string(packet[1:]), "\x01\x00" + string(packet[2:]), "\x01\x10" + string(packet[2:])} {
		if err := sid.UnmarshalBinary([]byte(data)); !errors.Is(err, ErrInvalidSID) || sid != Administrators {
			t.Errorf("%x: %s, %v", data, sid, err)
		}
	}
}

func TestNewSIDPanics(t *testing.T) {
	for _, make := range []func(){
		func() { NewSID(5) },
		func() { NewSID(1<<48, 1) },
		func() { NewSID(5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("there is such a SID")
				}
			}()
			make()
		}()
	}
}

func FuzzSID(f *testing.F) {
	for _, seed := range []string{"S-1-5-18", "S-1-0x100000000-7", "BA", "DA", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", "S-1-5-4294967296", "s-1-1-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sid, err := ParseSID(text, InDomain(NewSID(5, 21, 1, 2, 3)))
		if (err != nil) != sid.IsZero() {
			t.Fatalf("%s, %v", sid, err)
		}
		if err != nil {
			if !errors.Is(err, ErrInvalidSID) {
				t.Fatal(err)
			}
			return
		}
		for _, again := range []string{sid.String(), sid.SDDL()} {
			if back, err := ParseSID(again); back != sid || err != nil {
				t.Errorf("%q is %s, which is read as %s, %v", text, again, back, err)
			}
		}
		packet, _ := sid.MarshalBinary()
		var back SID
		if err := back.UnmarshalBinary(packet); back != sid || err != nil {
			t.Errorf("%s as bytes is %s, %v", sid, back, err)
		}
	})
}
