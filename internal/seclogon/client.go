//go:build linux

package seclogon

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultSocket is where the service listens.
const DefaultSocket = "/run/createprocess/socket"

// SocketVariable, in the environment, names another socket: a test's.
const SocketVariable = "CREATEPROCESS_SOCKET"

// SocketPath is where the service is looked for.
func SocketPath() string {
	if path := os.Getenv(SocketVariable); path != "" {
		return path
	}
	return DefaultSocket
}

// ErrNotRoot says that somebody listens who is not the service.
var ErrNotRoot = errors.New("who listens there is not root")

// ErrClosed says that the service has closed the connection, or ended.
var ErrClosed = errors.New("the service has ended, or has closed the connection")

// patience is how long the service may take to answer what it need not think
// about. A logon may take as long as PAM does, and failed ones are slowed down.
const (
	patience      = 10 * time.Second
	logonPatience = 5 * time.Minute
)

// Dial connects to the service. Who listens must be root: a password goes to
// nobody else.
func Dial(path string) (*Conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// A Unix socket is connected at once, or is not: the backlog is full (EAGAIN).
	if _, err := retry(func() (int, error) { return 0, unix.Connect(fd, &unix.SockaddrUnix{Name: path}) }); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	c, err := NewConnFD(fd)
	if err != nil {
		return nil, err
	}
	err = c.Control(func(fd int) error {
		peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil && peer.Uid != 0 {
			err = fmt.Errorf("%w, but user %d", ErrNotRoot, peer.Uid)
		}
		return err
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Call sends a request and reads its response. The error is a *Failure where
// the service has answered with one; any other means that the connection is of
// no use any more. The files that come with the response are the caller's to close.
func (c *Conn) Call(r *Request, secret []byte, files []int) (*Response, []int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call(r, secret, files)
}

// CallPrompting is Call for a creation, with who answers what PAM asks beside
// the password. The answers are cleared. What prompt fails with is the error.
func (c *Conn) CallPrompting(r *Request, secret []byte, files []int, prompt func(message string, echo bool) ([]byte, error)) (*Response, []int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		response, got, err := c.call(r, secret, files)
		if err != nil || response.Prompt == nil {
			return response, got, err
		}
		if prompt == nil {
			return nil, nil, errors.New("the service asks what it has been told nobody answers")
		}
		answer, err := prompt(response.Prompt.Message, response.Prompt.Echo)
		if err != nil {
			return nil, nil, err
		}
		defer clear(answer)
		r, secret, files = &Request{Op: OpAnswer}, answer, nil
	}
}

func (c *Conn) call(r *Request, secret []byte, files []int) (*Response, []int, error) {
	if c.broken {
		return nil, nil, ErrClosed
	}
	limit := patience
	if r.Op == OpCreate || r.Op == OpAnswer {
		limit = logonPatience
	}
	c.SetDeadline(time.Now().Add(limit))
	if err := c.Send(r, secret, files); err != nil {
		c.broken = !ErrTooLong(err)
		if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
			// It may have said why.
			var failure *Failure
			if _, _, e := c.response(); errors.As(e, &failure) {
				return nil, nil, failure
			}
			return nil, nil, ErrClosed
		}
		return nil, nil, err
	}
	return c.response()
}

func (c *Conn) response() (*Response, []int, error) {
	packet, err := c.Receive()
	if err != nil {
		c.broken = true
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			err = ErrClosed
		}
		return nil, nil, err
	}
	defer packet.Release()
	response := new(Response)
	if _, err := Decode(packet.Bytes(), response); err != nil {
		c.broken = true
		return nil, nil, err
	}
	if response.Error != nil {
		return nil, nil, response.Error
	}
	files := packet.Files
	packet.Files = nil
	return response, files, nil
}
