package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/console"
)

// A wire joins the command that somebody uses with the keeper of a console. It
// carries frames: a kind, the length in four bytes, and so many bytes.
type wire struct {
	conn net.Conn
	mu   sync.Mutex // of sending
}

type frame byte

const (
	// The keeper's.
	frameHello  frame = 'h' // there is a child: a createdEvent as JSON; the first, unless there is none
	frameOutput frame = 'o' // what is printed
	frameText   frame = 't' // for the command's standard error, before its end
	frameExit   frame = 'x' // the command's exit status; the last

	// The command's.
	frameAttach frame = 'a' // a size; the first on a connection that comes later
	frameInput  frame = 'i' // what is typed
	frameEnd    frame = 'e' // there is no more input
	frameSize   frame = 's' // a size
	frameSignal frame = 'k' // a signal for the child
	frameHangUp frame = 'q' // nobody can see the output any more
)

const maxFrame = 1 << 16

func (w *wire) send(kind frame, data []byte) error {
	b := make([]byte, 5, 5+len(data))
	b[0] = byte(kind)
	binary.LittleEndian.PutUint32(b[1:], uint32(len(data)))
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.conn.Write(append(b, data...))
	return err
}

func (w *wire) receive() (frame, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(w.conn, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", n)
	}
	data := make([]byte, n)
	_, err := io.ReadFull(w.conn, data)
	return frame(head[0]), data, err
}

func (w *wire) sendNumber(kind frame, n int) error {
	return w.send(kind, binary.LittleEndian.AppendUint32(nil, uint32(n)))
}

func (w *wire) sendSize(kind frame, size console.Size) error {
	return w.sendNumber(kind, int(size.Columns)|int(size.Rows)<<16)
}

// number is 0 for what is none.
func number(data []byte) int {
	if len(data) != 4 {
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(data)))
}

func sizeOf(data []byte) console.Size {
	n := uint32(number(data))
	return console.Size{Columns: uint16(n), Rows: uint16(n >> 16)}
}

// wireOf is one over a descriptor, which becomes the wire's.
func wireOf(fd int) (*wire, error) {
	file := os.NewFile(uintptr(fd), "wire")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn}, nil
}

// ours fails unless the other end is a process of our own user's.
func (w *wire) ours() error {
	raw, err := w.conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	if e := raw.Control(func(fd uintptr) { peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); e != nil {
		return e
	}
	if err == nil && int(peer.Uid) != os.Geteuid() {
		return fmt.Errorf("process %d of user %d has the other end: %w", peer.Pid, peer.Uid, syscall.EACCES)
	}
	return err
}

// socketDirs are where the keepers' sockets may be, the preferred one first.
func socketDirs() []string {
	var dirs []string
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && len(dir) < 64 { // a socket's path has 107 bytes
		dirs = append(dirs, filepath.Join(dir, "createprocess"))
	}
	return append(dirs, "/tmp/createprocess-"+strconv.Itoa(os.Geteuid()))
}

// makeSocketDir makes the first one that can be made, and is nobody else's.
func makeSocketDir() (string, error) {
	var errs []error
	for _, dir := range socketDirs() {
		err := os.Mkdir(dir, 0o700)
		if err == nil || errors.Is(err, os.ErrExist) {
			err = checkSocketDir(dir)
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// checkSocketDir fails for a directory that another user could have put there
// or can look into.
func checkSocketDir(dir string) error {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return &os.PathError{Op: "lstat", Path: dir, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0 {
		return fmt.Errorf("%s is not a directory of user %d that only he may use: %w", dir, os.Geteuid(), syscall.EACCES)
	}
	return nil
}

func socketName(pid int) string { return strconv.Itoa(pid) + ".sock" }

// dial connects to the keeper of a process's console.
func dial(pid int) (*wire, error) {
	for _, dir := range socketDirs() {
		path := filepath.Join(dir, socketName(pid))
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := checkSocketDir(dir); err != nil {
			return nil, err
		}
		conn, err := net.Dial("unix", path)
		if errors.Is(err, syscall.ECONNREFUSED) {
			os.Remove(path) // its keeper has been killed
			break
		}
		if err != nil {
			return nil, err
		}
		w := &wire{conn: conn}
		if err := w.ours(); err != nil {
			conn.Close()
			return nil, err
		}
		return w, nil
	}
	return nil, fmt.Errorf("createprocess keeps no console for it: %w", os.ErrNotExist)
}
