package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// jobName is a name that no other test has, and no other run.
func jobName(t testing.TB) string { return fmt.Sprintf("%s %d", t.Name(), os.Getpid()) }

// inJob runs "run --job" with a child that stays, and returns when that runs.
// end lets it go.
func inJob(t *testing.T, args ...string) (end func() answer) {
	t.Helper()
	cmd := command(t, "stay", append(append([]string{"run"}, args...), self(t))...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	ended := false
	end = func() answer {
		ended = true
		stdin.Close()
		rest, _ := io.ReadAll(out)
		cmd.Wait()
		return answer{cmd.ProcessState.ExitCode(), string(rest), stderr.String()}
	}
	t.Cleanup(func() {
		if !ended {
			end()
		}
	})
	if line, err := out.ReadString('\n'); err != nil || strings.TrimSpace(line) != "ready" {
		t.Fatalf("the child says %q, %v: %+v", line, err, end())
	}
	return end
}

func shown(t *testing.T, name string) *jobDetails {
	t.Helper()
	a := run(t, "", "job", "show", "--json", name)
	d := new(jobDetails)
	var fields map[string]any
	if err := json.Unmarshal([]byte(a.stdout), d); err != nil || json.Unmarshal([]byte(a.stdout), &fields) != nil || a.status != 0 {
		t.Fatalf("%+v: %v", a, err)
	}
	for i := range reflect.TypeFor[jobDetails]().NumField() {
		tag := reflect.TypeFor[jobDetails]().Field(i).Tag.Get("json")
		if _, ok := fields[tag]; tag != "" && !ok {
			t.Errorf("no %q in %s", tag, a.stdout)
		}
		if tag != "" && !strings.Contains(jobHelp, tag) {
			t.Errorf("the help does not tell of %q", tag)
		}
	}
	return d
}

func TestJob(t *testing.T) {
	name := jobName(t)
	run(t, "", "job", "show", name).check(t, 125, "", fmt.Sprintf("OpenJobObject failed (2): job %q: there is no such job\n", name))
	end := inJob(t, "--job", name)
	second := inJob(t, "--job", name)
	d := shown(t, name)
	if len(d.Processes) != 2 || d.Name != name {
		t.Errorf("%+v", d)
	}
	a := run(t, "", "job", "show", name)
	if !strings.Contains(a.stdout, "name") || !strings.Contains(a.stdout, name) || !strings.Contains(a.stdout, strconv.Itoa(d.Processes[0])) {
		t.Errorf("%+v", a)
	}
	if runtime.GOOS == "windows" {
		run(t, "", "job", "list").check(t, 125, "", "Names failed (50): job: Windows has no documented function that lists jobs\n")
		a := run(t, "", "job", "freeze", name)
		a.check(t, 125, "", fmt.Sprintf("FreezeJob failed (50): job %q: Windows has no documented function that freezes a job\n", name))
	} else {
		jobsAreListed(t, name, d.Processes)
	}
	// The first child ends by itself, the second one with the job.
	if a := end(); a.status != 0 || a.stderr != "" {
		t.Errorf("%+v", a)
	}
	run(t, "", "job", "wait", "--timeout", "10ms", name).check(t, 124, "", fmt.Sprintf("createprocess: the time (10ms) is up, and job %q has processes\n", name))
	args := []string{"job", "terminate", name}
	if runtime.GOOS == "windows" {
		args = []string{"job", "terminate", "--exit-code", "77", name}
	}
	run(t, "", args...).check(t, 0, "", "")
	want := 77
	if runtime.GOOS == "linux" {
		want = 128 + 9
	}
	if a := second(); a.status != want {
		t.Errorf("%+v, want %d", a, want)
	}
}

func jobsAreListed(t *testing.T, name string, pids []int) {
	a := run(t, "", "job", "list")
	if a.status != 0 || !strings.HasPrefix(a.stdout, "NAME") || !strings.Contains(a.stdout, name) || !strings.Contains(a.stdout, "running") {
		t.Errorf("list: %+v", a)
	}
	found := false
	for l := range strings.Lines(run(t, "", "job", "list", "--json").stdout) {
		var d jobDetails
		if err := json.Unmarshal([]byte(l), &d); err != nil {
			t.Errorf("%v in %s", err, l)
		}
		found = found || d.Name == name && slices.Equal(d.Processes, pids)
	}
	if !found {
		t.Error("list --json does not have the job")
	}
	a = run(t, "", "list", "--tree", strconv.Itoa(pids[0]))
	if lines := strings.Split(a.stdout, "\n"); !strings.Contains(lines[0], "JOB") || !strings.Contains(lines[1], name) {
		t.Errorf("list --tree: %+v", a)
	}
	for _, p := range listed(t, run(t, "", append([]string{"list", "--json"}, strconv.Itoa(pids[1]))...)) {
		if !slices.Equal(p.Jobs, []string{name}) {
			t.Errorf("jobs of process %d: %q", p.PID, p.Jobs)
		}
	}
	if a := run(t, "", "__complete", "job", "show", ""); !slices.Contains(strings.Split(a.stdout, "\n"), name) {
		t.Errorf("completion: %+v", a)
	}
	if a := run(t, "", "__complete", "run", "--job", ""); !slices.Contains(strings.Split(a.stdout, "\n"), name) {
		t.Errorf("completion: %+v", a)
	}
	run(t, "", "job", "freeze", name).check(t, 0, "", "")
	if d := shown(t, name); d.Frozen == nil || !*d.Frozen || d.state() != "frozen" {
		t.Errorf("after freeze: %+v", d)
	}
	run(t, "", "job", "thaw", name).check(t, 0, "", "")
	if d := shown(t, name); d.Frozen == nil || *d.Frozen || d.state() != "running" {
		t.Errorf("after thaw: %+v", d)
	}
	run(t, "", "job", "terminate", "--exit-code", "3", name).check(t, 125, "",
		"TerminateJobObject failed (50): job \"--exit-code\": a killed process has no exit code of its own on Linux\n")
}

func TestJobUsage(t *testing.T) {
	const try = "\nTry 'createprocess --help'.\n"
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"job"}, "job needs one of list, show, terminate, freeze, thaw, wait"},
		{[]string{"job", "stop"}, `job "stop": it is one of list, show, terminate, freeze, thaw, wait`},
		{[]string{"job", "show"}, "the NAME of a job is needed"},
		{[]string{"job", "wait", "--timeout", "0s", "a"}, "--timeout 0s: it must be more than zero"},
		{[]string{"run", "--job", "", "x"}, "--job needs a NAME"},
		{[]string{"run", "--memory", "0", "x"}, "--memory 0: it must be more than zero"},
		{[]string{"run", "--memory", "much", "x"}, `invalid argument "much" for "--memory" flag: "much" is not a size: it takes bytes, or a number with K, M, G or T behind it`},
		{[]string{"run", "--cpus", "-1", "x"}, "--cpus -1: it must be more than zero"},
		{[]string{"run", "--cpus", "NaN", "x"}, "--cpus NaN: it must be more than zero"},
		{[]string{"run", "--processes", "0", "x"}, "--processes 0: it must be more than zero"},
		{[]string{"run", "--kill-on-exit", "--detach", "x"}, "--detach leaves the child to itself: --kill-on-exit cannot go with it"},
	} {
		run(t, "", c.args...).check(t, 2, "", "createprocess: "+c.says+try)
	}
	for _, sub := range []string{"list", "show", "terminate", "freeze", "thaw", "wait"} {
		if a := run(t, "", "job", sub, "--help"); a.status != 0 || !strings.Contains(a.stdout, "Examples:") {
			t.Errorf("job %s --help: %+v", sub, a)
		}
	}
}

// A limit is there, or it is refused by its name.
func TestJobLimits(t *testing.T) {
	for flag, c := range map[string]struct{ value, limit string }{
		"--memory":    {"1G", "JOB_OBJECT_LIMIT_JOB_MEMORY"},
		"--processes": {"50", "JOB_OBJECT_LIMIT_ACTIVE_PROCESS"},
		"--cpus":      {"0.5", "CPURate"},
	} {
		t.Run(flag, func(t *testing.T) {
			name := jobName(t)
			a := run(t, "exit", "run", flag, c.value, self(t), "6")
			if a.status == exitFailed && strings.Contains(a.stderr, "failed (50)") && strings.Contains(a.stderr, c.limit) {
				t.Skip("it is not to be had here: ", a.stderr)
			}
			if a.status == exitFailed && winetest.OnWine() {
				t.Skip("Wine 8 has no such limit: ", a.stderr)
			}
			a.check(t, 6, "", "")
			end := inJob(t, "--job", name, flag, c.value)
			defer end()
			d := shown(t, name)
			if winetest.OnWine() {
				t.Skip("Wine 8 takes the limit and forgets it")
			}
			switch {
			case flag == "--memory" && (d.MemoryLimit == nil || *d.MemoryLimit != 1<<30),
				flag == "--processes" && (d.ProcessLimit == nil || *d.ProcessLimit != 50),
				flag == "--cpus" && (d.CPURate == nil || *d.CPURate == 0):
				t.Errorf("%+v", d)
			}
		})
	}
}

// --kill-on-exit leaves nothing, also when the command is killed.
func TestKillOnExit(t *testing.T) {
	for _, how := range []string{"ends", "is killed"} {
		t.Run(how, func(t *testing.T) {
			cmd := command(t, "leave", "run", "--kill-on-exit", self(t))
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			// The pipe ends when the last process that has it has ended.
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			out := bufio.NewReader(stdout)
			if line, err := out.ReadString('\n'); err != nil || strings.TrimSpace(line) != "ready" {
				t.Fatalf("%q, %v", line, err)
			}
			if how == "ends" {
				fmt.Fprintln(stdin)
			} else {
				cmd.Process.Kill()
			}
			if _, err := io.Copy(io.Discard, out); err != nil {
				t.Error(err)
			}
			cmd.Wait()
		})
	}
}

// leave makes a process that stays, waits for a line and leaves it behind.
func leave() int {
	in, _, err := os.Pipe() // nobody writes, and nobody closes
	if err != nil {
		return 1
	}
	below := exec.Command(os.Args[0])
	below.Env = append(os.Environ(), childKey+"=forever")
	below.Stdin, below.Stdout = in, os.Stdout
	if err := below.Start(); err != nil {
		return 2
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	return 0
}

func TestJobTimeout(t *testing.T) {
	name := jobName(t)
	end := inJob(t, "--job", name)
	a := run(t, "forever", "run", "--job", name, "--timeout", "300ms", self(t))
	if a.status != exitTimeout {
		t.Errorf("%+v", a)
	}
	// Others' processes in the job are not ended by that.
	if d := shown(t, name); len(d.Processes) != 1 {
		t.Errorf("%+v", d)
	}
	if a := end(); a.status != 0 {
		t.Errorf("%+v", a)
	}
}

// What has lost its parent is ended, too: else the output would not end.
func TestTimeoutEndsOrphans(t *testing.T) {
	a := run(t, "orphan", "run", "--timeout", "3s", self(t))
	if a.status != exitTimeout || !strings.HasPrefix(a.stdout, "ready") {
		t.Errorf("%+v", a)
	}
}

func TestJobDetach(t *testing.T) {
	name := jobName(t)
	a := run(t, "forever", "run", "--job", name, "--detach", self(t))
	if runtime.GOOS == "windows" {
		a.check(t, 125, "", fmt.Sprintf("CreateProcess failed (50): CreateJobObject %q: on Windows a job's name goes with its last handle, which --detach does not keep\n", name))
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(a.stdout))
	if a.status != 0 || err != nil {
		t.Fatalf("%+v", a)
	}
	if d := shown(t, name); !slices.Equal(d.Processes, []int{pid}) {
		t.Errorf("%+v, want %d", d, pid)
	}
	run(t, "", "job", "terminate", name).check(t, 0, "", "")
	run(t, "", "job", "wait", name).check(t, 125, "", fmt.Sprintf("OpenJobObject failed (2): job %q: there is no such job\n", name))
}
