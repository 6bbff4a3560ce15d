//go:build linux && cgo

package service_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/service"
)

// packet is what a client could send that is none of ours.
func packet(body, secret string) []byte {
	p := append([]byte("CPS\x01"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(p[4:], uint32(len(body)))
	return append(append(p, body...), secret...)
}

// raw is a connection of a user's without our client.
func raw(t *testing.T, r *running, u user) *net.UnixConn {
	t.Helper()
	var c *net.UnixConn
	var err error
	as(t, u, func() { c, err = net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.path, Net: "unixpacket"}) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serves fails unless the service does what it is asked by somebody else.
func serves(t *testing.T, r *running, u user) {
	t.Helper()
	conn := dial(t, r, u)
	defer conn.Close()
	c := request("", "/bin/echo", "served")
	if got := output(t, conn, c, ""); got != "served\n" {
		t.Errorf("somebody else gets %q", got)
	}
}

// TestHostilePackets: what does not keep to the protocol is answered by an error
// and the end of the connection; nothing is left of it.
func TestHostilePackets(t *testing.T) {
	r := start(t, service.Limits{})
	hostile, honest := addUser(t), addUser(t)
	serves(t, r, honest)
	open := leaktest.Open()
	good := `{"op":"create","create":{"image":"L2Jpbi90cnVl","args":["dHJ1ZQ=="],"own_environment":true,"files":[{"number":0,"null":true},{"number":1,"null":true},{"number":2,"null":true}]}}`
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	packets := map[string][]byte{
		"a byte":              {0},
		"noise":               noise,
		"another version":     append([]byte("CPS\x02"), packet(good, "")[4:]...),
		"a length too long":   append([]byte("CPS\x01\xff\xff\xff\xff"), good...),
		"truncated":           packet(good, "")[:60],
		"no object":           packet("", ""),
		"two objects":         packet(`{"op":"list"}{"op":"list"}`, ""),
		"not JSON":            packet("{op:list}", ""),
		"an unknown field":    packet(`{"op":"list","root":true}`, ""),
		"another type":        packet(`{"op":"open","pid":"1"}`, ""),
		"deep":                packet(strings.Repeat(`[`, 60000), ""),
		"a secret too long":   packet(good, strings.Repeat("x", seclogon.MaxSecret+1)),
		"a secret for a list": packet(`{"op":"list"}`, "x"),
		"create nothing":      packet(`{"op":"create"}`, ""),
		"a relative image":    packet(strings.Replace(good, "L2Jpbi90cnVl", "dHJ1ZQ==", 1), ""),
		"no files":            packet(strings.Replace(good, `"number":2`, `"number":1`, 1), ""),
		"a number twice":      packet(strings.Replace(good, `]}}`, `,{"number":1048577}]}}`, 1), ""),
		"an endless name":     packet(strings.Replace(good, `"image"`, `"user":"`+strings.Repeat("a", 300)+`","image"`, 1), ""),
	}
	for name, p := range packets {
		c := raw(t, r, hostile)
		if _, err := c.Write(p); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		answer := make([]byte, seclogon.MaxPacket)
		n, _ := c.Read(answer)
		if !strings.Contains(string(answer[:n]), `"code":87`) {
			t.Errorf("%s: %q", name, answer[:n])
		}
		if n, err := c.Read(answer); n != 0 || err == nil {
			t.Errorf("%s: the connection goes on: %q", name, answer[:n])
		}
		c.Close()
	}
	// Too large for a packet: the kernel, or the service, takes it for one that it cannot read.
	c := raw(t, r, hostile)
	c.Write(make([]byte, seclogon.MaxPacket+1))
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := c.Read(make([]byte, 10)); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("an oversized packet: %d, %v", n, err)
	}
	c.Close()
	serves(t, r, honest)
	settles(t, "descriptors", open, leaktest.Open)
}

// settles waits until what is counted is not above what it was.
func settles(t *testing.T, what string, was int, count func() int) {
	t.Helper()
	for range 500 {
		if count() <= was {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s: %d, and there were %d", what, count(), was)
}

// TestDescriptors: what is no file that a child can have is refused, and every
// descriptor is closed.
func TestDescriptors(t *testing.T) {
	r := start(t, service.Limits{})
	u := addUser(t)
	serves(t, r, u)
	open := leaktest.Open()
	file := func(fd int, err error) *os.File {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return os.NewFile(uintptr(fd), "file")
	}
	epoll, errEpoll := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	event, errEvent := unix.Eventfd(0, unix.EFD_CLOEXEC)
	process, errProcess := unix.PidfdOpen(os.Getpid(), 0)
	directory, errDirectory := unix.Open("/", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	path, errPath := unix.Open("/etc/passwd", unix.O_PATH|unix.O_CLOEXEC, 0)
	memory, errMemory := unix.Open("/dev/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	null, errNull := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	plain, errPlain := unix.Open("/etc/passwd", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	pty, errPty := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if errMemory != nil {
		memory, errMemory = unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	}
	rows := []struct {
		name string
		file *os.File
		ok   bool
	}{
		{"an epoll descriptor", file(epoll, errEpoll), false},
		{"an event", file(event, errEvent), false},
		{"a process", file(process, errProcess), false},
		{"a directory", file(directory, errDirectory), false},
		{"a path", file(path, errPath), false},
		{"null", file(null, errNull), true},
		{"a file", file(plain, errPlain), true},
		{"a terminal", file(pty, errPty), true},
	}
	if errMemory == nil {
		rows = append(rows, struct {
			name string
			file *os.File
			ok   bool
		}{"a device", file(memory, errMemory), false})
	}
	for _, row := range rows {
		for _, profile := range []bool{false, true} {
			conn := dial(t, r, u)
			c := request("", "/bin/true")
			c.Files[0].Null = false
			if profile {
				c.LogonFlags = 1
			}
			_, err := create(conn, c, "", row.file)
			if row.ok && err != nil || !row.ok && code(err) != createprocess.ERROR_INVALID_PARAMETER {
				t.Errorf("%s, profile %v: %v", row.name, profile, err)
			}
			if err == nil {
				end(t, conn)
			}
			conn.Close()
		}
		row.file.Close()
	}
	// More than the request says, fewer, and far too many.
	devnull, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer devnull.Close()
	for _, n := range []int{1, 3, 60} {
		conn := dial(t, r, u)
		c := request("", "/bin/true")
		c.Files[0].Null, c.Files[1].Null = false, false
		files := make([]*os.File, n)
		for i := range files {
			files[i] = devnull
		}
		if _, err := create(conn, c, "", files...); code(err) != createprocess.ERROR_INVALID_PARAMETER {
			t.Errorf("%d descriptors instead of 2: %v", n, err)
		}
		conn.Close()
	}
	c := raw(t, r, u)
	many := make([]int, 200)
	for i := range many {
		many[i] = int(devnull.Fd())
	}
	c.WriteMsgUnix(packet(`{"op":"list"}`, ""), unix.UnixRights(many...), nil)
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := c.Read(make([]byte, 100)); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("200 descriptors: %d %v", n, err)
	}
	c.Close()
	devnull.Close()
	settles(t, "descriptors", open, leaktest.Open)
}

// TestManyConnections: one user's thousand leave others theirs, and are answered
// by an error.
func TestManyConnections(t *testing.T) {
	r := start(t, service.Limits{Connections: 100, UserConnections: 50, Idle: time.Hour})
	hostile, honest := addUser(t), addUser(t)
	var conns []*net.UnixConn
	for range 1000 {
		conns = append(conns, raw(t, r, hostile))
	}
	serves(t, r, honest)
	refused := 0
	for _, c := range conns[50:] {
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		answer := make([]byte, 4096)
		if n, _ := c.Read(answer); strings.Contains(string(answer[:n]), fmt.Sprintf(`"code":%d`, createprocess.ERROR_NOT_ENOUGH_QUOTA)) {
			refused++
		}
	}
	if refused != 950 {
		t.Errorf("%d of 1,000 were refused", refused)
	}
	for _, c := range conns {
		c.Close()
	}
	if n := len(r.log.lines(t, "refused")); n > 50 {
		t.Errorf("%d lines about them", n)
	}
	// Their places are free again.
	var conn *seclogon.Conn
	for range 500 {
		conn = dial(t, r, hostile)
		if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpList}, nil, nil); err == nil {
			conn.Close()
			return
		}
		conn.Close()
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the places of closed connections are not free again")
}

// TestIdle: who asks for nothing, and has nothing, is sent away.
func TestIdle(t *testing.T) {
	r := start(t, service.Limits{Idle: 50 * time.Millisecond})
	u := addUser(t)
	idle, holder := raw(t, r, u), dial(t, r, u)
	defer idle.Close()
	defer holder.Close()
	if _, err := create(holder, request("", "/bin/sleep", "1000"), ""); err != nil {
		t.Fatal(err)
	}
	idle.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := idle.Read(make([]byte, 10)); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("%d %v", n, err)
	}
	// By now the other would be gone, too, if to have a process did not count.
	if _, _, err := holder.Call(&seclogon.Request{Op: seclogon.OpTerminate}, nil, nil); err != nil {
		t.Error(err)
	}
	end(t, holder)
}

// TestNeverReads: who sends and never reads is cut off, and keeps nobody.
func TestNeverReads(t *testing.T) {
	r := start(t, service.Limits{Write: 100 * time.Millisecond})
	hostile, honest := addUser(t), addUser(t)
	c := raw(t, r, hostile)
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(20 * time.Second))
	var err error
	for err == nil {
		_, err = c.Write(packet(`{"op":"list"}`, ""))
	}
	if os.IsTimeout(err) {
		t.Errorf("it is not cut off: %v", err)
	}
	serves(t, r, honest)
}

// TestProcessLimit: what a user may have running, and what is given back.
func TestProcessLimit(t *testing.T) {
	r := start(t, service.Limits{Processes: 10, UserProcesses: 2})
	u, honest := addUser(t), addUser(t)
	var conns []*seclogon.Conn
	for i := range 3 {
		conn := dial(t, r, u)
		defer conn.Close()
		_, err := create(conn, request("", "/bin/sleep", "1000"), "")
		if i < 2 && err != nil || i == 2 && code(err) != createprocess.ERROR_NOT_ENOUGH_QUOTA {
			t.Errorf("process %d: %v", i, err)
		}
		conns = append(conns, conn)
	}
	serves(t, r, honest)
	for _, conn := range conns[:2] {
		if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpTerminate}, nil, nil); err != nil {
			t.Error(err)
		}
		end(t, conn)
	}
	for range 500 {
		conn := dial(t, r, u)
		_, err := create(conn, request("", "/bin/true"), "")
		conn.Close()
		if err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the places of ended processes are not free again")
}

// TestNothingElseIsInherited: no descriptor of the service reaches a child.
func TestNothingElseIsInherited(t *testing.T) {
	r := start(t, service.Limits{})
	u := addUser(t)
	holder := dial(t, r, u) // so that there are connections and processes
	defer holder.Close()
	if _, err := create(holder, request("", "/bin/sleep", "1000"), ""); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []bool{false, true} {
		conn := dial(t, r, u)
		defer conn.Close()
		c := request("", "/bin/ls", "-l", "/proc/self/fd")
		if profile {
			c.LogonFlags = 1
		}
		lines := strings.Split(strings.TrimSpace(output(t, conn, c, "")), "\n")[1:]
		var targets []string
		for _, line := range lines {
			_, link, _ := strings.Cut(line, " -> ")
			targets = append(targets, link)
		}
		// 0, 1, 2, and the directory that ls reads.
		if len(targets) != 4 || targets[0] != "/dev/null" || !strings.HasPrefix(targets[1], "pipe:") || targets[2] != "/dev/null" || !strings.HasPrefix(targets[3], "/proc/") {
			t.Errorf("profile %v: %q", profile, targets)
		}
	}
	if _, _, err := holder.Call(&seclogon.Request{Op: seclogon.OpTerminate}, nil, nil); err != nil {
		t.Error(err)
	}
	end(t, holder)
}

// TestWhoMayBeWhom: without a password only root becomes another, and nobody
// says who he is.
func TestWhoMayBeWhom(t *testing.T) {
	r := start(t, service.Limits{})
	u, other := addUser(t), addUser(t)
	for _, row := range []struct {
		who        user
		as         string
		noPassword bool
		flags      uint32
		code       createprocess.Errno
	}{
		{u, "", true, 0, 0},
		{u, u.name, true, 0, 0},
		{u, other.name, true, 0, createprocess.ERROR_LOGON_FAILURE},
		{u, "root", true, 0, createprocess.ERROR_LOGON_FAILURE},
		{u, "root", true, 1, createprocess.ERROR_LOGON_FAILURE},
		{u, "nobody-of-this-name", true, 0, createprocess.ERROR_LOGON_FAILURE},
		{user{}, other.name, true, 0, 0},
		{user{}, "nobody-of-this-name", true, 0, createprocess.ERROR_LOGON_FAILURE},
		{u, "", true, 2, createprocess.ERROR_NOT_SUPPORTED},
		{u, "", true, 4, createprocess.ERROR_NOT_SUPPORTED},
	} {
		conn := dial(t, r, row.who)
		c := request(row.as, "/bin/true")
		c.NoPassword, c.LogonFlags = row.noPassword, row.flags
		_, err := create(conn, c, "")
		if code(err) != row.code {
			t.Errorf("user %d as %q, flags %d: %v, not %v", row.who.uid, row.as, row.flags, err, row.code)
		}
		if err == nil {
			end(t, conn)
		}
		conn.Close()
	}
	// What a handle is needed for, or has been given for already.
	conn := dial(t, r, u)
	defer conn.Close()
	for _, row := range []struct {
		request seclogon.Request
		code    createprocess.Errno
	}{
		{seclogon.Request{Op: seclogon.OpTerminate}, createprocess.ERROR_INVALID_HANDLE},
		{seclogon.Request{Op: seclogon.OpAnswer}, createprocess.ERROR_CALL_NOT_IMPLEMENTED},
		{seclogon.Request{Op: "format"}, createprocess.ERROR_CALL_NOT_IMPLEMENTED},
		{seclogon.Request{Op: seclogon.OpOpen, PID: os.Getpid()}, createprocess.ERROR_INVALID_PARAMETER},
		{seclogon.Request{Op: seclogon.OpOpen, PID: -1}, createprocess.ERROR_INVALID_PARAMETER},
	} {
		if _, _, err := conn.Call(&row.request, nil, nil); code(err) != row.code {
			t.Errorf("%s: %v, not %v", row.request.Op, err, row.code)
		}
	}
	if _, err := create(conn, request("", "/bin/sleep", "1000"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := create(conn, request("", "/bin/true"), ""); code(err) != createprocess.ERROR_INVALID_PARAMETER {
		t.Errorf("a second process: %v", err)
	}
	if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpSignal, Signal: int(unix.SIGSTOP)}, nil, nil); code(err) != createprocess.ERROR_INVALID_PARAMETER {
		t.Errorf("a signal that does not end: %v", err)
	}
	if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpSignal, Signal: int(unix.SIGTERM)}, nil, nil); err != nil {
		t.Error(err)
	}
	if e := end(t, conn); e.Signal != int(unix.SIGTERM) {
		t.Errorf("%+v", e)
	}
}

// TestCreationFails: the step and its code come back, and nothing is left.
func TestCreationFails(t *testing.T) {
	r := start(t, service.Limits{})
	u := addUser(t)
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []uint32{0, 1} {
		for _, row := range []struct {
			change func(*seclogon.Create)
			code   createprocess.Errno
			words  string
		}{
			{func(c *seclogon.Create) { c.Image = []byte("/nowhere") }, createprocess.ERROR_FILE_NOT_FOUND, "/nowhere"},
			{func(c *seclogon.Create) { c.Image = []byte("/etc/shadow") }, createprocess.ERROR_ACCESS_DENIED, "/etc/shadow"},
			{func(c *seclogon.Create) { c.Directory = []byte(closed) }, createprocess.ERROR_ACCESS_DENIED, "chdir"},
			{func(c *seclogon.Create) { c.Directory = []byte("/nowhere") }, createprocess.ERROR_DIRECTORY, "chdir"},
			{func(c *seclogon.Create) { c.CreationFlags = 1 }, createprocess.ERROR_NOT_SUPPORTED, "DEBUG_PROCESS"},
			{func(c *seclogon.Create) { c.CreationFlags = 0x80000000 }, createprocess.ERROR_INVALID_PARAMETER, "flag"},
			{func(c *seclogon.Create) { c.OwnEnvironment, c.Environment = false, [][]byte{[]byte("no entry")} }, createprocess.ERROR_INVALID_PARAMETER, "environment"},
			{func(c *seclogon.Create) { c.Process = &seclogon.Security{Descriptor: []byte{1}} }, createprocess.ERROR_INVALID_SECURITY_DESCR, "security descriptor"},
			{func(c *seclogon.Create) { c.Thread = &seclogon.Security{Descriptor: []byte{1}} }, createprocess.ERROR_NOT_SUPPORTED, "thread"},
			{func(c *seclogon.Create) { c.Affinity = &seclogon.Affinity{} }, createprocess.ERROR_INVALID_PARAMETER, "AFFINITY"},
		} {
			conn := dial(t, r, u)
			c := request("", "/bin/true")
			c.LogonFlags = profile
			row.change(c)
			_, err := create(conn, c, "")
			if code(err) != row.code || !strings.Contains(err.Error(), row.words) {
				t.Errorf("profile %d: %v, not %v with %q", profile, err, row.code, row.words)
			}
			conn.Close()
		}
	}
}
