//go:build linux

package service

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
)

// childFiles are what a child is to have, from the descriptors that came with
// the request.
type childFiles struct {
	std    [3]*os.File // nil: the null device
	others []createprocess.InheritedHandle
	opened []*os.File
}

func (c *childFiles) close() {
	for _, f := range c.opened {
		f.Close()
	}
}

// takeFiles takes the packet's descriptors over. They must be as many as the
// request says, and each a file that a child can have: a file, a pipe, a socket
// or a terminal. A directory, a device, or what the kernel has no type for
// (another process, a mount, an epoll descriptor) is refused.
func takeFiles(c *seclogon.Create, packet *seclogon.Packet) (*childFiles, error) {
	if c.Sent() != len(packet.Files) {
		return nil, refusal(createprocess.ERROR_INVALID_PARAMETER, "inherit", "", fmt.Sprintf("%d descriptors came, and the request has %d", len(packet.Files), c.Sent()))
	}
	for _, fd := range packet.Files {
		if what := unfit(fd); what != "" {
			return nil, refusal(createprocess.ERROR_INVALID_PARAMETER, "inherit", "", "a descriptor is "+what)
		}
	}
	files, rest := new(childFiles), packet.Files
	packet.Files = nil
	for i, f := range c.Files {
		if f.Null {
			continue
		}
		file := os.NewFile(uintptr(rest[0]), "descriptor "+strconv.Itoa(f.Number))
		rest = rest[1:]
		files.opened = append(files.opened, file)
		if i < 3 {
			files.std[i] = file
		} else {
			files.others = append(files.others, createprocess.InheritedHandle{File: file, Number: f.Number})
		}
	}
	return files, nil
}

// unfit is what is wrong with a descriptor; "" if nothing is. It asks nobody
// but the kernel: a file on a file system of the client's own must not keep us
// waiting (AT_STATX_DONT_SYNC).
func unfit(fd int) string {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return err.Error()
	}
	if flags&unix.O_PATH != 0 {
		return "a path that is not open (O_PATH)"
	}
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &st); err != nil {
		return err.Error()
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFIFO, unix.S_IFSOCK:
		return ""
	case unix.S_IFCHR:
		if st.Rdev_major == memoryDevices && (st.Rdev_minor == 3 || st.Rdev_minor == 5 || st.Rdev_minor == 7 || st.Rdev_minor == 8 || st.Rdev_minor == 9) {
			return "" // null, zero, full, random, urandom
		}
		if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
			return ""
		}
		return "a device"
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFBLK:
		return "a device"
	}
	return "neither a file, a pipe, a socket nor a terminal"
}

const memoryDevices = 1
