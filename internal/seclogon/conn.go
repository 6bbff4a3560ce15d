//go:build linux

package seclogon

import (
	"errors"
	"fmt"
	"io"
	"net"
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
	c   *net.UnixConn
	raw syscall.RawConn
	mu  sync.Mutex // of Call
}

// NewConn makes a connection's end a Conn.
func NewConn(c *net.UnixConn) (*Conn, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Conn{c: c, raw: raw}, nil
}

// NewConnFD is a Conn over a descriptor, which becomes the Conn's.
func NewConnFD(fd int) (*Conn, error) {
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	c, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("the descriptor is not a Unix socket")
	}
	return NewConn(u)
}

func (c *Conn) Close() error { return c.c.Close() }

func (c *Conn) SetDeadline(t time.Time) { c.c.SetDeadline(t) }

func (c *Conn) SetReadDeadline(t time.Time) { c.c.SetReadDeadline(t) }

func (c *Conn) SetWriteDeadline(t time.Time) { c.c.SetWriteDeadline(t) }

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
	n, _, err := c.c.WriteMsgUnix(packet, oob, nil)
	runtime.KeepAlive(files)
	if err == nil && n != len(packet) {
		err = io.ErrShortWrite
	}
	return err
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
		for {
			p.n, oobn, flags, _, err = unix.Recvmsg(int(fd), p.buffer[:], oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
			if err != unix.EINTR {
				break
			}
		}
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
