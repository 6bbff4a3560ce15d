package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
)

// runInConsole starts the keeper, which creates the child, and is then the
// relay between it and whoever uses the command. args are run's own. In the
// keeper there is nothing to be done.
func (r *runner) runInConsole(args []string, inherited []createprocess.InheritedHandle) (done bool, err error) {
	if r.keep != nil {
		return false, nil
	}
	return true, r.startKeeper(args, inherited)
}

func (r *runner) startKeeper(args []string, inherited []createprocess.InheritedHandle) error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return consoleFailed(os.NewSyscallError("socketpair", err))
	}
	w, err := wireOf(ends[0])
	if err != nil {
		unix.Close(ends[1])
		return consoleFailed(err)
	}
	defer w.conn.Close()
	theirs := os.NewFile(uintptr(ends[1]), "the keeper's end")
	defer theirs.Close()

	// The keeper has the files to be handed on under the numbers that they have
	// here, and its end of the wire above them.
	number := 3
	var list []createprocess.InheritedHandle
	for _, h := range inherited {
		list = append(list, createprocess.InheritedHandle{File: h.File})
		number = max(number, int(h.File.Fd())+1)
	}
	list = append(list, createprocess.InheritedHandle{File: theirs, Number: number})
	size, echo := screenSize(), "echo"
	if !isTerminal(os.Stdin) && !r.detach {
		echo = "silent"
	}
	keeper := createprocess.Params{
		ApplicationName: "/proc/self/exe",
		Args: append([]string{os.Args[0], keeperName, strconv.Itoa(number),
			strconv.Itoa(int(size.Columns)), strconv.Itoa(int(size.Rows)), echo}, args...),
		InheritHandles: true,
		CreationFlags:  createprocess.DETACHED_PROCESS,
	}
	keeper.StartupInfo.Attributes = []createprocess.Attribute{createprocess.HandleList(list...)}
	s := newScreen(w)
	if !r.detach {
		s.catch() // before there is a child: no signal may come between
	}
	pi, err := createprocess.CreateProcess(keeper)
	if err != nil {
		return r.failed(err)
	}
	defer pi.Close()
	theirs.Close()

	created, err := r.greet(w)
	if err != nil {
		return err
	}
	if r.detach {
		r.announce(created, os.Stdout)
		return nil
	}
	if r.json {
		r.announce(created, os.Stderr)
	}
	return s.relay(created.PID)
}

// greet waits until there is a child, or for the reason why there is none.
func (r *runner) greet(w *wire) (created createdEvent, err error) {
	for {
		kind, data, err := w.receive()
		switch {
		case err != nil:
			return created, consoleFailed(fmt.Errorf("the keeper of the console has ended: %w", err))
		case kind == frameHello:
			return created, json.Unmarshal(data, &created)
		case kind == frameText:
			os.Stderr.Write(data)
		case kind == frameExit:
			return created, exitStatus(number(data))
		}
	}
}

// attach comes back to the console of a process.
func attach(pid int) error {
	object := "process " + strconv.Itoa(pid)
	w, err := dial(pid)
	if err != nil {
		return &createprocess.Error{Op: "attach", Object: object, Code: errorCode(err), Err: err}
	}
	defer w.conn.Close()
	if err := w.sendSize(frameAttach, screenSize()); err != nil {
		return &createprocess.Error{Op: "attach", Object: object, Code: errorCode(err), Err: err}
	}
	if _, err := (&runner{}).greet(w); err != nil {
		return err
	}
	s := newScreen(w)
	s.catch()
	return s.relay(pid)
}

// relay hands on input, output, sizes and signals until the child has ended or
// the command is told to leave it.
func (s *screen) relay(pid int) error {
	w := s.wire
	defer s.close()
	if err := s.open(); err != nil {
		return consoleFailed(err)
	}
	var said []byte
	broken := false
	for {
		kind, data, err := w.receive()
		switch {
		case errors.Is(err, net.ErrClosed):
			s.close()
			fmt.Fprintf(os.Stderr, "createprocess: process %d goes on; 'createprocess attach %d' comes back\n", pid, pid)
			return nil
		case err != nil:
			s.close()
			return consoleFailed(fmt.Errorf("the console of process %d is gone: its keeper has ended, or another attach has taken it: %w", pid, err))
		case kind == frameOutput:
			if broken {
				continue
			}
			if _, err := os.Stdout.Write(data); errors.Is(err, syscall.EPIPE) {
				broken = true
				w.send(frameHangUp, nil)
			}
		case kind == frameExit && broken:
			return exitStatus(exitSignal + int(syscall.SIGPIPE))
		case kind == frameText:
			said = append(said, data...) // it is about the end
		case kind == frameExit:
			s.close()
			os.Stderr.Write(said)
			return exitStatus(number(data))
		}
	}
}

// input hands on what is typed. At a terminal Ctrl-] is a prefix: with d it
// leaves the child, twice it is itself.
func (s *screen) input() {
	defer s.restoreInPanic()
	keys := prefix{}
	buf := make([]byte, 4096)
	for {
		n, err := os.Stdin.Read(buf)
		data, leave := buf[:n], false
		if s.terminal {
			data, leave = keys.filter(data)
		}
		if len(data) > 0 && s.wire.send(frameInput, data) != nil {
			return
		}
		if leave {
			s.wire.conn.Close()
			return
		}
		if err != nil {
			if err == io.EOF && !s.terminal {
				s.wire.send(frameEnd, nil)
			}
			return
		}
	}
}

// prefix finds the prefix key in what is typed.
type prefix struct{ pressed bool }

const prefixKey = 0x1d // Ctrl-]

func (p *prefix) filter(typed []byte) (data []byte, leave bool) {
	for _, b := range typed {
		switch {
		case !p.pressed && b == prefixKey:
			p.pressed = true
			continue
		case p.pressed && b == 'd':
			return data, true
		case p.pressed && b != prefixKey:
			data = append(data, prefixKey)
		}
		p.pressed = false
		data = append(data, b)
	}
	return data, false
}
