//go:build linux

package service

import (
	"encoding/binary"
	"os/user"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/security"
)

// peer is who is at the other end of a connection, as the kernel says: nothing
// of it comes from a message. It is who connected, whoever has the socket now. A
// connection has no capabilities: root is who has the user number 0, and his token
// has root's privileges.
type peer struct {
	pid    int
	uid    uint32
	gid    uint32
	groups []uint32
	token  *security.Token
	image  string // for the audit; "" if it cannot be known
}

// peerOf asks the kernel: SO_PEERCRED, SO_PEERGROUPS and, from Linux 6.5,
// SO_PEERPIDFD, with which the process can be told from a later one that has
// its number.
func peerOf(c *seclogon.Conn) (*peer, error) {
	p := new(peer)
	err := c.Control(func(fd int) error {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return err
		}
		p.pid, p.uid, p.gid = int(cred.Pid), cred.Uid, cred.Gid
		if p.groups, err = peerGroups(fd); err != nil {
			return err
		}
		if process, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERPIDFD); err == nil {
			defer unix.Close(process)
			image := imageOf(p.pid)
			if pidfd.Signal(process, 0) == nil { // it was its own
				p.image = image
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.token = security.UnixToken(p.uid, append([]uint32{p.gid}, p.groups...)...)
	return p, nil
}

// peerGroups are the supplementary groups.
func peerGroups(fd int) ([]uint32, error) {
	for size := uint32(64); ; {
		buffer := make([]byte, 4*size)
		length := uint32(len(buffer))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&length)), 0)
		if errno == unix.ERANGE && length > uint32(len(buffer)) {
			size = length / 4
			continue
		}
		if errno != 0 {
			return nil, errno
		}
		groups := make([]uint32, 0, length/4)
		for b := buffer[:length]; len(b) >= 4; b = b[4:] {
			groups = append(groups, binary.NativeEndian.Uint32(b))
		}
		return groups, nil
	}
}

func imageOf(pid int) string {
	buffer := make([]byte, 4096)
	n, err := unix.Readlink("/proc/"+strconv.Itoa(pid)+"/exe", buffer)
	if err != nil {
		return ""
	}
	return string(buffer[:n])
}

// name is the caller's, or its number.
func (p *peer) name() string {
	id := strconv.FormatUint(uint64(p.uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}
