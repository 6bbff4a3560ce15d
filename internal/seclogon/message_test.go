//go:build linux

package seclogon

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var sample = &Request{Op: OpCreate, Create: &Create{
	User: "alice", Domain: "WORK", LogonFlags: 1, Prompts: true,
	Image: []byte("/bin/\xff\xfe"), Args: [][]byte{[]byte("a b"), {}, []byte("\x80")},
	Environment: [][]byte{[]byte("A=\xff")}, Directory: []byte("/"), CreationFlags: 4,
	Files:    []File{{0, false}, {1, true}, {2, false}, {7, false}},
	Process:  &Security{[]byte{1, 2, 3}},
	Affinity: &Affinity{1 << 63, 2}, Mitigations: 1 << 60, NoNewPrivileges: true, ChildPolicy: 1,
}}

func TestRoundTrip(t *testing.T) {
	packet, err := encode(sample, []byte("a secret\x00"))
	if err != nil {
		t.Fatal(err)
	}
	r, secret, err := DecodeRequest(packet)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, sample) || string(secret) != "a secret\x00" {
		t.Errorf("%+v %q", r.Create, secret)
	}
	if &secret[0] != &packet[len(packet)-len(secret)] {
		t.Error("the secret has been copied")
	}
}

func TestLimits(t *testing.T) {
	if _, err := encode(sample, make([]byte, MaxSecret+1)); err != errSecret {
		t.Error(err)
	}
	long := *sample.Create
	long.Args = append(long.Args, make([]byte, MaxPacket))
	if _, err := encode(&Request{Op: OpCreate, Create: &long}, nil); !ErrTooLong(err) {
		t.Error(err)
	}
}

// pair is two ends of a connection.
func pair(t *testing.T) (a, b *Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = NewConnFD(fds[0]); err != nil {
		t.Fatal(err)
	}
	if b, err = NewConnFD(fds[1]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// TestReceive: descriptors are close-on-exec and closed with the packet, whose
// bytes are cleared then.
func TestReceive(t *testing.T) {
	a, b := pair(t)
	if err := a.Send(sample, []byte("secret"), []int{0, 1, 2}); err != nil {
		t.Fatal(err)
	}
	p, err := b.Receive()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Files) != 3 {
		t.Fatal(p.Files)
	}
	for _, fd := range p.Files {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Error(flags, err)
		}
	}
	fd, data := p.Files[0], p.Bytes()
	p.Release()
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
		t.Error("a descriptor is open:", err)
	}
	if bytes.Contains(data, []byte("secret")) || bytes.Contains(data, []byte("create")) {
		t.Errorf("%q", data)
	}
	// What is too long, or has too many descriptors, is an error and leaves none open.
	many := make([]int, MaxFiles+1)
	if err := a.Send(&Request{Op: OpList}, nil, many); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(); err == nil || !strings.Contains(err.Error(), "descriptors") {
		t.Error(err)
	}
	if err := a.Control(func(fd int) error {
		_, err := unix.Write(fd, make([]byte, MaxPacket+1))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(); !ErrTooLong(err) {
		t.Error(err)
	}
	b.SetReadDeadline(time.Now())
	if _, err := b.Receive(); err == nil || !os.IsTimeout(err) {
		t.Error(err)
	}
	b.SetReadDeadline(time.Time{})
	a.Close()
	if _, err := b.Receive(); err != io.EOF {
		t.Error(err)
	}
}

// TestSendDeadline: who sends to somebody that does not read waits until the
// deadline, and goes on when there is room.
func TestSendDeadline(t *testing.T) {
	a, b := pair(t)
	a.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	sent := 0
	var err error
	for ; err == nil; sent++ {
		err = a.Send(sample, nil, nil)
	}
	if !os.IsTimeout(err) {
		t.Fatal(err)
	}
	a.SetWriteDeadline(time.Time{})
	done := make(chan error)
	go func() { done <- a.Send(sample, nil, nil) }()
	for range sent {
		p, err := b.Receive()
		if err != nil {
			t.Fatal(err)
		}
		p.Release()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.Close()
	if err := a.Send(sample, nil, nil); !errors.Is(err, unix.EPIPE) {
		t.Error(err)
	}
	a.Close()
	if err := a.Send(sample, nil, nil); err == nil {
		t.Error("a closed connection sends")
	}
}

// TestDialRefused: nobody listens, or there is no socket.
func TestDialRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	if _, err := Dial(path); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(path); !errors.Is(err, unix.ECONNREFUSED) {
		t.Error(err)
	}
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	// Who listens is root, or is not to be talked to. When the backlog is full
	// nobody waits for room in it.
	for range 4 {
		c, err := Dial(path)
		switch {
		case err == nil:
			defer c.Close()
			if os.Geteuid() != 0 {
				t.Error("who listens is not root")
			}
		case !errors.Is(err, ErrNotRoot) && !errors.Is(err, unix.EAGAIN), os.Geteuid() == 0 && !errors.Is(err, unix.EAGAIN):
			t.Error(err)
		}
	}
	if _, err := Dial(path); err == nil {
		t.Error("the backlog has no end")
	}
}

// TestMissingAnswer: when an answer is missing or cannot be read there is no other
// call: it would be given what the first one has asked for.
func TestMissingAnswer(t *testing.T) {
	a, b := pair(t)
	done := make(chan error)
	go func() {
		p, err := b.Receive()
		if err == nil {
			p.Release()
			err = b.Control(func(fd int) error {
				_, err := unix.Write(fd, []byte("CPS"))
				return err
			})
		}
		if err == nil {
			err = b.Send(&Response{PID: 1}, nil, nil)
		}
		done <- err
	}()
	if _, _, err := a.Call(&Request{Op: OpQuery}, nil, nil); err == nil {
		t.Error("a packet that is none is an answer")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if response, _, err := a.Call(&Request{Op: OpTerminate}, nil, nil); err != ErrClosed {
		t.Error(response, err)
	}
}

// TestCall: what the service says, and what it does not live to say.
func TestCall(t *testing.T) {
	a, b := pair(t)
	answer := func(response *Response, files ...int) {
		p, err := b.Receive()
		if err != nil {
			t.Error(err)
			return
		}
		p.Release()
		if response == nil {
			b.Close()
		} else if err := b.Send(response, nil, files); err != nil {
			t.Error(err)
		}
	}
	go answer(&Response{PID: 7}, 0)
	response, files, err := a.Call(&Request{Op: OpOpen, PID: 7}, nil, nil)
	if err != nil || response.PID != 7 || len(files) != 1 {
		t.Fatal(response, files, err)
	}
	unix.Close(files[0])
	go answer(&Response{Error: &Failure{Code: 5, Op: "OpenProcess"}}, 0)
	if _, _, err := a.Call(&Request{Op: OpOpen}, nil, nil); err == nil || err.(*Failure).Code != 5 {
		t.Error(err)
	}
	// A question that nobody has said would be answered, and one that is.
	go answer(&Response{Prompt: &Prompt{Message: "Code: "}})
	if _, _, err := a.CallPrompting(&Request{Op: OpOpen}, nil, nil, nil); err == nil {
		t.Error("there is no error")
	}
	go func() {
		answer(&Response{Prompt: &Prompt{Message: "Code: ", Echo: true}})
		p, err := b.Receive()
		if err != nil {
			t.Error(err)
			return
		}
		defer p.Release()
		if r, secret, err := DecodeRequest(p.Bytes()); err != nil || r.Op != OpAnswer || string(secret) != "123456" {
			t.Error(r, err)
		}
		b.Send(&Response{PID: 8}, nil, nil)
	}()
	given := []byte("123456")
	response, _, err = a.CallPrompting(&Request{Op: OpOpen}, nil, nil, func(message string, echo bool) ([]byte, error) {
		if message != "Code: " || !echo {
			t.Error(message, echo)
		}
		return given, nil
	})
	if err != nil || response.PID != 8 || given[0] != 0 {
		t.Error(response, err, given)
	}
	go answer(nil)
	if _, _, err := a.Call(&Request{Op: OpList}, nil, nil); err != ErrClosed {
		t.Error(err)
	}
	if _, _, err := a.Call(&Request{Op: OpList}, nil, nil); err != ErrClosed {
		t.Error(err)
	}
}

// FuzzRequest: a request that is read means the same when it is written, its
// secret stays in the packet, and nothing else is read.
func FuzzRequest(f *testing.F) {
	for _, r := range []*Request{sample, {Op: OpOpen, PID: 7, Access: 0x1fffff}, {Op: OpSetDescriptor, Descriptor: []byte{1}}, {Op: OpList, After: -1}} {
		secret := ""
		if r.Create != nil {
			secret = "secret"
		}
		packet, err := encode(r, []byte(secret))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
		f.Add(packet[:len(packet)-1])
		f.Add(append([]byte("CPS\x02"), packet[4:]...))
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		r, secret, err := DecodeRequest(packet)
		if err != nil {
			return
		}
		if len(secret) > MaxSecret || len(packet) > 0 && packet[3] != Version {
			t.Fatalf("%q", packet)
		}
		if c := r.Create; c != nil {
			if c.Image[0] != '/' || len(c.Args) == 0 || len(c.Files) < 3 || c.Sent() > len(c.Files) {
				t.Fatalf("%+v", c)
			}
		}
		again, err := encode(r, secret)
		if err != nil {
			if ErrTooLong(err) {
				return
			}
			t.Fatal(err)
		}
		r2, secret2, err := DecodeRequest(again)
		if err != nil || !bytes.Equal(secret, secret2) {
			t.Fatalf("%v: %q", err, again)
		}
		third, err := encode(r2, secret2)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("%q\n%q %v", again, third, err)
		}
	})
}
