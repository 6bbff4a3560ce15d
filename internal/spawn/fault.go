//go:build linux

package spawn

import (
	"sync/atomic"
	"syscall"
)

type fault struct {
	step  Step
	errno syscall.Errno
}

// armed is nil but in tests.
var armed atomic.Pointer[fault]

// InjectFault makes every call of step fail with errno, in whatever process
// takes it, until restore is called. For tests: each step that can fail is
// made to.
func InjectFault(step Step, errno syscall.Errno) (restore func()) {
	old := armed.Swap(&fault{step, errno})
	return func() { armed.Store(old) }
}

func faultAt(step Step) (syscall.Errno, bool) {
	if f := armed.Load(); f != nil && f.step == step {
		return f.errno, true
	}
	return 0, false
}
