package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// Run starts the process and waits for it: Start and Wait in one. The error is
// nil if the process has been made, all has been copied from and to it, and its
// exit code is 0. One that has been made and does not end with success is an
// *ExitError; other errors are Start's, or of the copying.
//
// A goroutine that has changed its thread and locked itself to it
// (runtime.LockOSThread: a namespace, a user) has the process made by that
// thread, and so with what it has changed.
func (c *Cmd) Run() error {
	// With WaitDelay, or a context that is done when only pipes are left, it
	// matters that Wait sees the process's end before that of the pipes.
	inline := c.WaitDelay == 0 && (c.ctx == nil || c.ctx.Done() == nil)
	if err := c.start(inline); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the command and returns what it has written to its standard
// output, also beside an error. The Stderr of an *ExitError is filled in if
// c.Stderr was nil.
func (c *Cmd) Output() ([]byte, error) {
	if c.Stdout != nil {
		return nil, errors.New("exec: Stdout already set")
	}
	var stdout bytes.Buffer
	c.Stdout = &stdout
	var stderr *HeadTail
	if c.Stderr == nil {
		stderr = &HeadTail{Head: 32 << 10, Tail: 32 << 10}
		c.Stderr = stderr
	}
	err := c.Run()
	if exit, ok := err.(*ExitError); ok && stderr != nil {
		exit.Stderr = stderr.Bytes()
	}
	return stdout.Bytes(), err
}

// CombinedOutput runs the command and returns what it has written to its
// standard output and its standard error, in the order in which it was written.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	switch {
	case c.Stdout != nil:
		return nil, errors.New("exec: Stdout already set")
	case c.Stderr != nil:
		return nil, errors.New("exec: Stderr already set")
	}
	var both bytes.Buffer
	c.Stdout, c.Stderr = &both, &both
	err := c.Run()
	return both.Bytes(), err
}

// Start starts the process and does not wait for it. Wait has to be called then,
// for its result and to close the pipes; who wants neither may leave it and
// calls Process.Release.
//
// A failure is an *fs.PathError if the system has refused something. Its Op is
// "chdir" and its Path the directory, or "fork/exec" and the program; its Err is
// the errno if it is the program's file that is missing or may not be executed,
// and else a *createprocess.Error, whose Op is the step that failed.
func (c *Cmd) Start() error { return c.start(false) }

func (c *Cmd) start(inline bool) (err error) {
	if atomic.SwapInt32(&c.called, 1) != 0 {
		return errors.New("exec: already started")
	}
	defer func() {
		c.streams.closeTheirs()
		if err != nil {
			c.streams.closeOurs()
			c.streams = nil
		}
	}()
	if c.Path == "" && c.Err == nil {
		c.Err = errors.New("exec: no command")
	}
	switch {
	case c.Err != nil:
		return c.Err
	case c.Cancel != nil && c.ctx == nil:
		return errors.New("exec: command with a non-nil Cancel was not created with CommandContext")
	case c.ctx != nil && c.ctx.Err() != nil:
		return c.ctx.Err()
	}
	files, err := c.files(inline)
	if err != nil {
		return err
	}
	if c.Process, err = c.startProcess(files); err != nil {
		return err
	}
	c.streams.start(inline)
	if c.ctx != nil && c.ctx.Done() != nil && (c.Cancel != nil || c.WaitDelay != 0) {
		c.startWatch()
	}
	return nil
}

// Wait waits for the end of a process that Start has made, and until all is
// copied that is to be copied. The error is nil if the process has ended with
// success, and an *ExitError if not; else what kept something from being copied,
// or the context's.
//
// Wait closes the pipes, those of StdinPipe, StdoutPipe and StderrPipe too.
func (c *Cmd) Wait() error {
	switch {
	case c.Process == nil:
		return errors.New("exec: not started")
	case c.ProcessState != nil:
		return errors.New("exec: Wait was already called")
	}
	c.streams.finish()
	state, err := c.Process.Wait()
	if err == nil && !state.Success() {
		err = &ExitError{ProcessState: state}
	}
	c.ProcessState = state
	var interruption verdict
	if c.watch != nil {
		interruption = c.watch.end()
		if err == nil {
			err = interruption.err
		}
	}
	// That something was not copied says nothing new of a process that failed.
	if e := c.waitForCopies(interruption.delay); err == nil {
		err = e
	}
	c.streams.closeOurs()
	return err
}

// waitForCopies waits until delay runs out, if that runs, or for WaitDelay; then
// it closes the pipes, which ends the copying.
func (c *Cmd) waitForCopies(delay *time.Timer) error {
	if delay != nil {
		defer delay.Stop()
	}
	s := c.streams
	switch {
	case s == nil || s.done == nil:
		return nil
	case s.isDone(), delay == nil && c.WaitDelay == 0:
		<-s.done
		return s.result()
	case delay == nil:
		delay = time.NewTimer(c.WaitDelay)
		defer delay.Stop()
	}
	select {
	case <-s.done:
		return s.result()
	case <-delay.C:
		s.closeOurs()
		<-s.done
		return ErrWaitDelay
	}
}

func (s *streams) isDone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// watch is what happens when the context is done before the process has ended.
// Until then it costs no goroutine.
type watch struct {
	stop    func() bool   // keeps it from happening; false if it does, or has
	ended   chan struct{} // closed by Wait: the process has
	verdict chan verdict
}

type verdict struct {
	err   error
	delay *time.Timer // what is left of WaitDelay; nil if nothing waits for it any more
}

func (c *Cmd) startWatch() {
	w := &watch{ended: make(chan struct{}), verdict: make(chan verdict, 1)}
	c.watch = w
	w.stop = context.AfterFunc(c.ctx, func() { w.verdict <- c.interrupt(w) })
}

// end is called when the process has ended.
func (w *watch) end() verdict {
	if w.stop() {
		return verdict{}
	}
	close(w.ended)
	return <-w.verdict
}

// interrupt asks the process to end, and if it does not within WaitDelay, ends it
// and the copying.
func (c *Cmd) interrupt(w *watch) verdict {
	var err error
	if c.Cancel != nil {
		switch e := c.Cancel(); {
		case e == nil:
			err = c.ctx.Err() // whatever the process does now may be due to it
		case !errors.Is(e, os.ErrProcessDone):
			err = fmt.Errorf("exec: canceling Cmd: %w", e)
		}
	}
	if c.WaitDelay == 0 {
		return verdict{err: err}
	}
	delay := time.NewTimer(c.WaitDelay)
	select {
	case <-w.ended:
		return verdict{err, delay}
	case <-delay.C:
	}
	killed := false
	switch e := c.kill(); {
	case e == nil:
		killed = true // Wait will see that
	case !errors.Is(e, os.ErrProcessDone):
		err = fmt.Errorf("exec: killing Cmd: %w", e)
	}
	s := c.streams
	if s == nil || s.done == nil {
		return verdict{err: err}
	}
	if !s.isDone() {
		// Behind the signal, lest the process die of a closed pipe instead.
		s.closeOurs()
		<-s.done
		if err == nil {
			err = ErrWaitDelay
		}
	} else if err == nil && !killed {
		err = s.result()
	}
	return verdict{err: err}
}
