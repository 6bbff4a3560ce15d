//go:build linux

package procfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"syscall"
	"time"
)

// ErrFormat is wrapped by the error about a text that is not as proc(5) says.
var ErrFormat = errors.New("not the format that proc(5) describes")

// Stat is what /proc/PID/stat tells (proc_pid_stat(5)).
type Stat struct {
	PID           int
	Comm          string // the name of the main thread: up to 15 bytes of any kind
	State         byte   // 'R', 'S', 'D', 'T', 't', 'Z', 'X', 'I'
	Parent        int
	Group         int
	Session       int
	Terminal      uint32 // the device number of the controlling terminal; 0: none
	MinorFaults   uint64
	MajorFaults   uint64
	User          time.Duration
	Kernel        time.Duration
	Priority      int // as the scheduler has it: negative under a real-time policy
	Nice          int
	Threads       int
	Start         time.Duration // after the boot, in steps of 10 ms
	VirtualMemory uint64        // bytes
	ResidentPages uint64
	Policy        int // SCHED_OTHER 0, SCHED_FIFO 1, SCHED_RR 2, …: sched(7)

	KernelThread bool

	// Where the environment is in its memory, for who may trace the process. Both
	// are 0 while a new image is being loaded, and when the memory has been given up.
	EnvironStart, EnvironEnd uint64

	// Status is how a zombie has ended. Who may not trace the process is told 0.
	Status syscall.WaitStatus
}

// kernelThread is PF_KTHREAD of linux/sched.h.
const kernelThread = 0x00200000

// tick is USER_HZ, which is 100 on every architecture that Go has.
const tick = time.Second / 100

// ParseStat reads /proc/PID/stat. The name in it is in parentheses and may
// have anything in it, parentheses, blanks and line breaks too; but behind the
// last parenthesis there are only a letter and numbers.
func ParseStat(text []byte) (Stat, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open || end+2 >= len(text) {
		return Stat{}, fmt.Errorf("stat: no name in parentheses: %w", ErrFormat)
	}
	s := Stat{Comm: string(text[open+1 : end])}
	f := fields{rest: text[:open], number: 1}
	s.PID = f.signed()
	f.rest, f.number = text[end+1:], 3
	if state := f.next(); len(state) == 1 {
		s.State = state[0]
	} else {
		f.fail(3)
	}
	s.Parent = f.signed()
	s.Group = f.signed()
	s.Session = f.signed()
	s.Terminal = uint32(f.signed()) // the kernel prints a device number as an int
	f.skip(8, 8)
	s.KernelThread = f.unsigned()&kernelThread != 0
	s.MinorFaults = f.unsigned()
	f.skip(11, 11)
	s.MajorFaults = f.unsigned()
	f.skip(13, 13)
	s.User = ticks(f.unsigned())
	s.Kernel = ticks(f.unsigned())
	f.skip(16, 17)
	s.Priority = f.signed()
	s.Nice = f.signed()
	s.Threads = f.signed()
	f.skip(21, 21)
	s.Start = ticks(f.unsigned())
	s.VirtualMemory = f.unsigned()
	// A sum of counters of several processors may be below zero for a moment.
	s.ResidentPages = uint64(max(f.signed(), 0))
	f.skip(25, 40)
	s.Policy = f.signed()
	f.skip(42, 49)
	s.EnvironStart, s.EnvironEnd = f.unsigned(), f.unsigned()
	s.Status = syscall.WaitStatus(f.signed())
	if f.bad != 0 {
		return Stat{}, fmt.Errorf("stat: field %d: %w", f.bad, ErrFormat)
	}
	return s, nil
}

func ticks(n uint64) time.Duration {
	if n > math.MaxInt64/uint64(tick) {
		return math.MaxInt64
	}
	return time.Duration(n) * tick
}

// fields are words with one blank between them. The first one that is wrong is
// remembered, and what comes behind it is zero.
type fields struct {
	rest   []byte
	number int // of the next field, from 1, as proc_pid_stat(5) counts
	bad    int // 0: none
}

func (f *fields) next() []byte {
	rest := bytes.TrimLeft(f.rest, " \t\n")
	i := bytes.IndexAny(rest, " \t\n")
	if i < 0 {
		i = len(rest)
	}
	f.rest = rest[i:]
	f.number++
	return rest[:i]
}

func (f *fields) skip(from, to int) {
	for range to - from + 1 {
		f.next()
	}
}

func (f *fields) fail(number int) {
	if f.bad == 0 {
		f.bad = number
	}
}

func (f *fields) unsigned() uint64 {
	n, ok := parseUint(f.next())
	if !ok {
		f.fail(f.number - 1)
	}
	return n
}

func (f *fields) signed() int {
	word := f.next()
	digits, negative := bytes.CutPrefix(word, []byte("-"))
	n, ok := parseUint(digits)
	if !ok || n > math.MaxInt {
		f.fail(f.number - 1)
		return 0
	}
	if negative {
		return -int(n)
	}
	return int(n)
}

// parseUint is strconv.ParseUint for bytes: the conversion would be a copy.
func parseUint(word []byte) (n uint64, ok bool) {
	for _, c := range word {
		d := uint64(c - '0')
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, len(word) > 0
}

// Status is what /proc/PID/status tells (proc_pid_status(5)). What a kernel
// thread or a zombie does not have is 0.
type Status struct {
	UID                 uint32 // the real one
	EUID                uint32 // the effective one
	PeakMemory          uint64 // bytes: VmHWM
	VoluntarySwitches   uint64 // of the main thread
	InvoluntarySwitches uint64 // of the main thread
}

// ParseStatus reads /proc/PID/status. Line breaks in the name there are escaped.
func ParseStatus(text []byte) (Status, error) {
	var s Status
	var hasUID bool
	for name, value := range lines(text) {
		switch string(name) {
		case "Uid":
			f := fields{rest: value, number: 1}
			s.UID, s.EUID = uint32(f.unsigned()), uint32(f.unsigned())
			hasUID = f.bad == 0
		case "VmHWM":
			s.PeakMemory = firstNumber(value) << 10
		case "voluntary_ctxt_switches":
			s.VoluntarySwitches = firstNumber(value)
		case "nonvoluntary_ctxt_switches":
			s.InvoluntarySwitches = firstNumber(value)
		}
	}
	if !hasUID {
		return Status{}, fmt.Errorf("status: no Uid: %w", ErrFormat)
	}
	return s, nil
}

// IO is what /proc/PID/io tells of storage (proc_pid_io(5)).
type IO struct{ ReadBytes, WriteBytes uint64 }

// ParseIO reads /proc/PID/io.
func ParseIO(text []byte) IO {
	var io IO
	for name, value := range lines(text) {
		switch string(name) {
		case "read_bytes":
			io.ReadBytes = firstNumber(value)
		case "write_bytes":
			io.WriteBytes = firstNumber(value)
		}
	}
	return io
}

// lines are those of the form "name: value".
func lines(text []byte) func(yield func(name, value []byte) bool) {
	return func(yield func(name, value []byte) bool) {
		for line := range bytes.Lines(text) {
			name, value, ok := bytes.Cut(line, []byte(":"))
			if ok && !yield(name, value) {
				return
			}
		}
	}
}

func firstNumber(value []byte) uint64 {
	f := fields{rest: value, number: 1}
	return f.unsigned()
}

// ParseCommandLine reads /proc/PID/cmdline: each argument ends with a NUL. A
// program may have written another text there. One that has put a shorter
// title in front leaves NULs behind it, up to the old end: empty arguments are
// therefore taken for arguments only if one that is not the first has text.
// Nil: there is none, as with a kernel thread or a zombie.
func ParseCommandLine(text []byte) []string {
	first, rest, _ := bytes.Cut(text, []byte{0})
	if len(bytes.Trim(rest, "\x00")) == 0 {
		if len(first) == 0 {
			return nil
		}
		return []string{string(first)}
	}
	return strings.Split(string(bytes.TrimSuffix(text, []byte{0})), "\x00")
}

// ParseImage reads the target of /proc/PID/exe. Of an image that has been
// removed or replaced since, the kernel gives the old path with a mark behind it.
func ParseImage(target string) (path string, deleted bool) {
	return strings.CutSuffix(target, " (deleted)")
}

// ParseBootTime finds the time of the boot in /proc/stat, in whole seconds.
func ParseBootTime(text []byte) (time.Time, error) {
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			f := fields{rest: value, number: 1}
			if n := f.unsigned(); f.bad == 0 && n <= math.MaxInt64 {
				return time.Unix(int64(n), 0), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("stat: no btime: %w", ErrFormat)
}

// appendNumbers appends the names in a buffer of getdents64(2) that are
// numbers: in /proc, the processes.
func appendNumbers(numbers []int, entries []byte) []int {
	eachEntry(entries, func(name []byte, _ int64) {
		if n, ok := parseNumber(name); ok {
			numbers = append(numbers, n)
		}
	})
	return numbers
}

func parseNumber(name []byte) (n int, ok bool) {
	u, ok := parseUint(name)
	return int(u), ok && u <= math.MaxInt32
}

// eachEntry calls do for each entry, with the position in the directory behind it.
func eachEntry(entries []byte, do func(name []byte, next int64)) {
	// struct linux_dirent64: inode, offset of the next, length of the entry, type, name.
	const nextAt, lengthAt, nameAt = 8, 16, 19
	for len(entries) > nameAt {
		length := int(binary.NativeEndian.Uint16(entries[lengthAt:]))
		if length <= nameAt || length > len(entries) {
			return
		}
		name, _, _ := bytes.Cut(entries[nameAt:length], []byte{0})
		do(name, int64(binary.NativeEndian.Uint64(entries[nextAt:])))
		entries = entries[length:]
	}
}
