package createprocess_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/token"
)

// statusAs is the /proc/PID/status of a child with the token.
func statusAs(t *testing.T, as *token.Token) map[string]string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := Params{Args: []string{"/bin/cat", "/proc/self/status"}, CurrentDirectory: "/"}
	p.StartupInfo.UseStdHandles(nil, w, nil)
	pi, err := CreateProcessAsUser(as, p)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer pi.Close()
	var text strings.Builder
	if _, err := r.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if code, err := pi.Process.Wait(t.Context()); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	status := map[string]string{}
	for line := range strings.Lines(text.String()) {
		name, value, _ := strings.Cut(line, ":")
		status[name] = strings.Join(strings.Fields(value), " ")
	}
	return status
}

func needRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root becomes another user")
	}
}

func of(t *testing.T, u token.Unix) *token.Token {
	t.Helper()
	as, err := token.Of(u)
	if err != nil {
		t.Fatal(err)
	}
	return as
}

func TestAsUser(t *testing.T) {
	needRoot(t)
	onEveryBackend(t, func(t *testing.T) {
		status := statusAs(t, of(t, token.Unix{UID: 4242, GID: 4243, Groups: []uint32{4245, 4244}}))
		for name, want := range map[string]string{
			"Uid": "4242 4242 4242 4242", "Gid": "4243 4243 4243 4243", "Groups": "4244 4245",
			"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000",
			"NoNewPrivs": "0",
		} {
			if status[name] != want {
				t.Errorf("%s is %q, not %q", name, status[name], want)
			}
		}
	})
}

func TestAsUserRestricted(t *testing.T) {
	needRoot(t)
	own, err := token.Current()
	if err != nil {
		t.Fatal(err)
	}
	restricted, err := own.Restrict(token.Restriction{Flags: token.DISABLE_MAX_PRIVILEGE})
	if err != nil {
		t.Fatal(err)
	}
	onEveryBackend(t, func(t *testing.T) {
		status := statusAs(t, restricted)
		for _, name := range []string{"CapPrm", "CapEff", "CapBnd", "CapAmb"} {
			if status[name] != "0000000000000000" {
				t.Errorf("%s is %s", name, status[name])
			}
		}
		if status["Uid"] != "0 0 0 0" || status["NoNewPrivs"] != "1" {
			t.Error(status["Uid"], status["NoNewPrivs"])
		}
	})
}

// Each step that makes the child another user is made to fail.
func TestAsUserFaults(t *testing.T) {
	needRoot(t)
	as := of(t, token.Unix{UID: 4242, GID: 4243, Groups: []uint32{4244}})
	onEveryBackend(t, func(t *testing.T) {
		for _, step := range []spawn.Step{spawn.StepGroups, spawn.StepGID, spawn.StepUID, spawn.StepCapabilities,
			spawn.StepVerifyGroups, spawn.StepVerifyGID, spawn.StepVerifyUID} {
			restore := spawn.InjectFault(step, syscall.EPERM)
			_, err := CreateProcessAsUser(as, Params{Args: []string{"/bin/true"}})
			restore()
			var e *Error
			if !errors.As(err, &e) || e.Op != step.String() || !errors.Is(err, syscall.EPERM) {
				t.Errorf("%s: %v", step, err)
			}
		}
	})
}

func TestAsUserRefusals(t *testing.T) {
	needRoot(t)
	as := of(t, token.Unix{UID: 4242, GID: 4243})
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	onEveryBackend(t, func(t *testing.T) {
		_, err := CreateProcessAsUser(as, Params{Args: []string{"/bin/true"}, CurrentDirectory: dir})
		var e *Error
		if !errors.As(err, &e) || e.Op != "chdir" || e.Code != ERROR_ACCESS_DENIED {
			t.Error(err)
		}
	})
	as.Close()
	if _, err := CreateProcessAsUser(as, Params{Args: []string{"/bin/true"}}); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Error(err)
	}
	if _, err := token.OfUser("no such user"); !errors.Is(err, ERROR_NONE_MAPPED) {
		t.Error(err)
	}
}

type session struct{ closed chan bool }

func (s *session) Environment() []string { return []string{"SESSION=open"} }
func (s *session) Close() error          { close(s.closed); return nil }

func TestAsUserSession(t *testing.T) {
	own, err := token.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{make(chan bool)}
	own = own.WithSession(func(*token.Token) (token.Session, error) { return s, nil })
	pi, err := CreateProcessAsUser(own, Params{Args: []string{"/bin/sh", "-c", `[ "$SESSION" = open ]`}})
	if err != nil {
		t.Fatal(err)
	}
	defer pi.Close()
	if code, err := pi.Process.Wait(t.Context()); err != nil || code != 0 {
		t.Error(code, err)
	}
	<-s.closed
	env, err := CreateEnvironmentBlock(of(t, token.Unix{}), false)
	if err != nil || !slices.Contains(env, "HOME=/root") {
		t.Error(env, err)
	}
}

// TestPrivilegeNotHeld: to become another user, or to be without a group, takes
// the privilege; to be oneself, or less, does not.
func TestPrivilegeNotHeld(t *testing.T) {
	unprivileged(t, func() {
		own, err := token.Current()
		if err != nil {
			t.Error(err)
			return
		}
		u := own.Unix()
		less, err := own.Restrict(token.Restriction{Flags: token.DISABLE_MAX_PRIVILEGE})
		if err != nil {
			t.Error(err)
			return
		}
		other := token.Unix{UID: u.UID + 1, GID: u.GID, Groups: u.Groups}
		more := token.Unix{UID: u.UID, GID: u.GID, Groups: append(slices.Clone(u.Groups), u.GID+4711)}
		for _, row := range []struct {
			name string
			as   *token.Token
			want error
		}{
			{"root", of(t, token.Unix{}), ERROR_PRIVILEGE_NOT_HELD},
			{"another user", of(t, other), ERROR_PRIVILEGE_NOT_HELD},
			{"one more group", of(t, more), ERROR_PRIVILEGE_NOT_HELD},
			{"oneself", own, nil},
			{"oneself without privileges", less, nil},
		} {
			pi, err := CreateProcessAsUser(row.as, Params{Args: []string{"/bin/true"}, CurrentDirectory: "/"})
			if row.want == nil && err != nil || row.want != nil && !errors.Is(err, row.want) {
				t.Errorf("%s: %v, want %v", row.name, err, row.want)
			}
			if err == nil {
				if code, err := pi.Process.Wait(t.Context()); code != 0 || err != nil {
					t.Errorf("%s: %d, %v", row.name, code, err)
				}
				pi.Close()
			}
		}
	})
}
