package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestAccess(t *testing.T) {
	const user = "--user=S-1-22-1-1000"
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{user, "--desired", "0x41", "O:SYG:SYD:(A;;0x41;;;S-1-22-1-1000)"}, `{"ok":true,"granted":65}`},
		{[]string{user, "--desired", "65", "O:SYG:SYD:(A;;0x1;;;S-1-22-1-1000)"}, `{"ok":false,"granted":0}`},
		{[]string{user, "--group", "BU", "--desired", "PROCESS_TERMINATE|SYNCHRONIZE", "D:(A;;GA;;;BU)"}, `{"ok":true,"granted":1048577}`},
		{[]string{user, "--group", "BU:7", "--group", "S-1-5-32-544:0x10", "--desired", "MAXIMUM_ALLOWED", "D:(D;;0x1;;;BA)(A;;0x3;;;BU)"}, `{"ok":true,"granted":2}`},
		{[]string{user, "--group", "BU:0", "--desired", "1", "D:(A;;GA;;;BU)"}, `{"ok":false,"granted":0}`},
		{[]string{user, "--desired", "GENERIC_EXECUTE", "D:NO_ACCESS_CONTROL"}, `{"ok":true,"granted":1183744}`},
		{[]string{user, "--object", "thread", "--desired", "GENERIC_EXECUTE", ""}, `{"ok":true,"granted":1181696}`},
		{[]string{user, "--object", "none", "--desired", "GENERIC_READ", "D:(A;;GR;;;S-1-22-1-1000)"}, `{"ok":true,"granted":2147483648}`},
		{[]string{user, "--privilege", "SeSecurityPrivilege", "--desired", "ACCESS_SYSTEM_SECURITY", "D:"}, `{"ok":true,"granted":16777216}`},
		{[]string{"--user", "DU", "--domain", "S-1-5-21-1-2-3", "--desired", "1", "D:(A;;0x1;;;DU)"}, `{"ok":true,"granted":1}`},
	} {
		run(t, "", append([]string{"access"}, test.args...)...).check(t, 0, test.want+"\n", "")
	}
}

func TestAccessUsage(t *testing.T) {
	const user, desired = "--user=SY", "--desired=1"
	for _, test := range []struct {
		args  []string
		words string
	}{
		{[]string{desired, "D:"}, `required flag(s) "user" not set`},
		{[]string{user, "D:"}, `required flag(s) "desired" not set`},
		{[]string{user, desired}, "access needs one SDDL"},
		{[]string{user, desired, "D:", "S:"}, "access needs one SDDL"},
		{[]string{user, desired, "D:(A;;GA;;;XX)"}, `SDDL, offset 11: "XX" is neither a SID nor an abbreviation of one: ERROR_INVALID_SID (1337)`},
		{[]string{user, desired, "D:(A;;GA;;;DA)"}, "DA is a SID of a domain, and no domain is given"},
		{[]string{user, desired, "D:(XA;;GA;;;WD;(1))"}, "ERROR_NOT_SUPPORTED (50)"},
		{[]string{"--user=root", desired, "D:"}, `--user "root": security: SID, offset 0`},
		{[]string{user, desired, "--group", "x", "D:"}, `--group "x": security: SID`},
		{[]string{user, desired, "--group", "BU:", "D:"}, `--group "BU:": the attributes are not a number`},
		{[]string{user, desired, "--group", "BU:0x1ffffffff", "D:"}, "the attributes are not a number of 32 bits"},
		{[]string{user, "--desired=SYNCHRONISE", "D:"}, `--desired "SYNCHRONISE": "SYNCHRONISE" is neither an access right nor a number`},
		{[]string{user, desired, "--object", "file", "D:"}, `--object "file": it is one of none, process, thread`},
		{[]string{user, desired, "--privilege", "SeDebugPrivilege", "D:"}, `--privilege "SeDebugPrivilege": it is one of SeRelabelPrivilege`},
		{[]string{user, desired, "--domain", "x", "D:"}, `--domain "x": security: SID`},
	} {
		a := run(t, "", append([]string{"access"}, test.args...)...)
		if a.status != exitUsage || a.stdout != "" || !strings.Contains(a.stderr, test.words) {
			t.Errorf("%q: %+v; want %s", test.args, a, test.words)
		}
	}
	if a := run(t, "", "access", "--help"); a.status != 0 || !strings.Contains(a.stdout, "Examples:") || a.stderr != "" {
		t.Errorf("--help: %+v", a)
	}
	if a := run(t, "", "__complete", "access", "--object", ""); !strings.HasPrefix(a.stdout, "none\nprocess\nthread\n") {
		t.Errorf("completion: %+v", a)
	}
}

// TestAccessVector: one of the vectors, with the token that they are about.
func TestAccessVector(t *testing.T) {
	text, err := os.ReadFile("../../security/testdata/access.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Token struct {
			User   string
			Groups []struct {
				SID        string
				Attributes uint32
			}
		}
		Cases []struct {
			SDDL             string
			Desired, Granted uint32
			OK               bool
		}
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	args := []string{"access", "--user", vectors.Token.User}
	for _, g := range vectors.Token.Groups {
		args = append(args, "--group", fmt.Sprintf("%s:%d", g.SID, g.Attributes))
	}
	// The first three that are granted and the first three that are denied.
	want := map[bool]int{true: 3, false: 3}
	for _, c := range vectors.Cases {
		if strings.HasPrefix(c.SDDL, "O:S-1-5-21-9-9-9-1234") && want[c.OK] > 0 {
			want[c.OK]--
			run(t, "", append(args, "--desired", fmt.Sprint(c.Desired), c.SDDL)...).check(t, 0, fmt.Sprintf("{\"ok\":%v,\"granted\":%d}\n", c.OK, c.Granted), "")
		}
	}
	if want[true]+want[false] != 0 {
		t.Errorf("%v are missing", want)
	}
}
