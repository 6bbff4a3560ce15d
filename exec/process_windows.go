package exec

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

var (
	errDone    = os.ErrProcessDone
	errNoChild = os.ErrProcessDone // what os has there
)

// ProcessState is how a process has ended.
type ProcessState struct {
	pid        int
	status     syscall.WaitStatus
	usage      *syscall.Rusage
	peakMemory uint64
}

// startProcess makes the process, by the root package.
func (c *Cmd) startProcess(files []*os.File) (*Process, error) {
	refuse := func(err error) error { return &fs.PathError{Op: "fork/exec", Path: c.Path, Err: err} }
	path, err := withExtension(c.Path, c.Dir)
	if err != nil {
		return nil, err
	}
	env, err := c.environment()
	if err != nil {
		return nil, err
	}
	if len(files) > 3 {
		return nil, refuse(syscall.EWINDOWS)
	}
	for i, f := range files {
		if f == nullDevice {
			files[i] = nil
		}
	}
	p := createprocess.Params{
		ApplicationName:  inDirectory(path, c.Dir),
		Args:             c.argv(),
		Environment:      env,
		CurrentDirectory: c.Dir,
	}
	p.StartupInfo.UseStdHandles(files[0], files[1], files[2])
	if err := applyAttributes(&p, c.SysProcAttr); err != nil {
		return nil, refuse(err)
	}
	var tree *job.Job
	if c.KillTree {
		if tree, err = job.Create("", nil); err != nil {
			return nil, refuse(err)
		}
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.JobList(tree))
	}
	pi, err := createprocess.CreateProcess(p)
	if err != nil {
		tree.Close()
		return nil, refuse(err)
	}
	pi.Thread.Close()
	process := newProcess(pi.Process)
	process.tree = tree
	return process, nil
}

// applyAttributes honours what the root package can do of sys, and refuses the
// rest by name.
func applyAttributes(p *createprocess.Params, sys *syscall.SysProcAttr) error {
	if sys == nil {
		return nil
	}
	for _, f := range []struct {
		set  bool
		name string
	}{
		{sys.Token != 0, "Token"},
		{sys.ProcessAttributes != nil, "ProcessAttributes"},
		{sys.ThreadAttributes != nil, "ThreadAttributes"},
		{sys.NoInheritHandles, "NoInheritHandles"},
		{len(sys.AdditionalInheritedHandles) > 0, "AdditionalInheritedHandles"},
		{sys.ParentProcess != 0, "ParentProcess"},
	} {
		if f.set {
			return errors.New("SysProcAttr." + f.name + ": not supported by this version")
		}
	}
	p.CreationFlags = createprocess.CreationFlags(sys.CreationFlags)
	if sys.CmdLine != "" {
		p.Args, p.CommandLine = nil, sys.CmdLine
	}
	if sys.HideWindow {
		p.StartupInfo.Flags |= createprocess.STARTF_USESHOWWINDOW // and ShowWindow is SW_HIDE, 0
	}
	return nil
}

func defaultEnvironment(sys *syscall.SysProcAttr) ([]string, error) { return os.Environ(), nil }

func (p *Process) wait() (*ProcessState, error) {
	code, err := p.handle.Wait(context.Background())
	if err != nil {
		return nil, os.NewSyscallError("WaitForSingleObject", err)
	}
	s := &ProcessState{pid: p.handle.ID(), status: syscall.WaitStatus{ExitCode: code}, usage: new(syscall.Rusage)}
	if times, err := p.handle.Times(); err == nil {
		s.usage.CreationTime = syscall.NsecToFiletime(times.Creation.UnixNano())
		s.usage.ExitTime = syscall.NsecToFiletime(times.Exit.UnixNano())
		s.usage.KernelTime = filetime(times.Kernel)
		s.usage.UserTime = filetime(times.User)
	}
	if used, err := p.handle.Resources(); err == nil {
		s.peakMemory = used.PeakMemory
	}
	switch p.end(waited) {
	case waited:
		return nil, errNoChild
	case released:
		return nil, errReleased
	}
	return s, nil
}

// filetime is a duration in units of 100 ns.
func filetime(d time.Duration) syscall.Filetime {
	n := d.Nanoseconds() / 100
	return syscall.Filetime{HighDateTime: uint32(n >> 32), LowDateTime: uint32(n)}
}

func duration(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// Signal ends the process if sig is os.Kill. Windows has no other signals:
// syscall.EWINDOWS. A process that has ended is os.ErrProcessDone.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.use(); err != nil {
		return err
	}
	if sig != os.Kill {
		return syscall.EWINDOWS
	}
	err := p.handle.Terminate(1)
	if err != nil {
		if ended, e := p.handle.Exited(); e == nil && ended {
			return os.ErrProcessDone
		}
	}
	return err
}

func (p *Process) killTree() error {
	if err := p.use(); err != nil {
		return err
	}
	if ended, err := p.handle.Exited(); err == nil && ended {
		return os.ErrProcessDone
	}
	return p.endTree()
}

// WithHandle fails with os.ErrNoHandle: the root package keeps its handles to
// itself.
func (p *Process) WithHandle(f func(handle uintptr)) error {
	if err := p.use(); err != nil {
		return err
	}
	return os.ErrNoHandle
}

func (p *Process) release() error {
	if p.end(released) == released {
		return syscall.EINVAL // the second time, as os does on Windows
	}
	return nil
}

// String is "exit status 1", or from 0x10000 on in hexadecimal.
func (s *ProcessState) String() string {
	switch {
	case s == nil:
		return "<nil>"
	case s.status.ExitCode >= 1<<16:
		return "exit status 0x" + strconv.FormatUint(uint64(s.status.ExitCode), 16)
	}
	return "exit status " + strconv.Itoa(s.status.ExitStatus())
}

func (s *ProcessState) systemTime() time.Duration { return duration(s.usage.KernelTime) }

func (s *ProcessState) userTime() time.Duration { return duration(s.usage.UserTime) }
