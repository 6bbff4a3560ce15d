//go:build linux && (amd64 || arm64)

package spawn

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The code below that is marked "child" runs in the child, between vfork and
// exec: in the creator's memory, on the stack of the creator's sleeping
// goroutine, while the creator's other threads go on. So it must not
//
//   - grow its stack (go:nosplit), which the runtime would do for a goroutine
//     that is not running;
//   - allocate, take a lock, start or wake anything, or call what might;
//   - store a pointer to the heap, which would run a write barrier;
//   - be instrumented (go:norace), which would call into the race detector;
//   - return: below its frame lies the creator's.
//
// What it may do is read and write plain words of its own *child, and make
// system calls with syscall.RawSyscall6, which is all that it does.

// A child is one attempt to make a process: what the child reads, and where it
// reports.
type child struct {
	ops   []op
	files []handedOn

	clearHandlers bool // the kernel has not done it (CLONE_CLEAR_SIGHAND)
	keepP         bool // see warm.go

	report *report // &here, unless the child has memory of its own
	here   report

	creatorMask  uint64 // the creator's thread's signal mask, while all are blocked
	pidfd        int32
	args         cloneArgs
	path, dir    *byte
	root         *byte
	group        int32   // of the child, for TIOCSPGRP
	self         uintptr // the creator's pid
	filter       unix.SockFprog
	capabilities *[2]unix.CapUserData
	page         []byte // where the report is, if not here
	limits       []unix.Rlimit
	cgroup       *os.File // that the kernel makes the child in
	procs        *os.File // or that the child writes itself into
}

// A report is what the child writes. Nothing of it is touched when all went
// well: the image runs.
type report struct {
	failed int // 1 + the index in ops of the call that failed
	errno  uintptr
}

// cloneArgs is the kernel's struct clone_args (CLONE_ARGS_SIZE_VER2).
type cloneArgs struct {
	flags      uint64
	pidfd      uint64
	childTID   uint64
	parentTID  uint64
	exitSignal uint64
	stack      uint64
	stackSize  uint64
	tls        uint64
	setTID     uint64
	setTIDSize uint64
	cgroup     uint64
}

// An op is one system call of the child.
type op struct {
	nr  uintptr
	arg [4]uintptr

	// from, if not 0, is 1 + the index of an earlier op whose result is arg[0].
	from int
	ret  uintptr

	// store, if not 0, is 1 + the index of an earlier op whose result is the
	// child's group.
	store int

	fault  uintptr   // made to fail with this errno; tests only
	want   uintptr   // if not 0, any other result is a failure (ECHILD)
	expect *expected // nil: whatever the call fills in is right
	file   int       // for steps about a descriptor: the File's index in child.files

	step     Step
	optional bool // its failure is no failure
	refused  bool // its success is a failure (ErrVerify)
}

// expected is what a call fills in, and what has to be in it then (ErrVerify).
type expected struct{ got, should []uint32 }

var (
	// defaultAction is a kernel sigaction that says SIG_DFL.
	defaultAction [4]uintptr
	noSignals     uint64
	allSignals    = ^uint64(0)
)

const sigsetSize = unsafe.Sizeof(noSignals)

// runChild is the child.
//
//go:nosplit
//go:norace
//lint:ignore U1000 vfork calls it, in assembly
func runChild(c *child) {
	if c.clearHandlers {
		clearHandlers()
	}
	for i := 0; i < len(c.ops); i++ {
		o := &c.ops[i]
		a0 := o.arg[0]
		if o.from > 0 && o.from <= len(c.ops) {
			a0 = c.ops[o.from-1].ret
		}
		if o.store > 0 && o.store <= len(c.ops) {
			c.group = int32(c.ops[o.store-1].ret)
		}
		ret, errno := uintptr(0), o.fault
		if errno == 0 {
			var e syscall.Errno
			ret, _, e = syscall.RawSyscall6(o.nr, a0, o.arg[1], o.arg[2], o.arg[3], 0, 0)
			errno = uintptr(e)
			if o.want != 0 && ret != o.want {
				errno = uintptr(syscall.ECHILD)
			}
			if o.refused {
				errno = 0
				if e == 0 {
					errno = uintptr(ErrVerify)
				}
			}
			if x := o.expect; x != nil {
				for j := 0; j < len(x.got) && j < len(x.should); j++ {
					if errno == 0 && x.got[j] != x.should[j] {
						errno = uintptr(ErrVerify)
					}
				}
			}
		}
		if errno != 0 && !o.optional {
			c.report.errno = errno
			c.report.failed = i + 1
			break
		}
		o.ret = ret
	}
	for {
		syscall.RawSyscall6(unix.SYS_EXIT_GROUP, 127, 0, 0, 0, 0, 0)
	}
}

// clearHandlers does in the child what CLONE_CLEAR_SIGHAND does in the kernel:
// a caught signal is default again, an ignored one stays ignored. The table is
// the child's own, since CLONE_SIGHAND is not asked for.
//
//go:nosplit
//go:norace
func clearHandlers() {
	const sigDfl, sigIgn = 0, 1
	for sig := uintptr(1); sig <= 64; sig++ {
		var old [4]uintptr
		_, _, errno := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, sig, 0, uintptr(unsafe.Pointer(&old)), sigsetSize, 0, 0)
		if errno == 0 && old[0] != sigDfl && old[0] != sigIgn {
			syscall.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&defaultAction)), 0, sigsetSize, 0, 0)
		}
	}
}

// vfork makes the system call nr, which makes a child; in the child it calls
// runChild(c). The result is the kernel's: a pid or a negative errno.
//
//go:noescape
func vfork(nr, a1, a2, a3, a4, a5 uintptr, c *child) int

// The runtime exports these two to packages that make system calls of their
// own (see the comments there, which name gVisor and golang.org/x/sys): between
// them the thread's P can be taken by another thread, so that neither the
// scheduler nor the garbage collector waits for a slow exec (see warm.go).
//
//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// fork runs the child and returns when its image runs or it has ended. All
// signals are blocked meanwhile: a handler in the child would run in the
// creator's memory, and on the creator's side would find its thread in two places.
//
//go:nosplit
//go:norace
func (c *child) fork(nr, a1, a2, a3, a4, a5 uintptr) int {
	if !c.keepP {
		entersyscall()
	}
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&allSignals)), uintptr(unsafe.Pointer(&c.creatorMask)), sigsetSize, 0, 0)
	pid := vfork(nr, a1, a2, a3, a4, a5, c)
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&c.creatorMask)), 0, sigsetSize, 0, 0)
	if !c.keepP {
		exitsyscall()
	}
	return pid
}
