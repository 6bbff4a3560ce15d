//go:build linux && cgo

package service_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/service"
	"github.com/seed-f798aa80/createprocess/token/pam"
)

// stackOf makes PAM's file of another stack for services that are started later.
func stackOf(t *testing.T, stack string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pam.Service), []byte(stack), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(pamKey, dir)
}

// TestPrompt: what PAM asks beside the password is asked of the client.
func TestPrompt(t *testing.T) {
	module := filepath.Join(t.TempDir(), "pam_ask.so")
	run(t, "gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", module, "testdata/pam_ask.c", "-lpam")
	stackOf(t, "auth required pam_unix.so nodelay\nauth required "+module+"\naccount required pam_unix.so\nsession required pam_permit.so\n")
	u, target := addUser(t), addUser(t)
	errGivenUp := errors.New("given up")
	for _, profile := range []uint32{0, 1} {
		for _, row := range []struct {
			prompts bool
			answer  string
			err     error
			code    createprocess.Errno
		}{
			{true, "123456", nil, 0},
			{true, "654321", nil, createprocess.ERROR_LOGON_FAILURE},
			{true, "", errGivenUp, 0},
			{false, "", nil, createprocess.ERROR_LOGON_FAILURE},
		} {
			r := start(t, service.Limits{})
			conn := dial(t, r, u)
			c := request(target.name, "/bin/true")
			c.Prompts, c.LogonFlags = row.prompts, profile
			asked := 0
			_, files, err := conn.CallPrompting(&seclogon.Request{Op: seclogon.OpCreate, Create: c}, []byte(password), nil, func(message string, echo bool) ([]byte, error) {
				asked++
				if message != "Code: " || !echo {
					t.Errorf("asked %q, echo %v", message, echo)
				}
				return []byte(row.answer), row.err
			})
			for _, fd := range files {
				unix.Close(fd)
			}
			if row.err != nil && err != row.err || row.err == nil && code(err) != row.code {
				t.Errorf("profile %d, %+v: %v", profile, row, err)
			}
			if want := map[bool]int{true: 1}[row.prompts]; asked != want {
				t.Errorf("profile %d, %+v: asked %d times", profile, row, asked)
			}
			if err == nil {
				end(t, conn)
			}
			conn.Close()
		}
	}
}

// TestSession: it is opened before the process and closed after its end, however
// that comes; and not opened without a profile.
func TestSession(t *testing.T) {
	log, script := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho $PAM_TYPE $PAM_USER $PAM_RUSER >>"+log+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	stackOf(t, "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_exec.so "+script+"\n")
	r := start(t, service.Limits{})
	u, target := addUser(t), addUser(t)
	text := func() string {
		b, _ := os.ReadFile(log)
		return string(b)
	}
	conn := dial(t, r, u)
	if _, err := create(conn, request(target.name, "/bin/true"), password); err != nil {
		t.Fatal(err)
	}
	end(t, conn)
	conn.Close()
	if text() != "" {
		t.Errorf("without a profile: %q", text())
	}
	opened := fmt.Sprintf("open_session %s %s\n", target.name, u.name)
	closed := fmt.Sprintf("close_session %s %s\n", target.name, u.name)
	want := ""
	for _, image := range []string{"/bin/true", "/bin/sleep", "/nowhere"} {
		conn := dial(t, r, u)
		c := request(target.name, image, "1000")
		c.LogonFlags = 1
		_, err := create(conn, c, password)
		want += opened
		switch image {
		case "/nowhere":
			if code(err) != createprocess.ERROR_FILE_NOT_FOUND {
				t.Error(err)
			}
		case "/bin/sleep":
			if text() != want {
				t.Errorf("while the process runs: %q, not %q", text(), want)
			}
			if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpTerminate, Code: 3}, nil, nil); err != nil {
				t.Error(err)
			}
			fallthrough
		default:
			end(t, conn)
		}
		conn.Close()
		want += closed
		for i := 0; text() != want; i++ {
			if i == 500 {
				t.Fatalf("after %s: %q, not %q", image, text(), want)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// TestSessionFails: without its session the process is not created.
func TestSessionFails(t *testing.T) {
	stackOf(t, "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_deny.so\n")
	r := start(t, service.Limits{})
	u := addUser(t)
	conn := dial(t, r, u)
	defer conn.Close()
	c := request(u.name, "/bin/true")
	c.LogonFlags = 1
	if _, err := create(conn, c, password); err == nil {
		t.Error("it is created")
	}
}

// TestNoWorker: what keeps PAM from being asked is an error, and no logon.
func TestNoWorker(t *testing.T) {
	t.Setenv("CREATEPROCESS_TEST_WORKER", "none")
	r := start(t, service.Limits{})
	u := addUser(t)
	conn := dial(t, r, u)
	defer conn.Close()
	if _, err := create(conn, request(u.name, "/bin/true"), password); code(err) != createprocess.ERROR_GEN_FAILURE {
		t.Error(err)
	}
}
