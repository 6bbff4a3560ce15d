package createprocess

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/unix"
)

// A process that createprocessd has created is a stranger whose object has a
// connection to the service. What the kernel lets nobody else do goes there:
// the connection is the handle, with the access that the service has granted.
// The end is seen by the pidfd that the service has sent, and how it came is
// asked of the service. If that has ended the kernel is asked what it knows.

// serve makes o the process of a connection.
func (o *object) serve(conn *seclogon.Conn, r *seclogon.Response, files []int) {
	o.pid, o.created, o.stranger, o.pidfd = r.PID, time.Unix(0, r.Created), true, -1
	o.references.Store(1)
	o.service = conn
	if len(files) > 0 {
		o.pidfd = files[0]
	}
	if r.End != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.complete(pidfd.End{}, errNotAsked)
		o.endByService(r.End)
	}
}

// openServed is OpenProcess for what the kernel denies: the service is asked, if
// there is one. If it does not know the process the kernel's answer counts.
func openServed(access AccessMask, inherit bool, pid int, denied *Error) (*Process, error) {
	conn, err := seclogon.Dial(seclogon.SocketPath())
	if err != nil {
		return nil, denied
	}
	response, files, err := conn.Call(&seclogon.Request{Op: seclogon.OpOpen, PID: pid, Access: uint32(access)}, nil, nil)
	if err != nil {
		conn.Close()
		var failure *seclogon.Failure
		if errors.As(err, &failure) {
			denied.Err = fmt.Errorf("%w; %s", denied.Err, failure.Text)
		}
		return nil, denied
	}
	o := new(object)
	o.serve(conn, response, files)
	defer o.release()
	p := new(Process)
	p.open(o, pid, &processRights, AccessMask(response.Access), inherit)
	return p, nil
}

// ask sends the service a request. The caller holds o.mu, which is free for others
// until the answer is there: what was so before need not be so any more. If the
// service is not o's any more, somebody else has been told of the end, or nobody
// has a handle that could want to know.
func (o *object) ask(r *seclogon.Request) (*seclogon.Response, error) {
	conn := o.service
	o.mu.Unlock()
	defer o.mu.Lock()
	response, _, err := conn.Call(r, nil, nil)
	return response, err
}

var errNotAsked = errors.New("the service has not been asked yet how the process ended")

// pollServed is pollStranger without a pidfd, which a handle without
// SYNCHRONIZE has not.
func (o *object) pollServed() bool {
	response, err := o.ask(&seclogon.Request{Op: seclogon.OpQuery})
	switch {
	case o.ended:
	case err != nil:
		o.complete(pidfd.End{}, o.serviceError("Wait", err))
	case response.End != nil:
		o.complete(pidfd.End{}, errNotAsked)
		o.endByService(response.End)
	}
	return o.ended
}

// askService asks how the process has ended. The caller holds o.mu, which is free
// for others while this waits.
func (o *object) askService() {
	const patience, pause = time.Second, 5 * time.Millisecond
	for begin := time.Now(); o.service != nil; {
		response, err := o.ask(&seclogon.Request{Op: seclogon.OpQuery})
		switch {
		case o.service == nil:
			return
		case err == nil && response.End != nil:
			o.endByService(response.End)
			return
		case err != nil, time.Since(begin) > patience:
			if err == nil {
				err = seclogon.ErrClosed
			}
			o.endErr = o.serviceError("Wait", err)
			o.leaveService()
			o.askAgain() // the kernel may know
			return
		}
		o.mu.Unlock()
		time.Sleep(pause)
		o.mu.Lock()
	}
}

// endUnasked is called when the process has ended. The connection is not kept
// for a handle that nobody asks.
func (o *object) endUnasked() {
	o.complete(pidfd.End{}, errNotAsked)
	time.AfterFunc(grownUp, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.askService()
	})
}

// endByService takes over what the service says of the end, and closes the
// connection: there is nothing more to ask.
func (o *object) endByService(e *seclogon.End) {
	o.end, o.endErr = pidfd.End{Code: int(e.Code), Signal: syscall.Signal(e.Signal)}, nil
	if o.end.Signal == syscall.SIGKILL {
		o.killed, o.killedFor = true, e.Code
	}
	o.code32 = e.Code
	o.exited = time.Unix(0, e.Exit)
	if u := e.Usage; u != nil {
		o.told = true
		o.usage = unix.Rusage{
			Utime: unix.NsecToTimeval(u.User), Stime: unix.NsecToTimeval(u.Kernel), Maxrss: int64(u.PeakMemory >> 10),
			Minflt: int64(u.PageFaults - u.MajorFaults), Majflt: int64(u.MajorFaults),
			Nvcsw: int64(u.VoluntarySwitches), Nivcsw: int64(u.InvoluntarySwitches),
			Inblock: int64(u.ReadBytes / 512), Oublock: int64(u.WriteBytes / 512),
		}
	}
	o.leaveService()
	o.doneWithPidfd()
}

// leaveService closes the connection. The caller holds o.mu.
func (o *object) leaveService() {
	if o.service != nil {
		o.service.Close()
		o.service = nil
	}
}

// servedDescriptor is the descriptor that the service keeps, which has none for
// the thread. The caller holds o.mu.
func (o *object) servedDescriptor(kind *rights) (*security.SecurityDescriptor, error) {
	const op = "GetSecurityInfo"
	if kind == &threadRights {
		return nil, &Error{Op: op, Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: errors.New("createprocessd keeps a descriptor for the process only")}
	}
	response, err := o.ask(&seclogon.Request{Op: seclogon.OpDescriptor})
	if err != nil {
		return nil, o.serviceError(op, err)
	}
	sd := new(security.SecurityDescriptor)
	if err := sd.UnmarshalBinary(response.Descriptor); err != nil {
		return nil, securityError(op, o.name(), err)
	}
	return sd, nil
}

// setServedDescriptor has the service change those parts that sd has. Handled is
// false if the process is none of the service's.
func (o *object) setServedDescriptor(op string, sd *security.SecurityDescriptor) (handled bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.service == nil {
		return false, nil
	}
	data, err := sd.MarshalBinary()
	if err != nil {
		return true, securityError(op, o.name(), err)
	}
	if _, err := o.ask(&seclogon.Request{Op: seclogon.OpSetDescriptor, Descriptor: data}); err != nil {
		return true, o.serviceError(op, err)
	}
	return true, nil
}

// byService does what the kernel would not let this program do. Handled is
// false if there is no service any more: the caller then tries by itself. It holds
// o.mu, which is free for others while this waits.
func (o *object) byService(op string, r *seclogon.Request) (previous uint32, handled bool, err error) {
	if o.service == nil {
		return 0, false, nil
	}
	response, err := o.ask(r)
	var failure *seclogon.Failure
	switch {
	case err == nil:
		return response.Previous, true, nil
	case errors.As(err, &failure):
	case o.ended:
		return 0, true, o.hasEnded(op)
	case o.pidfd >= 0 && pidfd.Signal(o.pidfd, 0) == nil:
		return 0, false, nil
	}
	return 0, true, o.serviceError(op, err)
}

func (o *object) serviceError(op string, err error) error {
	var failure *seclogon.Failure
	if errors.As(err, &failure) {
		e := failureError(failure)
		e.Op, e.Object = op, o.name()
		return e
	}
	return &Error{Op: op, Object: o.name(), Code: ERROR_SERVICE_NOT_ACTIVE, Err: err}
}
