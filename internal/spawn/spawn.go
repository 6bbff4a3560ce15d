//go:build linux

// Package spawn makes a child process on Linux: from vfork to exec, and
// nothing else. It knows no Win32 word, looks nothing up and waits for
// nothing but a child that failed before its image ran.
//
//	child, err := spawn.Start(&spawn.Request{
//		Path:  "/bin/true",
//		Argv:  spawn.NewStrings([]string{"true"}),
//		Envv:  spawn.NewStrings(nil),
//		Files: []spawn.File{{Source: 0, Target: 0}},
//	})
//
// # How a child is made
//
// The child is made with CLONE_VM | CLONE_VFORK: it borrows the creator's
// memory and the creator's thread sleeps until the child has executed its
// image or ended, so that nothing of the creator is copied, however large it
// is. CLONE_FILES lends it the descriptor table too; its first step is
// close_range(CLOSE_RANGE_UNSHARE), which copies only the part of the table
// below the highest descriptor that it keeps. Before that step has succeeded
// the child touches no descriptor, and it ends at once when the step fails.
//
// What the child has to do is a list of system calls ([op]), prepared by the
// creator. The child's own code is a loop over that list; it stands in
// child.go, with the rules that such code must keep.
//
// # What brought what
//
//	Linux 5.2  CLONE_PIDFD
//	Linux 5.3  clone3, pidfd_open
//	Linux 5.5  CLONE_CLEAR_SIGHAND
//	Linux 5.6  pidfd_getfd
//	Linux 5.7  CLONE_INTO_CGROUP
//	Linux 5.9  close_range
//
// The oldest kernel that is served is 5.10, so these can be missing only where
// a sandbox refuses them or where the kernel is not Linux's own. Each step
// down is found once, by trying, and each can be forced with [SetBackend]:
//
//	Clone3    clone3 and all of the above
//	Clone     clone where clone3 is refused; the child resets its signal handlers itself
//	ForkExec  syscall.ForkExec where clone or close_range is refused, and on
//	          architectures without our assembly; slower, and its errors name
//	          the step by looking again afterwards
package spawn

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Request says what the child is to be. Nothing in it is looked up, checked
// against the file system or completed: that is the caller's work.
type Request struct {
	Path    string   // the image, as execve gets it
	Argv    *Strings // never nil, at least one entry
	Envv    *Strings // never nil
	Dir     string   // entered before the image is executed; "" stays where the creator is
	Files   []File   // the child's whole descriptor table
	Session bool     // setsid: a new session and process group, no terminal
	Group   bool     // setpgid: a new process group, its id the child's pid

	Nice         []int             // nice values that are tried in turn; one that is refused is no error
	Affinity     *unix.CPUSet      // the processors that the child may use; nil: the creator's
	NoNewPrivs   bool              // no set-user-ID image gives privileges any more
	NoExecGain   bool              // memory is never writable and executable (PR_MDWE_REFUSE_EXEC_GAIN, Linux 6.3)
	RandomLayout bool              // memory is laid out at random, though the creator's is not (ADDR_NO_RANDOMIZE)
	Filter       []unix.SockFilter // a seccomp program; it must let execve and exit_group pass
	Suspended    bool              // the image is loaded and stopped (SIGSTOP) before its first instruction
	Limits       []Limit           // set just before the image is executed
	Cgroup       *os.File          // the directory of a cgroup that the child is made in; nil: the creator's

	// User is who the child becomes; nil: it is who the creator is. Not with Sys.
	User *User

	// Sys is what package os/exec hands on to syscall, field by field; nil asks
	// for nothing. It has a session and a group of its own: with it Session,
	// Group and Terminal must not be set. Path and Dir count from its Chroot.
	Sys *syscall.SysProcAttr
}

// A Limit is a resource limit, hard and soft.
type Limit struct {
	Resource int // unix.RLIMIT_…
	Value    uint64
}

// A File is one descriptor of the child.
type File struct {
	Source int  // the creator's descriptor, or Null
	Target int  // its number in the child
	OrNull bool // Null if Source is not open

	// Terminal makes it the controlling terminal of a session of the child's
	// own, with the child's group in the foreground. At most one file has it; it
	// implies Session.
	Terminal bool

	// Passing keeps it from the image: it is there for Terminal only.
	Passing bool
}

// look is the flags of the creator's descriptor (F_GETFD). One that is not open
// becomes Null if it may.
func (f *File) look() (flags uintptr, errno syscall.Errno) {
	if f.Source == Null {
		return 0, 0
	}
	flags, _, errno = syscall.RawSyscall(unix.SYS_FCNTL, uintptr(f.Source), unix.F_GETFD, 0)
	if errno != 0 && f.OrNull {
		f.Source = Null
		return 0, 0
	}
	return flags, errno
}

// String is how an error names the file.
func (f File) String() string {
	source := "/dev/null"
	if f.Source != Null {
		source = "descriptor " + strconv.Itoa(f.Source)
	}
	if f.Source == f.Target {
		return source
	}
	return source + " as " + strconv.Itoa(f.Target)
}

// Null as a File's Source is /dev/null, opened for reading and writing by the child.
const Null = -1

// terminal is the number in the child of what is to be its controlling
// terminal; -1 for none.
func (r *Request) terminal() int {
	for _, f := range r.Files {
		if f.Terminal {
			return f.Target
		}
	}
	return -1
}

// A Child is a process whose image runs.
type Child struct {
	PID   int
	Pidfd int // -1 where the kernel has none; close-on-exec; the caller's to close
}

// A Step names what the creator or the child was doing.
type Step uint8

// The steps, in the order in which they are taken.
const (
	StepFiles        Step = iota + 1 // the creator looks at the descriptors it is to hand on
	StepClone                        // the creator makes the child
	StepCgroup                       // the child moves to its cgroup, where clone3 has not made it there
	StepUnshare                      // the child takes a descriptor table of its own
	StepSession                      // setsid
	StepGroup                        // setpgid
	StepFetch                        // a descriptor with a high number is taken over from the creator
	StepNull                         // /dev/null is opened
	StepLift                         // a descriptor is moved out of another one's way
	StepDup                          // a descriptor gets its number
	StepClose                        // the descriptors that are not handed on are closed
	StepTerminal                     // a descriptor becomes the controlling terminal
	StepForeground                   // the child's group becomes the terminal's foreground group
	StepRoot                         // chroot
	StepBounding                     // a capability leaves the bounding set
	StepGroups                       // setgroups
	StepGID                          // setgid
	StepUID                          // setuid
	StepCapabilities                 // capset
	StepVerifyGroups                 // the supplementary groups are what they should be
	StepVerifyGID                    // so are the real, effective and saved group
	StepVerifyUID                    // and user
	StepVerifyRoot                   // and there is no way back to root
	StepDirectory                    // chdir
	StepLimit                        // the limit on open files is what it was before Go raised it
	StepDeathSignal                  // prctl(PR_SET_PDEATHSIG), and whether the creator is still there
	StepNoTerminal                   // the controlling terminal is given up
	StepPriority                     // setpriority; its failure is no failure
	StepAffinity                     // sched_setaffinity
	StepSignals                      // dispositions and mask are reset
	StepNoNewPrivs                   // prctl(PR_SET_NO_NEW_PRIVS)
	StepNoExecGain                   // prctl(PR_SET_MDWE)
	StepPersonality                  // personality
	StepTrace                        // ptrace(PTRACE_TRACEME), by which the image is stopped
	StepFilter                       // seccomp
	StepAttributes                   // what only syscall.ForkExec does of a SysProcAttr
	StepExec                         // execve
)

var stepNames = [...]string{
	StepFiles:        "inherit",
	StepClone:        "clone",
	StepCgroup:       "join cgroup",
	StepUnshare:      "close_range",
	StepSession:      "setsid",
	StepGroup:        "setpgid",
	StepFetch:        "pidfd_getfd",
	StepNull:         "open",
	StepLift:         "fcntl",
	StepDup:          "dup",
	StepClose:        "close_range",
	StepTerminal:     "ioctl TIOCSCTTY",
	StepForeground:   "ioctl TIOCSPGRP",
	StepRoot:         "chroot",
	StepBounding:     "prctl(PR_CAPBSET_DROP)",
	StepGroups:       "setgroups",
	StepGID:          "setgid",
	StepUID:          "setuid",
	StepCapabilities: "capset",
	StepVerifyGroups: "getgroups",
	StepVerifyGID:    "getresgid",
	StepVerifyUID:    "getresuid",
	StepVerifyRoot:   "setuid(0)",
	StepDirectory:    "chdir",
	StepLimit:        "prlimit",
	StepDeathSignal:  "prctl(PR_SET_PDEATHSIG)",
	StepNoTerminal:   "ioctl TIOCNOTTY",
	StepPriority:     "setpriority",
	StepAffinity:     "sched_setaffinity",
	StepSignals:      "sigaction",
	StepNoNewPrivs:   "prctl(PR_SET_NO_NEW_PRIVS)",
	StepNoExecGain:   "prctl(PR_SET_MDWE)",
	StepPersonality:  "personality",
	StepTrace:        "ptrace",
	StepFilter:       "seccomp",
	StepAttributes:   "apply",
	StepExec:         "exec",
}

func (s Step) String() string { return stepNames[s] }

// An Error is a step that failed. No process is left behind by it.
type Error struct {
	Step   Step
	Object string // the path or the descriptor the step was about; "" if about none
	Errno  syscall.Errno
}

func (e *Error) Error() string {
	if e.Object == "" {
		return e.Step.String() + ": " + e.Errno.Error()
	}
	return fmt.Sprintf("%s %s: %s", e.Step, e.Object, e.Errno.Error())
}

func (e *Error) Unwrap() error { return e.Errno }

// Strings is what execve takes for a list of strings: an array of pointers,
// ended by NULL, to strings ended by NUL.
type Strings struct {
	pointers []*byte
	list     []string
}

// NewStrings lays list out for execve. The strings must have no NUL in them:
// the caller has checked that, and knows which of its arguments to blame.
func NewStrings(list []string) *Strings {
	size := 0
	for _, s := range list {
		size += len(s) + 1
	}
	buf := make([]byte, 0, size)
	pointers := make([]*byte, len(list)+1)
	for i, s := range list {
		start := len(buf)
		buf = append(buf, s...)
		buf = append(buf, 0)
		pointers[i] = &buf[start]
	}
	return &Strings{pointers, list}
}

// With is the same list and one more string.
func (s *Strings) With(last string) *Strings {
	return NewStrings(append(s.list[:len(s.list):len(s.list)], last))
}

// Without is the same list but for the strings that begin with the prefix.
func (s *Strings) Without(prefix string) *Strings {
	return NewStrings(slices.DeleteFunc(slices.Clone(s.list), func(t string) bool { return strings.HasPrefix(t, prefix) }))
}

// Lookup is what follows the first string that begins with the prefix.
func (s *Strings) Lookup(prefix string) (rest string, ok bool) {
	for _, t := range s.list {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// Len is the number of strings.
func (s *Strings) Len() int { return len(s.list) }

// A Backend is a way to make a child; see the package comment.
type Backend int32

const (
	Clone3 Backend = iota
	Clone
	ForkExec
)

func (b Backend) String() string { return [...]string{"clone3", "clone", "ForkExec"}[b] }

// Backends lists all that this architecture has, the best first.
func Backends() []Backend {
	if bestBackend == ForkExec {
		return []Backend{ForkExec}
	}
	return []Backend{Clone3, Clone, ForkExec}
}

// inUse is the best backend that has not been refused yet.
var inUse atomic.Int32

func init() { inUse.Store(int32(bestBackend)) }

// InUse is the backend that the next Start tries first.
func InUse() Backend { return Backend(inUse.Load()) }

// SetBackend forces a backend, for tests and for a program under Valgrind; the
// function it returns takes that back.
func SetBackend(b Backend) (restore func()) {
	old := inUse.Swap(int32(max(b, bestBackend)))
	return func() { inUse.Store(old) }
}

// fetchRefused is set once pidfd_getfd has been refused: it needs the right to
// trace the creator, which Yama gives to ancestors only.
var fetchRefused atomic.Bool

// AllowFetch forgets that pidfd_getfd has been refused, for tests.
func AllowFetch() { fetchRefused.Store(false) }

// Start makes the child and returns when its image runs, or with an [*Error]
// when there is no child.
func Start(r *Request) (Child, error) {
	if r.Argv == nil || r.Argv.Len() == 0 || r.Envv == nil {
		return Child{}, &Error{Step: StepExec, Object: r.Path, Errno: syscall.EINVAL}
	}
	if u := r.user(); u != nil && u.SetIDs {
		defer keepDumpable()()
	}
	special := len(forkExecOnly(r.Sys)) > 0
	for {
		backend := Backend(inUse.Load())
		if special {
			backend = ForkExec
		}
		var c Child
		var err *Error
		if backend == ForkExec {
			c, err = startForkExec(r)
		} else {
			c, err = startVfork(r, backend)
		}
		if err == nil {
			r.duplicate(c)
			return c, nil
		}
		if next, ok := lower(backend, err); ok {
			inUse.CompareAndSwap(int32(backend), int32(next))
			continue
		}
		return Child{}, err
	}
}

// lower says which backend is to be tried when err tells that this one is
// refused, rather than this request.
func lower(b Backend, err *Error) (Backend, bool) {
	refused := err.Errno == syscall.ENOSYS || err.Errno == syscall.EPERM
	switch {
	case b == Clone3 && err.Step == StepClone && refused:
		return Clone, true
	case b == Clone && err.Step == StepClone && (refused || err.Errno == syscall.EINVAL),
		b < ForkExec && err.Step == StepUnshare && refused:
		return ForkExec, true
	}
	return b, false
}

func cstring(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return unsafe.SliceData(b)
}
