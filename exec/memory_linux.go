package exec

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"golang.org/x/sys/unix"
)

// memoryPipes are pipes whose output goes to memory, of a command that Run
// starts. The goroutine that has called Run reads them all itself, asleep in the
// kernel: no other goroutine is woken for each piece, and the runtime's poller
// need not know of them. That is for writers that cannot block: two of them must
// not have to wait for each other.
type memoryPipes []memoryPipe

type memoryPipe struct {
	w  io.Writer
	fd int // -1: it is closed
}

// intoMemory makes such a pipe, if w is for one.
func (s *streams) intoMemory(w io.Writer) (theirs *os.File, ok bool, err error) {
	switch w.(type) {
	case *bytes.Buffer, *strings.Builder, *HeadTail:
	default:
		return nil, false, nil
	}
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, true, os.NewSyscallError("pipe2", err)
	}
	s.memory = append(s.memory, memoryPipe{w, fds[0]})
	theirs = os.NewFile(uintptr(fds[1]), "|1")
	s.theirs = append(s.theirs, theirs)
	return theirs, true, nil
}

// drain reads until all are at their end, or lets goroutines do what is left.
func (m memoryPipes) drain(s *streams) {
	buffer := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buffer)
	files := make([]unix.PollFd, len(m)+1)
	for {
		open := 0
		for i, p := range m {
			files[i] = unix.PollFd{Fd: int32(p.fd), Events: unix.POLLIN} // the kernel passes over a negative one
			if p.fd >= 0 {
				open++
			}
		}
		if open == 0 {
			return
		}
		if !engine.Poll(files) {
			m.leaveToPoller(s)
			return
		}
		for i := range m {
			if files[i].Revents != 0 {
				s.returned(m[i].read(buffer[:]))
			}
		}
	}
}

// read takes what is there.
func (p *memoryPipe) read(buffer []byte) error {
	n, err := unix.Read(p.fd, buffer)
	switch {
	case err == unix.EINTR:
		return nil
	case n > 0:
		_, err := p.w.Write(buffer[:n])
		return err
	}
	p.close()
	return os.NewSyscallError("read", err)
}

// leaveToPoller is for a process that goes on for long: to sleep for it in the
// kernel takes a thread.
func (m memoryPipes) leaveToPoller(s *streams) {
	for i := range m {
		p := &m[i]
		if p.fd < 0 {
			continue
		}
		if err := nonblocking(p.fd, unix.O_RDONLY); err != nil {
			s.returned(err)
			p.close()
			continue
		}
		f := os.NewFile(uintptr(p.fd), "|0")
		p.fd = -1
		s.running.Go(func() {
			s.returned(drain(p.w, f))
			f.Close()
		})
	}
}

func (m memoryPipes) close() {
	for i := range m {
		m[i].close()
	}
}

func (p *memoryPipe) close() {
	if p.fd >= 0 {
		unix.Close(p.fd)
		p.fd = -1
	}
}
