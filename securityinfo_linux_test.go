package createprocess_test

import (
	"errors"
	"os"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/token"
	"golang.org/x/sys/unix"
)

// unprivileged calls f on a thread that is nobody's if the tests are root's. Who
// has SeDebugPrivilege opens everything.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	spawn.OnThreadOfItsOwn(func() {
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS, 0, 0, 0},
			{unix.SYS_SETRESGID, 65534, 65534, 65534},
			{unix.SYS_SETRESUID, 65534, 65534, 65534},
		} {
			if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				t.Error(errno)
				return
			}
		}
		f()
	})
}

func protectedSleeper(t *testing.T, sddl string) *ProcessInformation {
	t.Helper()
	p := Params{Args: []string{"/bin/sleep", "1000"}, CurrentDirectory: "/"}
	var err error
	if sddl != "" {
		if p.ProcessAttributes, err = SecurityAttributesFromSDDL(sddl, false); err != nil {
			t.Fatal(err)
		}
	}
	pi, err := CreateProcess(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pi.Process.Terminate(0)
		pi.Close()
	})
	return pi
}

var descriptorsInUse = []string{
	"",
	"D:(A;;GA;;;WD)",
	"D:",
	"D:NO_ACCESS_CONTROL",
	"D:(A;;0x1000;;;WD)",
	"D:(A;;GR;;;AU)(A;;0x1;;;WD)",
	"D:(D;;0x1;;;WD)(A;;GA;;;WD)",
	"D:(A;;0x1;;;WD)(D;;0x1;;;WD)",
	"D:(A;;GA;;;BA)",
	"D:(A;;GX;;;OW)",
	"O:S-1-22-1-4711D:(A;;0x100400;;;WD)",
	"O:SYG:SYD:(A;IO;GA;;;WD)(A;;0x800;;;WD)",
	"D:(D;;WDRC;;;OW)(A;;0x100001;;;WD)",
}

// TestOpenProcessDescriptor: what OpenProcess grants is what the access check
// says of the process's security descriptor.
func TestOpenProcessDescriptor(t *testing.T) {
	wanted := []AccessMask{
		PROCESS_TERMINATE, PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SUSPEND_RESUME, SYNCHRONIZE,
		READ_CONTROL, WRITE_DAC, WRITE_OWNER, DELETE, GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL, PROCESS_ALL_ACCESS,
		MAXIMUM_ALLOWED, MAXIMUM_ALLOWED | PROCESS_TERMINATE, PROCESS_TERMINATE | SYNCHRONIZE, PROCESS_TERMINATE | READ_CONTROL,
	}
	unprivileged(t, func() {
		who, err := token.Current()
		if err != nil {
			t.Error(err)
			return
		}
		for _, sddl := range descriptorsInUse {
			pi := protectedSleeper(t, sddl)
			sd, err := pi.Process.SecurityDescriptor()
			if err != nil {
				t.Errorf("%q: %v", sddl, err)
				continue
			}
			for _, want := range wanted {
				granted, ok := security.AccessCheck(sd, who.Security(), want, security.ProcessMapping)
				if granted&PROCESS_QUERY_INFORMATION != 0 {
					granted |= PROCESS_QUERY_LIMITED_INFORMATION
				}
				p, err := OpenProcess(want, false, pi.ProcessID)
				if (err == nil) != ok || err != nil && !errors.Is(err, ERROR_ACCESS_DENIED) {
					t.Errorf("%q, %s: %v, want %v", sddl, FormatProcessAccess(want), err, ok)
				}
				if err != nil {
					continue
				}
				if p.Access() != granted {
					t.Errorf("%q, %s: 0x%x, want 0x%x", sddl, FormatProcessAccess(want), p.Access(), granted)
				}
				p.Close()
			}
			if a := pi.Process.Access(); a != PROCESS_ALL_ACCESS {
				t.Errorf("%q: the creator has 0x%x", sddl, a)
			}
		}
	})
}

// TestDebugPrivilege: who has it opens what a descriptor closes.
func TestDebugPrivilege(t *testing.T) {
	who, err := token.Current()
	if err != nil {
		t.Fatal(err)
	}
	if !who.HasPrivilege(token.SeDebugPrivilege) {
		t.Skip("needs CAP_SYS_PTRACE")
	}
	pi := protectedSleeper(t, "D:")
	p, err := OpenProcess(PROCESS_ALL_ACCESS, false, pi.ProcessID)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

// TestSecurityInfo: a descriptor is read as it was given, with the creator's
// owner and group where it had none, and is changed in parts.
func TestSecurityInfo(t *testing.T) {
	unprivileged(t, func() {
		who, err := token.Current()
		if err != nil {
			t.Error(err)
			return
		}
		text := func(p *Process) string {
			sd, err := p.SecurityDescriptor()
			if err != nil {
				t.Error(err)
				return ""
			}
			sddl, err := sd.SDDL()
			if err != nil {
				t.Error(err)
			}
			return sddl
		}
		owner := "O:" + who.User().String() + "G:" + who.PrimaryGroup().String()
		pi := protectedSleeper(t, "D:(A;;0x1000;;;WD)")
		if got := text(pi.Process); got != owner+"D:(A;;0x1000;;;WD)" {
			t.Errorf("%s", got)
		}
		if sd, err := pi.Thread.SecurityDescriptor(); err != nil || len(sd.DACL.ACEs) != 2 {
			t.Errorf("the thread's: %+v, %v", sd, err)
		}
		limited, err := OpenProcess(READ_CONTROL|WRITE_DAC, false, pi.ProcessID) // the owner's
		if err != nil {
			t.Error(err)
			return
		}
		defer limited.Close()
		parse := func(sddl string) *security.SecurityDescriptor {
			sd, err := security.ParseSDDL(sddl)
			if err != nil {
				t.Error(err)
			}
			return sd
		}
		for _, row := range []struct {
			p    *Process
			sddl string
			want error
		}{
			{limited, "D:(A;;0x1001;;;WD)", nil},
			{limited, owner, ERROR_ACCESS_DENIED},
			{pi.Process, owner, nil},
			{pi.Process, "O:SY", ERROR_INVALID_OWNER},
			{pi.Process, "S:(AU;SA;GA;;;WD)", ERROR_ACCESS_DENIED},
		} {
			err := row.p.SetSecurityDescriptor(parse(row.sddl))
			if row.want == nil && err != nil || row.want != nil && !errors.Is(err, row.want) {
				t.Errorf("%s: %v, want %v", row.sddl, err, row.want)
			}
		}
		if got := text(pi.Process); got != owner+"D:(A;;0x1001;;;WD)" {
			t.Errorf("%s", got)
		}
		if p, err := OpenProcess(PROCESS_TERMINATE, false, pi.ProcessID); err != nil {
			t.Error(err)
		} else {
			p.Close()
		}
		stranger, err := OpenProcess(READ_CONTROL, false, 1)
		if err != nil {
			t.Error(err)
			return
		}
		defer stranger.Close()
		if got := text(stranger); got != "O:S-1-22-1-0G:S-1-22-2-0D:(A;;0x1fffff;;;S-1-22-1-0)(A;;0x1fffff;;;SY)" {
			t.Errorf("process 1: %s", got)
		}
		if err := stranger.SetSecurityDescriptor(&security.SecurityDescriptor{}); !errors.Is(err, ERROR_NOT_SUPPORTED) {
			t.Errorf("%v", err)
		}
	})
}

// TestDescriptorRefused: bytes and texts that are none.
func TestDescriptorRefused(t *testing.T) {
	for sddl, want := range map[string]Errno{
		"D:(A;;GA;;":        ERROR_INVALID_ACL,
		"O:S-1-x":           ERROR_INVALID_SID,
		"nonsense":          ERROR_INVALID_SECURITY_DESCR,
		"D:(XX;;GA;;;WD)":   ERROR_INVALID_ACL,
		"O:SYG:S-1-22-1-0?": ERROR_INVALID_SECURITY_DESCR,
	} {
		if _, err := SecurityAttributesFromSDDL(sddl, false); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", sddl, err, want)
		}
	}
	p := Params{Args: []string{"/bin/true"}, ProcessAttributes: &SecurityAttributes{SecurityDescriptor: []byte{1, 2, 3}}}
	if _, err := CreateProcess(p); !errors.Is(err, ERROR_INVALID_SECURITY_DESCR) {
		t.Errorf("%v", err)
	}
	p = Params{Args: []string{"/bin/true"}, ThreadAttributes: &SecurityAttributes{SecurityDescriptor: make([]byte, 20)}}
	if _, err := CreateProcess(p); !errors.Is(err, ERROR_INVALID_SECURITY_DESCR) {
		t.Errorf("%v", err)
	}
}
