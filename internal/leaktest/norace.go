//go:build !race

package leaktest

// Race tells whether the tests run with the race detector, under which a
// sync.Pool forgets at random.
const Race = false
