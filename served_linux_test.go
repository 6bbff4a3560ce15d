package createprocess

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"golang.org/x/sys/unix"
)

// slowService is the service's end of a connection. It answers when the test
// says so.
type slowService struct {
	t    *testing.T
	conn *seclogon.Conn
	ops  chan seclogon.Op // as they arrive
	end  chan struct{}
}

// served is a handle to a process of that service's, which is in truth a child of
// the test's own, and that child.
func served(t *testing.T) (*slowService, *Process, *ProcessInformation) {
	t.Helper()
	child, err := CreateProcess(Params{Args: []string{"/bin/sleep", "1000"}, CurrentDirectory: "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		child.Process.Terminate(0)
		child.Close()
	})
	fd, err := child.Process.object.duplicatePidfd()
	if err != nil {
		t.Fatal(err)
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]*seclogon.Conn
	for i := range conns {
		if conns[i], err = seclogon.NewConnFD(ends[i]); err != nil {
			t.Fatal(err)
		}
	}
	s := &slowService{t, conns[1], make(chan seclogon.Op, 16), make(chan struct{})}
	go func() {
		defer close(s.end)
		for {
			packet, err := s.conn.Receive()
			if err != nil {
				return
			}
			r, _, err := seclogon.DecodeRequest(packet.Bytes())
			packet.Release()
			if err != nil {
				t.Error(err)
				return
			}
			s.ops <- r.Op
		}
	}()
	o := new(object)
	o.serve(conns[0], &seclogon.Response{PID: child.ProcessID, Created: time.Now().UnixNano()}, []int{fd})
	p := new(Process)
	p.open(o, child.ProcessID, &processRights, PROCESS_ALL_ACCESS, false)
	o.release()
	t.Cleanup(func() {
		p.Close()
		s.conn.Close()
		<-s.end
	})
	return s, p, child
}

func (s *slowService) expect(op seclogon.Op) {
	s.t.Helper()
	select {
	case got := <-s.ops:
		if got != op {
			s.t.Errorf("the service was asked for %q, want %q", got, op)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the service was not asked for %q", op)
	}
}

func (s *slowService) answer(r *seclogon.Response) {
	s.t.Helper()
	if err := s.conn.Send(r, nil, nil); err != nil {
		s.t.Error(err)
	}
}

// meanwhile calls f, which must not wait for the service.
func meanwhile(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second): // the service's patience is 10 seconds
		t.Fatalf("%s waits for the service", what)
	}
}

type result struct {
	code uint32
	err  error
}

// inBackground calls f, whose result the test receives.
func inBackground(f func() (uint32, error)) <-chan result {
	c := make(chan result, 1)
	go func() {
		code, err := f()
		c <- result{code, err}
	}()
	return c
}

// TestSlowService: while the service takes its time with one request, others can
// ask what needs no service.
func TestSlowService(t *testing.T) {
	s, p, _ := served(t)
	terminated := inBackground(func() (uint32, error) { return 0, p.Terminate(7) })
	s.expect(seclogon.OpTerminate)
	meanwhile(t, "Exited", func() {
		if ended, err := p.Exited(); ended || err != nil {
			t.Error(ended, err)
		}
	})
	meanwhile(t, "Duplicate", func() {
		d, err := p.Duplicate(PROCESS_QUERY_LIMITED_INFORMATION, false)
		if err != nil {
			t.Error(err)
			return
		}
		d.Close()
	})
	s.answer(&seclogon.Response{})
	if r := <-terminated; r.err != nil {
		t.Error(r.err)
	}
}

// TestSlowServiceEnd: the end is asked for by several at once. Each is told it,
// from one answer.
func TestSlowServiceEnd(t *testing.T) {
	s, p, child := served(t)
	if err := child.Process.Terminate(1); err != nil {
		t.Fatal(err)
	}
	if r, err := WaitForSingleObject(p, 20*time.Second); r != WAIT_OBJECT_0 || err != nil {
		t.Fatal(r, err)
	}
	first, second := inBackground(p.ExitCode), inBackground(p.ExitCode)
	s.expect(seclogon.OpQuery)
	meanwhile(t, "Exited", func() {
		if ended, err := p.Exited(); !ended || err != nil {
			t.Error(ended, err)
		}
	})
	s.answer(&seclogon.Response{End: &seclogon.End{Code: 0xdeadbeef, Signal: int(unix.SIGKILL)}})
	for _, c := range []<-chan result{first, second} {
		if r := <-c; r.code != 0xdeadbeef || r.err != nil {
			t.Errorf("0x%x %v", r.code, r.err)
		}
	}
	if err := p.Terminate(2); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Error(err)
	}
}

// TestSlowServiceClose: the last handle is closed in the middle of a request,
// which ends with an error.
func TestSlowServiceClose(t *testing.T) {
	s, p, _ := served(t)
	suspended := inBackground(p.Suspend)
	s.expect(seclogon.OpSuspend)
	meanwhile(t, "Close", func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if r := <-suspended; r.err == nil {
		t.Error("it has been suspended")
	}
}
