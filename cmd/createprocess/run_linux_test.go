package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestExitBySignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGUSR1} {
		a := run(t, "", "run", "/bin/sh", "-c", fmt.Sprintf("kill -%d $$", sig))
		a.check(t, 128+int(sig), "", "")
	}
	a := run(t, "", "run", "--json", "/bin/sh", "-c", "kill -9 $$")
	if a.status != 137 || !strings.Contains(a.stderr, `"signal":9`) || !strings.Contains(a.stderr, `"exit_code":1073807369`) {
		t.Errorf("%+v", a)
	}
}

func TestNotExecutable(t *testing.T) {
	dir := t.TempDir()
	plain, script := filepath.Join(dir, "plain"), filepath.Join(dir, "script")
	os.WriteFile(plain, []byte("x"), 0o644)
	os.WriteFile(script, []byte("#!/nowhere/sh\n"), 0o755)
	run(t, "", "run", plain).check(t, 126, "", fmt.Sprintf("CreateProcess failed (5): open %q: permission denied\n", plain))
	run(t, "", "run", script).check(t, 127, "", fmt.Sprintf("CreateProcess failed (2): open interpreter of %q \"/nowhere/sh\": no such file or directory\n", script))
}

func TestInherit(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := command(t, "", "run", "--inherit", "3=7", "/bin/sh", "-c", "echo through >&7; ls /proc/$$/fd | wc -w")
	cmd.ExtraFiles = []*os.File{w}
	a := finish(t, cmd)
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil || string(text) != "through\n" || a.status != 0 {
		t.Errorf("%q, %v, %+v", text, err, a)
	}
	run(t, "", "run", "--inherit", "57", "/bin/true").check(t, 125, "", "CreateProcess failed (6): inherit \"HANDLE_LIST: descriptor 57\": bad file descriptor\n")
	cmd = command(t, "", "run", "--inherit", "3=7", "--inherit", "3=7", "/bin/true")
	cmd.ExtraFiles = []*os.File{os.Stdin}
	if a := finish(t, cmd); a.status != 125 || !strings.Contains(a.stderr, "(87)") || !strings.Contains(a.stderr, "descriptor 7 of the child is taken") {
		t.Errorf("%+v", a)
	}
}

// TestTimeout ends a tree that tries to get away: by sessions of its own, by
// parents that end, by ignoring signals, by being stopped.
func TestTimeout(t *testing.T) {
	marker := fmt.Sprintf("CREATEPROCESS_TREE=%d.%d", os.Getpid(), time.Now().UnixNano())
	script := `trap '' TERM INT HUP
setsid sleep 1000 &
(setsid sh -c 'sleep 1001 & sleep 1002 & wait' &)
(sleep 1003 &)
sh -c 'kill -STOP $$; sleep 1004' &
echo ready
sleep 1005`
	begin := time.Now()
	a := run(t, "", "run", "--timeout", "500ms", "--env", marker, "/bin/sh", "-c", script)
	if a.status != 124 || a.stdout != "ready\n" || !strings.Contains(a.stderr, "the time (500ms) is up") || strings.Count(a.stderr, "\n") != 1 {
		t.Errorf("%+v", a)
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
	if left := marked(t, marker); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	run(t, "exit", "run", "--timeout", "1h", self(t), "6").check(t, 6, "", "")
}

// marked is the processes that have the marker in their environment.
func marked(t *testing.T, marker string) (pids []int) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), marker) {
			pid, _ := strconv.Atoi(strings.Split(name, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestDetach(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	a := run(t, "", "run", "--detach", "--stdout", out, "/bin/sh", "-c", `sleep 0.2; ps -o sid= -p $$ | tr -d " "; readlink /proc/$$/fd/0`)
	pid, err := strconv.Atoi(strings.TrimSpace(a.stdout))
	if a.status != 0 || err != nil || a.stderr != "" {
		t.Fatalf("%+v", a)
	}
	want := fmt.Sprintf("%d\n/dev/null\n", pid)
	for range 200 {
		if text, _ := os.ReadFile(out); string(text) == want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(out)
	t.Errorf("the child has written %q, want %q", text, want)
}

// counter is a shell script that counts what it is given, and ends at a line of input.
const counter = `trap 'echo INT' INT; trap 'echo TERM' TERM; trap 'echo HUP' HUP; trap 'echo USR1' USR1
echo ready
while :; do sleep 0.01; [ -e "$0" ] && exit 9; done`

// counting is a command that runs the counter.
type counting struct {
	*exec.Cmd
	t     *testing.T
	stop  string // the file that ends it
	lines *bufio.Scanner
}

func newCounting(t *testing.T) *counting {
	stop := filepath.Join(t.TempDir(), "stop")
	return &counting{Cmd: command(t, "", "run", "/bin/sh", "-c", counter, stop), t: t, stop: stop}
}

// begin starts the command, whose output is read from out.
func (c *counting) begin(out io.Reader) {
	c.t.Helper()
	if err := c.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
}

// expect reads what the child says next. A terminal shows a Ctrl-C in front.
func (c *counting) expect(want string) {
	c.t.Helper()
	if !c.lines.Scan() || strings.TrimPrefix(strings.TrimSpace(c.lines.Text()), "^C") != want {
		c.t.Fatalf("the child says %q, want %q", c.lines.Text(), want)
	}
}

// end has the child end, which must say nothing more.
func (c *counting) end() {
	c.t.Helper()
	os.WriteFile(c.stop, nil, 0o600)
	if c.lines.Scan() {
		c.t.Errorf("the child says %q more", c.lines.Text())
	}
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != 9 {
		c.t.Errorf("exit code %d", code)
	}
}

func TestSignals(t *testing.T) {
	cmd := newCounting(t)
	// Without a terminal, as under a service manager.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.begin(out)
	cmd.expect("ready")
	for sig, name := range map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGTERM: "TERM", syscall.SIGHUP: "HUP", syscall.SIGUSR1: "USR1"} {
		cmd.Process.Signal(sig)
		cmd.expect(name)
	}
	time.Sleep(50 * time.Millisecond)
	cmd.end()
}

// TestNohup: an ignored signal stays ignored, for us and for the child.
func TestNohup(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", `trap '' HUP; exec "$0" run /bin/sh -c 'kill -HUP $PPID; kill -HUP $$; echo alive'`, self(t))
	cmd.Env = append(os.Environ(), commandKey+"=1")
	finish(t, cmd).check(t, 0, "alive\n", "")
}

// openPTY is a new pseudo terminal.
func openPTY(t *testing.T) (controller *os.File, terminal string) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { controller.Close() })
	if err := unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return controller, fmt.Sprintf("/dev/pts/%d", n)
}

// TestTerminal: Ctrl-C reaches the child once, though the terminal gives it to
// the command as well; Ctrl-Z stops both, and SIGCONT lets them go on.
func TestTerminal(t *testing.T) {
	controller, name := openPTY(t)
	terminal, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := newCounting(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.begin(controller)
	terminal.Close()
	cmd.expect("ready")
	for range 3 {
		controller.Write([]byte{3}) // Ctrl-C
		cmd.expect("INT")
		time.Sleep(30 * time.Millisecond)
	}
	// A session's first process is never stopped by the terminal (its group is
	// orphaned), so that the state is made as the shell would see it.
	state := func() string {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		_, rest, _ := strings.Cut(string(text), ") ")
		return rest[:1]
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGSTOP)
	for i := 0; state() != "T"; i++ {
		if i > 200 {
			t.Fatal("the command does not stop")
		}
		time.Sleep(10 * time.Millisecond)
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT)
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.expect("TERM")
	cmd.end()
}

// TestShellJobControl: under a shell with job control Ctrl-Z stops the command
// and its child as one job, and fg lets both go on.
func TestShellJobControl(t *testing.T) {
	controller, name := openPTY(t)
	terminal, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/bash", "--norc", "--noprofile", "--noediting", "-i")
	cmd.Env = append(os.Environ(), commandKey+"=1", "PS1=", "COMMAND="+self(t))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(controller)
	until := func(want string) {
		t.Helper()
		var said []string
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return
			}
			said = append(said, lines.Text())
		}
		t.Fatalf("the terminal ends without %q, after %q", want, said)
	}
	fmt.Fprintln(controller, `$COMMAND run /bin/sh -c 'echo started-$((40+2)); read x; echo got-$x-$((1+1))'`)
	until("started-42")
	controller.Write([]byte{26}) // Ctrl-Z
	until("Stopped")
	// The child's read may still take what comes before it has stopped, too.
	time.Sleep(300 * time.Millisecond)
	fmt.Fprintln(controller, "fg")
	until("run /bin/sh")
	fmt.Fprintln(controller, "word")
	until("got-word-2")
	fmt.Fprintln(controller, "exit 0")
	for lines.Scan() {
	}
	cmd.Wait()
}

func startSleep(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

func TestWait(t *testing.T) {
	a := startSleep(t, "sleep 1.5; exit 3")
	b := startSleep(t, "sleep 1.6; exit 5")
	reaped := make(chan struct{})
	go func() { a.Wait(); b.Wait(); close(reaped) }()
	got := run(t, "", "wait", "--json", strconv.Itoa(a.Process.Pid), strconv.Itoa(b.Process.Pid))
	<-reaped
	var codes []string
	for line := range strings.Lines(got.stdout) {
		var e ended
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, got.stdout)
		}
		if e.ExitCode == nil {
			t.Skipf("this kernel does not tell a stranger how a process ended; Linux 6.15 does (%q)", got.stdout)
		}
		codes = append(codes, strconv.Itoa(int(*e.ExitCode)))
	}
	if strings.Join(codes, " ") != "3 5" || got.status != 5 {
		t.Errorf("%+v", got)
	}
}

func TestWaitTimeout(t *testing.T) {
	c := startSleep(t, "exec sleep 1000")
	pid := strconv.Itoa(c.Process.Pid)
	run(t, "", "wait", "--timeout", "20ms", pid).check(t, 124, "", "createprocess: the time (20ms) is up, and process "+pid+" runs\n")
}

func TestNoSuchProcess(t *testing.T) {
	const pid = "2147483646"
	const line = "OpenProcess failed (87): process 2147483646: no such process\n"
	run(t, "", "wait", pid).check(t, 125, "", line)
	run(t, "", "terminate", pid).check(t, 125, "", line)
}

func TestTerminate(t *testing.T) {
	c := startSleep(t, "exec sleep 1000")
	run(t, "", "terminate", strconv.Itoa(c.Process.Pid)).check(t, 0, "", "")
	c.Wait()
	if s := c.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGKILL {
		t.Errorf("%v", c.ProcessState)
	}
	run(t, "", "terminate", "--exit-code", "3", "1").check(t, 125, "",
		"TerminateProcess failed (50): --exit-code: a killed process has no exit code of its own on Linux\n")
}

func TestTerminateTree(t *testing.T) {
	marker := fmt.Sprintf("CREATEPROCESS_TREE=%d.%d", os.Getpid(), time.Now().UnixNano())
	cmd := exec.Command("/bin/sh", "-c", `setsid sh -c 'sleep 1000 & wait' & sleep 1001 & echo ready; wait`)
	cmd.Env = append(os.Environ(), marker)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(out).ReadString('\n')
	time.Sleep(50 * time.Millisecond)
	if n := len(marked(t, marker)); n < 4 {
		t.Errorf("the tree has only %d processes", n)
	}
	waited := make(chan struct{})
	go func() { cmd.Wait(); close(waited) }()
	run(t, "", "terminate", "--tree", strconv.Itoa(cmd.Process.Pid)).check(t, 0, "", "")
	<-waited
	if left := marked(t, marker); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
}
