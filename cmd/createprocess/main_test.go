package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// The test binary is the command when commandKey is set, and else, when
// childKey is, the command's child.
const (
	commandKey = "CREATEPROCESS_TEST_COMMAND"
	childKey   = "CREATEPROCESS_TEST_CHILD"
)

func TestMain(m *testing.M) {
	if os.Getenv(commandKey) != "" || len(os.Args) > 1 && os.Args[1] == "console-keeper" {
		os.Unsetenv(commandKey)
		main()
	}
	if role := os.Getenv(childKey); role != "" {
		os.Exit(child(role, os.Args[1:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(leaktest.Main(m))
}

func child(role string, args []string) int {
	switch role {
	case "exit":
		var code int
		fmt.Sscan(args[0], &code)
		return code
	case "echo":
		fmt.Println(strings.Join(args, "|"))
	case "env":
		for _, name := range args {
			value, ok := os.LookupEnv(name)
			fmt.Printf("%s=%s %v\n", name, value, ok)
		}
	case "cwd":
		dir, _ := os.Getwd()
		fmt.Println(dir)
	case "dial":
		conn, err := net.Dial("unix", args[0])
		if err != nil {
			return 1
		}
		io.Copy(io.Discard, conn)
	case "copy":
		in := make([]byte, 100)
		n, _ := os.Stdin.Read(in)
		os.Stdout.Write(in[:n])
		fmt.Fprint(os.Stderr, "to stderr")
	case "leave":
		return leave()
	case "orphan": // makes a process without a parent, and stays
		middle := exec.Command(os.Args[0])
		middle.Env = append(os.Environ(), childKey+"=leave")
		middle.Stdout = os.Stdout
		if err := middle.Run(); err != nil {
			return 1
		}
		time.Sleep(time.Hour)
	case "forever":
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "stay":
		// Lives until its standard input is closed.
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// answer is what a run of the command came to.
type answer struct {
	status         int
	stdout, stderr string
}

func self(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func command(t testing.TB, role string, args ...string) *exec.Cmd {
	cmd := exec.Command(self(t), args...)
	cmd.Env = append(os.Environ(), commandKey+"=1", childKey+"="+role)
	return cmd
}

// run runs the command; a child of it that is the test binary plays role.
func run(t testing.TB, role string, args ...string) answer {
	t.Helper()
	return finish(t, command(t, role, args...))
}

func finish(t testing.TB, cmd *exec.Cmd) answer {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (a answer) check(t *testing.T, status int, stdout, stderr string) {
	t.Helper()
	if a.status != status || a.stdout != stdout || a.stderr != stderr {
		t.Errorf("status %d, stdout %q, stderr %q; want %d, %q, %q", a.status, a.stdout, a.stderr, status, stdout, stderr)
	}
}

func TestCommandLine(t *testing.T) {
	quoted := `"` + self(t) + `"`
	run(t, "echo", quoted+` "a b" c\"d`).check(t, 0, "a b|c\"d\n", "")
	run(t, "exit", quoted+" 3").check(t, 3, "", "")
	run(t, "exit", quoted+" 255").check(t, 255, "", "")
	run(t, "exit", "--", quoted+" 4").check(t, 4, "", "")
	// Behind "--" the name of a command is a program's.
	run(t, "", "--", "parse").check(t, exitNotFound, "", "CreateProcess failed (2): open \"parse\": "+noSuchFile+"\n")
}

var noSuchFile = func() string {
	switch {
	case winetest.OnWine():
		return "File not found."
	case runtime.GOOS == "windows":
		return "The system cannot find the file specified."
	}
	return "no such file or directory"
}()

func TestUsage(t *testing.T) {
	a := run(t, "")
	if a.status != 2 || a.stdout != "" || !strings.Contains(a.stderr, "createprocess CMDLINE") {
		t.Errorf("no argument: %+v", a)
	}
	for _, test := range []struct {
		args  []string
		words string
	}{
		{[]string{"a", "b"}, "quote it, or use 'createprocess run -- a b'"},
		{[]string{"--nope"}, "unknown flag: --nope"},
		{[]string{"run"}, "run needs a PROGRAM"},
		{[]string{"run", "--nope"}, "unknown flag: --nope"},
		{[]string{"run", "--timeout", "0s", "x"}, "--timeout 0s: it must be more than zero"},
		{[]string{"run", "--timeout", "-1s", "x"}, "--timeout -1s: it must be more than zero"},
		{[]string{"run", "--timeout", "soon", "x"}, "invalid argument \"soon\""},
		{[]string{"run", "--detach", "--stats", "x"}, "--detach does not wait"},
		{[]string{"run", "--detach", "--timeout", "1s", "x"}, "--detach does not wait"},
		{[]string{"run", "--inherit", "a", "x"}, `--inherit "a": it takes FD or FD=N`},
		{[]string{"run", "--inherit", "5=", "x"}, `--inherit "5=": it takes FD or FD=N`},
		{[]string{"run", "--inherit", "5=1", "x"}, "standard files"},
		{[]string{"parse"}, "accepts 1 arg(s), received 0"},
		{[]string{"parse", "a", "b"}, "accepts 1 arg(s), received 2"},
		{[]string{"wait"}, "a PID is needed"},
		{[]string{"wait", "x"}, `"x" is not a PID`},
		{[]string{"wait", "0"}, `"0" is not a PID`},
		{[]string{"wait", "--timeout", "0s", "1"}, "more than zero"},
		{[]string{"terminate"}, "a PID is needed"},
		{[]string{"terminate", "-5"}, "unknown shorthand flag"},
		{[]string{"list", "x"}, `"x" is not a PID`},
		{[]string{"list", "--nope"}, "unknown flag: --nope"},
	} {
		a := run(t, "", test.args...)
		if a.status != 2 || a.stdout != "" || !strings.Contains(a.stderr, test.words) || !strings.Contains(a.stderr, "createprocess --help") {
			t.Errorf("%q: %+v", test.args, a)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"help"}, {"run", "--help"}, {"help", "run"}, {"parse", "-h"}, {"wait", "--help"}, {"terminate", "--help"}, {"list", "--help"}, {"attach", "--help"}, {"suspend", "--help"}} {
		if a := run(t, "", args...); a.status != 0 || !strings.Contains(a.stdout, "Examples:") || a.stderr != "" {
			t.Errorf("%q: %+v", args, a)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if a := run(t, "", "completion", shell); a.status != 0 || !strings.Contains(a.stdout, "createprocess") {
			t.Errorf("completion %s: status %d", shell, a.status)
		}
	}
	if a := run(t, "", "--version"); a.status != 0 || !strings.HasPrefix(a.stdout, "createprocess version ") {
		t.Errorf("--version: %+v", a)
	}
}

// TestManPage: it tells of every command and every flag.
func TestManPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/man/createprocess.1")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, cmd := range rootCommand().Commands() {
		if cmd.Name() == "help" || cmd.Hidden {
			continue
		}
		if !strings.Contains(page, ".Ss "+cmd.Name()+"\n") {
			t.Errorf("the man page has no section %q", cmd.Name())
		}
		checkFlags(t, page, cmd)
		for _, sub := range cmd.Commands() {
			checkFlags(t, page, sub)
		}
	}
	checkFlags(t, page, rootCommand())
}

func checkFlags(t *testing.T, page string, cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !slices.ContainsFunc(strings.Fields(page), func(word string) bool { return word == "-"+f.Name }) {
			t.Errorf("the man page does not tell of %s --%s", cmd.Name(), f.Name)
		}
	})
}

func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		``:               `[]`,
		`a`:              `["a"]`,
		`a "b c" d\"e`:   `["a","b c","d\"e"]`,
		`<é> & \\x`:      `["<é>","&","\\\\x"]`,
		` a`:             `["","a"]`,
		`"a b"c "" """x`: `["a b","c","","\"x"]`,
	} {
		run(t, "", "parse", line).check(t, 0, want+"\n", "")
	}
}

func TestRun(t *testing.T) {
	run(t, "echo", "run", self(t), "a b", "--cwd", `c"d`).check(t, 0, "a b|--cwd|c\"d\n", "")
	run(t, "echo", "run", "--", self(t), "x").check(t, 0, "x\n", "")
	run(t, "exit", "run", self(t), "42").check(t, 42, "", "")

	run(t, "env", "run", "--env", "A=1", "--env", "B=x=y", "--env", "A=2", self(t), "A", "B", "C").check(t, 0, "A=2 true\nB=x=y true\nC= false\n", "")
	t.Setenv("OUTER", "1")
	keep := []string{"--clear-env", "--env", childKey + "=env"}
	if runtime.GOOS == "windows" {
		keep = append(keep, "--env", "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	run(t, "", append(append([]string{"run"}, keep...), self(t), "OUTER")...).check(t, 0, "OUTER= false\n", "")

	dir, err := filepath.EvalSymlinks(winetest.TempDir(t))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "cwd", "run", "--cwd", dir, self(t)).check(t, 0, dir+"\n", "")
}

func TestRunFiles(t *testing.T) {
	dir := winetest.TempDir(t)
	in, out, both := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "both")
	if err := os.WriteFile(in, []byte("input"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "copy", "run", "--stdin", in, "--stdout", out, self(t)).check(t, 0, "", "to stderr")
	if text, _ := os.ReadFile(out); string(text) != "input" {
		t.Errorf("--stdout: %q", text)
	}
	run(t, "copy", "run", "--stdin", in, "--stdout", both, "--stderr", both, self(t)).check(t, 0, "", "")
	if text, _ := os.ReadFile(both); string(text) != "inputto stderr" {
		t.Errorf("both: %q", text)
	}
	cmd := command(t, "copy", "run", self(t))
	cmd.Stdin = strings.NewReader("piped")
	finish(t, cmd).check(t, 0, "piped", "to stderr")

	missing := filepath.Join(dir, "nope", "x")
	a := run(t, "copy", "run", "--stdin", missing, self(t))
	if a.status != exitFailed || !strings.HasPrefix(a.stderr, "CreateProcess failed (2): redirect ") || strings.Count(a.stderr, "\n") != 1 {
		t.Errorf("--stdin that is missing: %+v", a)
	}
}

func TestRunRefusals(t *testing.T) {
	dir := winetest.TempDir(t)
	text := filepath.Join(dir, "text.exe")
	if err := os.WriteFile(text, []byte("text\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		status int
		words  []string
	}{
		{[]string{"run", "createprocess-nope"}, 127, []string{"(2)", `open "createprocess-nope"`}},
		{[]string{"run", filepath.Join(dir, "nope")}, 127, []string{"(2)", "nope"}},
		{[]string{"run", dir + string(filepath.Separator)}, 126, []string{"(5)"}},
		{[]string{"run", text}, 126, []string{"(193)", "text.exe"}},
		{[]string{"run", "--cwd", filepath.Join(dir, "nope"), self(t)}, 125, []string{"(267)", "chdir", "nope"}},
		{[]string{"run", "--cwd", text, self(t)}, 125, []string{"(267)", "chdir", "text.exe"}},
		{[]string{"run", "--env", "A", self(t)}, 125, []string{"(87)", "environment", "no '='"}},
		{[]string{"run", "--env", "=1", self(t)}, 125, []string{"(87)", "environment", "no name"}},
		{[]string{""}, 125, []string{"(87)", "command line", "empty"}},
		{[]string{"run", ""}, 125, []string{"(87)", "program name is empty"}},
		{[]string{"x " + strings.Repeat("y", 32767)}, 125, []string{"(206)", "32,767"}},
	} {
		if runtime.GOOS == "windows" && test.status == 126 && test.args[1] != text {
			continue // Windows takes a path with a separator at its end for a missing one
		}
		if runtime.GOOS == "windows" && test.words[0] == "(206)" {
			continue // it cannot be said on a command line that is no longer itself
		}
		a := run(t, "", test.args...)
		if a.status != test.status || a.stdout != "" || !strings.HasPrefix(a.stderr, "CreateProcess failed (") || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("%.60q: %+v", test.args, a)
		}
		for _, w := range test.words {
			if !strings.Contains(a.stderr, w) {
				t.Errorf("%.60q: %q does not say %q", test.args, a.stderr, w)
			}
		}
	}
}

func TestRunJSON(t *testing.T) {
	a := run(t, "exit", "run", "--json", self(t), "7")
	if a.status != 7 || a.stdout != "" {
		t.Fatalf("%+v", a)
	}
	var created createdEvent
	var exited report
	lines := strings.SplitAfter(a.stderr, "\n")
	if len(lines) != 3 || json.Unmarshal([]byte(lines[0]), &created) != nil || json.Unmarshal([]byte(lines[1]), &exited) != nil {
		t.Fatalf("%q", a.stderr)
	}
	if created.Event != "created" || created.PID <= 0 || exited.Event != "exited" || exited.PID != created.PID || exited.ExitCode != 7 ||
		exited.Elapsed <= 0 || exited.PeakMemory == 0 && !winetest.OnWine() || exited.Signal != 0 {
		t.Errorf("%q", a.stderr)
	}
	a = run(t, "", "run", "--json", "createprocess-nope")
	var failed errorEvent
	if err := json.Unmarshal([]byte(a.stderr), &failed); err != nil || a.status != 127 || strings.Count(a.stderr, "\n") != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	if failed.Event != "error" || failed.Code != 2 || failed.Name != "ERROR_FILE_NOT_FOUND" || failed.Op != "open" ||
		failed.Object != "createprocess-nope" || !strings.Contains(failed.Message, "open") {
		t.Errorf("%+v", failed)
	}
}

func TestRunStats(t *testing.T) {
	a := run(t, "exit", "run", "--stats", self(t), "5")
	if a.status != 5 || a.stdout != "" {
		t.Errorf("%+v", a)
	}
	for _, word := range []string{"elapsed", "user", "kernel", "peak memory", "MiB", "page faults", "switches"} {
		if !strings.Contains(a.stderr, word) {
			t.Errorf("%q does not say %q", a.stderr, word)
		}
	}
}
