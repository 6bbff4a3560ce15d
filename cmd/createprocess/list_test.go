package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// startChild starts a process that lives until the test ends.
func startChild(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(self(t), args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin(t, cmd)
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	return cmd
}

// begin starts the test binary, under whatever name, to live until its standard
// input ends, and returns when it runs: on Linux a process that is just being
// loaded has no arguments for a moment.
func begin(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(os.Environ(), childKey+"=stay")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// listed is the answer's objects.
func listed(t *testing.T, a answer) []details {
	t.Helper()
	var list []details
	for l := range strings.Lines(a.stdout) {
		var names map[string]any
		var d details
		if err := json.Unmarshal([]byte(l), &names); err != nil {
			t.Fatalf("%v in %q", err, l)
		}
		json.Unmarshal([]byte(l), &d)
		for _, name := range []string{"pid", "parent_pid", "name", "user", "uid", "state", "session", "terminal", "threads",
			"base_priority", "cpu_user", "cpu_kernel", "memory", "start", "image", "args", "jobs"} {
			if _, ok := names[name]; !ok {
				t.Errorf("no %q in %s", name, l)
			}
			delete(names, name)
		}
		if len(names) > 0 {
			t.Errorf("more than is documented: %v in %s", names, l)
		}
		list = append(list, d)
	}
	return list
}

func find(list []details, pid int) *details {
	i := slices.IndexFunc(list, func(d details) bool { return d.PID == pid })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func TestListJSON(t *testing.T) {
	before := time.Now()
	pid := startChild(t, "one", "two words", "", "é").Process.Pid
	a := run(t, "", "list", "--json")
	if a.status != 0 || a.stderr != "" {
		t.Fatalf("%+v", a)
	}
	list := listed(t, a)
	if !slices.IsSortedFunc(list, func(a, b details) int { return a.PID - b.PID }) {
		t.Errorf("not in order: %s", a.stdout)
	}
	d := find(list, pid)
	if d == nil || find(list, os.Getpid()) == nil {
		t.Fatalf("process %d or this one is missing: %s", pid, a.stdout)
	}
	if d.ParentPID != os.Getpid() || !strings.EqualFold(d.Name, filepath.Base(self(t))) || d.Threads < 1 || d.BasePriority < 1 ||
		d.User == nil || d.Session == nil || d.CPUUser == nil || d.CPUKernel == nil || *d.CPUUser+*d.CPUKernel > 60 {
		t.Errorf("%+v", d)
	}
	if d.Memory == nil || *d.Memory < 100<<10 || *d.Memory > 1<<30 {
		t.Errorf("memory: %v", d.Memory)
	}
	// The boot is known to the second only, so that a start may seem earlier.
	if d.Start == nil || d.Start.Before(before.Add(-2*time.Second)) || d.Start.After(time.Now().Add(time.Second)) {
		t.Errorf("start: %v", d.Start)
	}
	if d.Image == nil || !strings.EqualFold(*d.Image, self(t)) {
		t.Errorf("image: %v", d.Image)
	}
	if want := []string{self(t), "one", "two words", "", "é"}; !slices.Equal(d.Args, want) && !winetest.OnWine() {
		t.Errorf("args: %q, want %q", d.Args, want)
	}
	if only := listed(t, run(t, "", "list", "--json", strconv.Itoa(pid))); len(only) != 1 || only[0].PID != pid {
		t.Errorf("one by its number: %+v", only)
	}
}

func TestListTable(t *testing.T) {
	pid := startChild(t, "a b", "x\ny\x1b[31m").Process.Pid
	a := run(t, "", "list")
	if a.status != 0 || a.stderr != "" || !strings.Contains(a.stdout, "  COMMAND\n") || strings.Contains(a.stdout, "\x1b") {
		t.Fatalf("%+v", a)
	}
	heads := strings.Fields(strings.SplitN(a.stdout, "\n", 2)[0])
	if !slices.Equal(heads, []string{"PID", "PARENT", "USER", "STATE", "CPU", "MEM", "START", "COMMAND"}) {
		t.Errorf("titles %q", heads)
	}
	a = run(t, "", "list", strconv.Itoa(pid), strconv.Itoa(pid))
	lines := strings.Split(a.stdout, "\n")
	if len(lines) != 3 || a.status != 0 {
		t.Fatalf("%+v", a)
	}
	fields := strings.Fields(lines[1])
	if fields[0] != strconv.Itoa(pid) || fields[1] != strconv.Itoa(os.Getpid()) {
		t.Errorf("%q", lines[1])
	}
	command := self(t) + ` a b x\ny\x1b[31m`
	if winetest.OnWine() {
		command = filepath.Base(self(t))
	} else if runtime.GOOS == "windows" {
		command = `x\ny\x1b[31m`
	}
	if !strings.HasSuffix(lines[1], command) {
		t.Errorf("%q does not end with %q", lines[1], command)
	}
}

func TestListTree(t *testing.T) {
	first, second := startChild(t).Process.Pid, startChild(t).Process.Pid
	if first > second {
		first, second = second, first
	}
	a := run(t, "", "list", "--tree", strconv.Itoa(os.Getpid()))
	// The command itself is a child too.
	found := make(map[int]string)
	for _, l := range strings.Split(strings.TrimSpace(a.stdout), "\n")[1:] {
		pid, err := strconv.Atoi(strings.Fields(l)[0])
		if err != nil {
			t.Fatalf("%v in %q", err, l)
		}
		branch := "none"
		for _, b := range []string{"├─ ", "└─ "} {
			if strings.Contains(l, "  "+b) {
				branch = b
			}
		}
		found[pid] = branch
	}
	if a.status != 0 || found[os.Getpid()] != "none" || found[first] != "├─ " || found[second] == "none" || found[second] == "" {
		t.Errorf("%v, %d, %d in %+v", found, first, second, a)
	}
	list := listed(t, run(t, "", "list", "--tree", "--json", strconv.Itoa(os.Getpid())))
	if len(list) < 4 || list[0].PID != os.Getpid() || find(list, first) == nil || find(list, second) == nil {
		t.Errorf("%+v", list)
	}
	whole := run(t, "", "list", "--tree")
	if whole.status != 0 || strings.Count(whole.stdout, "\n") < len(list) {
		t.Errorf("%+v", whole)
	}
}

func TestListMissing(t *testing.T) {
	cmd := startChild(t)
	const missing = math.MaxInt32 // more than Linux gives, and on Windows they are multiples of 4
	a := run(t, "", "list", "--json", strconv.Itoa(missing), strconv.Itoa(cmd.Process.Pid), strconv.Itoa(missing))
	if want := fmt.Sprintf("OpenProcess failed (87): process %d: no such process\n", missing); a.status != 1 || a.stderr != want {
		t.Errorf("%+v, want %q", a, want)
	}
	if list := listed(t, a); len(list) != 1 || list[0].PID != cmd.Process.Pid {
		t.Errorf("the other one: %+v", a)
	}
	for _, flag := range []string{"--tree", "--json", "--tree=false"} {
		if a := run(t, "", "list", flag, strconv.Itoa(missing)); a.status != 1 || a.stdout != "" || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", flag, a)
		}
	}
}
