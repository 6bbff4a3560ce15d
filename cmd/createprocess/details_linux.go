package main

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// examiner fills in details.
type examiner struct {
	proc  *procfs.Proc
	boot  time.Time // zero: not known
	users map[uint32]*string
}

func newExaminer() (*examiner, error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return nil, otherError("CreateToolhelp32Snapshot", "/proc", err)
	}
	boot, err := proc.BootTime()
	if err != nil && !procfs.Gone(err) { // /proc may have nothing but processes (subset=pid)
		proc.Close()
		return nil, otherError("CreateToolhelp32Snapshot", "/proc/stat", err)
	}
	return &examiner{proc, boot, make(map[uint32]*string)}, nil
}

func (x *examiner) close() { x.proc.Close() }

// fill tells whether the process is still there.
func (x *examiner) fill(d *details) (there bool, err error) {
	err = x.read(d)
	if procfs.Gone(err) || procfs.Hidden(err) {
		return false, nil
	}
	if err != nil {
		return false, otherError("OpenProcess", "process "+strconv.Itoa(d.PID), err)
	}
	return true, nil
}

func (x *examiner) read(d *details) error {
	p, err := x.proc.Open(d.PID)
	if err != nil {
		return err
	}
	defer p.Close()
	stat, err := p.Stat()
	if err != nil {
		return err
	}
	d.State = new(stateName(stat.State))
	d.Session = &stat.Session
	if stat.Terminal != 0 {
		d.Terminal = new(terminalName(stat.Terminal))
	}
	d.CPUUser, d.CPUKernel = new(stat.User.Seconds()), new(stat.Kernel.Seconds())
	d.Memory = new(stat.ResidentPages * uint64(unix.Getpagesize()))
	if !x.boot.IsZero() {
		d.Start = new(x.boot.Add(stat.Start).UTC())
	}
	status, err := p.Status()
	if err != nil {
		return err
	}
	d.UID = &status.EUID
	d.User = x.userName(status.EUID)
	if path, _, err := p.Image(); err == nil {
		d.Image = &path
	}
	d.Args, _ = p.CommandLine()
	if d.Args != nil {
		// A title that a program has written over its arguments may be filled up with blanks.
		d.command = strings.TrimRight(strings.Join(d.Args, " "), " ")
	} else {
		d.command = "[" + stat.Comm + "]" // as ps has kernel threads and zombies
	}
	return nil
}

func (x *examiner) userName(uid uint32) *string {
	name, ok := x.users[uid]
	if !ok {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			name = &u.Username
		}
		x.users[uid] = name
	}
	return name
}

func stateName(letter byte) string {
	switch letter {
	case 'R':
		return "running"
	case 'S':
		return "sleeping"
	case 'D':
		return "disk" // waits for a device and cannot be disturbed
	case 'T':
		return "stopped"
	case 't':
		return "traced"
	case 'Z':
		return "zombie"
	case 'X':
		return "dead"
	case 'I':
		return "idle"
	}
	return string(rune(letter))
}

// terminalName is a device's name below /dev, for the devices that terminals
// are (the kernel's admin-guide/devices.txt).
func terminalName(device uint32) string {
	// As new_encode_dev() has it: 12 bits of major between 8 and 12 of minor.
	major, minor := device>>8&0xfff, device&0xff|device>>12&0xfff00
	switch {
	case major >= 136 && major <= 143:
		return fmt.Sprintf("pts/%d", (major-136)<<8+minor)
	case major == 4 && minor < 64:
		return fmt.Sprintf("tty%d", minor)
	case major == 4:
		return fmt.Sprintf("ttyS%d", minor-64)
	case major == 204 && minor >= 64 && minor < 80:
		return fmt.Sprintf("ttyAMA%d", minor-64)
	case major == 229:
		return fmt.Sprintf("hvc%d", minor)
	case major == 5 && minor == 1:
		return "console"
	}
	return fmt.Sprintf("%d:%d", major, minor)
}
