package exec_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// TestSameAsOSExec runs commands by both packages and compares all that can be
// seen of how they ended.
func TestSameAsOSExec(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	nothing := filepath.Join(winetest.TempDir(t), "nothing")
	text := filepath.Join(winetest.TempDir(t), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		argv []string
		role string
		dir  string
	}{
		{"success", []string{self, "0"}, "exit", ""},
		{"failure", []string{self, "9"}, "exit", ""},
		{"output", []string{self, "a", "b c", ""}, "echo", ""},
		{"both", []string{self}, "both", ""},
		{"no such name", []string{"nosuchprogram"}, "", ""},
		{"no such file", []string{nothing}, "", ""},
		{"not executable", []string{text}, "", ""},
		{"a directory", []string{filepath.Dir(text)}, "", ""},
		{"no such directory", []string{self, "0"}, "exit", nothing},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := append(os.Environ(), childKey+"="+test.role)
			ours := exec.Command(test.argv[0], test.argv[1:]...)
			ours.Env, ours.Dir = env, test.dir
			gotOut, got := ours.Output()
			theirs := osexec.Command(test.argv[0], test.argv[1:]...)
			theirs.Env, theirs.Dir = env, test.dir
			wantOut, want := theirs.Output()
			if !bytes.Equal(gotOut, wantOut) {
				t.Errorf("output %q, want %q", gotOut, wantOut)
			}
			if onWindows && theirs.ProcessState == nil { // the words of an error are the root package's there
				if got == nil || ours.ProcessState != nil || errors.Is(got, fs.ErrNotExist) != errors.Is(want, fs.ErrNotExist) && test.dir == "" {
					t.Errorf("error %v, want %v", got, want)
				}
				return
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("error %v, want %v", got, want)
			}
			for _, target := range []error{fs.ErrNotExist, fs.ErrPermission} {
				if errors.Is(got, target) != errors.Is(want, target) {
					t.Errorf("errors.Is(%v, %v) differs from that of %v", got, target, want)
				}
			}
			var gotExit *exec.ExitError
			var wantExit *osexec.ExitError
			if errors.As(got, &gotExit) != errors.As(want, &wantExit) {
				t.Fatalf("%T, want %T", got, want)
			}
			if gotExit != nil && string(gotExit.Stderr) != string(wantExit.Stderr) {
				t.Errorf("Stderr %q, want %q", gotExit.Stderr, wantExit.Stderr)
			}
			if g, w := ours.ProcessState, theirs.ProcessState; g != nil && w != nil {
				if g.ExitCode() != w.ExitCode() || g.Exited() != w.Exited() || g.Success() != w.Success() || g.String() != w.String() {
					t.Errorf("state %v, want %v", g, w)
				}
			} else if (g == nil) != (w == nil) {
				t.Errorf("state %v, want %v", g, w)
			}
			if ours.String() != theirs.String() || ours.Path != theirs.Path || !slices.Equal(ours.Args, theirs.Args) {
				t.Errorf("command %v, want %v", ours, theirs)
			}
		})
	}
}

// TestNotADirectory: where os/exec names the program, the directory is named.
func TestNotADirectory(t *testing.T) {
	c := command(t, "exit", "0")
	c.Dir = c.Path
	var e *fs.PathError
	if err := c.Run(); !errors.As(err, &e) || !onWindows && (e.Op != "chdir" || e.Path != c.Path) {
		t.Errorf("%v", err)
	}
}

// ready starts a child that lives until the pipe is closed, and waits until it runs.
func ready(t *testing.T, c *exec.Cmd) (end func()) {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return func() { in.Close() }
}

func TestProcess(t *testing.T) {
	c := command(t, "stdin")
	end := ready(t, c)
	called := make(chan struct{})
	if _, err := c.Process.OnExit(func() { close(called) }); err != nil {
		t.Fatal(err)
	}
	if resources, err := c.Process.Handle().Resources(); err != nil || resources.PeakMemory == 0 {
		t.Errorf("resources of a running process: %+v, %v", resources, err)
	}
	end()
	<-called
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if c.ProcessState.Pid() != c.Process.Pid || c.ProcessState.PeakMemory() == 0 && !winetest.OnWine() {
		t.Errorf("%d, %d bytes", c.ProcessState.Pid(), c.ProcessState.PeakMemory())
	}
	for name, err := range map[string]error{
		"Signal": c.Process.Signal(os.Kill), "Kill": c.Process.Kill(), "KillTree": c.Process.KillTree(),
		"WithHandle": c.Process.WithHandle(func(uintptr) { t.Error("called") }),
	} {
		if !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s after Wait: %v", name, err)
		}
	}
	if _, err := c.Process.OnExit(func() { t.Error("called") }); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("OnExit after Wait: %v", err)
	}
	if state, err := c.Process.Wait(); err == nil {
		t.Errorf("a second Wait: %v", state)
	}
	if err := c.Wait(); err == nil {
		t.Error("a second Cmd.Wait is no error")
	}
	var none exec.Process
	if none.Kill() == nil || none.Release() != nil {
		t.Error("a Process that is none can be killed, or cannot be released")
	}
}

func TestRelease(t *testing.T) {
	c := command(t, "stdin")
	end := ready(t, c)
	if err := c.Process.Release(); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err == nil || errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Kill after Release: %v", err)
	}
	end()
	if err := c.Wait(); err == nil { // closes the pipes
		t.Error("Wait after Release is no error")
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	self := command(t, "stdin")
	c := exec.CommandContext(ctx, self.Path)
	c.Env = self.Env
	ready(t, c)
	cancel()
	err := c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || c.ProcessState.Success() {
		t.Errorf("%v, %v", err, c.ProcessState)
	}
	if err := exec.CommandContext(ctx, self.Path).Run(); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done already: %v", err)
	}
}

// TestKillTree: the grandchild has the child's output and keeps it open; if it
// stayed the output would not end.
func TestKillTree(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exec.KillTreeByDefault = true
	self := command(t, "parent")
	c := exec.CommandContext(ctx, self.Path)
	exec.KillTreeByDefault = false
	if !c.KillTree {
		t.Error("KillTreeByDefault has no effect")
	}
	c.Env = self.Env
	pid := startTelling(t, c)
	cancel()
	if err := c.Wait(); err == nil {
		t.Error("the child was successful")
	}
	if alive(pid) {
		t.Error("the grandchild has outlived the tree")
	}
}

// startTelling starts a command that says who has been created below it, and ends
// when its input does: with the test.
func startTelling(t *testing.T, c *exec.Cmd) (pid int) {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(out, &pid); err != nil || !alive(pid) {
		t.Fatalf("process %d is not there: %v", pid, err)
	}
	return pid
}

// TestKillTreeOfOrphans: a command with KillTree ends what has lost its parent too.
func TestKillTreeOfOrphans(t *testing.T) {
	killsOrphan(t, command(t, "grandparent"))
}

// killsOrphan starts a command that tells of an orphan, and ends its tree.
func killsOrphan(t *testing.T, c *exec.Cmd) {
	t.Helper()
	c.KillTree = true
	pid := startTelling(t, c)
	if err := c.Process.KillTree(); err != nil {
		t.Error(err)
	}
	if alive(pid) {
		t.Error("the orphan has outlived the tree")
	}
	if err := c.Wait(); err == nil {
		t.Error("the child was successful")
	}
	if err := c.Process.KillTree(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("KillTree of what has ended: %v", err)
	}
}

// TestKillTreeWhileWaiting: who waits closes what KillTree needs, but not before
// KillTree has done with it.
func TestKillTreeWhileWaiting(t *testing.T) {
	for range 30 {
		c := command(t, "stdin")
		c.KillTree = true
		ready(t, c)
		waited := make(chan error)
		go func() { waited <- c.Wait() }()
		if err := c.Process.KillTree(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("KillTree: %v", err)
		}
		if err := <-waited; err == nil {
			t.Error("the child was successful")
		}
	}
}

// TestKillTreeNotStarted: what could not be started leaves no job.
func TestKillTreeNotStarted(t *testing.T) {
	path := filepath.Join(winetest.TempDir(t), "nothing.exe")
	const rounds = 30
	before := leaktest.Open()
	for range rounds {
		c := exec.Command(path)
		c.KillTree = true
		if err := c.Run(); !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if after := leaktest.Open(); after >= before+rounds { // a thread of the runtime's may have some
		t.Errorf("%d handles more after %d failures", after-before, rounds)
	}
}

// TestHeadTail compares with a buffer that keeps everything.
func TestHeadTail(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		h := &exec.HeadTail{Head: random.IntN(8), Tail: random.IntN(8)}
		var all []byte
		for range random.IntN(6) {
			p := make([]byte, random.IntN(12))
			for i := range p {
				p[i] = byte('a' + random.IntN(26))
			}
			all = append(all, p...)
			if n, err := h.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		want := string(all)
		omitted := len(all) - h.Head - h.Tail
		if omitted > 0 {
			want = string(all[:h.Head]) + fmt.Sprintf("\n... omitting %d bytes ...\n", omitted) + string(all[len(all)-h.Tail:])
		}
		if h.String() != want || h.Omitted() != int64(max(omitted, 0)) {
			t.Fatalf("head %d, tail %d of %q: %q, %d omitted", h.Head, h.Tail, all, h, h.Omitted())
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"":                nil,
		"one":             {"one"},
		"one\n\ntwo\r\n":  {"one", "", "two"},
		"\n":              {""},
		"a\nb\nno end":    {"a", "b", "no end"},
		long + "\n" + "x": {long, "x"},
	} {
		var got []string
		for line, err := range command(t, "echo", text).Lines() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.20q...: %.80q, want %.80q", text, got, want)
		}
	}
	var last error
	for _, err := range command(t, "exit", "4").Lines() {
		last = err
	}
	var exit *exec.ExitError
	if !errors.As(last, &exit) || exit.ExitCode() != 4 {
		t.Errorf("a process that fails: %v", last)
	}
	c := command(t, "stdin")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for line, err := range c.Lines() {
		if line != "ready" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		break
	}
	if c.ProcessState == nil || c.ProcessState.Success() {
		t.Errorf("a loop that was left: %v", c.ProcessState)
	}
	for line, err := range exec.Command(filepath.Join(winetest.TempDir(t), "nothing")).Lines() {
		if line != "" || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%q, %v", line, err)
		}
	}
}

// long is longer than what is read at once.
var long = strings.Repeat("0123456789", 3000)

func TestRefused(t *testing.T) {
	self := command(t, "exit", "0")
	for name, change := range map[string]func(*exec.Cmd){
		"no path":         func(c *exec.Cmd) { c.Path = "" },
		"NUL in Path":     func(c *exec.Cmd) { c.Path += "\x00" },
		"NUL in Args":     func(c *exec.Cmd) { c.Args = append(c.Args, "a\x00b") },
		"NUL in Env":      func(c *exec.Cmd) { c.Env = append(c.Env, "A=a\x00b") },
		"NUL in Dir":      func(c *exec.Cmd) { c.Dir = "/\x00" },
		"Cancel, no ctx":  func(c *exec.Cmd) { c.Cancel = func() error { return nil } },
		"Err":             func(c *exec.Cmd) { c.Err = exec.ErrDot },
		"Started already": func(c *exec.Cmd) { c.Run() },
	} {
		c := exec.Command(self.Path, self.Args[1:]...)
		c.Env = slices.Clone(self.Env)
		change(c)
		if err := c.Run(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
