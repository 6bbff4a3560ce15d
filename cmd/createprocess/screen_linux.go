package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/term"

	"github.com/seed-f798aa80/createprocess/console"
)

// screen is the terminal that the command is used at, if it is used at one,
// while the terminal belongs to a child's console. It is raw for so long, and
// is put back on every way out: close, a panic, and SIGTSTP.
type screen struct {
	wire     *wire
	terminal bool // standard input is one
	signals  chan os.Signal

	mu     sync.Mutex
	before *term.State // nil: the terminal is as it was
	closed bool
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// screenSize is that of the first standard file that is a terminal.
func screenSize() console.Size {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 && rows > 0 {
			return console.Size{Columns: uint16(columns), Rows: uint16(rows)}
		}
	}
	return console.Default
}

func newScreen(w *wire) *screen {
	return &screen{wire: w, terminal: isTerminal(os.Stdin), signals: make(chan os.Signal, 64)}
}

// catch begins to collect signals. One that is ignored, as nohup has it, stays
// ignored.
func (s *screen) catch() {
	for _, sig := range forwarded {
		if !signal.Ignored(sig) {
			signal.Notify(s.signals, sig)
		}
	}
	// Of a SIGPIPE the write tells.
	signal.Notify(s.signals, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGPIPE)
}

// open begins to hand on input and the signals that have been caught.
func (s *screen) open() error {
	if err := s.raw(); err != nil {
		return err
	}
	go s.handle()
	go s.input()
	return nil
}

func (s *screen) handle() {
	defer s.restoreInPanic()
	for sig := range s.signals {
		switch sig {
		case syscall.SIGPIPE:
		case syscall.SIGWINCH:
			s.wire.sendSize(frameSize, screenSize())
		case syscall.SIGTSTP:
			// SIGSTOP, since SIGTSTP would come back here, and is ignored for a
			// group that no shell looks after.
			s.restore()
			syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		case syscall.SIGCONT:
			if s.raw() == nil {
				s.wire.sendSize(frameSize, screenSize())
			}
		default:
			s.wire.sendNumber(frameSignal, int(sig.(syscall.Signal)))
		}
	}
}

// raw makes the terminal raw: every key is the child's. In the background it
// stops the command until it is in the foreground, as it does for an editor.
func (s *screen) raw() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.terminal || s.closed {
		return nil
	}
	before, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err == nil && s.before == nil {
		s.before = before
	}
	return err
}

func (s *screen) restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before == nil {
		return
	}
	// Nothing may stop the command here.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	term.Restore(int(os.Stdin.Fd()), s.before)
	s.before = nil
}

func (s *screen) restoreInPanic() {
	if p := recover(); p != nil {
		s.restore()
		panic(p)
	}
}

// close puts the terminal back for good; it may be called again. The goroutine
// that reads standard input ends with the program.
func (s *screen) close() {
	s.restore()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}
