// Package leaktest looks for what tests have left behind: goroutines,
// descriptors or handles, children. Main does so for a package's tests as a
// whole; Open and Children are for single steps of a test.
//
//	func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }
package leaktest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Main runs the tests and returns the exit status: that of the tests, or 1 if
// something is left.
func Main(m *testing.M) int {
	status := m.Run()
	if status != 0 {
		return status
	}
	if err := goleak.Find(goleak.IgnoreTopFunction("os/signal.signal_recv"), goleak.IgnoreTopFunction("os/signal.loop")); err != nil {
		fmt.Fprintln(os.Stderr, "leaktest:", err)
		return 1
	}
	if err := settled(left); err != nil {
		fmt.Fprintln(os.Stderr, "leaktest:", err)
		return 1
	}
	return 0
}

// Children fails if this program has a child that it did not begin with, dead
// or alive.
func Children() error { return settled(children) }

// settled asks again for a while: what has been closed or killed last may take
// a moment to be gone.
func settled(look func() error) (err error) {
	for range 100 {
		if err = look(); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
