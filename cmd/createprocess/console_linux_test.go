package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/console"
)

// runtimeDir gives the test's commands a place of their own for sockets, with
// none in it when the test ends.
func runtimeDir(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cp")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Cleanup(func() {
		left, _ := filepath.Glob(filepath.Join(dir, "createprocess", "*"))
		for _, socket := range left {
			t.Errorf("left: %s", socket)
			child, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(socket), ".sock"))
			if keeper, _ := parentOf(child); child > 1 && keeper > 1 {
				syscall.Kill(keeper, syscall.SIGKILL)
			}
		}
		os.RemoveAll(dir)
	})
}

// person is somebody at a terminal, and the command that runs there.
type person struct {
	terminal *console.PseudoConsole
	file     *os.File // the command's side of the terminal
	cmd      *exec.Cmd
	before   unix.Termios
	all      string
	expected int
}

// at starts the command at a terminal of its own.
func at(t *testing.T, size console.Size, args ...string) *person {
	t.Helper()
	c, err := console.Create(size)
	if err != nil {
		t.Fatal(err)
	}
	u := &person{terminal: c}
	if u.file, err = c.Terminal(); err != nil {
		t.Fatal(err)
	}
	u.before = *u.termios(t)
	u.cmd = command(t, "", args...)
	u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = u.file, u.file, u.file
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// What is not answered for so long is stuck.
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() {
		u.cmd.Process.Kill()
		u.cmd.Wait()
		u.file.Close()
		c.Close()
	})
	return u
}

func (u *person) termios(t *testing.T) *unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(u.file.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return mode
}

func (u *person) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(u.terminal, keys); err != nil {
		t.Fatal(err)
	}
}

// sees waits until want has come, behind what was seen before.
func (u *person) sees(t *testing.T, want string) {
	t.Helper()
	buf := make([]byte, 4096)
	for {
		rest := u.all[u.expected:]
		if i := strings.Index(rest, want); i >= 0 {
			u.expected += i + len(want)
			return
		}
		n, err := u.terminal.Read(buf)
		u.all += string(buf[:n])
		if n == 0 && err != nil {
			t.Fatalf("%v after %q, want %q", err, rest, want)
		}
	}
}

// ends waits for the command, which must leave the terminal as it was.
func (u *person) ends(t *testing.T, status int) {
	t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { u.cmd.Process.Kill() })
	defer timer.Stop()
	u.cmd.Wait()
	if got := u.cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("exit status %d, want %d, after %q", got, status, u.all)
	}
	u.isRestored(t)
}

func (u *person) isRestored(t *testing.T) {
	t.Helper()
	if now := u.termios(t); *now != u.before {
		t.Errorf("the terminal is left as %+v, it was %+v", *now, u.before)
	}
}

func (u *person) isRaw(t *testing.T) {
	t.Helper()
	if now := u.termios(t); now.Lflag&(unix.ICANON|unix.ISIG|unix.ECHO) != 0 {
		t.Errorf("the terminal is not raw: %+v", *now)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1500 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("in 30 seconds it is not so: " + what)
}

// parentOf is a process's parent, and its state; 0 if there is no such process.
func parentOf(pid int) (parent int, state string) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fmt.Sscan(string(text[strings.LastIndexByte(string(text), ')')+1:]), &state, &parent)
	return parent, state
}

// TestNewConsolePlain: without a terminal bytes are copied.
func TestNewConsolePlain(t *testing.T) {
	runtimeDir(t)
	new := func(args ...string) *exec.Cmd {
		return command(t, "", append([]string{"run", "--new-console"}, args...)...)
	}
	finish(t, new("/bin/sh", "-c", "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size; exit 5")).check(t, 5, "25 80\r\n", "")
	finish(t, new("/bin/sh", "-c", "kill -9 $$")).check(t, 137, "", "")
	finish(t, new("createprocess-nope")).check(t, 127, "", "CreateProcess failed (2): open \"createprocess-nope\": no such file or directory\n")
	finish(t, new("--stdin", "/createprocess-nope", "/bin/true")).check(t, 125, "", "CreateProcess failed (2): redirect \"/createprocess-nope\": no such file or directory\n")
	finish(t, new("--inherit", "57", "/bin/true")).check(t, 125, "", "CreateProcess failed (6): inherit \"HANDLE_LIST: descriptor 57\": bad file descriptor\n")
	finish(t, new("--cwd", "/usr", "/bin/pwd")).check(t, 0, "/usr\r\n", "")
	for in, want := range map[string]string{"": "0\r\n", "line\n": "5\r\n", "no end": "6\r\n"} {
		cmd := new("/bin/sh", "-c", "wc -c")
		cmd.Stdin = strings.NewReader(in)
		finish(t, cmd).check(t, 0, want, "")
	}
	// All of the output comes before the end, also with somebody left behind who
	// holds the console.
	a := finish(t, new("/bin/sh", "-c", `(trap "" HUP; sleep 0.5) & seq 100000`))
	if n := strings.Count(a.stdout, "\n"); a.status != 0 || n != 100000 || !strings.HasSuffix(a.stdout, "\n100000\r\n") {
		t.Errorf("status %d, %d lines, stderr %q", a.status, n, a.stderr)
	}

	file := filepath.Join(t.TempDir(), "out")
	finish(t, new("--stdout", file, "/bin/sh", "-c", "echo file; echo console >&2; [ -t 0 ]")).check(t, 0, "console\r\n", "")
	if text, err := os.ReadFile(file); string(text) != "file\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := new("--inherit", "3=7", "/bin/sh", "-c", "echo through >&7; ls /proc/$$/fd")
	cmd.ExtraFiles = []*os.File{w}
	a = finish(t, cmd)
	w.Close()
	if text, err := io.ReadAll(r); string(text) != "through\n" || err != nil || len(strings.Fields(a.stdout)) > 5 {
		t.Errorf("%q, %v, %+v", text, err, a)
	}

	a = finish(t, new("--json", "/bin/sh", "-c", "exit 3"))
	if lines := strings.Split(a.stderr, "\n"); a.status != 3 || len(lines) != 3 || !strings.Contains(lines[0], `"created"`) || !strings.Contains(lines[1], `"exit_code":3`) {
		t.Errorf("%+v", a)
	}
	marker := fmt.Sprintf("CREATEPROCESS_TREE=%d.%d", os.Getpid(), time.Now().UnixNano())
	a = finish(t, new("--timeout", "300ms", "--env", marker, "/bin/sh", "-c", "trap '' HUP; setsid sleep 1000 & sleep 1001"))
	if a.status != 124 || !strings.Contains(a.stderr, "the time (300ms) is up") {
		t.Errorf("%+v", a)
	}
	if left := marked(t, marker); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
}

// TestNewConsoleBrokenPipe: output that nobody takes any more ends the child.
func TestNewConsoleBrokenPipe(t *testing.T) {
	runtimeDir(t)
	marker := fmt.Sprintf("CREATEPROCESS_TREE=%d.%d", os.Getpid(), time.Now().UnixNano())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "", "run", "--new-console", "--env", marker, "yes")
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	io.ReadFull(r, make([]byte, 10))
	r.Close()
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 128+int(syscall.SIGPIPE) {
		t.Errorf("exit status %d", status)
	}
	eventually(t, "no process is left", func() bool { return len(marked(t, marker)) == 0 })
}

// TestNewConsoleTerminal: at a terminal the child's console is like it.
func TestNewConsoleTerminal(t *testing.T) {
	runtimeDir(t)
	u := at(t, console.Size{Columns: 91, Rows: 31}, "run", "--new-console", "/bin/bash", "--norc", "--noprofile", "--noediting", "-i")
	u.types(t, "PS1='$((1+1))> '; stty size; tty\r")
	u.sees(t, "31 91")
	u.sees(t, "/dev/pts/")
	u.sees(t, "2> ")
	if strings.Contains(u.all, "job control") {
		t.Errorf("bash says %q", u.all)
	}
	u.isRaw(t)
	if err := u.terminal.Resize(console.Size{Columns: 70, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	u.types(t, `until [ "$(stty size)" = "20 70" ]; do sleep 0.02; done; echo resized-$((1+1))`+"\r")
	u.sees(t, "resized-2")
	u.sees(t, "2> ")
	const job = `sh -c 'echo run$((40+2)); read x; echo got-$x'` + "\r"
	u.types(t, job)
	u.sees(t, "run42")
	u.types(t, "\x03") // Ctrl-C is the child's
	u.sees(t, "2> ")
	u.types(t, job)
	u.sees(t, "run42")
	u.types(t, "\x1a") // and so is Ctrl-Z
	u.sees(t, "Stopped")
	u.sees(t, "2> ")
	u.types(t, "fg\r")
	u.sees(t, "sh -c")
	u.types(t, "word\r")
	u.sees(t, "got-word")
	u.sees(t, "2> ")
	// The prefix key twice is the child's, and alone it is not lost.
	u.types(t, "stty -echo; IFS= read -r x; printf '%s' \"$x\" | od -An -c; stty echo\r")
	time.Sleep(100 * time.Millisecond)
	u.types(t, "\x1d\x1d,\x1dx\r")
	u.sees(t, "035   , 035   x")
	u.types(t, "exit 6\r")
	u.ends(t, 6)
}

// TestTerminalIsRestored: on every way out.
func TestTerminalIsRestored(t *testing.T) {
	script := []string{"run", "--new-console", "/bin/sh", "-c", "echo pid-$$-; exec sleep 1000"}
	for _, test := range []struct {
		name   string
		end    func(t *testing.T, u *person, child int)
		status int
	}{
		{"the child is killed", func(_ *testing.T, _ *person, child int) { syscall.Kill(child, syscall.SIGKILL) }, 137},
		{"SIGTERM", func(_ *testing.T, u *person, _ int) { u.cmd.Process.Signal(syscall.SIGTERM) }, 143},
		{"SIGINT", func(_ *testing.T, u *person, _ int) { u.cmd.Process.Signal(syscall.SIGINT) }, 130},
		{"SIGHUP", func(_ *testing.T, u *person, _ int) { u.cmd.Process.Signal(syscall.SIGHUP) }, 129},
		{"SIGUSR1", func(_ *testing.T, u *person, _ int) { u.cmd.Process.Signal(syscall.SIGUSR1) }, 138},
		{"the keeper is killed", func(t *testing.T, u *person, child int) {
			keeper, _ := parentOf(child)
			syscall.Kill(keeper, syscall.SIGKILL)
			u.sees(t, "its keeper has ended")
			eventually(t, "the child is hung up", func() bool { _, state := parentOf(child); return state == "" || state == "Z" })
			os.Remove(filepath.Join(socketDirs()[0], socketName(child)))
		}, 125},
		{"SIGTSTP", func(t *testing.T, u *person, child int) {
			for range 2 {
				u.cmd.Process.Signal(syscall.SIGTSTP)
				eventually(t, "the command stops", func() bool { _, state := parentOf(u.cmd.Process.Pid); return state == "T" })
				u.isRestored(t)
				u.cmd.Process.Signal(syscall.SIGCONT)
				eventually(t, "the terminal is raw again", func() bool { return u.termios(t).Lflag&unix.ICANON == 0 })
			}
			u.types(t, "\x03") // the terminal's, to the child's foreground
		}, 130},
	} {
		t.Run(test.name, func(t *testing.T) {
			runtimeDir(t)
			u := at(t, console.Default, script...)
			u.sees(t, "pid-")
			u.sees(t, "-")
			fields := strings.Split(u.all, "-")
			child, err := strconv.Atoi(fields[len(fields)-2])
			if err != nil {
				t.Fatalf("%v in %q", err, u.all)
			}
			u.isRaw(t)
			test.end(t, u, child)
			u.ends(t, test.status)
		})
	}
}

// TestRestoredInPanic: a panic does not leave the terminal raw.
func TestRestoredInPanic(t *testing.T) {
	c, err := console.Create(console.Default)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	file, err := c.Terminal()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	old := os.Stdin
	os.Stdin = file
	defer func() { os.Stdin = old }()
	u := &person{file: file}
	u.before = *u.termios(t)
	s := newScreen(nil)
	if err := s.raw(); err != nil {
		t.Fatal(err)
	}
	u.isRaw(t)
	defer func() {
		if recover() != "the panic" {
			t.Error("the panic is lost")
		}
		u.isRestored(t)
	}()
	defer s.restoreInPanic()
	panic("the panic")
}

// TestAttach: the child is left and come back to, by key, from the beginning,
// and by somebody else.
func TestAttach(t *testing.T) {
	runtimeDir(t)
	script := []string{"/bin/bash", "--norc", "--noprofile", "-c", `trap 'echo size-$(stty size)' WINCH
echo ready; while IFS= read -r x || [ $? -gt 128 ]; do case $x in end) exit 9;; ?*) echo "got-$x";; esac; done`}
	u := at(t, console.Default, append([]string{"run", "--new-console"}, script...)...)
	u.sees(t, "ready")
	u.types(t, "one\r")
	u.sees(t, "got-one")
	u.types(t, "\x1dd")
	u.ends(t, 0)
	u.sees(t, "goes on; 'createprocess attach ")
	u.sees(t, "'")
	pid := u.all[strings.LastIndex(u.all, "attach ")+len("attach "):]
	pid = pid[:strings.Index(pid, "'")]

	// With the size that it has had, and with another one.
	u = at(t, console.Default, "attach", pid)
	u.types(t, "two\r")
	u.sees(t, "got-two")
	u.types(t, "\x1dd")
	u.ends(t, 0)
	if !strings.Contains(u.all, "size-25 80") {
		t.Errorf("no SIGWINCH for whoever comes back: %q", u.all)
	}
	first := at(t, console.Size{Columns: 60, Rows: 10}, "attach", pid)
	first.types(t, "three\r")
	first.sees(t, "got-three")
	if !strings.Contains(first.all, "size-10 60") {
		t.Errorf("the size is not carried over: %q", first.all)
	}
	second := at(t, console.Default, "attach", pid)
	first.ends(t, 125)
	second.types(t, "four\r")
	second.sees(t, "got-four")
	second.types(t, "end\r")
	second.ends(t, 9)

	n, _ := strconv.Atoi(pid)
	eventually(t, "the child is gone", func() bool { parent, _ := parentOf(n); return parent == 0 })
	run(t, "", "attach", pid).check(t, 125, "", "attach failed (2): process "+pid+": createprocess keeps no console for it: file does not exist\n")
}

func TestNewConsoleDetach(t *testing.T) {
	runtimeDir(t)
	a := run(t, "", "run", "--new-console", "--detach", "/bin/sh", "-c", "read x; echo got-$x; exit 4")
	pid := strings.TrimSpace(a.stdout)
	n, err := strconv.Atoi(pid)
	if a.status != 0 || err != nil || a.stderr != "" {
		t.Fatalf("%+v", a)
	}
	cmd := command(t, "", "attach", pid)
	cmd.Stdin = strings.NewReader("line\n")
	if a := finish(t, cmd); a.status != 4 || !strings.HasSuffix(a.stdout, "got-line\r\n") || a.stderr != "" {
		t.Errorf("%+v", a)
	}
	// Nobody is there to see it: it does not wait for room.
	out := filepath.Join(t.TempDir(), "out")
	a = run(t, "", "run", "--new-console", "--detach", "/bin/sh", "-c", "seq 300000; echo $? > "+out)
	n, _ = strconv.Atoi(strings.TrimSpace(a.stdout))
	eventually(t, "the child has ended", func() bool { parent, _ := parentOf(n); return parent == 0 })
	if text, err := os.ReadFile(out); string(text) != "0\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if a := run(t, "", "run", "--new-console", "--detach", "createprocess-nope"); a.status != 127 || a.stdout != "" || strings.Count(a.stderr, "\n") != 1 {
		t.Errorf("%+v", a)
	}
	// A socket whose keeper was killed is taken away by whoever finds it.
	a = run(t, "", "run", "--new-console", "--detach", "sleep", "1000")
	n, _ = strconv.Atoi(strings.TrimSpace(a.stdout))
	keeper, _ := parentOf(n)
	syscall.Kill(keeper, syscall.SIGKILL)
	eventually(t, "the child is hung up", func() bool { _, state := parentOf(n); return state == "" || state == "Z" })
	if a := run(t, "", "attach", strconv.Itoa(n)); a.status != 125 || !strings.Contains(a.stderr, "keeps no console") {
		t.Errorf("%+v", a)
	}
}

// TestSocketDirs: a directory that is somebody else's, or open to others, is not used.
func TestSocketDirs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", "relative")
	if dirs := socketDirs(); !reflect.DeepEqual(dirs, []string{fmt.Sprintf("/tmp/createprocess-%d", os.Geteuid())}) {
		t.Errorf("%q", dirs)
	}
	own, open, link, file := filepath.Join(dir, "own"), filepath.Join(dir, "open"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	for _, err := range []error{os.Mkdir(own, 0o700), os.Mkdir(open, 0o700), os.Chmod(open, 0o710), os.Symlink(own, link), os.WriteFile(file, nil, 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := checkSocketDir(own); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{open, link, file, filepath.Join(dir, "missing")} {
		if checkSocketDir(bad) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(own, 12345, 0); err != nil {
			t.Fatal(err)
		}
		if err := checkSocketDir(own); !errors.Is(err, os.ErrPermission) {
			t.Errorf("a directory of somebody else's: %v", err)
		}
	}
}

func TestPrefixKey(t *testing.T) {
	for _, test := range []struct {
		typed []string // as the reads have it
		want  string
		leave bool
	}{
		{[]string{"abc"}, "abc", false},
		{[]string{"a\x1ddb"}, "a", true},
		{[]string{"a\x1d", "d"}, "a", true},
		{[]string{"\x1d\x1d"}, "\x1d", false},
		{[]string{"\x1d", "\x1d", "d"}, "\x1dd", false},
		{[]string{"\x1dx"}, "\x1dx", false},
		{[]string{"\x1d", "x\x1d\x1d\x1dd"}, "\x1dx\x1d", true},
	} {
		var p prefix
		got, leave := "", false
		for _, read := range test.typed {
			var data []byte
			data, leave = p.filter([]byte(read))
			got += string(data)
		}
		if got != test.want || leave != test.leave {
			t.Errorf("%q: %q, %v, want %q, %v", test.typed, got, leave, test.want, test.leave)
		}
	}
}

func TestWire(t *testing.T) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := wireOf(ends[0])
	b, errB := wireOf(ends[1])
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	defer b.conn.Close()
	if err := b.ours(); err != nil {
		t.Error(err)
	}
	a.send(frameOutput, nil)
	a.send(frameInput, []byte("text"))
	a.sendNumber(frameExit, -5)
	a.sendSize(frameSize, console.Size{Columns: 40000, Rows: 50000})
	a.conn.Write([]byte{byte(frameInput), 1, 0, 1, 0}) // longer than any
	a.conn.Close()
	for _, want := range []struct {
		kind frame
		is   func(data []byte) bool
	}{
		{frameOutput, func(data []byte) bool { return len(data) == 0 }},
		{frameInput, func(data []byte) bool { return string(data) == "text" }},
		{frameExit, func(data []byte) bool { return number(data) == -5 }},
		{frameSize, func(data []byte) bool { return sizeOf(data) == console.Size{Columns: 40000, Rows: 50000} }},
	} {
		if kind, data, err := b.receive(); kind != want.kind || !want.is(data) || err != nil {
			t.Errorf("%c, %q, %v, want %c", kind, data, err, want.kind)
		}
	}
	if _, _, err := b.receive(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("a frame that is too long: %v", err)
	}
	if _, _, err := b.receive(); !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
}

// TestKeeperRefuses: who says nothing, or the wrong thing, is not let in, and
// whoever is there stays.
func TestKeeperRefuses(t *testing.T) {
	runtimeDir(t)
	u := at(t, console.Default, "run", "--new-console", "/bin/sh", "-c", "echo pid-$$-; read x; echo got-$x")
	u.sees(t, "pid-")
	u.sees(t, "-")
	fields := strings.Split(u.all, "-")
	conn, err := net.Dial("unix", filepath.Join(socketDirs()[0], fields[len(fields)-2]+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	(&wire{conn: conn}).send(frameInput, []byte("x\r"))
	if n, err := conn.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("the keeper answers %d bytes, %v", n, err)
	}
	u.types(t, "y\r")
	u.sees(t, "got-y")
	u.ends(t, 0)
}

// TestOtherUsersPeer: somebody else is not let in, whatever the directory allows.
func TestOtherUsersPeer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	dir, err := os.MkdirTemp("", "cp")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	text, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	image, path := filepath.Join(dir, "test"), filepath.Join(dir, "socket")
	if err := os.WriteFile(image, text, 0o755); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, err := range []error{os.Chmod(dir, 0o755), os.Chmod(path, 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for uid, want := range map[uint32]error{0: nil, 54321: os.ErrPermission} {
		cmd := exec.Command(image, path)
		cmd.Env = append(os.Environ(), childKey+"=dial")
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := (&wire{conn: conn}).ours(); !errors.Is(err, want) {
			t.Errorf("user %d: %v, want %v", uid, err, want)
		}
		conn.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("user %d: %v", uid, err)
		}
	}
}
