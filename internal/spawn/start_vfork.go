//go:build linux && (amd64 || arm64)

package spawn

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const bestBackend = Clone3

// children are reused, with the lists that they hold: a spawn allocates
// nothing here but the path.
var children = sync.Pool{New: func() any { return new(child) }}

func startVfork(r *Request, b Backend) (Child, *Error) {
	c := children.Get().(*child)
	defer c.release()
	c.report = &c.here
	if r.Cgroup != nil {
		if err := c.planCgroup(r, b); err != nil {
			return Child{}, err
		}
		defer c.closeCgroup()
	}
	if err := c.plan(r); err != nil {
		return Child{}, err
	}
	if r.NoExecGain {
		if err := c.separate(); err != nil {
			return Child{}, err
		}
		defer c.unmap()
	}
	if r.Suspended {
		// Only the thread that is traced for may let the child go.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	if f, ok := faultAt(StepClone); ok {
		return Child{}, &Error{Step: StepClone, Errno: f}
	}
	begin := time.Since(epoch)
	c.keepP = r.isWarm(begin)
	// With another root the path is not what it was elsewhere, and another user's
	// image may be on a file system of that user's own, who could make us wait.
	if r.User != nil || r.Sys != nil && r.Sys.Chroot != "" {
		c.keepP = false
	}
	pid := c.clone(b)
	r.remember(begin, time.Since(epoch))
	runtime.KeepAlive(r)
	if pid < 0 {
		e := &Error{Step: StepClone, Errno: syscall.Errno(-pid)}
		if c.cgroup != nil {
			e.Object = c.cgroup.Name()
		}
		return Child{}, e
	}
	if c.report.failed == 0 {
		if r.Suspended {
			stop(pid)
		}
		return Child{PID: pid, Pidfd: int(c.pidfd)}, nil
	}
	collect(int(c.pidfd))
	o := &c.ops[c.report.failed-1]
	if o.step == StepFetch && !fetchRefused.Load() {
		// Whatever it was, one copied table is cheaper than to be asked again.
		fetchRefused.Store(true)
		return startVfork(r, b)
	}
	return Child{}, &Error{o.step, c.object(o, r), syscall.Errno(c.report.errno)}
}

// clone makes the child. Its exit signal is none until it has executed its
// image (the kernel makes it SIGCHLD then): a child that fails before that has
// never been, for the creator's signal handlers and its other calls of wait.
func (c *child) clone(b Backend) int {
	flags := uintptr(unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_FILES | unix.CLONE_PIDFD)
	if c.report != &c.here {
		flags &^= unix.CLONE_VM
	}
	pidfd := uintptr(unsafe.Pointer(&c.pidfd))
	if b == Clone {
		c.clearHandlers = true
		return c.fork(unix.SYS_CLONE, flags, 0, pidfd, 0, 0)
	}
	c.args = cloneArgs{flags: uint64(flags) | unix.CLONE_CLEAR_SIGHAND, pidfd: uint64(pidfd)}
	if c.cgroup != nil {
		c.args.flags |= unix.CLONE_INTO_CGROUP
		c.args.cgroup = uint64(c.cgroup.Fd())
	}
	return c.fork(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&c.args)), unsafe.Sizeof(c.args), 0, 0, 0)
}

// planCgroup has the child made in its cgroup, or, where the kernel does not
// do that, move there first of all: by a write to a descriptor that the creator
// keeps open for it.
func (c *child) planCgroup(r *Request, b Backend) *Error {
	if f, ok := faultAt(StepCgroup); ok {
		return &Error{StepCgroup, r.Cgroup.Name(), f}
	}
	if b == Clone3 {
		c.cgroup = r.Cgroup
		return nil
	}
	fd, err := unix.Openat(int(r.Cgroup.Fd()), "cgroup.procs", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &Error{StepCgroup, r.Cgroup.Name(), err.(syscall.Errno)}
	}
	c.procs = os.NewFile(uintptr(fd), r.Cgroup.Name())
	c.add(op{step: StepCgroup, nr: unix.SYS_WRITE, arg: [4]uintptr{uintptr(fd), uintptr(unsafe.Pointer(&itself)), 1}})
	return nil
}

func (c *child) closeCgroup() {
	if c.procs != nil {
		c.procs.Close()
	}
}

// itself is what cgroup.procs takes for the process that writes it.
var itself = [1]byte{'0'}

// separate gives the child memory of its own, a copy of the creator's, but for
// the report: what PR_SET_MDWE does to memory it would do to the creator's.
func (c *child) separate() *Error {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
	if err != nil {
		return &Error{Step: StepClone, Errno: err.(syscall.Errno)}
	}
	c.page, c.report = page, (*report)(unsafe.Pointer(&page[0]))
	return nil
}

func (c *child) unmap() { unix.Munmap(c.page) }

// plan fills in what the child has to do, in this order.
func (c *child) plan(r *Request) *Error {
	files, foreground := r.Files, 0
	if r.Sys != nil && r.Sys.Foreground {
		files, foreground = withForeground(files, r.Sys)
	}
	if err := c.planFiles(files); err != nil {
		return err
	}
	if r.Suspended || r.Sys != nil {
		c.self = uintptr(os.Getpid())
	}
	terminal := slices.IndexFunc(c.files, func(f handedOn) bool { return f.Terminal })
	switch {
	case r.Session, terminal >= 0:
		c.add(op{step: StepSession, nr: unix.SYS_SETSID})
	case r.Group:
		c.add(op{step: StepGroup, nr: unix.SYS_SETPGID})
	}
	if terminal >= 0 {
		c.add(op{step: StepTerminal, file: terminal, nr: unix.SYS_IOCTL,
			arg: [4]uintptr{uintptr(c.files[terminal].Target), unix.TIOCSCTTY}})
	}
	if r.Sys != nil {
		c.planSession(r.Sys, foreground)
		c.planRoot(r.Sys)
	}
	if u := r.user(); u != nil {
		c.planUser(u)
	}
	if r.Dir != "" {
		c.dir = cstring(r.Dir)
		c.add(op{step: StepDirectory, nr: unix.SYS_CHDIR, arg: [4]uintptr{uintptr(unsafe.Pointer(c.dir))}})
	}
	if limit := filesLimit(); limit != nil {
		c.add(op{step: StepLimit, nr: unix.SYS_PRLIMIT64, arg: [4]uintptr{0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(limit))}})
	}
	if r.Sys != nil {
		c.planRest(r.Sys)
	}
	for _, nice := range r.Nice {
		c.add(op{step: StepPriority, nr: unix.SYS_SETPRIORITY, arg: [4]uintptr{unix.PRIO_PROCESS, 0, uintptr(nice)}, optional: true})
	}
	if r.Affinity != nil {
		c.add(op{step: StepAffinity, nr: unix.SYS_SCHED_SETAFFINITY, arg: [4]uintptr{0, unsafe.Sizeof(*r.Affinity), uintptr(unsafe.Pointer(r.Affinity))}})
	}
	// A child that a Go program makes with SIGPIPE ignored would never end at
	// a closed pipe, and no child expects a blocked signal.
	c.add(op{step: StepSignals, nr: unix.SYS_RT_SIGACTION,
		arg: [4]uintptr{uintptr(unix.SIGPIPE), uintptr(unsafe.Pointer(&defaultAction)), 0, sigsetSize}})
	c.add(op{step: StepSignals, nr: unix.SYS_RT_SIGPROCMASK,
		arg: [4]uintptr{unix.SIG_SETMASK, uintptr(unsafe.Pointer(&noSignals)), 0, sigsetSize}})
	if r.NoNewPrivs || r.Filter != nil {
		c.add(op{step: StepNoNewPrivs, nr: unix.SYS_PRCTL, arg: [4]uintptr{unix.PR_SET_NO_NEW_PRIVS, 1}})
	}
	if r.NoExecGain {
		c.add(op{step: StepNoExecGain, nr: unix.SYS_PRCTL, arg: [4]uintptr{unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN}})
	}
	if r.RandomLayout {
		c.add(op{step: StepPersonality, nr: unix.SYS_PERSONALITY, arg: [4]uintptr{randomLayout()}})
	}
	if r.Suspended {
		// If the creator has been killed, whoever has the child now would be its
		// tracer, and know nothing of it.
		c.add(op{step: StepTrace, nr: unix.SYS_PTRACE, arg: [4]uintptr{unix.PTRACE_TRACEME}})
		c.add(op{step: StepTrace, nr: unix.SYS_GETPPID, want: c.self})
	}
	c.limits = r.appendLimits(c.limits[:0])
	for i := range c.limits {
		c.add(op{step: StepLimit, nr: unix.SYS_PRLIMIT64, arg: [4]uintptr{0, uintptr(r.Limits[i].Resource), uintptr(unsafe.Pointer(&c.limits[i]))}})
	}
	if r.Filter != nil {
		c.filter = unix.SockFprog{Len: uint16(len(r.Filter)), Filter: &r.Filter[0]}
		c.add(op{step: StepFilter, nr: unix.SYS_SECCOMP, arg: [4]uintptr{unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&c.filter))}})
	}
	c.path = cstring(r.Path)
	c.add(op{step: StepExec, nr: unix.SYS_EXECVE, arg: [4]uintptr{
		uintptr(unsafe.Pointer(c.path)),
		uintptr(unsafe.Pointer(unsafe.SliceData(r.Argv.pointers))),
		uintptr(unsafe.Pointer(unsafe.SliceData(r.Envv.pointers)))}})
	return nil
}

// add appends a call and returns what a later one puts in from to use its result.
func (c *child) add(o op) int {
	if f, ok := faultAt(o.step); ok {
		o.fault = uintptr(f)
	}
	c.ops = append(c.ops, o)
	return len(c.ops)
}

// object names what the failed call was about.
func (c *child) object(o *op, r *Request) string {
	switch o.step {
	case StepDirectory:
		return r.Dir
	case StepExec:
		return r.Path
	case StepRoot:
		return r.Sys.Chroot
	case StepTerminal:
		if r.Sys != nil {
			return "descriptor " + strconv.Itoa(r.Sys.Ctty)
		}
		return c.files[o.file].String()
	case StepForeground:
		return "descriptor " + strconv.Itoa(r.Sys.Ctty)
	case StepNull, StepLift, StepDup:
		return c.files[o.file].String()
	case StepGID, StepUID, StepVerifyGID, StepVerifyUID:
		return r.user().object(o.step)
	case StepCgroup:
		return r.Cgroup.Name()
	}
	return ""
}

func (c *child) release() {
	clear(c.ops)
	*c = child{ops: c.ops[:0], files: c.files[:0], limits: c.limits[:0]}
	children.Put(c)
}

// collect takes the zombie of a child that has failed. Its exit signal is
// none, so that only a wait for all kinds of children (__WALL) sees it.
func collect(pidfd int) {
	for unix.Waitid(unix.P_PIDFD, pidfd, nil, unix.WEXITED|unix.WALL, nil) == unix.EINTR {
	}
	unix.Close(pidfd)
}
