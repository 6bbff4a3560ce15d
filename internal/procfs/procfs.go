//go:build linux

// Package procfs reads what /proc tells of processes: each file by one read
// into a buffer that is used again, and each process by a descriptor of its
// directory, so that all that is read is of one process, never of another one
// that has been given its number meanwhile. It is not for what a pidfd answers
// (whether a process has ended, and how), and it changes nothing.
//
//	p, err := procfs.Open(pid)
//	if err != nil {
//		return err // ENOENT: there is no such process
//	}
//	defer p.Close()
//	stat, err := p.Stat()
//
// What is read and how it is taken apart are separate: the functions Parse… are
// pure and are fuzzed.
package procfs

import (
	"errors"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Proc is /proc. It is for one goroutine at a time, as are the processes
// that it opens: they share its buffer.
type Proc struct {
	fd     int
	buffer buffer
}

// Process is the directory of one process. Once that has ended and been
// collected, everything fails with ESRCH.
type Process struct {
	fd     int
	buffer *buffer
}

// OpenProc opens /proc.
func OpenProc() (*Proc, error) {
	p := &Proc{buffer: newBuffer()}
	var err error
	p.fd, err = openat(unix.AT_FDCWD, []byte("/proc\x00"), unix.O_RDONLY|unix.O_DIRECTORY)
	return p, err
}

// Close closes /proc, but none of the processes.
func (p *Proc) Close() { unix.Close(p.fd) }

// PIDs is the processes that there are, without those that end meanwhile.
func (p *Proc) PIDs() ([]int, error) {
	if _, err := unix.Seek(p.fd, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	return numbers(p.fd)
}

// EachPID calls f for each process, by ascending numbers, while it reads them. If f
// says that the process has ended it reads again what is behind that: a process
// that has made another one and ended has the lower number of the two, unless the
// numbers began again in between; so that f is called for one of them that lives.
func (p *Proc) EachPID(f func(pid int) (ended bool, err error)) error {
	buf := make([]byte, 512) // not many are read ahead
	for last, next := 0, int64(0); ; {
		if _, err := unix.Seek(p.fd, next, unix.SEEK_SET); err != nil {
			return err
		}
		n, err := unix.Getdents(p.fd, buf)
		if n <= 0 || err != nil {
			return err
		}
		again := false
		eachEntry(buf[:n], func(name []byte, behind int64) {
			if again || err != nil {
				return
			}
			if pid, ok := parseNumber(name); ok && pid > last {
				last = pid
				if again, err = f(pid); again {
					return
				}
			}
			next = behind
		})
		if err != nil {
			return err
		}
	}
}

// numbers are those entries of an open directory that are numbers.
func numbers(dir int) (list []int, err error) {
	buf := make([]byte, 32<<10)
	for {
		n, err := unix.Getdents(dir, buf)
		if n <= 0 || err != nil {
			return list, err
		}
		list = appendNumbers(list, buf[:n])
	}
}

// BootTime is the time of the boot, to the second.
func (p *Proc) BootTime() (time.Time, error) {
	text, err := p.buffer.read(p.fd, []byte("stat\x00"))
	if err != nil {
		return time.Time{}, err
	}
	return ParseBootTime(text)
}

// Open opens the directory of a process. ENOENT: there is none.
func (p *Proc) Open(pid int) (Process, error) {
	var name [24]byte
	fd, err := openat(p.fd, append(strconv.AppendInt(name[:0], int64(pid), 10), 0), unix.O_PATH|unix.O_DIRECTORY)
	return Process{fd, &p.buffer}, err
}

// Open opens the directory of a process. ENOENT: there is none.
func Open(pid int) (Process, error) {
	name := append(strconv.AppendInt([]byte("/proc/"), int64(pid), 10), 0)
	fd, err := openat(unix.AT_FDCWD, name, unix.O_PATH|unix.O_DIRECTORY)
	b := newBuffer()
	return Process{fd, &b}, err
}

// Close closes the directory.
func (p Process) Close() { unix.Close(p.fd) }

// Stat reads the file stat.
func (p Process) Stat() (Stat, error) {
	text, err := p.buffer.read(p.fd, []byte("stat\x00"))
	if err != nil {
		return Stat{}, err
	}
	return ParseStat(text)
}

// Status reads the file status.
func (p Process) Status() (Status, error) {
	text, err := p.buffer.read(p.fd, []byte("status\x00"))
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(text)
}

// IO reads the file io, which only those may who may trace the process (EACCES).
func (p Process) IO() (IO, error) {
	text, err := p.buffer.read(p.fd, []byte("io\x00"))
	if err != nil {
		return IO{}, err
	}
	return ParseIO(text), nil
}

// CommandLine reads the arguments. Nil: there are none.
func (p Process) CommandLine() ([]string, error) {
	text, err := p.buffer.read(p.fd, []byte("cmdline\x00"))
	if err != nil {
		return nil, err
	}
	return ParseCommandLine(text), nil
}

// Image is the path of the image, for those who may trace the process (EACCES),
// as their own root directory has it. A kernel thread and a zombie have none
// (ENOENT). deleted: there is no such file any more, or it is another one.
func (p Process) Image() (path string, deleted bool, err error) {
	target, err := p.buffer.readlink(p.fd, []byte("exe\x00"))
	if err != nil {
		return "", false, err
	}
	path, deleted = ParseImage(string(target))
	if deleted {
		// Or the file is really called so.
		var image, file unix.Stat_t
		if unix.Fstatat(p.fd, "exe", &image, 0) == nil && unix.Stat(string(target), &file) == nil &&
			image.Dev == file.Dev && image.Ino == file.Ino {
			return string(target), false, nil
		}
	}
	return path, deleted, nil
}

// Marks is the words of a variable that the process was started with, whose value
// is a list with colons. Of a process that the caller may not trace they are not
// known, and none; and of one that has ended.
func (p Process) Marks(variable string) (words []string, ended bool) {
	text, ended := p.environ()
	return ParseMarks(text, variable), ended
}

// Has tells whether the process was started with the variable.
func (p Process) Has(variable string) bool {
	text, _ := p.environ()
	return HasVariable(text, variable)
}

// environ is empty if it may not be read. While a process loads an image it seems
// to have none, and the same while it ends: both are waited for, but not for long.
func (p Process) environ() (text []byte, ended bool) {
	for deadline := time.Now().Add(100 * time.Millisecond); ; time.Sleep(50 * time.Microsecond) {
		text, err := p.buffer.read(p.fd, []byte("environ\x00"))
		if len(text) > 0 || Hidden(err) {
			return text, false
		}
		stat, err := p.Stat()
		switch {
		case err != nil:
			return nil, Gone(err)
		case stat.State == 'Z' || stat.State == 'X':
			text = p.environOfThreads()
			return text, len(text) == 0
		case stat.KernelThread, stat.EnvironEnd != 0 && stat.EnvironEnd == stat.EnvironStart, time.Now().After(deadline):
			return nil, false
		}
	}
}

// environOfThreads is for when the first thread has ended, and others perhaps not.
func (p Process) environOfThreads() []byte {
	threads, _ := p.Threads()
	for _, tid := range threads {
		name := append(strconv.AppendInt([]byte("task/"), int64(tid), 10), "/environ\x00"...)
		if text, err := p.buffer.read(p.fd, name); err == nil && len(text) > 0 {
			return text
		}
	}
	return nil
}

// Threads is the numbers of the process's threads.
func (p Process) Threads() ([]int, error) {
	fd, err := openat(p.fd, []byte("task\x00"), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return numbers(fd)
}

// Descriptors is the number of open descriptors, for those who may trace the
// process (EACCES). Linux 6.2 tells it as the size of a directory; before that
// its entries are counted.
func (p Process) Descriptors() (int, error) {
	fd, err := openat(p.fd, []byte("fd\x00"), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return 0, err
	}
	if s.Size > 0 {
		return int(s.Size), nil
	}
	return countEntries(fd)
}

func countEntries(fd int) (int, error) {
	count, buf := 0, make([]byte, 32<<10)
	for {
		n, err := unix.Getdents(fd, buf)
		if n <= 0 || err != nil {
			return count, err
		}
		eachEntry(buf[:n], func(name []byte, _ int64) {
			if name[0] != '.' {
				count++
			}
		})
	}
}

// Gone tells whether err says that the process has ended.
func Gone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) }

// Hidden tells whether err says that the caller may not look at the process
// (hidepid, see proc(5)).
func Hidden(err error) bool { return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) }

// buffer is what files are read into. What a method returns is valid until the
// next call.
type buffer []byte

// newBuffer is large enough for stat and status, and for most command lines.
func newBuffer() buffer { return make(buffer, 4096) }

// read reads a file whose name ends with a NUL. A read that does not fill the
// buffer has reached the end: the files of /proc are made as a whole.
func (b *buffer) read(dir int, name []byte) ([]byte, error) {
	fd, err := openat(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n := 0
	for {
		m, err := unix.Read(fd, (*b)[n:])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, err
		}
		n += m
		if n < len(*b) {
			return (*b)[:n], nil
		}
		b.grow()
	}
}

func (b *buffer) readlink(dir int, name []byte) ([]byte, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
			uintptr(unsafe.Pointer(&(*b)[0])), uintptr(len(*b)), 0, 0)
		switch {
		case errno != 0:
			return nil, errno
		case int(n) < len(*b):
			return (*b)[:n], nil
		}
		b.grow()
	}
}

func (b *buffer) grow() {
	larger := make(buffer, 4*len(*b))
	copy(larger, *b)
	*b = larger
}

// openat takes a name that ends with a NUL: to make one of a string would be an
// allocation for each file.
func openat(dir int, name []byte, flags int) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
			uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}
