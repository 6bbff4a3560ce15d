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
			o.endWaiter()
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

// again is in how many milliseconds a job is looked at that has only processes
// that may not be opened.
const again = 20

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
		return 0, 0, nil
	}
	ids, err := members(o.handle)
	if err != nil {
		return 0, 0, err
	}
	for _, id := range ids {
		h, err := openMember(o.handle, id)
		switch {
		case errors.Is(err, errNoMember):
		case err != nil:
			timeout = again
		case running(h):
			return h, windows.INFINITE, nil
		default:
			windows.CloseHandle(h)
		}
	}
	return 0, timeout, nil
}

var errNoMember = errors.New("the process has ended")

// openMember opens a process to wait for it, if the number still is a process of
// the job.
func openMember(job windows.Handle, id int) (windows.Handle, error) {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(id))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return 0, errNoMember
	}
	if err != nil {
		return 0, err
	}
	is, err := inJob(h, job)
	if err == nil && !is {
		err = errNoMember
	}
	if err != nil {
		windows.CloseHandle(h)
		return 0, err
	}
	return h, nil
}

func running(process windows.Handle) bool {
	event, err := windows.WaitForSingleObject(process, 0)
	return err == nil && event != windows.WAIT_OBJECT_0
}

// closeHandle closes the job's handle, or leaves that to the last waiter. Where
// that would keep the job from ending its processes, the waiters get handles to
// these instead.
func (o *object) closeHandle() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.waiters > 0 {
		var l windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
		err := query(o.handle, windows.JobObjectExtendedLimitInformation, &l)
		kill := o.kill || LimitFlags(l.BasicLimitInformation.LimitFlags)&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0
		if err == nil && !kill {
			return nil
		}
		ids, _ := members(o.handle)
		for _, id := range ids {
			if h, err := openMember(o.handle, id); err == nil {
				o.left = append(o.left, h)
			}
		}
	}
	h := o.handle
	o.handle = 0
	return windows.CloseHandle(h)
}

func (o *object) endWaiter() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiters--; o.waiters > 0 {
		return
	}
	for _, h := range o.left {
		windows.CloseHandle(h)
	}
	o.left = nil
	if o.closed && o.handle != 0 {
		windows.CloseHandle(o.handle)
		o.handle = 0
	}
}
