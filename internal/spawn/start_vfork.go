//go:build linux && (amd64 || arm64)

package spawn

import (
	"runtime"
	"slices"
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
	if err := c.plan(r); err != nil {
		return Child{}, err
	}
	if f, ok := faultAt(StepClone); ok {
		return Child{}, &Error{Step: StepClone, Errno: f}
	}
	begin := time.Since(epoch)
	c.keepP = r.isWarm(begin)
	pid := c.clone(b)
	r.remember(begin, time.Since(epoch))
	runtime.KeepAlive(r.Argv)
	runtime.KeepAlive(r.Envv)
	if pid < 0 {
		return Child{}, &Error{Step: StepClone, Errno: syscall.Errno(-pid)}
	}
	if c.failed == 0 {
		return Child{PID: pid, Pidfd: int(c.pidfd)}, nil
	}
	collect(int(c.pidfd))
	o := &c.ops[c.failed-1]
	if o.step == StepFetch && !fetchRefused.Load() {
		// Whatever it was, one copied table is cheaper than to be asked again.
		fetchRefused.Store(true)
		return startVfork(r, b)
	}
	return Child{}, &Error{o.step, c.object(o, r), syscall.Errno(c.errno)}
}

// clone makes the child. Its exit signal is none until it has executed its
// image (the kernel makes it SIGCHLD then): a child that fails before that has
// never been, for the creator's signal handlers and its other calls of wait.
func (c *child) clone(b Backend) int {
	const flags = unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_FILES | unix.CLONE_PIDFD
	pidfd := uintptr(unsafe.Pointer(&c.pidfd))
	if b == Clone {
		c.clearHandlers = true
		return c.fork(unix.SYS_CLONE, flags, 0, pidfd, 0, 0)
	}
	c.args = cloneArgs{flags: flags | unix.CLONE_CLEAR_SIGHAND, pidfd: uint64(pidfd)}
	return c.fork(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&c.args)), unsafe.Sizeof(c.args), 0, 0, 0)
}

// plan fills in what the child has to do, in this order.
func (c *child) plan(r *Request) *Error {
	if err := c.planFiles(r.Files); err != nil {
		return err
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
	if r.Dir != "" {
		c.dir = cstring(r.Dir)
		c.add(op{step: StepDirectory, nr: unix.SYS_CHDIR, arg: [4]uintptr{uintptr(unsafe.Pointer(c.dir))}})
	}
	// A child that a Go program makes with SIGPIPE ignored would never end at
	// a closed pipe, and no child expects a blocked signal.
	c.add(op{step: StepSignals, nr: unix.SYS_RT_SIGACTION,
		arg: [4]uintptr{uintptr(unix.SIGPIPE), uintptr(unsafe.Pointer(&defaultAction)), 0, sigsetSize}})
	c.add(op{step: StepSignals, nr: unix.SYS_RT_SIGPROCMASK,
		arg: [4]uintptr{unix.SIG_SETMASK, uintptr(unsafe.Pointer(&noSignals)), 0, sigsetSize}})
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
	case StepNull, StepLift, StepDup, StepTerminal:
		return c.files[o.file].String()
	}
	return ""
}

func (c *child) release() {
	clear(c.ops)
	*c = child{ops: c.ops[:0], files: c.files[:0]}
	children.Put(c)
}

// collect takes the zombie of a child that has failed. Its exit signal is
// none, so that only a wait for all kinds of children (__WALL) sees it.
func collect(pidfd int) {
	for unix.Waitid(unix.P_PIDFD, pidfd, nil, unix.WEXITED|unix.WALL, nil) == unix.EINTR {
	}
	unix.Close(pidfd)
}
