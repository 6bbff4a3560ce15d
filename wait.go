package createprocess

import (
	"context"
	"errors"
	"math"
	"time"
)

// WaitResult is what a wait function answers.
type WaitResult uint32

const (
	WAIT_OBJECT_0 WaitResult = 0
	WAIT_TIMEOUT  WaitResult = 258
	WAIT_FAILED   WaitResult = 0xffffffff
)

// MAXIMUM_WAIT_OBJECTS is how many handles Win32 can wait for at once. Here
// it is the limit on Windows, and only if an event is among the handles.
const MAXIMUM_WAIT_OBJECTS = 64

// waitBeyond is added to the indices that Win32 does not have, from
// MAXIMUM_WAIT_OBJECTS on: the 259th would be WAIT_TIMEOUT.
const waitBeyond = 0x10000

func waitObjectResult(index int) WaitResult {
	if index >= MAXIMUM_WAIT_OBJECTS {
		index += waitBeyond
	}
	return WAIT_OBJECT_0 + WaitResult(index)
}

// Index is the index, among the handles waited for, of the one that ended the
// wait; false for WAIT_TIMEOUT and WAIT_FAILED. For the first 64 handles the
// result is WAIT_OBJECT_0 plus the index, as in Win32. For the others, which
// Win32 does not have, it is another number, and Index is the way to read it.
func (r WaitResult) Index() (index int, ok bool) {
	switch {
	case r < MAXIMUM_WAIT_OBJECTS:
		return int(r), true
	case r >= waitBeyond && r != WAIT_FAILED:
		return int(r - waitBeyond), true
	}
	return 0, false
}

// INFINITE as a timeout waits as long as it takes.
const INFINITE time.Duration = math.MaxInt64

// Waitable is a handle that can be waited for: a [*Process], its primary
// [*Thread], which ends with it, or an [*Event].
type Waitable interface {
	// waitable is nil if the handle is open and has SYNCHRONIZE.
	waitable(op string) error
	waitObject() waitObject
}

// waitObject is what a Waitable stands for: an *object or an *eventObject.
type waitObject interface {
	// look tells whether it is signaled. The look is a wait: it resets an
	// auto-reset event.
	look() (bool, error)
	// wait waits until it is signaled, or ctx is done.
	wait(ctx context.Context) error
}

func (p *Process) waitable(op string) error {
	_, err := p.use(op, SYNCHRONIZE)
	return err
}

func (p *Process) waitObject() waitObject { return p.object }

func (o *object) look() (bool, error) { return o.poll(), nil }

func checkWaitable(op string, h Waitable) error {
	if h == nil {
		return invalidHandle(op)
	}
	return h.waitable(op)
}

// WaitForSingleObject ([Microsoft's page]) waits until h is signaled — a process is when it has
// ended, an event when it is set — or the timeout has passed. It answers
// WAIT_OBJECT_0 or WAIT_TIMEOUT, or WAIT_FAILED with an error: a closed handle
// is ERROR_INVALID_HANDLE (6), one without SYNCHRONIZE ERROR_ACCESS_DENIED (5), a
// negative timeout ERROR_INVALID_PARAMETER (87). A timeout of zero does not wait but looks. The exit code is not its business:
// see [Process.ExitCode].
//
// [Microsoft's page]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobject
func WaitForSingleObject(h Waitable, timeout time.Duration) (WaitResult, error) {
	const op = "WaitForSingleObject"
	if err := checkWaitable(op, h); err != nil {
		return WAIT_FAILED, err
	}
	if timeout < 0 {
		return WAIT_FAILED, invalid(op, "", "the timeout is negative")
	}
	o := h.waitObject()
	if timeout == 0 {
		signaled, err := o.look()
		switch {
		case err != nil:
			return WAIT_FAILED, err
		case !signaled:
			return WAIT_TIMEOUT, nil
		}
		return WAIT_OBJECT_0, nil
	}
	ctx, cancel := withTimeout(timeout)
	defer cancel()
	return waitResult(0, o.wait(ctx))
}

// WaitForMultipleObjects waits until one of the handles is signaled, or with
// waitAll until all are at one moment, or the timeout has passed. It follows
// Microsoft's page [WaitForMultipleObjects].
//
// It answers WAIT_OBJECT_0 plus the index of the handle that ended the wait,
// the lowest if there are several (see [WaitResult.Index] for more than 64
// handles), and WAIT_OBJECT_0 if all did; or WAIT_TIMEOUT; or WAIT_FAILED
// with an error, which is ERROR_INVALID_HANDLE (6) for a closed handle and
// ERROR_INVALID_PARAMETER (87) for a negative timeout, no handle at all, one
// handle twice, and with waitAll two handles to one object. A timeout of zero
// does not wait but looks.
//
// Of auto-reset events the wait resets the one that ended it, or with waitAll
// all of them, at once; a wait that is not ended by them resets none.
//
// On Linux there may be any number of handles. A wait costs time in proportion
// to it, and while it lasts some 50 bytes for each handle, or 8 with waitAll.
// On Windows 64 handles are the limit if there is an event among them (87),
// and such a wait takes a thread; a wait for any number of processes, and
// [WaitForSingleObject], take none.
//
// [WaitForMultipleObjects]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitformultipleobjects
func WaitForMultipleObjects(handles []Waitable, waitAll bool, timeout time.Duration) (WaitResult, error) {
	const op = "WaitForMultipleObjects"
	if timeout < 0 {
		return WAIT_FAILED, invalid(op, "", "the timeout is negative")
	}
	ctx, cancel := withTimeout(timeout)
	defer cancel()
	return waitResult(waitForMultiple(ctx, op, handles, waitAll))
}

// WaitContext is [WaitForMultipleObjects] for those who have a context rather
// than a timeout. It returns the index of the handle that ended the wait, 0 if
// all did. If ctx is done first it returns ctx's error, as ERROR_TIMEOUT (1460)
// or ERROR_CANCELLED (1223) that is also context.DeadlineExceeded or
// context.Canceled; if ctx is done already it looks.
func WaitContext(ctx context.Context, handles []Waitable, waitAll bool) (index int, err error) {
	return waitForMultiple(ctx, "WaitContext", handles, waitAll)
}

func waitForMultiple(ctx context.Context, op string, handles []Waitable, all bool) (int, error) {
	if len(handles) == 0 {
		return 0, invalid(op, "", "there is no handle")
	}
	for _, h := range handles {
		if err := checkWaitable(op, h); err != nil {
			return 0, err
		}
	}
	return waitMultiple(ctx, op, handles, all)
}

// givenTwice tells whether one handle is there twice.
func givenTwice(handles []Waitable) bool {
	seen := make(map[Waitable]struct{}, len(handles))
	for _, h := range handles {
		seen[h] = struct{}{}
	}
	return len(seen) < len(handles)
}

// sameObject tells whether two handles are to one object. A process and its
// primary thread are two objects, though for this module they end at one moment.
func sameObject(handles []Waitable) bool {
	type key struct {
		object waitObject
		thread bool
	}
	seen := make(map[key]struct{}, len(handles))
	for _, h := range handles {
		_, thread := h.(*Thread)
		seen[key{h.waitObject(), thread}] = struct{}{}
	}
	return len(seen) < len(handles)
}

func withTimeout(timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == INFINITE {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), timeout)
}

// waitResult is the answer of a wait whose context stands for a timeout.
func waitResult(index int, err error) (WaitResult, error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return WAIT_TIMEOUT, nil
	case err != nil:
		return WAIT_FAILED, err
	}
	return waitObjectResult(index), nil
}

// waitError is how a wait that ctx has ended fails.
func waitError(ctx context.Context) error {
	code := ERROR_CANCELLED
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = ERROR_TIMEOUT
	}
	return &Error{Op: "Wait", Code: code, Err: context.Cause(ctx)}
}
