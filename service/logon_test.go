//go:build linux && cgo

package service_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/service"
)

// TestLogon: each way a logon can end, with a stack that really checks.
func TestLogon(t *testing.T) {
	caller := addUser(t)
	for _, row := range []struct {
		name     string
		changes  []string
		password string
		unknown  bool
		code     createprocess.Errno
	}{
		{name: "right", password: password},
		{name: "wrong", password: "Correct-Horse-8-Battery", code: createprocess.ERROR_LOGON_FAILURE},
		{name: "empty", password: "", code: createprocess.ERROR_LOGON_FAILURE},
		{name: "with a NUL", password: password + "\x00", code: createprocess.ERROR_LOGON_FAILURE},
		{name: "no such user", unknown: true, password: password, code: createprocess.ERROR_LOGON_FAILURE},
		{name: "locked", changes: []string{"usermod", "--lock"}, password: password, code: createprocess.ERROR_ACCOUNT_DISABLED},
		{name: "account expired", changes: []string{"chage", "--expiredate", "2020-01-01"}, password: password, code: createprocess.ERROR_ACCOUNT_EXPIRED},
		{name: "password expired", changes: []string{"chage", "--lastday", "2020-01-01", "--maxdays", "5"}, password: password, code: createprocess.ERROR_PASSWORD_EXPIRED},
		{name: "password must change", changes: []string{"chage", "--lastday", "0"}, password: password, code: createprocess.ERROR_PASSWORD_MUST_CHANGE},
		{name: "without a password", changes: []string{"passwd", "--delete", "--quiet"}, password: "", code: createprocess.ERROR_LOGON_FAILURE},
	} {
		t.Run(row.name, func(t *testing.T) {
			name := "nobody-of-this-name"
			if !row.unknown {
				name = addUser(t, row.changes...).name
			}
			for _, profile := range []bool{false, true} {
				r := start(t, service.Limits{}) // one that has seen no failure yet
				conn := dial(t, r, caller)
				defer conn.Close()
				c := request(name, "/bin/true")
				if profile {
					c.LogonFlags = uint32(createprocess.LOGON_WITH_PROFILE)
				}
				_, err := create(conn, c, row.password)
				if got := code(err); got != row.code {
					t.Errorf("profile %v: %v, not %v", profile, err, row.code)
				}
				if err == nil {
					if e := end(t, conn); e.Code != 0 {
						t.Errorf("profile %v: exit code %d", profile, e.Code)
					}
				}
				if row.code == createprocess.ERROR_LOGON_FAILURE && !strings.Contains(err.Error(), name) {
					t.Errorf("%v does not name the user", err)
				}
			}
		})
	}
}

// TestUnknownIsWrong: nothing in the answer tells a user who is not there from a
// password that is wrong.
func TestUnknownIsWrong(t *testing.T) {
	r := start(t, service.Limits{})
	caller, u := addUser(t), addUser(t)
	var answers []string
	for _, name := range []string{u.name, "nobody-of-this-name"} {
		conn := dial(t, r, caller)
		defer conn.Close()
		_, err := create(conn, request(name, "/bin/true"), "wrong")
		answers = append(answers, strings.ReplaceAll(fmt.Sprintf("%#v %v", err, err), name, "NAME"))
	}
	pointers := regexp.MustCompile(`0x[0-9a-f]+`)
	if a, b := pointers.ReplaceAllString(answers[0], ""), pointers.ReplaceAllString(answers[1], ""); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

// TestCredentials: the child is the user in all that the kernel has of it.
func TestCredentials(t *testing.T) {
	r := start(t, service.Limits{})
	caller, u := addUser(t), addUser(t)
	run(t, "usermod", "--append", "--groups", "games,audio", u.name)
	groups := strings.Fields(run(t, "id", "-G", u.name))
	slices.Sort(groups)
	groups = slices.DeleteFunc(groups, func(g string) bool { return g == fmt.Sprint(u.gid) })
	own, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, ignored, _ := strings.Cut(string(own), "\nSigIgn:\t") // stays: who has started this may have had its reasons
	for _, profile := range []bool{false, true} {
		conn := dial(t, r, caller)
		defer conn.Close()
		c := request(u.name, "/bin/cat", "/proc/self/status")
		if profile {
			c.LogonFlags = uint32(createprocess.LOGON_WITH_PROFILE)
		}
		status := make(map[string]string)
		for line := range strings.Lines(output(t, conn, c, password)) {
			name, value, _ := strings.Cut(line, ":")
			status[name] = strings.Join(strings.Fields(value), " ")
		}
		four := func(id uint32) string { return strings.TrimSuffix(strings.Repeat(fmt.Sprint(id)+" ", 4), " ") }
		got := strings.Fields(status["Groups"])
		slices.Sort(got)
		for _, row := range []struct{ name, got, want string }{
			{"Uid", status["Uid"], four(u.uid)},
			{"Gid", status["Gid"], four(u.gid)},
			{"Groups", strings.Join(got, " "), strings.Join(groups, " ")},
			{"CapInh", status["CapInh"], "0000000000000000"},
			{"CapPrm", status["CapPrm"], "0000000000000000"},
			{"CapEff", status["CapEff"], "0000000000000000"},
			{"CapAmb", status["CapAmb"], "0000000000000000"},
			{"SigBlk", status["SigBlk"], "0000000000000000"},
			{"SigIgn", status["SigIgn"], ignored[:16]},
		} {
			if row.got != row.want {
				t.Errorf("profile %v: %s is %q, not %q", profile, row.name, row.got, row.want)
			}
		}
	}
}

// TestEnvironment: the user's own, and with a profile the session's.
func TestEnvironment(t *testing.T) {
	r := start(t, service.Limits{})
	u := addUser(t)
	for _, profile := range []bool{false, true} {
		conn := dial(t, r, u)
		defer conn.Close()
		c := request(u.name, "/usr/bin/env")
		want := []string{"HOME=/", "LOGNAME=" + u.name, "SHELL=/bin/sh", "USER=" + u.name}
		if profile {
			c.LogonFlags = uint32(createprocess.LOGON_WITH_PROFILE)
			want = append([]string{"CREATEPROCESS_TEST_SESSION=open"}, want...)
		}
		got := strings.Fields(output(t, conn, c, password))
		got = slices.DeleteFunc(got, func(e string) bool { return strings.HasPrefix(e, "PATH=") })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("profile %v: %q, not %q", profile, got, want)
		}
	}
}
