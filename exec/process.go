package exec

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/tree"
	"github.com/seed-f798aa80/createprocess/job"
)

// Process is a process that Start has made. It has the methods of an
// [os.Process], and Handle for what that has not.
type Process struct {
	Pid int // the process's number; on Unix -1 after Release

	handle *createprocess.Process
	tree   *job.Job // that it was started in; nil without Cmd.KillTree
	mu     sync.Mutex
	state  processState

	// killing is read-locked by KillTree, which needs handle and tree until the
	// last process has ended, and not only until the first has.
	killing sync.RWMutex
}

type processState uint8

const (
	running  processState = iota
	waited                // Wait has returned its end
	released              // Release has been called
)

var (
	errReleased = errors.New("os: process already released")
	errInvalid  = errors.New("os: process not initialized")
)

func newProcess(handle *createprocess.Process) *Process {
	return &Process{Pid: handle.ID(), handle: handle}
}

// use is nil while the process can be signaled and waited for.
func (p *Process) use() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.handle == nil:
		return errInvalid
	case p.state == waited:
		return errDone
	case p.state == released:
		return errReleased
	}
	return nil
}

// end makes a running process one of state, and closes the handle. It tells
// what it was before.
func (p *Process) end(state processState) (before processState) {
	p.mu.Lock()
	before = p.state
	if before == running {
		p.state = state
	}
	p.mu.Unlock()
	if before == running {
		p.killing.Lock()
		defer p.killing.Unlock()
		if p.handle != nil {
			p.handle.Close()
		}
		if p.tree != nil {
			p.tree.Close()
		}
	}
	return before
}

// Handle is the root package's handle to the process, for all that it can do
// and os/exec cannot: wait for many, with a timeout, or by a callback; times and
// memory while it runs; priority; suspension. It is the Process's own, which Wait
// and Release close: duplicate it to keep it.
func (p *Process) Handle() *createprocess.Process { return p.handle }

// OnExit has f called when the process has ended. It costs no goroutine while
// the process runs; f runs on one of a few that callbacks share. It is called
// once, also if the process has ended already, and does not take the place of
// Wait. Unregister of the result takes the registration back.
func (p *Process) OnExit(f func()) (*createprocess.RegisteredWait, error) {
	if err := p.use(); err != nil {
		return nil, err
	}
	return createprocess.RegisterWaitForSingleObject(p.handle, createprocess.INFINITE,
		createprocess.WT_EXECUTEONLYONCE, func(bool) { f() })
}

// Kill ends the process at once, and not what it has started. It does not wait
// for the end. A process that has ended is os.ErrProcessDone.
func (p *Process) Kill() error { return p.Signal(syscall.SIGKILL) }

// KillTree ends the process and all that it has started, and returns when they
// have ended. With Cmd.KillTree it has been started in a job, which says what is
// found (docs/job.md); without, what has lost its own parent before is not found.
// A process that has ended is os.ErrProcessDone.
func (p *Process) KillTree() error {
	p.killing.RLock()
	defer p.killing.RUnlock()
	return p.killTree()
}

func (p *Process) endTree() error {
	if p.tree == nil {
		return tree.Kill(p.handle.ID())
	}
	if err := p.tree.Terminate(1); err != nil {
		return err
	}
	return p.tree.Wait(context.Background())
}

// Release gives up what belongs to the process, for those who will not Wait.
// The process goes on, and is no zombie when it ends.
func (p *Process) Release() error { return p.release() }

// Wait waits until the process has ended, and tells how. It can be called once,
// and not if Cmd.Wait is: that calls it.
func (p *Process) Wait() (*ProcessState, error) {
	switch err := p.use(); err {
	case nil:
		return p.wait()
	case errDone:
		return nil, errNoChild
	default:
		return nil, err
	}
}

// Exited tells whether the process has ended by itself. On Unix that is false
// if a signal has ended it.
func (s *ProcessState) Exited() bool { return s.status.Exited() }

// ExitCode is the exit code; -1 if a signal has ended the process, or if there is none.
func (s *ProcessState) ExitCode() int {
	if s == nil {
		return -1
	}
	return s.status.ExitStatus()
}

// Success tells whether the exit code is 0.
func (s *ProcessState) Success() bool { return s.ExitCode() == 0 }

// Pid is the number that the process had.
func (s *ProcessState) Pid() int { return s.pid }

// Sys is how the process ended, as the system says it: a syscall.WaitStatus.
func (s *ProcessState) Sys() any { return s.status }

// SysUsage is what the process has used, as the system says it: a
// *syscall.Rusage. On Unix it is all zero if another part of the program has
// collected the process, and its figures with it.
func (s *ProcessState) SysUsage() any { return s.usage }

// SystemTime is the processor time that was spent in the kernel, by the process
// and by those of its children that it has waited for.
func (s *ProcessState) SystemTime() time.Duration { return s.systemTime() }

// UserTime is the processor time that was spent in the program itself, of the
// same processes.
func (s *ProcessState) UserTime() time.Duration { return s.userTime() }

// PeakMemory is the most physical memory that the process had at one time, in
// bytes; 0 if that is not known. On Linux it is never below what this program
// had when it made the process (see createprocess.Resources).
func (s *ProcessState) PeakMemory() uint64 { return s.peakMemory }
