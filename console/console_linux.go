package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// PseudoConsole is a pseudo console. What is written to it is what somebody
// types, and what is read from it is what its processes print. All methods may
// be called at any time from any goroutine.
type PseudoConsole struct {
	closed     atomic.Bool
	controller *os.File // our side

	mu       sync.Mutex
	terminal *os.File // the children's side, until one has it: there is no end before a beginning
}

// Create makes a pseudo console, following Microsoft's page on
// CreatePseudoConsole and pty(7). It fails with EINVAL for a size that is zero
// or above 32,767, and with what the system says.
func Create(size Size) (*PseudoConsole, error) {
	if err := size.check(); err != nil {
		return nil, err
	}
	// Opened so, the file is in the runtime's poller: Close ends a Read.
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c := &PseudoConsole{controller: controller}
	err = c.control("unlock", func(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0) })
	if err == nil {
		c.terminal, err = c.Terminal()
	}
	if err == nil {
		err = c.Resize(size)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Resize changes the size. The processes in the foreground are told so
// (SIGWINCH) if it is another one. It fails as Create does.
func (c *PseudoConsole) Resize(size Size) error {
	if err := size.check(); err != nil {
		return err
	}
	return c.control("resize", func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: size.Columns, Row: size.Rows})
	})
}

// Size is what the console has been made with or resized to, or what one of its
// processes has set.
func (c *PseudoConsole) Size() (size Size, err error) {
	err = c.control("size", func(fd int) error {
		w, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil {
			size = Size{Columns: w.Col, Rows: w.Row}
		}
		return err
	})
	return size, err
}

// Read reads what the processes print. It answers io.EOF when a process has had
// the console and none has it any more; a further one may be created on it then,
// and there is more to read. On Windows there is no end before Close.
func (c *PseudoConsole) Read(b []byte) (int, error) {
	n, err := c.controller.Read(b)
	switch {
	case errors.Is(err, syscall.EIO) && c.closed.Load():
		err = os.ErrClosed // the terminal is closed by Close, not by its last process
	case errors.Is(err, syscall.EIO):
		err = io.EOF
	}
	return n, err
}

// Write types b.
func (c *PseudoConsole) Write(b []byte) (int, error) { return c.controller.Write(b) }

// SetReadDeadline ends reading at a time, as os.File's does.
func (c *PseudoConsole) SetReadDeadline(t time.Time) error { return c.controller.SetReadDeadline(t) }

// SyscallConn is the controlling side, for what has no method here. Linux only.
func (c *PseudoConsole) SyscallConn() (syscall.RawConn, error) { return c.controller.SyscallConn() }

// Close closes the console and ends every Read and Write with os.ErrClosed. The
// processes on it are hung up (SIGHUP), as they are when a terminal's window is
// closed. A second Close fails with os.ErrClosed.
func (c *PseudoConsole) Close() error {
	c.closed.Store(true)
	err := c.controller.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeTerminal()
	return err
}

func (c *PseudoConsole) closeTerminal() {
	if c.terminal != nil {
		c.terminal.Close()
		c.terminal = nil
	}
}

// Terminal opens the side that processes have. The file is the caller's to
// close; Read has no end before that. Linux only.
func (c *PseudoConsole) Terminal() (*os.File, error) {
	var file *os.File
	err := c.control("open the terminal", func(fd int) (err error) {
		file, err = openTerminal(fd)
		return err
	})
	return file, err
}

// noPeer is set by tests: no kernel that is served is without TIOCGPTPEER, but a
// sandbox may refuse it.
var noPeer bool

// openTerminal asks for the other side of the very device, and by its name only
// if that is refused: the name may mean another device where /dev/pts is
// another instance than /dev/ptmx.
func openTerminal(controller int) (*os.File, error) {
	const flags = unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC
	number, err := unix.IoctlGetInt(controller, unix.TIOCGPTN)
	if err != nil {
		return nil, err
	}
	name := "/dev/pts/" + strconv.Itoa(number)
	if !noPeer {
		fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(controller), unix.TIOCGPTPEER, flags)
		switch errno {
		case 0:
			return os.NewFile(fd, name), nil
		case unix.EMFILE, unix.ENFILE, unix.ENOMEM:
			return nil, errno
		}
	}
	fd, err := unix.Open(name, flags, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Attach calls start with what a child is to be given: on Linux the descriptor
// of the terminal side, on Windows the HPCON. It is good until start returns.
// When start succeeds the child has the console, and Read ends with the last
// process. CreateProcess calls this; the error is start's, or tells why there
// is nothing to be given: os.ErrClosed, or on Linux EPERM while the session of
// an earlier child has the console.
func (c *PseudoConsole) Attach(start func(handle uintptr) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	terminal := c.terminal
	if terminal == nil {
		// A privileged child could take the console from the other session.
		err := c.control("attach", func(fd int) error {
			if session, err := unix.IoctlGetInt(fd, unix.TIOCGSID); err == nil {
				return fmt.Errorf("session %d has it: %w", session, syscall.EPERM)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if terminal, err = c.Terminal(); err != nil {
			return err
		}
		defer terminal.Close()
	}
	if err := start(terminal.Fd()); err != nil {
		return err
	}
	c.closeTerminal()
	return nil
}

// control calls f with the descriptor of our side, which stays open meanwhile.
func (c *PseudoConsole) control(what string, f func(fd int) error) error {
	conn, err := c.controller.SyscallConn()
	if err == nil {
		if conn.Control(func(fd uintptr) { err = f(int(fd)) }) != nil {
			err = os.ErrClosed // there is no other reason
		}
	}
	if err != nil {
		return fmt.Errorf("console: %s: %w", what, err)
	}
	return nil
}
