//go:build cgo

package main

import (
	"bytes"
	"errors"
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

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
)

// The test binary is createprocessd too; the command is built.
const daemonKey = "CREATEPROCESSD_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(daemonKey) != "" || len(os.Args) > 1 && os.Args[1] == "worker" {
		main()
		return
	}
	if os.Geteuid() != 0 {
		fmt.Println("--- SKIP: createprocessd is tested by root only: it makes users and becomes them")
		os.Exit(0)
	}
	status := leaktest.Main(m)
	for _, name := range users {
		exec.Command("userdel", name).Run()
	}
	os.Exit(status)
}

var users []string

const password = "Correct-Horse-7-Battery"

func addUser(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("cpd%d-%d", os.Getpid(), len(users))
	run(t, "", "useradd", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", name)
	users = append(users, name)
	run(t, name+":"+password+"\n", "chpasswd")
	return name
}

func run(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v %s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

// world is a service, and the command for who uses it.
type world struct {
	dir, socket, command string
	daemon               *exec.Cmd
	log                  *bytes.Buffer
}

func start(t *testing.T, extra ...string) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "createprocessd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	w := &world{dir: dir, socket: filepath.Join(dir, "run", "socket"), command: filepath.Join(dir, "createprocess"), log: new(bytes.Buffer)}
	run(t, "", "go", "build", "-o", w.command, "../createprocess")
	stack := "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n"
	if err := os.WriteFile(filepath.Join(dir, "createprocess-test"), []byte(stack), 0o644); err != nil {
		t.Fatal(err)
	}
	w.begin(t)
	t.Cleanup(w.end)
	return w
}

func (w *world) begin(t *testing.T) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.daemon = exec.Command(exe, "--socket", w.socket, "--pam-dir", w.dir, "--pam-service", "createprocess-test")
	w.daemon.Env = append(os.Environ(), daemonKey+"=1")
	w.daemon.Stderr = w.log
	if err := w.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if c, err := seclogon.Dial(w.socket); err == nil {
			c.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the service does not listen: %s", w.log)
}

func (w *world) end() {
	w.daemon.Process.Signal(unix.SIGTERM)
	w.daemon.Wait()
}

// as is the command as a user would start it.
func (w *world) as(t *testing.T, user string, args ...string) *exec.Cmd {
	t.Helper()
	number := func(flag string) uint32 {
		n, _ := strconv.ParseUint(run(t, "", "id", flag, user), 10, 32)
		return uint32(n)
	}
	cmd := exec.Command(w.command, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", seclogon.SocketVariable + "=" + w.socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: number("-u"), Gid: number("-g")}}
	return cmd
}

func check(t *testing.T, cmd *exec.Cmd, input string, status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() != status || out.String() != stdout || errs.String() != stderr {
		t.Errorf("%q: status %d, stdout %q, stderr %q; want %d, %q, %q", cmd.Args[1:], cmd.ProcessState.ExitCode(), out.String(), errs.String(), status, stdout, stderr)
	}
}

// TestRunAs: the command and the service as they are shipped.
func TestRunAs(t *testing.T) {
	w := start(t)
	caller, target := addUser(t), addUser(t)
	runas := func(args ...string) *exec.Cmd {
		return w.as(t, caller, append([]string{"runas", "--user", target, "--password-stdin"}, args...)...)
	}
	check(t, runas("--", "id", "-un"), password+"\n", 0, target+"\n", "")
	check(t, runas("--profile", "id", "-un"), password+"\n", 0, target+"\n", "")
	// What stands behind the password is the child's.
	check(t, runas("cat"), password+"\nthe rest\n", 0, "the rest\n", "")
	check(t, runas("sh", "-c", "exit 7"), password+"\n", 7, "", "")
	check(t, runas("sh", "-c", "kill -TERM $$"), password+"\n", 128+15, "", "")
	check(t, runas("nope"), password+"\n", 127, "", "CreateProcess failed (2): open \"nope\": no such file or directory\n")
	check(t, runas("id"), "wrong\n", 125, "", "CreateProcess failed (1326): LogonUser \""+target+"\": the user name or the password is wrong\n")
	check(t, runas("--json", "id"), "wrong\n", 125, "", `{"event":"error","code":1326,"name":"ERROR_LOGON_FAILURE","op":"LogonUser","object":"`+target+`","message":"LogonUser \"`+target+`\": the user name or the password is wrong"}`+"\n")
	check(t, runas("--cwd", "/nowhere", "id"), password+"\n", 125, "", "CreateProcess failed (267): chdir \"/nowhere\": no such file or directory\n")
	// As himself nobody needs a password, and root needs none.
	check(t, w.as(t, caller, "runas", "--user", caller, "id", "-un"), "", 0, caller+"\n", "")
	check(t, w.as(t, "root", "runas", "--user", target, "id", "-un"), "", 0, target+"\n", "")
	check(t, w.as(t, "root", "runas", "--profile", "--user", target, "id", "-un"), "", 0, target+"\n", "")
	// Without a terminal there is nobody to ask.
	check(t, w.as(t, caller, "runas", "--user", target, "id"), "", 125, "",
		"CreateProcess failed (1326): password \""+target+"\": there is no terminal to ask on; --password-stdin reads it from standard input\n")
	check(t, w.as(t, caller, "runas", "id"), "", 2, "", "createprocess: runas needs a --user\nTry 'createprocess --help'.\n")
	check(t, w.as(t, caller, "runas", "--user", target), "", 2, "", "createprocess: runas needs a PROGRAM\nTry 'createprocess --help'.\n")
	// No service, and one that was killed: the next one says so.
	w.daemon.Process.Kill()
	w.daemon.Wait()
	check(t, runas("id"), password+"\n", 125, "", "CreateProcess failed (1062): CreateProcessWithLogon \""+w.socket+"\": connection refused\n")
	w.log.Reset()
	w.begin(t)
	check(t, runas("id", "-un"), password+"\n", 0, target+"\n", "")
	w.end()
	if !strings.Contains(w.log.String(), "the service before this one was killed") {
		t.Errorf("%s", w.log)
	}
	check(t, runas("id"), password+"\n", 125, "", "CreateProcess failed (1062): CreateProcessWithLogon \""+w.socket+"\": no such file or directory\n")
	w.log.Reset()
	w.begin(t)
	if w.end(); strings.Contains(w.log.String(), "killed") {
		t.Errorf("%s", w.log)
	}
}

// terminal is a pseudo terminal, and what is shown on it.
type terminal struct {
	*os.File
	shown []byte
}

func openTerminal(t *testing.T) (master *terminal, slave *os.File) {
	t.Helper()
	m, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := unix.IoctlSetPointerInt(int(m.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(m.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(slave.Name(), 0o666) // login(1) would give it to the user
	return &terminal{File: m}, slave
}

// until reads until something is shown.
func (m *terminal) until(t *testing.T, text string) {
	t.Helper()
	b := make([]byte, 1000)
	for !bytes.Contains(m.shown, []byte(text)) {
		n, err := m.Read(b)
		m.shown = append(m.shown, b[:n]...)
		if err != nil {
			t.Fatalf("%q is not shown, but %q: %v", text, m.shown, err)
		}
	}
}

// TestTerminal: the password is asked for without echo, Ctrl-C reaches the
// child, and the terminal is what it was afterwards.
func TestTerminal(t *testing.T) {
	w := start(t)
	caller, target := addUser(t), addUser(t)
	begin := func() (*terminal, *exec.Cmd) {
		m, slave := openTerminal(t)
		// A shell that is about to fork would take the Ctrl-C for its child, which does
		// not get it: this one makes none.
		cmd := w.as(t, caller, "runas", "--user", target, "--", "sh", "-c", "echo ready; read line; echo got $line; read line")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
		cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		slave.Close()
		m.until(t, "Password for "+target+": ")
		return m, cmd
	}
	m, cmd := begin()
	io.WriteString(m, password+"\n")
	m.until(t, "ready")
	if bytes.Contains(m.shown, []byte(password)) {
		t.Errorf("the password is shown: %q", m.shown)
	}
	io.WriteString(m, "a line\n")
	m.until(t, "got a line")
	if !bytes.Contains(m.shown, []byte("\na line")) {
		t.Errorf("what is typed is not shown any more: %q", m.shown)
	}
	io.WriteString(m, "\x03")
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 128+2 {
		t.Errorf("status %d after Ctrl-C", got)
	}
	// Ctrl-C instead of a password.
	m, cmd = begin()
	io.WriteString(m, "\x03")
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 128+2 {
		t.Errorf("status %d after Ctrl-C at the prompt", got)
	}
	attributes, err := unix.IoctlGetTermios(int(m.Fd()), unix.TCGETS)
	if err != nil || attributes.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal does not echo any more: %v", err)
	}
}

// TestNotTwice: a second service at the same place refuses to start.
func TestNotTwice(t *testing.T) {
	w := start(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	second := exec.Command(exe, "--socket", w.socket)
	second.Env = append(os.Environ(), daemonKey+"=1")
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "somebody listens at "+w.socket+" already") {
		t.Errorf("%v %s", err, out)
	}
}

// TestActivation: a socket that systemd has made is served, and another kind refused.
func TestActivation(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []int{unix.SOCK_SEQPACKET, unix.SOCK_STREAM} {
		path := filepath.Join(t.TempDir(), "socket")
		fd, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		listener := os.NewFile(uintptr(fd), "listener")
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
			t.Fatal(err)
		}
		if err := unix.Listen(fd, 10); err != nil {
			t.Fatal(err)
		}
		// The shell knows the number of the process that it becomes.
		cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0"`, exe)
		cmd.Env = append(os.Environ(), daemonKey+"=1")
		cmd.ExtraFiles = []*os.File{listener}
		var log bytes.Buffer
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		listener.Close()
		if kind == unix.SOCK_STREAM {
			if err := cmd.Wait(); err == nil || !strings.Contains(log.String(), "ListenSequentialPacket=") {
				t.Errorf("a stream: %v %s", err, &log)
			}
			continue
		}
		c, err := seclogon.Dial(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Call(&seclogon.Request{Op: seclogon.OpList}, nil, nil); err != nil {
			t.Errorf("%v %s", err, &log)
		}
		c.Close()
		cmd.Process.Signal(unix.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v %s", err, &log)
		}
	}
}
