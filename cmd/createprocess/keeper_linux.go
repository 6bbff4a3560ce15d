package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
)

// keeper is the command in its second role: a process without a terminal that
// holds the console of "run --new-console", so that the command that somebody
// uses can go away and come back. It is the child's creator, does for it what
// run does, and ends after it.
type keeper struct {
	console *console.PseudoConsole
	child   int // a pidfd
	hello   []byte
	typed   chan typed

	mu     sync.Mutex
	client *wire // nil: nobody is attached, and what is printed is lost
	gone   *sync.Cond
}

// typed is a piece of input, or its end.
type typed struct {
	data []byte
	end  bool
}

const keeperName = "console-keeper"

// addHiddenCommands adds what the command calls itself by.
func addHiddenCommands(root *cobra.Command) {
	root.AddCommand(&cobra.Command{
		Use:                keeperName + " FD COLUMNS ROWS ECHO RUN-ARGUMENT...",
		Hidden:             true,
		DisableFlagParsing: true,
		Args:               cobra.MinimumNArgs(5),
		RunE: func(_ *cobra.Command, args []string) error {
			var n [3]int
			for i := range n {
				var err error
				if n[i], err = strconv.Atoi(args[i]); err != nil {
					return err
				}
			}
			first, err := wireOf(n[0])
			if err != nil {
				return err
			}
			size := console.Size{Columns: uint16(n[1]), Rows: uint16(n[2])}
			var said bytes.Buffer
			run := runCommand(&runner{stderr: &said, keep: func(r *runner) error { return keep(r, first, size, args[3] == "echo") }})
			run.SetArgs(args[4:])
			run.SilenceErrors, run.SilenceUsage = true, true
			status := explain(&said, run.Execute())
			// What run has to say before there is a child, and so before keep has
			// anything to do with the wire.
			if said.Len() > 0 {
				first.send(frameText, said.Bytes())
				first.sendNumber(frameExit, status)
			}
			return exitStatus(status)
		},
	})
}

// keep creates the child on a new console and stays until it has ended. An
// error means that there is no child.
func keep(r *runner, first *wire, size console.Size, echo bool) error {
	c, err := console.Create(size)
	if err != nil {
		return consoleFailed(err)
	}
	defer c.Close()
	k := &keeper{console: c, client: first, typed: make(chan typed, 1024)}
	k.gone = sync.NewCond(&k.mu)
	if !echo {
		k.silence()
	}
	terminal, err := c.Terminal()
	if err != nil {
		return consoleFailed(err)
	}
	defer terminal.Close()
	if s := &r.params.StartupInfo; s.Flags&createprocess.STARTF_USESTDHANDLES != 0 {
		for _, f := range []**os.File{&s.StdInput, &s.StdOutput, &s.StdError} {
			if *f == nil {
				*f = terminal
			}
		}
	}
	r.params.StartupInfo.Attributes = append(r.params.StartupInfo.Attributes, createprocess.PseudoConsole(c))

	dir, err := makeSocketDir()
	if err != nil {
		return consoleFailed(err)
	}
	path := filepath.Join(dir, fmt.Sprintf("keeper-%d.sock", os.Getpid()))
	os.Remove(path)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return consoleFailed(err)
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	defer func() { os.Remove(path) }()

	pi, err := r.create()
	if err != nil {
		return err
	}
	defer pi.Close()
	// Nobody has waited for the child yet, so that the number is its own. One
	// that was killed and collected by others needs no signals.
	if k.child, err = pidfd.Open(pi.ProcessID); err == nil {
		defer unix.Close(k.child)
	} else {
		k.child = -1
	}
	name := filepath.Join(dir, socketName(pi.ProcessID))
	if os.Rename(path, name) == nil {
		path = name
	}
	os.Chdir("/") // the keeper keeps no directory busy
	k.hello, _ = json.Marshal(createdEvent{"created", pi.ProcessID, pi.ThreadID})
	first.send(frameHello, k.hello)
	if r.detach {
		k.drop(first)
	} else {
		go k.serve(first)
	}
	go k.accept(listener)
	go k.write()
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		k.read()
	}()

	var said bytes.Buffer
	r.stderr = &said
	if r.tree != nil {
		s := &signals{ch: make(chan os.Signal, 64)}
		defer s.stop()
		s.forward(pi.Process, true)
	}
	status := explain(&said, r.await(pi))
	os.Remove(path)
	c.SetReadDeadline(time.Unix(0, 1))
	<-printed
	k.readRest()
	if w := k.attached(); w != nil {
		if said.Len() > 0 {
			w.send(frameText, said.Bytes())
		}
		w.sendNumber(frameExit, status)
		// To close the wire while it has something for us would take back what
		// has been sent.
		k.mu.Lock()
		for k.client == w {
			k.gone.Wait()
		}
		k.mu.Unlock()
	}
	return nil
}

func consoleFailed(err error) error {
	return &createprocess.Error{Op: "console", Code: errorCode(err), Err: err}
}

func (k *keeper) attached() *wire {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.client
}

// drop lets go of a client.
func (k *keeper) drop(w *wire) {
	k.mu.Lock()
	if k.client == w {
		k.client = nil
		k.gone.Broadcast()
	}
	k.mu.Unlock()
	w.conn.Close()
}

func (k *keeper) print(data []byte) {
	if w := k.attached(); w != nil && w.send(frameOutput, data) != nil {
		k.drop(w)
	}
}

// read hands on what is printed, until the deadline that keep sets. There is
// no other end before: keep has the terminal open.
func (k *keeper) read() {
	buf := make([]byte, maxFrame)
	for {
		n, err := k.console.Read(buf)
		if n > 0 {
			k.print(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// readRest hands on what was printed before the child ended. It is in the
// kernel's buffers, whose size is bounded; a process that the child has left
// behind may go on printing, and is not waited for.
func (k *keeper) readRest() {
	const most = 1 << 20
	k.console.SetReadDeadline(time.Time{})
	conn, err := k.console.SyscallConn()
	if err != nil {
		return
	}
	buf := make([]byte, maxFrame)
	for total, n := 0, 1; n > 0 && total < most; total += n {
		n = 0
		conn.Read(func(fd uintptr) bool {
			n, err = unix.Read(int(fd), buf)
			return true
		})
		if n > 0 {
			k.print(buf[:n])
		}
	}
}

// write types what there is to be typed, or throws it away when the console is
// closed. The child may be slow to read it, and nothing else must wait for that.
func (k *keeper) write() {
	begun := false // a line that has no end yet
	for t := range k.typed {
		if t.end {
			t.data = k.endOfFile(begun)
		}
		k.console.Write(t.data)
		if n := len(t.data); n > 0 {
			begun = t.data[n-1] != '\n' && t.data[n-1] != '\r'
		}
	}
}

// endOfFile is what somebody types for an end of file (termios(3)): in a line
// that has begun the first one only hands on the line.
func (k *keeper) endOfFile(begun bool) (keys []byte) {
	k.control(func(fd int) {
		if t, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil && t.Lflag&unix.ICANON != 0 {
			keys = []byte{t.Cc[unix.VEOF]}
			if begun {
				keys = append(keys, keys[0])
			}
		}
	})
	return keys
}

// silence switches the echo off: input that comes from a file is not part of
// the output.
func (k *keeper) silence() {
	k.control(func(fd int) {
		if t, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
			t.Lflag &^= unix.ECHO
			unix.IoctlSetTermios(fd, unix.TCSETS, t)
		}
	})
}

func (k *keeper) control(f func(fd int)) {
	if conn, err := k.console.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { f(int(fd)) })
	}
}

// resize tells the processes in the foreground of the size even if it is the
// same as before: whoever has just attached sees nothing until they repaint.
func (k *keeper) resize(size console.Size) {
	before, err := k.console.Size()
	if err != nil || k.console.Resize(size) != nil || size != before {
		return
	}
	k.control(func(fd int) {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && group > 1 {
			unix.Kill(-group, unix.SIGWINCH)
		}
	})
}

// accept takes those who come back. The one who comes last has the console.
func (k *keeper) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond) // no descriptor is left, say
			continue
		}
		go k.welcome(&wire{conn: conn})
	}
}

func (k *keeper) welcome(w *wire) {
	w.conn.SetDeadline(time.Now().Add(10 * time.Second))
	kind, data, err := frame(0), []byte(nil), w.ours()
	if err == nil {
		kind, data, err = w.receive()
	}
	if err != nil || kind != frameAttach || w.send(frameHello, k.hello) != nil {
		w.conn.Close()
		return
	}
	w.conn.SetDeadline(time.Time{})
	k.mu.Lock()
	before := k.client
	k.client = w
	k.gone.Broadcast()
	k.mu.Unlock()
	if before != nil {
		before.conn.Close()
	}
	k.resize(sizeOf(data))
	k.serve(w)
}

// serve does what a client says, until it goes away.
func (k *keeper) serve(w *wire) {
	defer k.drop(w)
	for {
		kind, data, err := w.receive()
		if err != nil {
			return
		}
		switch kind {
		case frameInput:
			k.typed <- typed{data: data}
		case frameEnd:
			k.typed <- typed{end: true}
		case frameSize:
			k.resize(sizeOf(data))
		case frameSignal:
			if k.child >= 0 {
				pidfd.Signal(k.child, syscall.Signal(number(data)))
			}
		case frameHangUp:
			k.console.Close()
		}
	}
}
