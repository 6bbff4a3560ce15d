package exec

import (
	"errors"
	"io"
	"os"
	"sync"
)

// nullDevice stands for the null device among a child's files: each system has
// a shorter way to it than to open it here.
var nullDevice = new(os.File)

// streams are the pipes between the program and the process, and what copies
// through them.
type streams struct {
	theirs []*os.File // the process's ends, closed when it has been made, or has not
	ours   []*os.File // the program's ends, closed by Wait
	copies []func() error

	// What has no goroutine, and is done by Wait first: memory, or else one of copies.
	memory   memoryPipes
	deferred func() error

	running sync.WaitGroup
	mu      sync.Mutex
	first   error         // of those that the copies have returned
	done    chan struct{} // closed when all copies have returned; nil if there are none
}

// pipes are the command's streams, for one more.
func (c *Cmd) pipes() *streams {
	if c.streams == nil {
		c.streams = new(streams)
	}
	return c.streams
}

// files are the process's descriptors, from 0 on. With inline Wait follows at once.
func (c *Cmd) files(inline bool) ([]*os.File, error) {
	stdin, err := c.input()
	if err != nil {
		return nil, err
	}
	stdout, err := c.output(c.Stdout, inline)
	if err != nil {
		return nil, err
	}
	stderr := stdout
	if c.Stderr == nil || !same(c.Stderr, c.Stdout) {
		if stderr, err = c.output(c.Stderr, inline); err != nil {
			return nil, err
		}
	}
	return append([]*os.File{stdin, stdout, stderr}, c.ExtraFiles...), nil
}

func (c *Cmd) input() (*os.File, error) {
	if c.Stdin == nil {
		return nullDevice, nil
	}
	if f, ok := c.Stdin.(*os.File); ok {
		return f, nil
	}
	theirs, ours, err := c.pipes().toProcess()
	if err != nil {
		return nil, err
	}
	source := c.Stdin
	c.streams.copies = append(c.streams.copies, func() error {
		_, err := io.Copy(ours, source)
		if notRead(err) { // the process need not read all of it
			err = nil
		}
		if e := ours.Close(); err == nil {
			err = e
		}
		return err
	})
	return theirs, nil
}

func (c *Cmd) output(w io.Writer, inline bool) (*os.File, error) {
	if w == nil {
		return nullDevice, nil
	}
	if f, ok := w.(*os.File); ok {
		return f, nil
	}
	if inline {
		if theirs, ok, err := c.pipes().intoMemory(w); ok {
			return theirs, err
		}
	}
	theirs, ours, err := c.pipes().fromProcess()
	if err != nil {
		return nil, err
	}
	c.streams.copies = append(c.streams.copies, func() error {
		err := drain(w, ours)
		ours.Close() // if w has failed: so that the process is told
		return err
	})
	return theirs, nil
}

// same tells whether two writers are one. Those of a type that cannot be
// compared are not.
func same(a, b io.Writer) (equal bool) {
	defer func() { _ = recover() }()
	return a == b
}

// buffers are as large as a pipe.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// drain writes to w what comes out of r. A writer that has a way of its own to
// read takes it, but for a bytes.Buffer and its like, which would begin with a
// few bytes and read often.
func drain(w io.Writer, r *os.File) error {
	if _, small := w.(interface{ AvailableBuffer() []byte }); !small {
		if _, ok := w.(io.ReaderFrom); ok {
			_, err := io.Copy(w, r)
			return err
		}
	}
	buffer := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buffer)
	for {
		n, err := r.Read(buffer[:])
		if n > 0 {
			written, e := w.Write(buffer[:n])
			if e == nil && written != n {
				e = io.ErrShortWrite
			}
			if e != nil {
				return e
			}
		}
		switch err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// toProcess is a pipe that the process reads from.
func (s *streams) toProcess() (theirs, ours *os.File, err error) {
	theirs, ours, err = pipe(true)
	if err == nil {
		s.add(theirs, ours)
	}
	return theirs, ours, err
}

// fromProcess is a pipe that the process writes to.
func (s *streams) fromProcess() (theirs, ours *os.File, err error) {
	ours, theirs, err = pipe(false)
	if err == nil {
		s.add(theirs, ours)
	}
	return theirs, ours, err
}

func (s *streams) add(theirs, ours *os.File) {
	s.theirs = append(s.theirs, theirs)
	s.ours = append(s.ours, ours)
}

func (s *streams) closeTheirs() {
	if s == nil {
		return
	}
	for _, f := range s.theirs {
		f.Close()
	}
	s.theirs = nil
}

// closeOurs ends copies that are under way, too. It may be called again, and by
// several at once.
func (s *streams) closeOurs() {
	if s == nil {
		return
	}
	for _, f := range s.ours {
		f.Close()
	}
	s.memory.close()
}

// start begins to copy. With inline something is left for Wait, which has to
// follow at once.
func (s *streams) start(inline bool) {
	if s == nil || len(s.copies)+len(s.memory) == 0 {
		return
	}
	s.done = make(chan struct{})
	if inline && len(s.memory) == 0 {
		s.deferred, s.copies = s.copies[0], s.copies[1:]
	}
	for _, copy := range s.copies {
		s.running.Go(func() { s.returned(copy()) })
	}
	s.copies = nil
	if !inline {
		go func() {
			s.running.Wait()
			close(s.done)
		}()
	}
}

// finish does what start has left for Wait.
func (s *streams) finish() {
	switch {
	case s == nil:
		return
	case len(s.memory) > 0:
		s.memory.drain(s)
		s.memory = nil
	case s.deferred != nil:
		s.returned(s.deferred())
		s.deferred = nil
	default:
		return
	}
	s.running.Wait()
	close(s.done)
}

func (s *streams) returned(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = err
	}
}

// result is the copies' first error, once they are done.
func (s *streams) result() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// StdinPipe is a pipe to the process's standard input. Wait closes it when the
// process has ended; a process that reads to the end needs it closed before.
func (c *Cmd) StdinPipe() (io.WriteCloser, error) {
	if err := c.free("StdinPipe", "Stdin", c.Stdin != nil); err != nil {
		return nil, err
	}
	theirs, ours, err := c.pipes().toProcess()
	if err != nil {
		return nil, err
	}
	c.Stdin = theirs
	return ours, nil
}

// StdoutPipe is a pipe from the process's standard output. Wait closes it when
// the process has ended, so it must be read to its end before Wait is called,
// and Run, which calls Wait, is of no use with it.
func (c *Cmd) StdoutPipe() (io.ReadCloser, error) {
	return c.outputPipe("Stdout", &c.Stdout)
}

// StderrPipe is a pipe from the process's standard error. As with StdoutPipe,
// Wait closes it: read it to its end before, and do not use Run. Who reads both
// pipes has a goroutine for one of them, since a process that finds one full
// waits, and writes nothing to the other.
func (c *Cmd) StderrPipe() (io.ReadCloser, error) {
	return c.outputPipe("Stderr", &c.Stderr)
}

func (c *Cmd) outputPipe(name string, w *io.Writer) (io.ReadCloser, error) {
	if err := c.free(name+"Pipe", name, *w != nil); err != nil {
		return nil, err
	}
	theirs, ours, err := c.pipes().fromProcess()
	if err != nil {
		return nil, err
	}
	*w = theirs
	return ours, nil
}

// free refuses a pipe where something else is already, or that comes too late.
func (c *Cmd) free(method, field string, set bool) error {
	switch {
	case set:
		return errors.New("exec: " + field + " already set")
	case c.Process != nil:
		return errors.New("exec: " + method + " after process started")
	}
	return nil
}
