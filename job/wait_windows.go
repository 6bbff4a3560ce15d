package job

import (
	"context"
	"errors"

	"golang.org/x/sys/windows"
)

// The system signals a job only when its time is up, and the message that no
// process is left may be lost, says Microsoft's page. So a Wait waits for the
// processes, one after the other, until the job has none. It takes a thread.

// waiter counts as one who needs the job's handle, until its last Close: a job
// that is to end with its last handle must not be kept by a Wait.
func (o *object) waiter(op string) (func(context.Context) error, error) {
	cancelled, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, systemError("CreateEvent", o.name, err)
	}
	o.mu.Lock()
	o.waiters++
	o.mu.Unlock()
	return func(ctx context.Context) error {
		told := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			windows.SetEvent(cancelled)
			close(told)
		})
		defer func() {
			if !stop() {
				<-told
			}
			windows.CloseHandle(cancelled)
			o.noLongerNeeded(&o.waiters)
		}()
		return o.wait(ctx, op, cancelled)
	}, nil
}

func (o *object) wait(ctx context.Context, op string, cancelled windows.Handle) error {
	for {
		process, timeout, err := o.next()
		if err != nil {
			return systemError(op, o.name, err)
		}
		if timeout == 0 {
			return nil
		}
		handles := []windows.Handle{cancelled}
		if process != 0 {
			handles = append(handles, process)
		}
		event, err := windows.WaitForMultipleObjects(handles, false, timeout)
		if process != 0 {
			windows.CloseHandle(process)
		}
		switch {
		case err != nil:
			return systemError(op, o.name, err)
		case event == windows.WAIT_OBJECT_0:
			code := ERROR_CANCELLED
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				code = ERROR_TIMEOUT
			}
			return &Error{Op: op, Object: o.name, Code: code, Err: context.Cause(ctx)}
		}
	}
}

// In how many milliseconds a job is looked at again that has only processes that
// have ended a moment ago (soon), or that may not be opened (again).
const (
	soon  = 1
	again = 20
)

// next is a process to wait for, and how long; no time at all says that there
// is none left.
func (o *object) next() (process windows.Handle, timeout uint32, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.handle == 0 {
		for _, h := range o.left {
			if running(h) {
				process, err = duplicate(h)
				return process, windows.INFINITE, err
			}
		}
		return 0, 0, o.leftErr
	}
	ids, err := members(o.handle)
	if err != nil {
		return 0, 0, err
	}
	process, timeout = firstOf(o.handle, ids)
	return process, timeout, nil
}

// firstOf is next, of a list that was made a moment ago. That all of it have ended
// says nothing: one may have made another process since.
func firstOf(job windows.Handle, ids []int) (process windows.Handle, timeout uint32) {
	for _, id := range ids {
		h, err := openMember(job, id)
		switch {
		case err == nil:
			return h, windows.INFINITE
		case err == errNoMember:
			timeout = max(timeout, soon)
		default:
			timeout = again
		}
	}
	return 0, timeout
}

var errNoMember = errors.New("the process has ended")

// openMember opens a process to wait for it, if the number still is a process of
// the job, and one that runs.
func openMember(job windows.Handle, id int) (h windows.Handle, err error) {
	// To say whether a process is in a job Wine 8 asks for more than Windows does.
	for _, access := range []uint32{windows.PROCESS_QUERY_LIMITED_INFORMATION, windows.PROCESS_QUERY_INFORMATION} {
		h, err = windows.OpenProcess(windows.SYNCHRONIZE|access, false, uint32(id))
		if err == windows.ERROR_INVALID_PARAMETER {
			return 0, errNoMember
		}
		if err != nil {
			return 0, err
		}
		var is bool
		is, err = inJob(h, job)
		if err == nil && is && running(h) {
			return h, nil
		}
		windows.CloseHandle(h)
		if err != windows.ERROR_ACCESS_DENIED {
			break
		}
	}
	if err == nil {
		err = errNoMember
	}
	return 0, err
}

func running(process windows.Handle) bool {
	event, err := windows.WaitForSingleObject(process, 0)
	return err == nil && event != windows.WAIT_OBJECT_0
}

// closeHandle closes the job's handle, or leaves that to the last who needs it.
// Where that would keep the job from ending its processes, the waiters get handles
// to these instead, and a nested job is by itself.
func (o *object) closeHandle() error {
	o.using.Lock()
	defer o.using.Unlock()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.waiters+o.nested > 0 && !o.kills() {
		return nil
	}
	if o.waiters > 0 {
		ids, err := members(o.handle)
		o.leftErr = err
		for _, id := range ids {
			h, err := openMember(o.handle, id)
			switch {
			case err == nil:
				o.left = append(o.left, h)
			case err != errNoMember:
				o.leftErr = err
			}
		}
	}
	return o.closeNow()
}

// kills tells whether the job ends with its last handle. Called with mu locked.
func (o *object) kills() bool {
	var l windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	err := query(o.handle, windows.JobObjectExtendedLimitInformation, &l)
	return err != nil || o.kill || LimitFlags(l.BasicLimitInformation.LimitFlags)&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0
}

// closeNow is called with both locked.
func (o *object) closeNow() error {
	h := o.handle
	o.handle = 0
	return windows.CloseHandle(h)
}

// noLongerNeeded takes one from waiters or from nested.
func (o *object) noLongerNeeded(by *int) {
	o.using.Lock()
	defer o.using.Unlock()
	o.mu.Lock()
	defer o.mu.Unlock()
	*by--
	if o.waiters == 0 {
		for _, h := range o.left {
			windows.CloseHandle(h)
		}
		o.left = nil
	}
	if o.waiters+o.nested == 0 && o.closed && o.handle != 0 {
		o.closeNow()
	}
}
