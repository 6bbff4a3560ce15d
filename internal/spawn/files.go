//go:build linux && (amd64 || arm64)

package spawn

import (
	"cmp"
	"math"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Close_range with CLOSE_RANGE_UNSHARE copies the table up to the highest
// descriptor that stays. One single high descriptor (a pipe, opened by a
// server that has 15,000 connections) would so make the child pay for all the
// others. Above highDescriptor the child copies nothing: it takes such
// descriptors over with pidfd_getfd, by number, out of the creator's table.
const highDescriptor = 128

// A handedOn is a File on its way into the child.
type handedOn struct {
	File
	closeOnExec bool // the source is
	fetch       bool // its number is too high to be copied
	at          int  // 1 + the op that makes the descriptor that is to be dupped; 0: Source
}

// atExec is flag for a file that is to be closed when the image is executed.
func (f *handedOn) atExec(flag uintptr) uintptr {
	if f.Passing {
		return flag
	}
	return 0
}

// planFiles appends the calls that turn the creator's descriptor table, which
// the child shares at first, into one that holds files and nothing else.
func (c *child) planFiles(files []File) *Error {
	c.files = c.files[:0]
	for _, f := range files {
		c.files = append(c.files, handedOn{File: f})
	}
	if byTarget := func(a, b handedOn) int { return cmp.Compare(a.Target, b.Target) }; !slices.IsSortedFunc(c.files, byTarget) {
		slices.SortFunc(c.files, byTarget)
	}

	highest, moved, fetched, err := c.lookAtFiles()
	if err != nil {
		return err
	}
	c.add(op{step: StepUnshare, nr: unix.SYS_CLOSE_RANGE,
		arg: [4]uintptr{uintptr(highest + 1), math.MaxUint32, unix.CLOSE_RANGE_UNSHARE}})
	if moved {
		c.moveFiles(fetched)
		highest = math.MaxUint32
	}
	for i := range c.files {
		f := &c.files[i]
		if f.Source == f.Target && f.at == 0 && f.closeOnExec != f.Passing {
			c.add(op{step: StepDup, file: i, nr: unix.SYS_FCNTL, arg: [4]uintptr{uintptr(f.Source), unix.F_SETFD, f.atExec(unix.FD_CLOEXEC)}})
		}
	}
	next := 0
	for i := range c.files {
		if t := c.files[i].Target; t > next {
			c.closeRange(next, t-1)
		}
		next = c.files[i].Target + 1
	}
	if next <= highest {
		c.closeRange(next, math.MaxUint32)
	}
	return nil
}

// lookAtFiles looks at what the creator is to hand on: the highest number that
// the child has to copy, whether any descriptor changes its number, and
// whether any has to be fetched.
func (c *child) lookAtFiles() (highest int, moved, fetched bool, err *Error) {
	highest = -1
	canFetch := !fetchRefused.Load()
	for i := range c.files {
		f := &c.files[i]
		if f.Target < 0 || f.Source < Null || i > 0 && f.Target == c.files[i-1].Target {
			return 0, false, false, &Error{StepFiles, f.String(), syscall.EINVAL}
		}
		flags, errno := f.look()
		if errno != 0 {
			return 0, false, false, &Error{StepFiles, f.String(), errno}
		}
		if f.Source != f.Target {
			moved = true
		}
		if f.Source == Null {
			continue
		}
		f.closeOnExec = flags&unix.FD_CLOEXEC != 0
		if f.Source >= highDescriptor && canFetch {
			f.fetch, moved, fetched = true, true, true
		} else {
			highest = max(highest, f.Source)
		}
	}
	return highest, moved, fetched, nil
}

var devNull = [...]byte{'/', 'd', 'e', 'v', '/', 'n', 'u', 'l', 'l', 0}

// moveFiles gives each file its number. First every descriptor that stands on
// another one's number, or may come to, moves above them all.
func (c *child) moveFiles(fetched bool) {
	creator := 0
	if fetched {
		creator = c.add(op{step: StepFetch, nr: unix.SYS_PIDFD_OPEN, arg: [4]uintptr{uintptr(os.Getpid())}})
	}
	free := uintptr(c.files[len(c.files)-1].Target + 1)
	for i := range c.files {
		f := &c.files[i]
		from := 0
		switch {
		case f.Source == Null:
			from = c.add(op{step: StepNull, file: i, nr: unix.SYS_OPENAT,
				arg: [4]uintptr{0, uintptr(unsafe.Pointer(&devNull)), unix.O_RDWR | unix.O_CLOEXEC}})
		case f.fetch:
			from = c.add(op{step: StepFetch, file: i, nr: unix.SYS_PIDFD_GETFD,
				arg: [4]uintptr{0, uintptr(f.Source)}, from: creator})
		case f.Source == f.Target || !c.isTarget(f.Source):
			continue
		}
		f.at = c.add(op{step: StepLift, file: i, nr: unix.SYS_FCNTL,
			arg: [4]uintptr{uintptr(f.Source), unix.F_DUPFD_CLOEXEC, free}, from: from})
	}
	for i := range c.files {
		f := &c.files[i]
		if f.at != 0 || f.Source != f.Target {
			c.add(op{step: StepDup, file: i, nr: unix.SYS_DUP3,
				arg: [4]uintptr{uintptr(f.Source), uintptr(f.Target), f.atExec(unix.O_CLOEXEC)}, from: f.at})
		}
	}
}

func (c *child) isTarget(number int) bool {
	_, found := slices.BinarySearchFunc(c.files, number, func(f handedOn, n int) int { return cmp.Compare(f.Target, n) })
	return found
}

func (c *child) closeRange(first, last int) {
	c.add(op{step: StepClose, nr: unix.SYS_CLOSE_RANGE, arg: [4]uintptr{uintptr(first), uintptr(last)}})
}
