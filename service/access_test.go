//go:build linux && cgo

package service_test

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/service"
)

// TestAccessMatrix: descriptors × what is wanted × who asks. Each answer is the
// access check's own, and what is granted can then be done, and nothing else.
func TestAccessMatrix(t *testing.T) {
	r := start(t, service.Limits{})
	creator, operator, other, target := addUser(t), addUser(t), addUser(t), addUser(t)
	run(t, "usermod", "--append", "--groups", "games", operator.name)
	sid := func(u user) string { return security.UnixUser(u.uid).String() }
	group := func(u user) string { return security.UnixGroup(u.gid).String() }
	descriptors := []string{
		"", // the default
		"D:",
		"D:(A;;GA;;;WD)",
		"D:(A;;0x1;;;" + sid(operator) + ")",
		"D:(A;;0x801;;;" + sid(operator) + ")(A;;0x101000;;;AU)",
		"D:(D;;0x1;;;" + sid(operator) + ")(A;;GA;;;WD)",
		"D:(A;;GA;;;WD)(D;;0x1;;;" + sid(operator) + ")",
		"D:(A;;GR;;;" + group(operator) + ")(A;;GX;;;" + group(other) + ")",
		"D:(A;IO;GA;;;WD)(A;;0x800;;;" + sid(other) + ")",
		"O:" + sid(operator) + "D:(A;;0x1000;;;WD)",
		"O:" + sid(operator) + "D:(A;;0x1000;;;OW)",
		"O:" + sid(other) + "G:" + group(other) + "D:(D;;GA;;;" + sid(other) + ")",
		"D:NO_ACCESS_CONTROL",
	}
	wanted := []createprocess.AccessMask{
		0,
		createprocess.PROCESS_TERMINATE,
		createprocess.PROCESS_SUSPEND_RESUME,
		createprocess.PROCESS_QUERY_LIMITED_INFORMATION,
		createprocess.PROCESS_QUERY_INFORMATION,
		createprocess.SYNCHRONIZE | createprocess.PROCESS_TERMINATE,
		createprocess.READ_CONTROL,
		createprocess.WRITE_DAC,
		createprocess.WRITE_OWNER,
		createprocess.PROCESS_ALL_ACCESS,
		createprocess.GENERIC_READ,
		createprocess.GENERIC_EXECUTE,
		createprocess.MAXIMUM_ALLOWED,
		createprocess.MAXIMUM_ALLOWED | createprocess.PROCESS_TERMINATE,
		security.ACCESS_SYSTEM_SECURITY,
	}
	cells, granted := 0, 0
	for _, sddl := range descriptors {
		conn := dial(t, r, creator)
		defer conn.Close()
		c := request(target.name, "/bin/sleep", "1000")
		want := security.ProcessDescriptor(security.UnixUser(target.uid), security.UnixGroup(target.gid))
		if sddl != "" {
			var err error
			if want, err = security.ParseSDDL(sddl); err != nil {
				t.Fatal(err)
			}
			data, err := want.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			c.Process = &seclogon.Security{Descriptor: data}
			if want.Owner.IsZero() {
				want.Owner = security.UnixUser(target.uid)
			}
		}
		response, err := create(conn, c, password)
		if err != nil {
			t.Fatal(err)
		}
		if got := createprocess.AccessMask(response.Access); got != createprocess.PROCESS_ALL_ACCESS {
			t.Errorf("%q: the creator has %#x", sddl, got)
		}
		for _, who := range []user{creator, operator, other, target} {
			groups := []uint32{who.gid, who.gid} // as helper "as" has it
			token := security.UnixToken(who.uid, groups...)
			for _, desired := range wanted {
				cells++
				mask, ok := security.AccessCheck(want, token, desired, security.ProcessMapping)
				if ok && mask&createprocess.PROCESS_QUERY_INFORMATION != 0 {
					mask |= createprocess.PROCESS_QUERY_LIMITED_INFORMATION // as everywhere in this module
				}
				other := dial(t, r, who)
				answer, files, err := other.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: response.PID, Access: uint32(desired)}, nil, nil)
				for _, fd := range files {
					unix.Close(fd)
				}
				cell := fmt.Sprintf("%q, %#x for %s", sddl, desired, who.name)
				switch {
				case !ok && code(err) != createprocess.ERROR_ACCESS_DENIED:
					t.Errorf("%s: %+v %v, and not ERROR_ACCESS_DENIED", cell, answer, err)
				case ok && err != nil:
					t.Errorf("%s: %v, and not %#x", cell, err, mask)
				case ok && createprocess.AccessMask(answer.Access) != mask:
					t.Errorf("%s: %#x, and not %#x", cell, answer.Access, mask)
				case ok && (len(files) == 1) != (mask&createprocess.SYNCHRONIZE != 0):
					t.Errorf("%s: %d pidfds", cell, len(files))
				}
				if ok && err == nil {
					granted++
					tryAll(t, cell, other, mask)
				}
				other.Close()
			}
		}
		// The creator's handle has what it had.
		if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpTerminate, Code: 0xdeadbeef}, nil, nil); err != nil {
			t.Errorf("%q: %v", sddl, err)
		}
		if e := end(t, conn); e.Code != 0xdeadbeef {
			t.Errorf("%q: exit code %#x", sddl, e.Code)
		}
	}
	t.Logf("%d cells, %d granted", cells, granted)
	if cells < 500 {
		t.Errorf("%d cells", cells)
	}
}

// tryAll asks for each operation that ends nothing: it is done if the handle
// has the right, and is ERROR_ACCESS_DENIED if not.
func tryAll(t *testing.T, cell string, conn *seclogon.Conn, mask createprocess.AccessMask) {
	t.Helper()
	for _, op := range []struct {
		op   seclogon.Op
		need createprocess.AccessMask
	}{
		{seclogon.OpQuery, createprocess.PROCESS_QUERY_LIMITED_INFORMATION},
		{seclogon.OpSuspend, createprocess.PROCESS_SUSPEND_RESUME},
		{seclogon.OpResume, createprocess.PROCESS_SUSPEND_RESUME},
		{seclogon.OpDescriptor, createprocess.READ_CONTROL},
	} {
		_, _, err := conn.Call(&seclogon.Request{Op: op.op}, nil, nil)
		if may := mask&op.need == op.need; may && err != nil || !may && code(err) != createprocess.ERROR_ACCESS_DENIED {
			t.Errorf("%s: %s: %v, with %#x", cell, op.op, err, mask)
		}
	}
	if mask&createprocess.PROCESS_TERMINATE == 0 {
		if _, _, err := conn.Call(&seclogon.Request{Op: seclogon.OpTerminate}, nil, nil); code(err) != createprocess.ERROR_ACCESS_DENIED {
			t.Errorf("%s: terminate: %v, with %#x", cell, err, mask)
		}
	}
}

// TestRoot opens every process, as with SeDebugPrivilege.
func TestRoot(t *testing.T) {
	r := start(t, service.Limits{})
	creator, target := addUser(t), addUser(t)
	conn := dial(t, r, creator)
	defer conn.Close()
	c := request(target.name, "/bin/sleep", "1000")
	sd, err := security.ParseSDDL("D:")
	if err != nil {
		t.Fatal(err)
	}
	data, _ := sd.MarshalBinary()
	c.Process = &seclogon.Security{Descriptor: data}
	response, err := create(conn, c, password)
	if err != nil {
		t.Fatal(err)
	}
	root := dial(t, r, user{})
	defer root.Close()
	answer, files, err := root.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: response.PID, Access: uint32(createprocess.PROCESS_ALL_ACCESS)}, nil, nil)
	if err != nil || createprocess.AccessMask(answer.Access) != createprocess.PROCESS_ALL_ACCESS {
		t.Fatal(answer, err)
	}
	for _, fd := range files {
		unix.Close(fd)
	}
	if _, _, err := root.Call(&seclogon.Request{Op: seclogon.OpTerminate, Code: 7}, nil, nil); err != nil {
		t.Error(err)
	}
	if e := end(t, conn); e.Code != 7 {
		t.Errorf("exit code %d", e.Code)
	}
}

// TestSetDescriptor: who has WRITE_DAC says who may do what from then on.
func TestSetDescriptor(t *testing.T) {
	r := start(t, service.Limits{})
	creator, operator, target := addUser(t), addUser(t), addUser(t)
	conn := dial(t, r, creator)
	defer conn.Close()
	response, err := create(conn, request(target.name, "/bin/sleep", "1000"), password)
	if err != nil {
		t.Fatal(err)
	}
	open := func(u user, access createprocess.AccessMask) (*seclogon.Conn, error) {
		c := dial(t, r, u)
		t.Cleanup(func() { c.Close() })
		_, files, err := c.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: response.PID, Access: uint32(access)}, nil, nil)
		for _, fd := range files {
			unix.Close(fd)
		}
		return c, err
	}
	set := func(c *seclogon.Conn, sddl string) error {
		sd, err := security.ParseSDDL(sddl)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := sd.MarshalBinary()
		_, _, err = c.Call(&seclogon.Request{Op: seclogon.OpSetDescriptor, Descriptor: data}, nil, nil)
		return err
	}
	_, err = open(operator, createprocess.PROCESS_TERMINATE)
	if code(err) != createprocess.ERROR_ACCESS_DENIED {
		t.Fatal(err)
	}
	if err := set(conn, "D:(A;;0x40001;;;"+security.UnixUser(operator.uid).String()+")"); err != nil {
		t.Fatal(err)
	}
	// WRITE_DAC is not WRITE_OWNER.
	writer, err := open(operator, createprocess.WRITE_DAC)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(writer, "O:"+security.UnixUser(operator.uid).String()+"D:"); code(err) != createprocess.ERROR_ACCESS_DENIED {
		t.Error(err)
	}
	if err := set(conn, "O:"+security.UnixUser(operator.uid).String()); code(err) != createprocess.ERROR_INVALID_OWNER {
		t.Error(err)
	}
	if err := set(conn, "O:"+security.UnixUser(creator.uid).String()); err != nil { // the DACL stays
		t.Error(err)
	}
	_, _, err = writer.Call(&seclogon.Request{Op: seclogon.OpSetDescriptor, Descriptor: []byte("no descriptor")}, nil, nil)
	if code(err) != createprocess.ERROR_INVALID_SECURITY_DESCR {
		t.Error(err)
	}
	after, err := open(operator, createprocess.PROCESS_TERMINATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := after.Call(&seclogon.Request{Op: seclogon.OpTerminate, Code: 9}, nil, nil); err != nil {
		t.Error(err)
	}
	if e := end(t, conn); e.Code != 9 {
		t.Errorf("exit code %d", e.Code)
	}
}
