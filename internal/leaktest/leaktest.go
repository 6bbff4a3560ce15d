// Package leaktest runs a package's tests and then looks for what they have
// left behind: goroutines, descriptors, children.
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
	// What has been closed or killed last may take a moment to be gone.
	var err error
	for range 100 {
		if err = left(); err == nil {
			return 0
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "leaktest:", err)
	return 1
}
