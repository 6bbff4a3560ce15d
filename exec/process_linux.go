package exec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/job"
	"golang.org/x/sys/unix"
)

var (
	errDone    = os.ErrProcessDone
	errNoChild = os.NewSyscallError("wait", syscall.ECHILD)
)

// ProcessState is how a process has ended.
type ProcessState struct {
	pid        int
	status     syscall.WaitStatus
	usage      *syscall.Rusage
	peakMemory uint64
}

// startProcess makes the process. What fails is an *fs.PathError, as
// os.StartProcess has it.
func (c *Cmd) startProcess(files []*os.File) (*Process, error) {
	refuse := func(err error) error { return &fs.PathError{Op: "fork/exec", Path: c.Path, Err: err} }
	r := spawn.Request{Path: c.Path, Argv: spawn.NewStrings(c.argv()), Dir: c.Dir, Sys: c.SysProcAttr}
	if r.Sys != nil {
		if err := checkAttributes(r.Sys, len(files)); err != nil {
			return nil, refuse(err)
		}
		if hasNUL(r.Sys.Chroot) {
			return nil, refuse(syscall.EINVAL)
		}
	}
	if hasNUL(c.Path) || hasNUL(c.Dir) || slices.ContainsFunc(c.Args, hasNUL) {
		return nil, refuse(syscall.EINVAL)
	}
	var err error
	if r.Envv, err = c.laidOutEnvironment(); err != nil {
		return nil, err
	}
	r.Files = make([]spawn.File, 0, len(files))
	for i, f := range files {
		if f == nullDevice {
			r.Files = append(r.Files, spawn.File{Source: spawn.Null, Target: i})
		} else if fd := f.Fd(); fd != ^uintptr(0) { // else it is closed, and so it is in the child
			r.Files = append(r.Files, spawn.File{Source: int(fd), Target: i})
		}
	}
	started := func(int) {}
	var tree *job.Job
	if c.KillTree {
		if tree, started, err = enterJob(&r); err != nil {
			return nil, startError(c.Path, err)
		}
	}
	process, err := engine.Start(&r)
	runtime.KeepAlive(files)
	if err != nil {
		started(0)
		tree.Close()
		return nil, startError(c.Path, err)
	}
	p := newProcess(process.(*createprocess.Process))
	started(p.Pid)
	p.tree = tree
	return p, nil
}

// enterJob makes the job that Process.KillTree ends. Without one, since there may
// be none here or the caller has a cgroup for the process, it looks for the tree.
func enterJob(r *spawn.Request) (j *job.Job, started func(pid int), err error) {
	none := func(int) {}
	if r.Sys != nil && (r.Sys.UseCgroupFD || r.Sys.Ptrace) {
		return nil, none, nil
	}
	if j, err = job.Create("", nil); err != nil {
		return nil, none, nil
	}
	entry, err := job.Enter(r, []*job.Job{j}, false)
	if err != nil {
		j.Close()
		return nil, none, err
	}
	return j, entry.Done, nil
}

func hasNUL(s string) bool { return strings.IndexByte(s, 0) >= 0 }

// checkAttributes refuses what contradicts itself, by name.
func checkAttributes(sys *syscall.SysProcAttr, files int) error {
	switch {
	case sys.Setctty && sys.Foreground:
		return errors.New("SysProcAttr: both Setctty and Foreground set")
	case sys.Setctty && (sys.Ctty < 0 || sys.Ctty >= files):
		return errors.New("SysProcAttr.Setctty: Ctty " + strconv.Itoa(sys.Ctty) + " is no descriptor of the child")
	case sys.Setsid && sys.Foreground:
		// A new session has no terminal yet, and no group but its leader's.
		return errors.New("SysProcAttr: both Setsid and Foreground set")
	case sys.Setsid && sys.Setpgid:
		return errors.New("SysProcAttr: both Setsid and Setpgid set")
	}
	return nil
}

// startError is err as os/exec's users know it. That the image, or the
// directory, is missing or may not be used is said by the operation and the
// path; everything else keeps its own words.
func startError(path string, err error) error {
	var e *createprocess.Error
	if !errors.As(err, &e) {
		return &fs.PathError{Op: "fork/exec", Path: path, Err: err}
	}
	var errno syscall.Errno
	if errors.As(e.Err, &errno) {
		switch {
		case e.Op == "chdir":
			return &fs.PathError{Op: e.Op, Path: e.Object, Err: errno}
		case (e.Op == "open" || e.Op == "exec") && strings.HasSuffix(e.Object, path):
			return &fs.PathError{Op: "fork/exec", Path: path, Err: errno}
		}
	}
	return &fs.PathError{Op: "fork/exec", Path: path, Err: e}
}

// own is this program's environment, laid out for execve. It is made again when
// it has changed; to see that it has not is cheap, because the strings are the
// same ones.
var own atomic.Pointer[ownEnvironment]

type ownEnvironment struct {
	list []string
	envv *spawn.Strings
}

func (c *Cmd) laidOutEnvironment() (*spawn.Strings, error) {
	if c.Env != nil || c.Dir != "" {
		env, err := c.environment()
		if err != nil {
			return nil, err
		}
		return spawn.NewStrings(env), nil
	}
	list := os.Environ()
	if last := own.Load(); last != nil && slices.Equal(last.list, list) {
		return last.envv, nil
	}
	env, err := dedup(list, false)
	if err != nil {
		return nil, err
	}
	now := &ownEnvironment{list, spawn.NewStrings(env)}
	own.Store(now)
	return now.envv, nil
}

func defaultEnvironment(*syscall.SysProcAttr) ([]string, error) { return os.Environ(), nil }

func (p *Process) wait() (*ProcessState, error) {
	end, usage, err := engine.Wait(p.handle)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoChild, err)
	}
	// Of several waits that were under way one has the end.
	switch p.end(waited) {
	case waited:
		return nil, errNoChild
	case released:
		return nil, errReleased
	}
	status := syscall.WaitStatus(end.Code << 8)
	if end.Signal != 0 {
		status = syscall.WaitStatus(end.Signal)
		if end.Core {
			status |= 0x80
		}
	}
	return &ProcessState{
		pid:    p.handle.ID(),
		status: status,
		usage: &syscall.Rusage{
			Utime: syscall.Timeval(usage.Utime), Stime: syscall.Timeval(usage.Stime),
			Maxrss: usage.Maxrss, Ixrss: usage.Ixrss, Idrss: usage.Idrss, Isrss: usage.Isrss,
			Minflt: usage.Minflt, Majflt: usage.Majflt, Nswap: usage.Nswap,
			Inblock: usage.Inblock, Oublock: usage.Oublock,
			Msgsnd: usage.Msgsnd, Msgrcv: usage.Msgrcv,
			Nsignals: usage.Nsignals, Nvcsw: usage.Nvcsw, Nivcsw: usage.Nivcsw,
		},
		peakMemory: uint64(usage.Maxrss) << 10,
	}, nil
}

// Signal sends a signal. A process that has ended is os.ErrProcessDone, whether
// it has been waited for or not.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.use(); err != nil {
		return err
	}
	s, ok := sig.(syscall.Signal)
	if !ok {
		return errors.New("os: unsupported signal type")
	}
	return engine.Signal(p.handle, s)
}

func (p *Process) killTree() error {
	// A stopped process does not end, so that its number stays its own.
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := p.endTree()
	if err != nil {
		p.Signal(syscall.SIGKILL) // at least it
	}
	return err
}

// WithHandle calls f with a pidfd of the process, which is good until f
// returns. It fails with os.ErrNoHandle where the system has none, and with
// os.ErrProcessDone if the process has ended.
func (p *Process) WithHandle(f func(handle uintptr)) error {
	if err := p.use(); err != nil {
		return err
	}
	fd, err := engine.Pidfd(p.handle)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	f(uintptr(fd))
	return nil
}

// release makes Pid -1, as os does on Unix.
func (p *Process) release() error {
	p.Pid = -1
	p.end(released)
	return nil
}

// String is "exit status 1", "signal: killed (core dumped)" and the like.
func (s *ProcessState) String() string {
	switch {
	case s == nil:
		return "<nil>"
	case !s.status.Signaled():
		return "exit status " + strconv.Itoa(s.status.ExitStatus())
	case s.status.CoreDump():
		return "signal: " + s.status.Signal().String() + " (core dumped)"
	}
	return "signal: " + s.status.Signal().String()
}

func (s *ProcessState) systemTime() time.Duration { return time.Duration(s.usage.Stime.Nano()) }

func (s *ProcessState) userTime() time.Duration { return time.Duration(s.usage.Utime.Nano()) }
