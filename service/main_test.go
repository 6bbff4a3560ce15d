//go:build linux && cgo

package service_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/service"
	"github.com/seed-f798aa80/createprocess/token/pam"
)

// The test binary is also the worker, the service where a test kills it, and
// its clients: roleKey in the environment says which.
const (
	roleKey = "CREATEPROCESS_TEST_ROLE"
	pamKey  = "CREATEPROCESS_TEST_PAM"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleKey); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	if os.Geteuid() != 0 {
		fmt.Println("--- SKIP: the service is tested by root only: it makes users and becomes them")
		os.Exit(0)
	}
	status := leaktest.Main(m)
	removeUsers()
	if clone.dir != "" {
		os.RemoveAll(clone.dir)
	}
	os.Exit(status)
}

var roles = map[string]func(args []string) error{
	"worker": func([]string) error {
		return service.Worker(func(caller string, prompt func(string, bool) ([]byte, error)) service.Logon {
			return &pam.Config{ConfDir: os.Getenv(pamKey), Caller: caller, Prompt: prompt, OneProcess: true}
		})
	},
}

func play(role string, args []string) int {
	f, ok := roles[role]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such role:", role)
		return 99
	}
	if err := f(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// clone is a copy of the test binary where every user may execute it.
var clone struct {
	sync.Once
	dir, path string
	err       error
}

func self(t testing.TB) string {
	t.Helper()
	b := &clone
	b.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "createprocess-service"); b.err != nil {
			return
		}
		os.Chmod(b.dir, 0o755)
		b.path = filepath.Join(b.dir, "test")
		exe, err := os.Executable()
		if err != nil {
			b.err = err
			return
		}
		if b.err = exec.Command("cp", exe, b.path).Run(); b.err == nil {
			b.err = os.Chmod(b.path, 0o755)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

// user is an account of the test's making.
type user struct {
	name     string
	password string
	uid, gid uint32
}

var users struct {
	sync.Mutex
	made []string
}

const password = "Correct-Horse-7-Battery"

// addUser makes a user whose name no other test run has, with a password.
func addUser(t testing.TB, changes ...string) user {
	t.Helper()
	users.Lock()
	defer users.Unlock()
	name := fmt.Sprintf("cps%d-%d", os.Getpid(), len(users.made))
	run(t, "useradd", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", name)
	users.made = append(users.made, name)
	pw := exec.Command("chpasswd")
	pw.Stdin = strings.NewReader(name + ":" + password + "\n")
	if out, err := pw.CombinedOutput(); err != nil {
		t.Fatalf("chpasswd: %v %s", err, out)
	}
	if len(changes) > 0 {
		run(t, changes[0], append(changes[1:], name)...)
	}
	u := user{name: name, password: password}
	for _, f := range []struct {
		flag string
		to   *uint32
	}{{"-u", &u.uid}, {"-g", &u.gid}} {
		n, err := strconv.ParseUint(strings.TrimSpace(run(t, "id", f.flag, name)), 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		*f.to = uint32(n)
	}
	return u
}

func removeUsers() {
	for _, name := range users.made {
		exec.Command("userdel", name).Run()
		exec.Command("groupdel", name).Run()
	}
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// pamDir is a directory of PAM's with a stack that really checks passwords.
func pamDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	const stack = "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_env.so envfile=%s user_readenv=0\n"
	env := filepath.Join(dir, "environment")
	for path, text := range map[string]string{
		env:                             "CREATEPROCESS_TEST_SESSION=open\n",
		filepath.Join(dir, pam.Service): fmt.Sprintf(stack, env),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// running is a service in the test's own program.
type running struct {
	*service.Service
	path string
	log  *logBuffer
}

// logBuffer keeps the audit.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines are the audit's lines that have a message.
func (l *logBuffer) lines(t testing.TB, message string) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		m := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m["msg"] == message {
			lines = append(lines, m)
		}
	}
	return lines
}

// start starts a service that ends with the test.
func start(t testing.TB, limits service.Limits) *running {
	t.Helper()
	stack := os.Getenv(pamKey) // a test's own
	if stack == "" {
		stack = pamDir(t)
	}
	dir, err := os.MkdirTemp("", "createprocess-socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	r := &running{path: filepath.Join(dir, "socket"), log: new(logBuffer)}
	r.Service, err = service.New(service.Config{
		Log: slog.New(slog.NewJSONHandler(r.log, nil)), Limits: limits,
		Worker:            []string{self(t)},
		WorkerEnvironment: []string{roleKey + "=" + cmp.Or(os.Getenv("CREATEPROCESS_TEST_WORKER"), "worker"), pamKey + "=" + stack},
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: r.path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(r.path, 0o666)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// as runs f in a thread that is the user, which then ends: the kernel takes who
// connects from the thread.
func as(t testing.TB, u user, f func()) {
	t.Helper()
	var err error
	spawn.OnThreadOfItsOwn(func() {
		groups := []uint32{u.gid}
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS, 1, uintptr(unsafe.Pointer(&groups[0]))},
			{unix.SYS_SETRESGID, uintptr(u.gid), uintptr(u.gid), uintptr(u.gid)},
			{unix.SYS_SETRESUID, uintptr(u.uid), uintptr(u.uid), uintptr(u.uid)},
		} {
			if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				err = errno
			}
		}
		runtime.KeepAlive(groups)
		if err == nil {
			f()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// dial is a connection of the user's.
func dial(t testing.TB, r *running, u user) (conn *seclogon.Conn) {
	t.Helper()
	var err error
	connect := func() { conn, err = seclogon.Dial(r.path) }
	if u.uid == 0 {
		connect()
	} else {
		as(t, u, connect)
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// request is for a process that runs args with standard output to a pipe.
func request(user string, args ...string) *seclogon.Create {
	c := &seclogon.Create{
		User: user, Image: []byte(args[0]), OwnEnvironment: true, Directory: []byte("/"),
		Files: []seclogon.File{{Number: 0, Null: true}, {Number: 1, Null: true}, {Number: 2, Null: true}},
	}
	for _, a := range args {
		c.Args = append(c.Args, []byte(a))
	}
	return c
}

// create asks for a process.
func create(conn *seclogon.Conn, c *seclogon.Create, password string, files ...*os.File) (*seclogon.Response, error) {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	response, got, err := conn.Call(&seclogon.Request{Op: seclogon.OpCreate, Create: c}, []byte(password), fds)
	for _, fd := range got {
		unix.Close(fd)
	}
	return response, err
}

// output creates a process whose standard output is read to its end.
func output(t testing.TB, conn *seclogon.Conn, c *seclogon.Create, password string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.Files[1].Null = false
	_, err = create(conn, c, password, w)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// end waits until the connection's process has ended.
func end(t testing.TB, conn *seclogon.Conn) *seclogon.End {
	t.Helper()
	for range 1000 {
		response, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpQuery}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.End != nil {
			return response.End
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the process does not end")
	return nil
}

// code is the Win32 code that the service has answered with; 0 if there is no error.
func code(err error) createprocess.Errno {
	if err == nil {
		return 0
	}
	if f, ok := err.(*seclogon.Failure); ok {
		return createprocess.Errno(f.Code)
	}
	return createprocess.Errno(0xffffffff)
}
