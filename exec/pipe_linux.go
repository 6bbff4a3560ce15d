package exec

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipe is os.Pipe, but for the end that is the process's: that stays out of the
// runtime's poller, into which it would be put only to be taken out of it.
func pipe(toProcess bool) (r, w *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	ours, mode := fds[0], unix.O_RDONLY
	if toProcess {
		ours, mode = fds[1], unix.O_WRONLY
	}
	if err := nonblocking(ours, mode); err != nil {
		unix.Close(fds[0])
		unix.Close(fds[1])
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "|0"), os.NewFile(uintptr(fds[1]), "|1"), nil
}

// nonblocking makes of a pipe's end one that the runtime's poller takes.
func nonblocking(fd, mode int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, mode|unix.O_NONBLOCK)
	return os.NewSyscallError("fcntl", err)
}

// notRead tells that the process has closed its end of a pipe.
func notRead(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e) && e.Op == "write" && e.Path == "|1" && e.Err == syscall.EPIPE
}
