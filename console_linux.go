package createprocess

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/internal/poller"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

// startOnConsole starts the child on the pseudo console that an attribute
// gives, or on a new one. A child may have no descriptor of its terminal, since
// its standard files are others or since it has closed them, and for us a
// terminal that nobody has open is at its end: the file that is returned, if
// any, is to be kept open until the child has ended.
func (p *Params) startOnConsole(r *spawn.Request) (child spawn.Child, keep *os.File, err error) {
	c := p.StartupInfo.pseudoConsole()
	if c == nil {
		held, e := p.newConsole()
		if e != nil {
			return child, nil, e
		}
		defer func() {
			if err != nil {
				held.drop()
			}
		}()
		c = held.console
	}
	given := p.StartupInfo.Flags&STARTF_USESTDHANDLES != 0
	err = c.Attach(func(terminal uintptr) (err error) {
		if given || p.StartupInfo.pseudoConsole() == nil {
			if keep, err = c.Terminal(); err != nil {
				return err
			}
		}
		useTerminal(r, int(terminal), !given)
		if child, err = spawn.Start(r); err != nil && keep != nil {
			keep.Close()
		}
		return err
	})
	return child, keep, err
}

// useTerminal makes the terminal the child's controlling one, and its standard
// files if it is to have them from there.
func useTerminal(r *spawn.Request, terminal int, files bool) {
	if files {
		for i := range 3 {
			r.Files[i] = spawn.File{Source: terminal, Target: i, Terminal: i == 0}
		}
		return
	}
	free := 3
	for _, f := range r.Files {
		free = max(free, f.Target+1)
	}
	r.Files = append(r.Files, spawn.File{Source: terminal, Target: free, Terminal: true, Passing: true})
}

// newConsole makes the console of CREATE_NEW_CONSOLE.
func (p *Params) newConsole() (*heldConsole, error) {
	size := console.Default
	if s := &p.StartupInfo; s.Flags&STARTF_USECOUNTCHARS != 0 {
		const most = 1<<16 - 1 // what Create refuses, and a uint16 holds
		size = console.Size{Columns: uint16(min(s.XCountChars, most)), Rows: uint16(min(s.YCountChars, most))}
	}
	c, err := console.Create(size)
	if err != nil {
		return nil, err
	}
	held := &heldConsole{console: c}
	if err := held.hold(); err != nil {
		c.Close()
		return nil, err
	}
	return held, nil
}

// heldConsole is a console that nobody looks at. It lives as long as a process
// has it, and what they print is read and thrown away, lest they wait for room.
type heldConsole struct {
	console *console.PseudoConsole
	mu      sync.Mutex
	watch   *poller.Watch // nil when it is dropped
}

// hold keeps the console, and reads what is printed on it, until no process has it.
func (h *heldConsole) hold() error {
	conn, err := h.console.SyscallConn()
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := conn.Control(func(fd uintptr) { h.watch, err = poller.Add(int(fd), unix.EPOLLIN, h.poll) }); e != nil {
		return e
	}
	return err
}

// drop closes the console. It may be called again.
func (h *heldConsole) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watch != nil {
		h.watch.Remove()
		h.watch = nil
		h.console.Close()
	}
}

// poll reads what there is, once, or lets go of a console that nobody has.
func (h *heldConsole) poll() {
	conn, err := h.console.SyscallConn()
	if err != nil {
		return
	}
	var buf [4096]byte
	gone := false
	err = conn.Read(func(fd uintptr) bool {
		_, e := unix.Read(int(fd), buf[:])
		gone = e == syscall.EIO
		return true
	})
	if err != nil || gone {
		h.drop()
	}
}
