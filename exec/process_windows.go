package exec

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/job"
	"golang.org/x/sys/windows"
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
	raw, err := applyAttributes(&p, c.SysProcAttr)
	if err != nil {
		return nil, refuse(err)
	}
	var tree *job.Job
	if c.KillTree {
		if tree, err = job.Create("", nil); err != nil {
			return nil, refuse(err)
		}
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.JobList(tree))
	}
	info, err := engine.Create(&p, raw)
	runtime.KeepAlive(c.SysProcAttr)
	if err != nil {
		tree.Close()
		return nil, refuse(err)
	}
	pi := info.(*createprocess.ProcessInformation)
	pi.Thread.Close()
	process := newProcess(pi.Process)
	process.tree = tree
	return process, nil
}

// applyAttributes puts sys into p, and what p has no place for into raw. A field
// that a later Go adds is none of these: a test finds it.
func applyAttributes(p *createprocess.Params, sys *syscall.SysProcAttr) (raw engine.Raw, err error) {
	if sys == nil {
		return raw, nil
	}
	p.CreationFlags = createprocess.CreationFlags(sys.CreationFlags)
	if sys.CmdLine != "" {
		p.Args, p.CommandLine = nil, sys.CmdLine
	}
	if sys.HideWindow {
		p.StartupInfo.Flags |= createprocess.STARTF_USESHOWWINDOW // and ShowWindow is SW_HIDE, 0
	}
	if p.ProcessAttributes, err = securityAttributes("ProcessAttributes", sys.ProcessAttributes); err != nil {
		return raw, err
	}
	if p.ThreadAttributes, err = securityAttributes("ThreadAttributes", sys.ThreadAttributes); err != nil {
		return raw, err
	}
	raw = engine.Raw{Token: windows.Token(sys.Token), Parent: windows.Handle(sys.ParentProcess), Nothing: sys.NoInheritHandles}
	for _, h := range sys.AdditionalInheritedHandles {
		raw.Handles = append(raw.Handles, windows.Handle(h))
	}
	return raw, nil
}

// securityAttributes copies the descriptor, which may be an absolute one.
func securityAttributes(field string, from *syscall.SecurityAttributes) (*createprocess.SecurityAttributes, error) {
	if from == nil {
		return nil, nil
	}
	sa := &createprocess.SecurityAttributes{InheritHandle: from.InheritHandle != 0}
	if from.SecurityDescriptor == 0 {
		return sa, nil
	}
	sd := *(**windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&from.SecurityDescriptor))
	err := error(windows.ERROR_INVALID_SECURITY_DESCR)
	if sd.IsValid() {
		var control windows.SECURITY_DESCRIPTOR_CONTROL
		if control, _, err = sd.Control(); err == nil && control&windows.SE_SELF_RELATIVE == 0 {
			sd, err = sd.ToSelfRelative()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("SysProcAttr.%s: %w", field, err)
	}
	sa.SecurityDescriptor = bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length()))
	return sa, nil
}

// defaultEnvironment is that of the user that the process is to run as.
func defaultEnvironment(sys *syscall.SysProcAttr) ([]string, error) {
	if sys == nil || sys.Token == 0 {
		return os.Environ(), nil
	}
	return windows.Token(sys.Token).Environ(false)
}

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

// WithHandle calls f with a handle to the process, which is good until f returns.
func (p *Process) WithHandle(f func(handle uintptr)) error {
	if err := p.use(); err != nil {
		return err
	}
	return p.handle.WithSystemHandle("WithHandle", 0, func(handle uintptr) error {
		f(handle)
		return nil
	})
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
