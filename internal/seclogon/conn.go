//go:build linux

package seclogon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a connection, at either end. A client's calls come one at a time;
// Close may come at any time.
type Conn struct {
	s   Socket
	raw syscall.RawConn

	// Of Call. broken: an answer is missing, and what comes next would be it.
	mu     sync.Mutex
	broken bool
}

// Socket is what a Conn is made of: a *net.UnixConn, or an *os.File, so that a
// client need not have package net in its program.
type Socket interface {
	syscall.Conn
	io.Closer
	SetDeadline(time.Time) error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// NewConn makes a connection's end a Conn.
func NewConn(s Socket) (*Conn, error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Conn{s: s, raw: raw}, nil
}

// NewConnFD is a Conn over a descriptor, which becomes the Conn's.
func NewConnFD(fd int) (*Conn, error) {
	// Only of one that does not block the runtime waits with a deadline.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return NewConn(os.NewFile(uintptr(fd), "socket"))
}

func (c *Conn) Close() error { return c.s.Close() }

func (c *Conn) SetDeadline(t time.Time) { c.s.SetDeadline(t) }

func (c *Conn) SetReadDeadline(t time.Time) { c.s.SetReadDeadline(t) }

func (c *Conn) SetWriteDeadline(t time.Time) { c.s.SetWriteDeadline(t) }

// Control calls f with the socket's descriptor.
func (c *Conn) Control(f func(fd int) error) (err error) {
	if e := c.raw.Control(func(fd uintptr) { err = f(int(fd)) }); e != nil {
		return e
	}
	return err
}

// Send sends a message; the packet that it makes of it is cleared.
func (c *Conn) Send(message any, secret []byte, files []int) error {
	packet, err := encode(message, secret)
	if err != nil {
		return err
	}
	defer clear(packet)
	var oob []byte
	if len(files) > 0 {
		oob = unix.UnixRights(files...)
	}
	var n int
	e := c.raw.Write(func(fd uintptr) bool {
		n, err = retry(func() (int, error) {
			return unix.SendmsgN(int(fd), packet, oob, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		})
		return err != unix.EAGAIN
	})
	runtime.KeepAlive(files)
	switch {
	case e != nil:
		return e
	case err == nil && n != len(packet):
		return io.ErrShortWrite
	}
	return os.NewSyscallError("sendmsg", err)
}

// retry calls f until no signal has interrupted it.
func retry(f func() (int, error)) (n int, err error) {
	for {
		if n, err = f(); err != unix.EINTR {
			return n, err
		}
	}
}

// Packet is one that has been received, until Release. Its bytes are shared
// with all other packets, one after the other.
type Packet struct {
	buffer *[MaxPacket + 1]byte
	n      int
	Files  []int // the receiver's to close
}

// There are as many buffers as packets that are being worked on, not as many
// as connections.
var buffers = sync.Pool{New: func() any { return new([MaxPacket + 1]byte) }}

// maxControl has room for all descriptors that the kernel lets through in one
// packet (SCM_MAX_FD), so that none is lost from sight.
var maxControl = unix.CmsgSpace(253 * 4)

// Receive waits for a packet: io.EOF if there will be none any more. A packet
// that is too long, or that has too many descriptors, is an error, and so is
// every packet that cannot be read whole.
func (c *Conn) Receive() (*Packet, error) {
	p := new(Packet)
	oob := make([]byte, maxControl)
	var oobn, flags int
	var err error
	e := c.raw.Read(func(fd uintptr) bool {
		p.buffer = buffers.Get().(*[MaxPacket + 1]byte)
		p.n, err = retry(func() (n int, err error) {
			n, oobn, flags, _, err = unix.Recvmsg(int(fd), p.buffer[:], oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
			return n, err
		})
		if err == unix.EAGAIN {
			buffers.Put(p.buffer)
			p.buffer = nil
			return false
		}
		return true
	})
	if e != nil {
		return nil, e
	}
	if err == nil {
		p.Files, err = rights(oob[:oobn])
	}
	switch {
	case err != nil:
	case flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0, p.n > MaxPacket:
		err = errTooLong
	case len(p.Files) > MaxFiles:
		err = fmt.Errorf("%d descriptors came with a packet", len(p.Files))
	case p.n == 0:
		err = io.EOF
	}
	if err != nil {
		p.n = len(p.buffer) // whatever has been written there
		p.Release()
		return nil, err
	}
	return p, nil
}

// rights are the descriptors in a control message. They are all the receiver's,
// also if there is an error.
func rights(oob []byte) (files []int, err error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	for _, m := range messages {
		list, e := unix.ParseUnixRights(&m)
		files = append(files, list...)
		err = errors.Join(err, e)
	}
	return files, err
}

// Bytes is what the packet has in it.
func (p *Packet) Bytes() []byte { return p.buffer[:p.n] }

// Release clears the packet, and closes the descriptors that are still in Files.
func (p *Packet) Release() {
	for _, fd := range p.Files {
		unix.Close(fd)
	}
	p.Files = nil
	clear(p.buffer[:min(p.n, len(p.buffer))])
	buffers.Put(p.buffer)
	p.buffer = nil
}
