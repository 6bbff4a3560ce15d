//go:build linux && cgo

package service_test

import (
	"encoding/json"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/service"
)

// FuzzService sends packets to a service that runs, as a user, with a descriptor
// or without. Each is answered or is the connection's end, and afterwards the
// service still serves.
func FuzzService(f *testing.F) {
	if os.Geteuid() != 0 {
		f.Skip("only root can become users")
	}
	r := start(f, service.Limits{Logon: 5 * time.Second})
	u := user{name: "nobody", uid: 65534, gid: 65534}
	devnull, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { devnull.Close() })
	for _, request := range []any{
		seclogon.Request{Op: seclogon.OpCreate, Create: request("", "/bin/true")},
		seclogon.Request{Op: seclogon.OpCreate, Create: request("root", "/bin/true")},
		seclogon.Request{Op: seclogon.OpOpen, PID: 1, Access: 0x1fffff},
		seclogon.Request{Op: seclogon.OpSetDescriptor, Descriptor: []byte{1}},
		seclogon.Request{Op: seclogon.OpList},
		seclogon.Request{Op: seclogon.OpQuery},
	} {
		body, err := json.Marshal(request)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet(string(body), ""), false)
		f.Add(packet(string(body), "secret"), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, descriptor bool) {
		if len(data) == 0 || len(data) > seclogon.MaxPacket {
			return
		}
		var c *net.UnixConn
		var err error
		as(t, u, func() { c, err = net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.path, Net: "unixpacket"}) })
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var oob []byte
		if descriptor {
			oob = unix.UnixRights(int(devnull.Fd()))
		}
		if _, _, err := c.WriteMsgUnix(data, oob, nil); err != nil {
			t.Fatal(err)
		}
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		answer := make([]byte, seclogon.MaxPacket)
		rights := make([]byte, 4096)
		n, rightsLen, _, _, err := c.ReadMsgUnix(answer, rights)
		if rightsLen > 0 {
			closeRights(t, rights[:rightsLen])
		}
		if err != nil && os.IsTimeout(err) {
			t.Fatalf("%q is not answered", data)
		}
		if n > 0 {
			if _, err := seclogon.Decode(answer[:n], new(seclogon.Response)); err != nil {
				t.Fatalf("%q is answered by %q: %v", data, answer[:n], err)
			}
		}
		list := dial(t, r, user{})
		defer list.Close()
		if _, _, err := list.Call(&seclogon.Request{Op: seclogon.OpList}, nil, nil); err != nil {
			t.Fatalf("after %q: %v", data, err)
		}
	})
}

// closeRights closes the descriptors that came with a packet.
func closeRights(t *testing.T, control []byte) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
}
