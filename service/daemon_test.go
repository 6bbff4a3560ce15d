//go:build linux && cgo

package service_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/service"
)

// Here the service is a process of its own, and its clients are too: programs
// that use package createprocess, as users.

func init() {
	roles["service"] = beService
	roles["client"] = beClient
}

// beService serves at a path until it gets SIGTERM.
func beService(args []string) error {
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	s, err := service.New(service.Config{
		Log:               slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		Limits:            service.Limits{UserProcesses: 2000, UserConnections: 2000},
		Worker:            []string{"/proc/self/exe"},
		WorkerEnvironment: []string{roleKey + "=worker", pamKey + "=" + os.Getenv(pamKey)},
	})
	if err != nil {
		return err
	}
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: args[0], Net: "unixpacket"})
	if err != nil {
		return err
	}
	os.Chmod(args[0], 0o666)
	fmt.Println("ready")
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM)
	defer stop()
	return s.Serve(ctx, listener)
}

// daemon is a service that is a process of its own.
type daemon struct {
	cmd  *exec.Cmd
	path string
	log  *logBuffer
}

func startDaemon(t *testing.T, path string) *daemon {
	t.Helper()
	d := &daemon{path: path, log: new(logBuffer)}
	d.cmd = exec.Command(self(t), path)
	d.cmd.Env = append(os.Environ(), roleKey+"=service", pamKey+"="+pamDir(t))
	d.cmd.Stderr = d.log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the service says %q, %s", line, d.log)
	}
	return d
}

func (d *daemon) stop(t *testing.T) {
	d.cmd.Process.Signal(unix.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, d.log)
	}
}

func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "createprocess-socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	return filepath.Join(dir, "socket")
}

// client is a program that runs as a user and does what it is told, a line of
// words at a time: it answers each by a line.
type client struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (d *daemon) client(t *testing.T, u user) *client {
	t.Helper()
	c := &client{t: t, cmd: exec.Command(self(t))}
	c.cmd.Dir = "/"
	c.cmd.Env = []string{roleKey + "=client", seclogon.SocketVariable + "=" + d.path, "PATH=/usr/bin:/bin"}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.uid, Gid: u.gid}}
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) do(words ...any) string {
	c.t.Helper()
	fmt.Fprintln(c.in, words...)
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("%v: %v", words, err)
	}
	return strings.TrimSpace(line)
}

// is fails unless the answer is what is wanted.
func (c *client) is(want string, words ...any) {
	c.t.Helper()
	if got := c.do(words...); got != want {
		c.t.Errorf("%v: %q, not %q", words, got, want)
	}
}

func (c *client) end() {
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Error(err)
	}
}

// beClient reads its lines without a buffer that would keep a password.
func beClient([]string) error {
	var p *createprocess.Process
	var thread *createprocess.Thread
	buffer := make([]byte, 4096)
	for {
		n := 0
		for n == 0 || buffer[n-1] != '\n' {
			if _, err := unix.Read(0, buffer[n:n+1]); err != nil {
				return err
			}
			if buffer[n] == 0 {
				return nil
			}
			n++
		}
		words := bytes.Fields(buffer[:n])
		number := func(i int) int {
			v, _ := strconv.ParseInt(string(words[i]), 0, 64)
			return int(v)
		}
		answer, err := "done", error(nil)
		switch string(words[0]) {
		case "end":
			return nil
		case "create": // USER PASSWORD FLAGS PROGRAM ARG...
			params := createprocess.Params{}
			for _, w := range words[4:] {
				params.Args = append(params.Args, string(w))
			}
			params.StartupInfo.UseStdHandles(nil, nil, nil)
			var pi *createprocess.ProcessInformation
			pi, err = createprocess.CreateProcessWithLogon(createprocess.Credentials{User: string(words[1]), Password: words[2]},
				createprocess.LogonFlags(number(3)), params)
			if err == nil {
				p, thread, answer = pi.Process, pi.Thread, strconv.Itoa(pi.ProcessID)
			}
		case "open": // PID ACCESS
			p, err = createprocess.OpenProcess(createprocess.AccessMask(number(2)), false, number(1))
			if err == nil {
				answer = fmt.Sprintf("%#x", uint32(p.Access()))
			}
		case "wait":
			var code uint32
			code, err = p.Wait(context.Background())
			answer = fmt.Sprintf("%#x", code)
		case "code":
			var code uint32
			code, err = p.ExitCode()
			answer = fmt.Sprintf("%#x", code)
		case "terminate":
			err = p.Terminate(uint32(number(1)))
		case "suspend":
			var n uint32
			n, err = thread.Suspend()
			answer = strconv.Itoa(int(n))
		case "resume":
			var n uint32
			n, err = p.Resume()
			answer = strconv.Itoa(int(n))
		case "times":
			var times createprocess.Times
			times, err = p.Times()
			answer = fmt.Sprint(times.Exit.After(times.Creation))
		case "close":
			err = p.Close()
		}
		clear(buffer)
		var e *createprocess.Error
		if errors.As(err, &e) {
			answer = fmt.Sprint("error ", uint32(e.Code), " ", e.Op, " ", e.Object)
		} else if err != nil {
			answer = err.Error()
		}
		fmt.Println(answer)
	}
}

func (c *client) create(u user, flags int, args ...string) int {
	c.t.Helper()
	answer := c.do("create", u.name, u.password, flags, strings.Join(args, " "))
	pid, err := strconv.Atoi(answer)
	if err != nil {
		c.t.Fatalf("create: %s", answer)
	}
	return pid
}

// TestClients: the API, for who may and for who may not.
func TestClients(t *testing.T) {
	d := startDaemon(t, socketPath(t))
	defer d.stop(t)
	caller, other, target := addUser(t), addUser(t), addUser(t)
	for _, flags := range []int{0, 1} {
		a, b := d.client(t, caller), d.client(t, other)
		pid := a.create(target, flags, "/bin/sleep", "1000")
		a.is("0x103", "code")
		a.is("0", "suspend")
		a.is("1", "suspend")
		for i := 0; stateOf(pid) != "T"; i++ { // the signal takes a moment
			if i == 500 {
				t.Fatalf("a suspended process is %q", stateOf(pid))
			}
			time.Sleep(10 * time.Millisecond)
		}
		a.is("2", "resume")
		a.is("1", "resume")
		a.is("0", "resume")
		// Another user's program: the descriptor does not let it, and the kernel
		// would not either.
		b.is("error 5 OpenProcess process "+strconv.Itoa(pid), "open", pid, createprocess.PROCESS_TERMINATE)
		b.is("0x101000", "open", pid, 0x101000)
		// A program that the service has not created is the kernel's business.
		b.is("error 5 OpenProcess process 1", "open", 1, createprocess.PROCESS_TERMINATE)
		a.is("done", "terminate", 0xC0FFEE)
		a.is("0xc0ffee", "wait")
		a.is("0xc0ffee", "code")
		a.is("true", "times")
		a.is("error 5 TerminateProcess process "+strconv.Itoa(pid), "terminate", 1)
		a.is("done", "close")
		a.is("error 6 CloseHandle", "close")
		// By itself, and by a signal.
		a.create(target, flags, "/bin/false")
		a.is("0x1", "wait")
		b.is("error 1326 LogonUser "+target.name, "create", target.name, "wrong", flags, "/bin/true")
		a.is("error 50 logon flags LOGON_NETCREDENTIALS_ONLY", "create", target.name, "x", 2, "/bin/true")
		a.is("error 2 open nope", "create", target.name, "x", 0, "nope")
		a.end()
		b.end()
	}
}

func stateOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return rest[:1]
}

// TestNoService: the error says what is missing, and where it was looked for.
func TestNoService(t *testing.T) {
	d := &daemon{path: socketPath(t)}
	c := d.client(t, addUser(t))
	defer c.end()
	c.is("error 1062 CreateProcessWithLogon "+d.path, "create", "root", "x", 0, "/bin/true")
	c.is("error 5 OpenProcess process 1", "open", 1, 1)
	// Somebody listens who is not root: no password goes there.
	u := addUser(t)
	os.Chmod(filepath.Dir(d.path), 0o777)
	var l *net.UnixListener
	var err error
	as(t, u, func() { l, err = net.ListenUnix("unixpacket", &net.UnixAddr{Name: d.path, Net: "unixpacket"}) })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	os.Chmod(d.path, 0o666)
	c.is("error 1062 CreateProcessWithLogon "+d.path, "create", "root", "x", 0, "/bin/true")
}

// TestKilled: the service is killed in the middle of a thousand creations. What
// has been created goes on; nothing that is root's is left; what clients have in
// their hands says so or works without; and the next service knows nothing of it,
// and says that.
func TestKilled(t *testing.T) {
	path := socketPath(t)
	d := startDaemon(t, path)
	u, target := addUser(t), addUser(t)
	holder := d.client(t, u)
	const forever = "86399.25" // which nobody else sleeps
	held := holder.create(target, 0, "/bin/sleep", forever)

	conn := dial(t, &running{path: path}, u)
	conn.Close()
	const creations = 1000
	pids := make(chan int, creations)
	done := make(chan bool)
	for range 8 {
		go func() {
			defer func() { done <- true }()
			for range creations / 8 {
				var conn *seclogon.Conn
				var err error
				conn, err = seclogon.Dial(path)
				if err != nil {
					return
				}
				c := request(target.name, "/bin/sleep", forever)
				c.NoPassword = true
				response, err := create(conn, c, "")
				conn.Close()
				if err != nil {
					return
				}
				pids <- response.PID
			}
		}()
	}
	for len(pids) < creations/2 {
		time.Sleep(time.Millisecond)
	}
	d.cmd.Process.Kill()
	d.cmd.Wait()
	for range 8 {
		<-done
	}
	close(pids)
	count := 0
	for pid := range pids {
		count++
		if owner := ownerOf(pid); owner != target.uid {
			t.Errorf("process %d is user %d's", pid, owner)
		}
	}
	t.Logf("%d processes were created before", count)
	if count == creations {
		t.Error("the service was not killed in the middle")
	}
	// Root's: the workers, of which there was none, and children that have not
	// become the user yet.
	for _, p := range processes(t) {
		if p.command == clone.path && p.uid == 0 || p.command == "/bin/sleep "+forever && p.uid == 0 {
			t.Errorf("process %d is left: %s", p.pid, p.command)
		}
	}
	holder.is("0x103", "code")
	holder.is("error 1062 TerminateProcess process "+strconv.Itoa(held), "terminate", 5)
	os.Remove(path)

	next := startDaemon(t, path)
	defer next.stop(t)
	c := dial(t, &running{path: path}, u)
	defer c.Close()
	_, _, err := c.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: held, Access: 1}, nil, nil)
	if code(err) != createprocess.ERROR_INVALID_PARAMETER || !strings.Contains(err.Error(), "has not created it since it was started") {
		t.Error(err)
	}
	run(t, "pkill", "-9", "-u", target.name)
	// The end is seen by the pidfd. How it came the kernel tells when the process
	// has been collected, which may take its new parent a while.
	answer := holder.do("wait")
	for i := 0; i < 60 && answer != "0x40010009"; i++ {
		answer = holder.do("code")
	}
	if answer != "0x40010009" {
		t.Errorf("a process whose service is gone ended with %q", answer)
	}
	holder.end()
}

type processInfo struct {
	pid     int
	uid     uint32
	command string
}

func processes(t *testing.T) (list []processInfo) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		command, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if len(command) > 0 {
			list = append(list, processInfo{pid, ownerOf(pid), string(bytes.ReplaceAll(bytes.TrimRight(command, "\x00"), []byte{0}, []byte{' '}))})
		}
	}
	return list
}

func ownerOf(pid int) uint32 {
	info, err := os.Stat("/proc/" + strconv.Itoa(pid))
	if err != nil {
		return 1<<32 - 1
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

// TestSecrets: after a logon the password is in no memory, no log and no
// environment: neither the client's, nor the service's, nor the worker's that
// stays with a profile, nor the child's.
func TestSecrets(t *testing.T) {
	d := startDaemon(t, socketPath(t))
	defer d.stop(t)
	caller, target := addUser(t), addUser(t)
	random := make([]byte, 16)
	rand.Read(random)
	target.password = hex.EncodeToString(random)
	pw := exec.Command("chpasswd")
	pw.Stdin = strings.NewReader(target.name + ":" + target.password + "\n")
	if out, err := pw.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, flags := range []int{0, 1} {
		c := d.client(t, caller)
		// That the search finds what is there: a string that the client does hold.
		if n := found(t, c.cmd.Process.Pid, []byte("CREATEPROCESS_TEST_ROLE=client")); n == 0 {
			t.Fatal("the search of a process's memory finds nothing")
		}
		child := c.create(target, flags, "/bin/sleep", "1000")
		c.is("error 1326 LogonUser "+target.name, "create", target.name, target.password+"x", flags, "/bin/true")
		pids := map[string]int{"client": c.cmd.Process.Pid, "service": d.cmd.Process.Pid, "child": child}
		// The service has one child: this one or, with a profile, the worker. That
		// of the failed logon takes a moment to end.
		var own []int
		for i := 0; len(own) != 1; i++ {
			if i == 500 {
				t.Fatalf("flags %d: the service's children are %d", flags, own)
			}
			time.Sleep(10 * time.Millisecond)
			own = childrenOf(t, d.cmd.Process.Pid)
		}
		if worker := own[0] != child; worker != (flags == 1) {
			t.Errorf("flags %d: the service's child is %d, not %d", flags, own, child)
		}
		pids["worker"] = own[0]
		for name, pid := range pids {
			if n := found(t, pid, []byte(target.password)); n > 0 {
				t.Errorf("flags %d: the %s has the password %d times in its memory", flags, name, n)
			}
			for _, file := range []string{"cmdline", "environ"} {
				if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file)); bytes.Contains(text, []byte(target.password)) {
					t.Errorf("flags %d: the %s's %s has the password", flags, name, file)
				}
			}
		}
		run(t, "kill", "-9", strconv.Itoa(child))
		c.is("0x40010009", "wait")
		c.end()
	}
	if strings.Contains(d.log.String(), target.password) {
		t.Error("the log has the password")
	}
}

// childrenOf are those that run.
func childrenOf(t *testing.T, pid int) (children []int) {
	t.Helper()
	for _, p := range processes(t) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[0] != "Z" && f[1] == strconv.Itoa(pid) {
			children = append(children, p.pid)
		}
	}
	return children
}

// found counts how often the memory of a process has the needle.
func found(t *testing.T, pid int, needle []byte) (n int) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' {
			continue
		}
		const piece = 1 << 20
		buffer := make([]byte, piece+len(needle))
		for at := from; at < to; at += piece {
			k, _ := mem.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at)
			n += bytes.Count(buffer[:k], needle)
		}
	}
	return n
}
