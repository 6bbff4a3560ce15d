package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCreationFlags(t *testing.T) {
	run(t, "", "run", "--priority", "below-normal", "nice").check(t, 0, "10\n", "")
	run(t, "", "run", "--affinity", "0", "nproc").check(t, 0, "1\n", "")
	run(t, "", "run", "--no-new-privileges", "grep", "NoNewPrivs", "/proc/self/status").check(t, 0, "NoNewPrivs:\t1\n", "")
	run(t, "", "run", "--new-group", "/bin/sh", "-c", `[ $(ps -o pgid= -p $$) = $$ ] && echo own`).check(t, 0, "own\n", "")
	a := run(t, "", "run", "--no-window", "--stderr", "/dev/stderr", "/bin/sh", "-c", "echo out; a=$(readlink /proc/$$/fd/1); echo $a >&2")
	a.check(t, 0, "", "/dev/null\n")
	a = run(t, "", "run", "--no-children", "/bin/sh", "-c", "/bin/true; echo $?")
	if !strings.Contains(a.stderr, "ork") || strings.Contains(a.stdout, "0\n") {
		t.Errorf("--no-children: %+v", a)
	}
	for _, args := range [][]string{{"--priority", "urgent"}, {"--affinity", "x"}} {
		if a := run(t, "", append([]string{"run", args[0], args[1]}, "/bin/true")...); a.status != 2 || !strings.Contains(a.stderr, args[0]) || !strings.Contains(a.stderr, args[1]) {
			t.Errorf("%v: %+v", args, a)
		}
	}
}

// TestSuspendResume: from the command line, a process from its creation on.
func TestSuspendResume(t *testing.T) {
	out := t.TempDir() + "/out"
	a := run(t, "", "run", "--detach", "--suspended", "--stdout", out, "/bin/sh", "-c", "echo ran; exec sleep 1000")
	pid := strings.TrimSpace(a.stdout)
	if n, err := strconv.Atoi(pid); a.status != 0 || err != nil || n <= 0 {
		t.Fatalf("%+v", a)
	}
	defer exec.Command("kill", "-9", pid).Run()
	state := func(want string) {
		t.Helper()
		for range 500 {
			text, err := os.ReadFile("/proc/" + pid + "/stat")
			if err == nil && strings.HasPrefix(string(text[strings.LastIndexByte(string(text), ')')+1:]), " "+want) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("process %s is not in state %s", pid, want)
	}
	state("T")
	if text, _ := os.ReadFile(out); len(text) > 0 {
		t.Errorf("it has run: %q", text)
	}
	run(t, "", "resume", pid).check(t, 0, "", "")
	state("S")
	run(t, "", "suspend", pid).check(t, 0, "", "")
	state("T")
	run(t, "", "resume", pid).check(t, 0, "", "")
	state("S")
	if text, _ := os.ReadFile(out); string(text) != "ran\n" {
		t.Errorf("it has written %q", text)
	}
	run(t, "", "terminate", pid).check(t, 0, "", "")
	run(t, "", "suspend", "999999999").check(t, 125, "", fmt.Sprintf("OpenProcess failed (87): process %d: no such process\n", 999999999))
	run(t, "", "resume", "x").check(t, 2, "", "createprocess: \"x\" is not a PID\nTry 'createprocess --help'.\n")
}

// TestOpen: what one would get, as text and as an object.
func TestOpen(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	run(t, "", "open", self).check(t, 0, "0x1fffff PROCESS_ALL_ACCESS\n", "")
	run(t, "", "open", "--json", "--access", "SYNCHRONIZE|0x1", self).check(t, 0, `{"pid":`+self+`,"granted":1048577,"rights":["PROCESS_TERMINATE","SYNCHRONIZE"]}`+"\n", "")
	if a := run(t, "", "open", "--access", "EVERYTHING", self); a.status != 2 || !strings.Contains(a.stderr, `--access "EVERYTHING"`) {
		t.Errorf("%+v", a)
	}
	if a := run(t, "", "open"); a.status != 2 {
		t.Errorf("%+v", a)
	}
	if a := run(t, "", "open", "2147483647"); a.status != 125 || !strings.Contains(a.stderr, "(87)") {
		t.Errorf("%+v", a)
	}
}

// TestSDDL: the flag is read, and what is wrong with it is said.
func TestSDDL(t *testing.T) {
	run(t, "", "run", "--sddl", "D:(A;;GA;;;OW)", "/bin/echo", "ran").check(t, 0, "ran\n", "")
	if a := run(t, "", "run", "--sddl", "D:(A", "/bin/true"); a.status != 2 || !strings.Contains(a.stderr, "--sddl") || !strings.Contains(a.stderr, "1336") {
		t.Errorf("%+v", a)
	}
}
