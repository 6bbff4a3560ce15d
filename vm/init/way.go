//go:build linux

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// way is who runs a test, and where.
type way struct {
	name    string
	user    uint32
	command []string // in front of the test; nil: the test itself
	expect  string   // what package job must find there
	run     string   // these tests; "": all
}

// Jobs are made of what the caller may do with cgroups: as root; as a user in a
// session of his own, where systemd has given him controllers; and as one who may
// make no cgroup. What does not depend on that root alone runs.
const (
	user = 1000

	asUser     = "^(TestLevel|TestBothSystems|TestTerminate|TestWait|TestNames|TestKillOnClose|TestEscape)$"
	inSession  = "^(TestLevel|TestBothSystems|TestTerminate|TestWait|TestNames|TestKillOnClose|TestEscape|TestActiveProcessLimit|TestJobMemoryLimit|TestCPURate|TestIORate|TestLimitsStay)$"
	inScope    = "^(TestLevel|TestTerminate|TestCPURate)$"
	controlled = "systemd cgroup pids memory cpu"
)

func waysToRun(test string) []way {
	if filepath.Base(test) != "job.test" {
		return []way{{}}
	}
	return []way{
		{name: "as root", expect: controlled + " cpuset io disk"},
		{name: "as a user, in a service of his session", user: user, expect: controlled, run: inSession + "/(Cgroup|OOMGroup|memory|cpu$)",
			command: []string{"systemd-run", "--user", "--quiet", "--collect", "--wait", "--pipe", "--same-dir"}},
		{name: "as a user, in a scope of his session", user: user, expect: controlled, run: inScope + "/Cgroup",
			command: []string{"systemd-run", "--user", "--quiet", "--collect", "--scope"}},
		{name: "as a user without cgroups", user: user, expect: "walk", run: asUser + "/Walk"},
	}
}

func (w way) runTest(test string, args []string) error {
	env := []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
		"CREATEPROCESS_JOB_TREES=2", "CREATEPROCESS_JOB_WAITS=10", "CREATEPROCESS_JOB_KILLS=3", "CREATEPROCESS_JOB_EXPECT=" + w.expect}
	words := append([]string{test, "-test.run=" + w.run}, args...)
	if w.command != nil {
		env = append(env, "XDG_RUNTIME_DIR=/run/user/1000")
		before := slices.Clone(w.command)
		for _, e := range env {
			name, _, _ := strings.Cut(e, "=")
			before = append(before, "--setenv="+name)
		}
		words = append(before, words...)
	}
	// A session and a process that is not number 1, as tests are used to.
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = strings.TrimSuffix(test, ".test")
	cmd.Env = env
	// Through pipes: the console is no terminal of theirs.
	console := struct{ io.Writer }{os.Stdout}
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: w.user, Gid: w.user}}
	return cmd.Run()
}
