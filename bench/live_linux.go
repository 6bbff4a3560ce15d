package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/seed-f798aa80/createprocess/bench/internal/procfile"
)

// children live until end, and a goroutine waits for each.
type children struct {
	input   *os.File // they end when it is closed
	waiters sync.WaitGroup
	mu      sync.Mutex
	failed  error
}

// populate makes them.
func populate(l library, image string, n int) (*children, error) {
	c := new(children)
	if n == 0 {
		return c, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c.input = w
	for range n {
		wait, err := l.start(image, r)
		if err != nil {
			return nil, fmt.Errorf("a live child: %w", err)
		}
		c.waiters.Go(func() {
			if err := wait(); err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.failed = err
			}
		})
	}
	return c, nil
}

// end has them all end at once, and returns when each end has been noticed.
func (c *children) end() error {
	if c.input == nil {
		return nil
	}
	c.input.Close()
	c.waiters.Wait()
	return c.failed
}

// measureLive is what live children cost their creator.
func measureLive(l library, t task) (map[string]float64, error) {
	for range 50 { // what is there once for all is there then
		if err := l.spawn(t.Image); err != nil {
			return nil, err
		}
	}
	before, err := resident()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	children, err := populate(l, t.Idle, t.Live)
	if err != nil {
		return nil, err
	}
	created := time.Since(begin)
	threads, err := settledThreads()
	if err != nil {
		return nil, err
	}
	after, err := resident()
	if err != nil {
		return nil, err
	}
	begin = time.Now()
	if err := children.end(); err != nil {
		return nil, err
	}
	noticed := time.Since(begin)
	return map[string]float64{
		"noticed": microseconds(noticed),
		"threads": float64(threads),
		"memory":  float64(after-before) / float64(t.Live),
		"created": microseconds(created) / float64(t.Live),
	}, nil
}

// resident is the memory that this program has, in KiB, without what is free.
func resident() (int, error) {
	runtime.GC()
	debug.FreeOSMemory()
	return procfile.Number("/proc/self/smaps_rollup", "Rss:")
}

// settledThreads waits until the number of threads stays the same, and returns it.
func settledThreads() (int, error) {
	last, same := -1, 0
	for {
		n, err := procfile.Number("/proc/self/status", "Threads:")
		if err != nil {
			return 0, err
		}
		if n != last {
			last, same = n, 0
		}
		if same++; same == 10 {
			return last, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}
