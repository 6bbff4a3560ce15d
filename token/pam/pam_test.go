//go:build linux && cgo

package pam

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/token"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

const password = "Correct-Horse-7-Battery"

func addUser(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make users")
	}
	name := fmt.Sprintf("cpp%d", os.Getpid())
	for _, c := range []*exec.Cmd{exec.Command("useradd", "--no-create-home", name), exec.Command("chpasswd")} {
		c.Stdin = strings.NewReader(name + ":" + password + "\n")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	t.Cleanup(func() { exec.Command("userdel", name).Run() })
	return name
}

func config(t *testing.T) *Config {
	t.Helper()
	dir := t.TempDir()
	environment := filepath.Join(dir, "environment")
	stack := "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_env.so user_readenv=0 envfile=" + environment + "\n"
	for path, text := range map[string]string{environment: "B=2\nA=1\n", filepath.Join(dir, Service): stack} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &Config{ConfDir: dir, Caller: "root"}
}

func code(err error) uint32 {
	var e *token.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestLogonUser(t *testing.T) {
	name, c := addUser(t), config(t)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, domain, password string
		kind                   token.LogonType
		code                   uint32
	}{
		{name, "", password, token.LOGON32_LOGON_INTERACTIVE, 0},
		{name, ".", password, token.LOGON32_LOGON_NETWORK, 0},
		{name, host, password, token.LOGON32_LOGON_BATCH, 0},
		{name, "ELSEWHERE", password, token.LOGON32_LOGON_INTERACTIVE, 1326},
		{name, "", "wrong", token.LOGON32_LOGON_INTERACTIVE, 1326},
		{name, "", "", token.LOGON32_LOGON_INTERACTIVE, 1326},
		{"", "", password, token.LOGON32_LOGON_INTERACTIVE, 1326},
		{name, "", password, token.LOGON32_LOGON_NEW_CREDENTIALS, 50},
		{name, "", password, token.LOGON32_LOGON_UNLOCK, 50},
	} {
		secret := []byte(row.password)
		tok, err := c.LogonUser(row.name, row.domain, secret, row.kind)
		if code(err) != row.code || (err == nil) != (row.code == 0) {
			t.Errorf("%+v: %v", row, err)
		}
		if string(secret) != row.password {
			t.Errorf("%+v: the caller's password has been changed", row)
		}
		if err == nil && tok.Account().Name != name {
			t.Errorf("%+v: %+v", row, tok.Account())
		}
	}
}

func TestSession(t *testing.T) {
	name, c := addUser(t), config(t)
	for _, once := range []bool{false, true} {
		c.OneProcess = once
		tok, err := c.LogonUser(name, "", []byte(password), token.LOGON32_LOGON_INTERACTIVE)
		if err != nil {
			t.Fatal(err)
		}
		s, err := tok.OpenSession()
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Environment(); !slices.Equal(got, []string{"A=1", "B=2"}) {
			t.Errorf("%q", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCodes: each answer of PAM's has its Win32 code.
func TestCodes(t *testing.T) {
	dir := t.TempDir()
	restore := shadowFile
	t.Cleanup(func() { shadowFile = restore })
	shadowFile = filepath.Join(dir, "shadow")
	shadow := "locked:!$y$hash:19000:0:99999:7:::\nnever:!:19000:0:99999:7:::\nmust:$y$hash:0:0:99999:7:::\nshort:x\nold:$y$hash:10000:0:9:7:::\n"
	if err := os.WriteFile(shadowFile, []byte(shadow), 0o600); err != nil {
		t.Fatal(err)
	}
	c := new(Config)
	for _, row := range []struct {
		name    string
		err     error
		account bool
		code    uint32
	}{
		{"old", pam.ErrAuth, false, 1326},
		{"nobody", pam.ErrUserUnknown, false, 1326},
		{"old", pam.ErrMaxtries, false, 1326},
		{"old", pam.ErrPermDenied, false, 1326},
		{"old", pam.ErrConv, false, 1326},
		{"old", pam.ErrAuthtok, false, 1326},
		{"never", pam.ErrAuth, false, 1326},
		{"short", pam.ErrAuth, false, 1326},
		{"locked", pam.ErrAuth, false, 1331},
		{"old", pam.ErrAuthinfoUnavail, false, 1311},
		{"old", pam.ErrSystem, false, 31},
		{"old", pam.ErrNewAuthtokReqd, true, 1330},
		{"must", pam.ErrNewAuthtokReqd, true, 1907},
		{"old", pam.ErrAuthtokExpired, true, 1330},
		{"old", pam.ErrAcctExpired, true, 1793},
		{"old", pam.ErrPermDenied, true, 1385},
		{"old", pam.ErrAuth, true, 1327},
		{"nobody", pam.ErrUserUnknown, true, 1326},
	} {
		err := c.authenticationFailed(row.name, row.err)
		if row.account {
			err = accountFailed(row.name, row.err)
		}
		if code(err) != row.code {
			t.Errorf("%s: %v: %v, not %d", row.name, row.err, err, row.code)
		}
	}
	shadowFile = filepath.Join(dir, "none")
	if got := shadowOf("locked"); got != (shadowEntry{}) {
		t.Errorf("%+v", got)
	}
}
