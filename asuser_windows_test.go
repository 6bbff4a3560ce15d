package createprocess_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/token"
)

func init() {
	// Says which privileges it has.
	childRoles["privileges"] = func([]string) int {
		own, err := token.Current()
		if err != nil {
			return 1
		}
		var names []string
		for _, p := range own.Privileges() {
			names = append(names, p.Name)
		}
		json.NewEncoder(os.Stdout).Encode(names)
		return 0
	}
}

// privilegesOfChild are those of a child that is created with the token.
func privilegesOfChild(t *testing.T, own *token.Token) (names []string) {
	t.Helper()
	out := tempFile(t)
	p := Params{Args: []string{self(t)}, Environment: as("privileges")}
	p.StartupInfo.UseStdHandles(nil, out, os.Stderr)
	pi, err := CreateProcessAsUser(own, p)
	if err != nil {
		t.Fatal(err)
	}
	if code := wait(t, pi); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if _, err := out.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(out).Decode(&names); err != nil {
		t.Fatal(err)
	}
	return names
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(winetest.TempDir(t), "out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestAsUserWindows: a child has the privileges of the token that it is created
// with, and no others.
func TestAsUserWindows(t *testing.T) {
	own, err := token.Current()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if names := privilegesOfChild(t, own); !slices.Contains(names, "SeChangeNotifyPrivilege") {
		t.Errorf("with this program's token: %q", names)
	}
	var last string
	for _, p := range own.Privileges() {
		if p.ID != token.SeChangeNotifyPrivilege {
			last = p.Name
		}
	}
	id, ok := token.LookupPrivilege(last)
	if !ok {
		t.Skip("this program has no privilege that could be taken away")
	}
	less, err := own.Restrict(token.Restriction{Delete: []security.Privilege{id}})
	if err != nil {
		t.Fatal(err)
	}
	defer less.Close()
	if names := privilegesOfChild(t, less); slices.Contains(names, last) || !slices.Contains(names, "SeChangeNotifyPrivilege") {
		t.Errorf("without %s: %q", last, names)
	}
	less.Close()
	if _, err := CreateProcessAsUser(less, Params{Args: []string{self(t)}}); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Errorf("with a token that is closed: %v", err)
	}
}

// TestWithLogonWindows: a user whom nobody has.
func TestWithLogonWindows(t *testing.T) {
	password := []byte("pä\xff𝄞ß")
	c := Credentials{User: "createprocess-nobody", Password: password}
	pi, err := CreateProcessWithLogon(c, 0, Params{Args: []string{self(t)}, Environment: as("exit")})
	if err == nil {
		wait(t, pi)
	}
	if string(password) != "pä\xff𝄞ß" {
		t.Error("the caller's password has been changed")
	}
	refused := Params{Args: []string{self(t)}, ProcessAttributes: &SecurityAttributes{SecurityDescriptor: processDescriptor(t, "D:(A;;GA;;;WD)")}}
	if _, err := CreateProcessWithLogon(c, 0, refused); !errors.Is(err, ERROR_NOT_SUPPORTED) {
		t.Errorf("with a security descriptor: %v", err)
	}
	refused = Params{Args: []string{self(t)}}
	refused.StartupInfo.Attributes = []Attribute{{Key: PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR, Value: 0}}
	if _, err := CreateProcessWithLogon(c, 0, refused); !errors.Is(err, ERROR_NOT_SUPPORTED) {
		t.Errorf("with an attribute: %v", err)
	}
	if winetest.OnWine() {
		if !errors.Is(err, ERROR_CALL_NOT_IMPLEMENTED) {
			t.Errorf("Wine 8 used to have no CreateProcessWithLogonW: %v", err)
		}
		t.Skip("Wine 8 has no CreateProcessWithLogonW")
	}
	if !errors.Is(err, ERROR_LOGON_FAILURE) {
		t.Errorf("a user who is not there: %v", err)
	}
}

func processDescriptor(t *testing.T, sddl string) []byte {
	t.Helper()
	sd, err := security.ParseSDDL(sddl)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := sd.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestSecurityDescriptorWindows: the system keeps what it is given, and says it
// again; the owner's part and the group's it fills in.
func TestSecurityDescriptorWindows(t *testing.T) {
	attributes, err := SecurityAttributesFromSDDL("D:(A;;0x1fffff;;;SY)(D;;0x1;;;AN)(A;;GR;;;WD)", false)
	if err != nil {
		t.Fatal(err)
	}
	pi, err := CreateProcess(Params{Args: []string{self(t), "1m"}, Environment: as("sleep"), ProcessAttributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	defer wait(t, pi)
	defer pi.Process.Terminate(0)
	sd, err := pi.Process.SecurityDescriptor()
	if err != nil {
		t.Fatal(err)
	}
	if sd.Owner.IsZero() || sd.Group.IsZero() || sd.DACL == nil || len(sd.DACL.ACEs) != 3 {
		t.Fatalf("%+v", sd)
	}
	// The generic right has become those that it stands for, or is as it was given.
	last := sd.DACL.ACEs[2]
	if mapped := security.ProcessMapping.Map(last.Mask); mapped != security.ProcessMapping.Read || last.SID != security.Everyone {
		t.Errorf("the last entry is %+v", last)
	}
	changed := &security.SecurityDescriptor{DACL: &security.ACL{ACEs: []security.ACE{{Mask: 0x1fffff, SID: security.LocalSystem}}}}
	if err := pi.Process.SetSecurityDescriptor(changed); err != nil {
		t.Fatal(err)
	}
	if sd, err = pi.Process.SecurityDescriptor(); err != nil || sd.DACL == nil || !slices.Equal(sids(sd), []security.SID{security.LocalSystem}) {
		t.Errorf("after the change: %+v, %v", sd, err)
	}
	// Wine 8 keeps none for a thread.
	if sd, err := pi.Thread.SecurityDescriptor(); err != nil || sd.Owner.IsZero() && !winetest.OnWine() {
		t.Errorf("the thread's: %+v, %v", sd, err)
	}
	limited, err := pi.Process.Duplicate(SYNCHRONIZE, false)
	if err != nil {
		t.Fatal(err)
	}
	defer limited.Close()
	if _, err := limited.SecurityDescriptor(); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("without READ_CONTROL: %v", err)
	}
	if err := limited.SetSecurityDescriptor(changed); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("without WRITE_DAC: %v", err)
	}
}

func sids(sd *security.SecurityDescriptor) (list []security.SID) {
	for _, ace := range sd.DACL.ACEs {
		list = append(list, ace.SID)
	}
	return list
}
