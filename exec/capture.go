package exec

import (
	"bytes"
	"fmt"
	"io"
	"iter"
)

// HeadTail is a writer for output that may be without end: it keeps the first
// Head bytes and the last Tail bytes of what is written to it, and forgets what
// is between them. Both must be set before the first Write.
//
//	output := &exec.HeadTail{Head: 4 << 10, Tail: 60 << 10}
//	cmd.Stdout, cmd.Stderr = output, output
type HeadTail struct {
	Head, Tail int // in bytes

	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where in the ring the oldest byte is
	total int64
}

// Write keeps what is to be kept of p. It does not fail.
func (h *HeadTail) Write(p []byte) (int, error) {
	n := len(p)
	h.total += int64(n)
	take := min(n, h.Head-len(h.head))
	h.head = append(h.head, p[:take]...)
	p = p[take:]
	if over := len(p) - h.Tail; over > 0 {
		p = p[over:]
	}
	take = min(len(p), h.Tail-len(h.tail))
	h.tail = append(h.tail, p[:take]...)
	for p = p[take:]; len(p) > 0; {
		take = copy(h.tail[h.next:], p)
		p = p[take:]
		h.next = (h.next + take) % h.Tail
	}
	return n, nil
}

// Omitted is how many bytes have been forgotten.
func (h *HeadTail) Omitted() int64 { return h.total - int64(len(h.head)) - int64(len(h.tail)) }

// Bytes is what has been kept, in order, with a line in between that says how
// many bytes are missing, if any are.
func (h *HeadTail) Bytes() []byte {
	kept := bytes.Clone(h.head)
	if omitted := h.Omitted(); omitted > 0 {
		kept = fmt.Appendf(kept, "\n... omitting %d bytes ...\n", omitted)
	}
	kept = append(kept, h.tail[h.next:]...)
	return append(kept, h.tail[:h.next]...)
}

// String is Bytes as text.
func (h *HeadTail) String() string { return string(h.Bytes()) }

// Lines starts the command and yields each line of its standard output as it
// comes, without the line's end; a last one that has none, too. When the output
// has ended it waits, and yields an error, if there is one, with the line "".
//
//	for line, err := range cmd.Lines() {
//		if err != nil {
//			return err
//		}
//		use(line)
//	}
//
// A loop that is left before ends the process (with KillTree, the tree) and
// waits for it. A line may be as long as memory allows. Stdout must not be set.
func (c *Cmd) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pipe, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			yield("", err)
			return
		}
		left, failed := eachLine(pipe, func(line string) bool { return yield(line, nil) })
		if left {
			c.kill() // if it has ended that is as well
			c.Wait()
			return
		}
		if err = c.Wait(); err == nil {
			err = failed
		}
		if err != nil {
			yield("", err)
		}
	}
}

// eachLine calls use for each line. It tells whether that has left the loop, or
// what kept it from reading on.
func eachLine(r io.Reader, use func(string) bool) (left bool, err error) {
	buffer := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buffer)
	var begun []byte
	for {
		n, err := r.Read(buffer[:])
		for chunk := buffer[:n]; ; {
			line, rest, ended := bytes.Cut(chunk, []byte("\n"))
			begun = append(begun, line...)
			if !ended {
				break
			}
			if !use(string(bytes.TrimSuffix(begun, []byte("\r")))) {
				return true, nil
			}
			begun, chunk = begun[:0], rest
		}
		if err != nil {
			if len(begun) > 0 && !use(string(begun)) {
				return true, nil
			}
			if err == io.EOF {
				err = nil
			}
			return false, err
		}
	}
}
