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

// INFINITE as a timeout waits as long as it takes.
const INFINITE time.Duration = math.MaxInt64

// Waitable is a handle that can be waited for.
type Waitable interface {
	isClosed() bool
	waitObject(op string) (*object, error)
}

func (p *Process) waitObject(op string) (*object, error) { return p.use(op, SYNCHRONIZE) }

// WaitForSingleObject waits until h is signaled — a process is when it has
// ended — or the timeout has passed. It answers WAIT_OBJECT_0 or WAIT_TIMEOUT,
// or WAIT_FAILED with an error: a closed handle is ERROR_INVALID_HANDLE (6), a
// negative timeout ERROR_INVALID_PARAMETER (87). A timeout of zero does not
// wait but looks. The exit code is not its business: see [Process.ExitCode].
func WaitForSingleObject(h Waitable, timeout time.Duration) (WaitResult, error) {
	switch {
	case h == nil || h.isClosed():
		return WAIT_FAILED, invalidHandle("WaitForSingleObject")
	case timeout < 0:
		return WAIT_FAILED, invalid("WaitForSingleObject", "", "the timeout is negative")
	}
	o, err := h.waitObject("WaitForSingleObject")
	if err != nil {
		return WAIT_FAILED, err
	}
	if timeout == 0 {
		if !o.poll() {
			return WAIT_TIMEOUT, nil
		}
		return WAIT_OBJECT_0, nil
	}
	ctx := context.Background()
	if timeout != INFINITE {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	err = o.wait(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return WAIT_TIMEOUT, nil
	case err != nil:
		return WAIT_FAILED, err
	}
	return WAIT_OBJECT_0, nil
}

// waitError is how a wait that ctx has ended fails.
func waitError(ctx context.Context) error {
	code := ERROR_CANCELLED
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = ERROR_TIMEOUT
	}
	return &Error{Op: "Wait", Code: code, Err: context.Cause(ctx)}
}
