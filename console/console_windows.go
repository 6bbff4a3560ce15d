package console

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// PseudoConsole is a pseudo console. What is written to it is what somebody
// types, and what is read from it is what its processes print. All methods may
// be called at any time from any goroutine.
type PseudoConsole struct {
	input, output *os.File // our ends: what is typed, what is printed

	mu     sync.Mutex
	handle windows.Handle // HPCON; 0: closed
	size   Size
}

// Create makes a pseudo console, following Microsoft's page on
// CreatePseudoConsole. It fails with EINVAL for a size that is zero or above
// 32,767, and with what the system says.
func Create(size Size) (*PseudoConsole, error) {
	if err := size.check(); err != nil {
		return nil, err
	}
	// The console makes duplicates of its ends.
	input, theirInput, err := newPipe(windows.PIPE_ACCESS_OUTBOUND)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	defer windows.CloseHandle(theirInput)
	output, theirOutput, err := newPipe(windows.PIPE_ACCESS_INBOUND)
	if err != nil {
		input.Close()
		return nil, fmt.Errorf("console: %w", err)
	}
	defer windows.CloseHandle(theirOutput)
	c := &PseudoConsole{input: input, output: output, size: size}
	err = windows.CreatePseudoConsole(size.coord(), theirInput, theirOutput, 0, &c.handle)
	if err != nil {
		input.Close()
		output.Close()
		return nil, failed("CreatePseudoConsole", err)
	}
	return c, nil
}

func (s Size) coord() windows.Coord { return windows.Coord{X: int16(s.Columns), Y: int16(s.Rows)} }

// failed names the call, and takes the Win32 code out of an HRESULT that has one.
func failed(call string, err error) error {
	const facilityWin32 = 0x80070000
	if code, ok := err.(syscall.Errno); ok && code&0xffff0000 == facilityWin32 {
		err = code & 0xffff
	}
	return fmt.Errorf("console: %s: %w", call, err)
}

// Resize changes the size. It fails as Create does.
func (c *PseudoConsole) Resize(size Size) error {
	if err := size.check(); err != nil {
		return err
	}
	return c.Attach(func(handle uintptr) error {
		if err := windows.ResizePseudoConsole(windows.Handle(handle), size.coord()); err != nil {
			return failed("ResizePseudoConsole", err)
		}
		c.size = size
		return nil
	})
}

// Size is what the console has been made with or resized to.
func (c *PseudoConsole) Size() (size Size, err error) {
	err = c.Attach(func(uintptr) error {
		size = c.size
		return nil
	})
	return size, err
}

// Read reads what the processes print, as the sequences that a terminal takes.
// There is no end before Close: the system does not tell when the last process
// is gone. On Linux it does.
func (c *PseudoConsole) Read(b []byte) (int, error) { return c.output.Read(b) }

// Write types b.
func (c *PseudoConsole) Write(b []byte) (int, error) { return c.input.Write(b) }

// SetReadDeadline ends reading at a time, as os.File's does.
func (c *PseudoConsole) SetReadDeadline(t time.Time) error { return c.output.SetReadDeadline(t) }

// Close closes the console and ends every Read and Write with os.ErrClosed. The
// processes on it are ended, as they are when a console's window is closed. A
// second Close fails with os.ErrClosed.
func (c *PseudoConsole) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return errClosed
	}
	// Before the console: it would wait for somebody to read what it has left.
	err := c.output.Close()
	if e := c.input.Close(); err == nil {
		err = e
	}
	windows.ClosePseudoConsole(c.handle)
	c.handle = 0
	return err
}

var errClosed = fmt.Errorf("console: %w", os.ErrClosed)

// Attach calls start with what a child is to be given: on Linux the descriptor
// of the terminal side, on Windows the HPCON. It is good until start returns.
// CreateProcess calls this; the error is start's, or os.ErrClosed.
func (c *PseudoConsole) Attach(start func(handle uintptr) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return errClosed
	}
	return start(uintptr(c.handle))
}
