//go:build linux

package spawn

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// forkExecs lets one fallback spawn run at a time: see closeOthers.
var forkExecs sync.Mutex

// startForkExec makes the child by syscall.ForkExec. What our own child does
// for itself is done in the creator here, as far as that goes: a signal that
// the creator ignores stays ignored in the child, SIGPIPE too, a descriptor
// that another thread opens without O_CLOEXEC while we are here is handed on,
// and so is a file that is only passing.
func startForkExec(r *Request) (Child, *Error) {
	forkExecs.Lock()
	defer forkExecs.Unlock()
	files, null, err := forkExecFiles(r.Files)
	if null != nil {
		defer null.Close()
	}
	if err != nil {
		return Child{}, err
	}
	for step := StepClone; step <= StepExec; step++ {
		if f, ok := faultAt(step); ok && step != StepNull && step != StepCgroup && r.takes(step) {
			return Child{}, &Error{Step: step, Object: r.special(step), Errno: f}
		}
	}
	switch {
	case r.NoExecGain:
		return Child{}, &Error{Step: StepNoExecGain, Errno: syscall.ENOTSUP}
	case r.Filter != nil:
		return Child{}, &Error{Step: StepFilter, Errno: syscall.ENOTSUP}
	}
	defer closeOthers()()
	plain := len(r.Limits) == 0 && r.Cgroup == nil
	if r.User == nil && r.Nice == nil && r.Affinity == nil && !r.NoNewPrivs && !r.RandomLayout && !r.Suspended && plain {
		return forkExec(r, files, false, false)
	}
	// What syscall.ForkExec cannot give to the child a thread takes on that
	// hands it on, and ends.
	var c Child
	OnThreadOfItsOwn(func() {
		err = r.takeOn()
		switch {
		case err != nil:
		case plain:
			c, err = forkExec(r, files, false, r.Suspended)
		default:
			c, err = forkExecOutside(r, files)
		}
	})
	return c, err
}

// OnThreadOfItsOwn calls f on a thread that ends when f returns. The main
// thread would not: it is kept for good, with whatever has been done to it.
func OnThreadOfItsOwn(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			OnThreadOfItsOwn(f) // while this goroutine keeps the main thread
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

// takes tells whether the step is one of this request.
func (r *Request) takes(step Step) bool {
	switch step {
	case StepForeground, StepRoot, StepDeathSignal, StepNoTerminal, StepAttributes:
		return sysTakes(r.Sys, step)
	case StepBounding, StepGroups, StepGID, StepUID, StepCapabilities,
		StepVerifyGroups, StepVerifyGID, StepVerifyUID, StepVerifyRoot:
		return r.user().takes(step)
	case StepPriority:
		return false // its failure is no failure
	case StepAffinity:
		return r.Affinity != nil
	case StepNoNewPrivs:
		return r.NoNewPrivs || r.Filter != nil
	case StepNoExecGain:
		return r.NoExecGain
	case StepPersonality:
		return r.RandomLayout
	case StepTrace:
		return r.Suspended || sysTakes(r.Sys, step)
	case StepFilter:
		return r.Filter != nil
	}
	return true
}

// takeOn makes this thread what the child is to be.
func (r *Request) takeOn() *Error {
	for _, nice := range r.Nice {
		unix.Setpriority(unix.PRIO_PROCESS, 0, nice)
	}
	if r.Affinity != nil {
		if err := unix.SchedSetaffinity(0, r.Affinity); err != nil {
			return &Error{Step: StepAffinity, Errno: err.(syscall.Errno)}
		}
	}
	if r.User != nil {
		if err := r.User.takeOn(); err != nil {
			return err
		}
	}
	if r.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return &Error{Step: StepNoNewPrivs, Errno: err.(syscall.Errno)}
		}
	}
	if r.RandomLayout {
		if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, randomLayout(), 0, 0); errno != 0 {
			return &Error{Step: StepPersonality, Errno: errno}
		}
	}
	return nil
}

// forkExec makes the child, in r's cgroup if the kernel is to do that, and leaves
// it stopped if it is to be.
func forkExec(r *Request, files []uintptr, intoCgroup, stopped bool) (Child, *Error) {
	pidfd := -1
	hold := stopped || r.User != nil
	sys := &syscall.SysProcAttr{Setsid: r.Session, Setpgid: r.Group && !r.Session, PidFD: &pidfd}
	if u := r.User; u != nil && u.SetIDs {
		sys.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups, NoSetGroups: !u.SetGroups}
	}
	if r.Sys != nil {
		sys = new(syscall.SysProcAttr)
		*sys = *r.Sys
		sys.PidFD = &pidfd
	}
	sys.Ptrace = sys.Ptrace || hold
	if intoCgroup {
		sys.UseCgroupFD, sys.CgroupFD = true, int(r.Cgroup.Fd())
	}
	if terminal := r.terminal(); terminal >= 0 {
		sys.Setsid, sys.Setpgid, sys.Setctty, sys.Ctty = true, false, true, terminal
	}
	pid, e := syscall.ForkExec(r.Path, r.Argv.list, &syscall.ProcAttr{
		Dir:   r.Dir,
		Env:   r.Envv.list,
		Files: files,
		Sys:   sys,
	})
	if e != nil {
		errno, _ := e.(syscall.Errno)
		if intoCgroup && slices.Contains(cgroupErrnos, errno) {
			return Child{}, &Error{StepCgroup, r.Cgroup.Name(), errno}
		}
		return Child{}, diagnose(r, errno)
	}
	if hold {
		stop(pid)
	}
	if r.User != nil {
		if err := r.User.verify(pid); err != nil {
			kill(pid)
			if pidfd >= 0 {
				unix.Close(pidfd)
			}
			return Child{}, err
		}
		if !stopped {
			syscall.Kill(pid, syscall.SIGCONT)
		}
	}
	return Child{PID: pid, Pidfd: pidfd}, nil
}

// cgroupErrnos are what fork and exec do not fail with, but for the cgroup: it is
// refused as a whole, it may have no processes, it has been removed.
var cgroupErrnos = []syscall.Errno{syscall.ENOSYS, syscall.EPERM, syscall.EBUSY, syscall.ENODEV, syscall.EOPNOTSUPP}

// forkExecFiles makes the list that syscall.ForkExec takes, indexed by target.
func forkExecFiles(list []File) (files []uintptr, null *os.File, err *Error) {
	const none = ^uintptr(0)
	for _, f := range list {
		if f.Target < 0 || f.Source < Null {
			return nil, null, &Error{StepFiles, f.String(), syscall.EINVAL}
		}
		for len(files) <= f.Target {
			files = append(files, none)
		}
		if files[f.Target] != none {
			return nil, null, &Error{StepFiles, f.String(), syscall.EINVAL}
		}
		if _, errno := f.look(); errno != 0 {
			return nil, null, &Error{StepFiles, f.String(), errno}
		}
		if f.Source != Null {
			files[f.Target] = uintptr(f.Source)
			continue
		}
		if null == nil {
			fd, e := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
			if fault, ok := faultAt(StepNull); ok {
				unix.Close(fd)
				e = fault
			}
			if e != nil {
				return nil, nil, &Error{StepNull, f.String(), e.(syscall.Errno)}
			}
			null = os.NewFile(uintptr(fd), "/dev/null")
		}
		files[f.Target] = null.Fd()
	}
	return files, null, nil
}

// closeOthers sets close-on-exec on every descriptor of the creator that has
// it not, so that none reaches the child unlisted, and returns what takes that
// back.
func closeOthers() (restore func()) {
	var changed []uintptr
	names, _ := os.ReadDir("/proc/self/fd")
	for _, name := range names {
		fd, err := strconv.Atoi(name.Name())
		if err != nil || fd <= 2 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		unix.CloseOnExec(fd)
		changed = append(changed, uintptr(fd))
	}
	return func() {
		for _, fd := range changed {
			unix.FcntlInt(fd, unix.F_SETFD, 0)
		}
	}
}

// diagnose finds the step that failed, which syscall.ForkExec does not tell,
// by looking at the same things again.
func diagnose(r *Request, errno syscall.Errno) *Error {
	switch errno {
	case syscall.EAGAIN, syscall.EMFILE, syscall.ENFILE:
		return &Error{Step: StepClone, Errno: errno}
	case syscall.ENOTTY:
		if r.Sys != nil && r.Sys.Foreground {
			return &Error{StepForeground, "descriptor " + strconv.Itoa(r.Sys.Ctty), errno}
		}
		if r.Sys != nil && r.Sys.Setctty {
			return &Error{StepTerminal, "descriptor " + strconv.Itoa(r.Sys.Ctty), errno}
		}
		for _, f := range r.Files {
			if f.Terminal {
				return &Error{StepTerminal, f.String(), errno}
			}
		}
	}
	// A root directory of the child's own is where the other paths begin.
	root := ""
	if r.Sys != nil && r.Sys.Chroot != "" {
		root = r.Sys.Chroot + "/"
		if fails(root, errno) {
			return &Error{StepRoot, r.Sys.Chroot, errno}
		}
	}
	switch {
	case r.Dir != "" && r.fails(root+r.Dir+"/", errno):
		return &Error{StepDirectory, r.Dir, errno}
	case len(forkExecOnly(r.Sys)) > 0 && !fails(root+r.Path, errno):
		return &Error{StepAttributes, attributes(r.Sys), errno}
	case r.user().takes(StepUID) && errno == syscall.EPERM:
		return &Error{StepUID, r.user().object(StepUID), errno}
	}
	return &Error{StepExec, r.Path, errno}
}

// fails tells whether path cannot be entered, or executed, for that reason.
func fails(path string, errno syscall.Errno) bool {
	return unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) == errno
}

// fails is fails for who the child was to be.
func (r *Request) fails(path string, errno syscall.Errno) (is bool) {
	if r.User == nil || r.User.AsUser(func() { is = fails(path, errno) }) != nil {
		return fails(path, errno)
	}
	return is
}

// special is what an error of the step is about, as far as Sys says.
func (r *Request) special(step Step) string {
	switch step {
	case StepRoot:
		return r.Sys.Chroot
	case StepAttributes:
		return attributes(r.Sys)
	case StepGID, StepUID, StepVerifyGID, StepVerifyUID:
		return r.user().object(step)
	}
	return ""
}
