package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/bench/internal/procfile"
)

// state is what a process may leave behind in its creator.
type state struct {
	descriptors, goroutines, threads, children int
	memory                                     int // resident, in KiB
}

func (s state) String() string {
	return fmt.Sprintf("%d descriptors, %d goroutines, %d threads, %.1f MiB, %d children",
		s.descriptors, s.goroutines, s.threads, float64(s.memory)/1024, s.children)
}

// take counts.
func take() (s state, err error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return s, err
	}
	s.descriptors = len(entries) - 1 // one is the directory that was being read
	s.goroutines = runtime.NumGoroutine()
	if s.threads, err = procfile.Number("/proc/self/status", "Threads:"); err != nil {
		return s, err
	}
	if s.memory, err = procfile.Number("/proc/self/smaps_rollup", "Rss:"); err != nil {
		return s, err
	}
	s.children, err = countChildren()
	return s, err
}

// countChildren counts those that run and those that have ended and have not
// been collected, whichever thread has made them.
func countChildren() (n int, err error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0, err
	}
	for _, t := range threads {
		list, err := os.ReadFile("/proc/self/task/" + t.Name() + "/children")
		if err == nil { // else the thread is gone
			n += len(bytes.Fields(list))
		}
	}
	if n == 0 && unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil) == nil {
		n = 1 // where the kernel does not have the lists (CONFIG_PROC_CHILDREN)
	}
	return n, nil
}

// What may be more at the end: the runtime never gives a thread back, and when
// it takes one more is its own affair, as is how its memory is cut up. A
// thousandth of what a million processes could leave, all the same, is more.
const (
	moreThreads = 16
	moreMemory  = 4 << 10
)

// exceeds says what is more than it was before.
func (s state) exceeds(before state) error {
	switch {
	case s.descriptors > before.descriptors:
		return fmt.Errorf("%d descriptors, %d before", s.descriptors, before.descriptors)
	case s.goroutines > before.goroutines:
		return fmt.Errorf("%d goroutines, %d before", s.goroutines, before.goroutines)
	case s.children > 0:
		return fmt.Errorf("%d children are left", s.children)
	case s.threads > before.threads+moreThreads:
		return fmt.Errorf("%d threads, %d before", s.threads, before.threads)
	case s.memory > before.memory+moreMemory:
		return fmt.Errorf("%d KiB of memory, %d before", s.memory, before.memory)
	}
	return nil
}

// settle waits until nothing is on its way to its end any more, and tells what
// is there then. It fails if that is more than before.
func settle(before *state) (now state, err error) {
	if before == nil {
		before = &state{descriptors: 1 << 30, goroutines: 1 << 30, threads: 1 << 30, memory: 1 << 30}
	}
	var last state
	for range 100 {
		// Twice: what a sync.Pool has goes with the second collection.
		runtime.GC()
		runtime.GC()
		debug.FreeOSMemory()
		if now, err = take(); err != nil {
			return now, err
		}
		still := now.descriptors == last.descriptors && now.goroutines == last.goroutines
		if err = now.exceeds(*before); err == nil && still {
			return now, nil
		}
		last = now
		time.Sleep(100 * time.Millisecond)
	}
	if err == nil {
		err = fmt.Errorf("it does not come to rest: %v", now)
	}
	return now, err
}
