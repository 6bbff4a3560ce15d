package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// load is spawners that spawn until they are told to stop.
type load struct {
	stop     atomic.Bool
	spawners sync.WaitGroup
	mu       sync.Mutex
	failed   error
}

func startLoad(l library, t task) *load {
	load := new(load)
	for range t.Spawners {
		load.spawners.Go(func() {
			for !load.stop.Load() {
				if err := l.spawn(t.Image); err != nil {
					load.mu.Lock()
					defer load.mu.Unlock()
					load.failed = err
					return
				}
			}
		})
	}
	return load
}

func (l *load) end() error {
	l.stop.Store(true)
	l.spawners.Wait()
	return l.failed
}

// measureLatency is what one spawner sees of 8 others.
func measureLatency(l library, t task) (map[string]float64, error) {
	load := startLoad(l, t)
	var figures []float64
	for begin := time.Now(); len(figures) == 0 || time.Since(begin) < milliseconds(t.Time); {
		one := time.Now()
		if err := l.spawn(t.Image); err != nil {
			load.end()
			return nil, err
		}
		figures = append(figures, microseconds(time.Since(one)))
	}
	return map[string]float64{"p50": quantile(figures, 0.5), "p99": quantile(figures, 0.99)}, load.end()
}

// window is how long one looks for the worst delay. The worst of a whole run is
// whatever the machine did once; the median of the windows' worst comes again.
const window = 100 * time.Millisecond

// measureScheduler is how late a goroutine runs that sleeps a millisecond at a
// time: a spawn must not keep the others' goroutines from running.
func measureScheduler(l library, t task) (map[string]float64, error) {
	const nap = time.Millisecond
	load := startLoad(l, t)
	var all, worst []float64
	for begin := time.Now(); len(worst) == 0 || time.Since(begin) < milliseconds(t.Time); {
		late := 0.0
		for windowBegin := time.Now(); time.Since(windowBegin) < window; {
			one := time.Now()
			time.Sleep(nap)
			delay := microseconds(time.Since(one) - nap)
			all, late = append(all, delay), max(late, delay)
		}
		worst = append(worst, late)
	}
	return map[string]float64{"worst": median(worst), "p99": quantile(all, 0.99)}, load.end()
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }
