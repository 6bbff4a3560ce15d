// Command soak makes very many processes in all the ways that there are, and
// then looks for what is left of them: descriptors, goroutines, threads, memory,
// zombies. Nothing may be; and each process must have ended as it should.
//
//	go run ./bench/soak -n 1000000
//
// It begins to count when each way has been gone a few times, so that what is
// there once for all is there. Its exit status is 1 if something is left, or if
// a process was not what it should be.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	cp "github.com/seed-f798aa80/createprocess"
)

func main() {
	n := flag.Int64("n", 100_000, "the `number` of processes")
	spawners := flag.Int("spawners", 4*runtime.NumCPU(), "how many goroutines make them")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "which ways are gone in which order")
	flag.Parse()
	if err := soak(*n, *spawners, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(n int64, spawners int, seed uint64) error {
	// Who has started this may have ignored Ctrl-C, as shells do for what is to run
	// in the background; the processes would too, and not end by it.
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		os.Exit(130)
	}()
	fmt.Printf("%d processes, %d goroutines, -seed %d\n", n, spawners, seed)
	// Those that are ended by SIGQUIT leave no file behind.
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "createprocess-soak")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := newFixture(dir)
	if err != nil {
		return err
	}
	if err := f.crowd(); err != nil {
		return err
	}
	if err := f.run(n/20, spawners, seed+1, nil); err != nil {
		return err
	}
	before, err := settle(nil)
	if err != nil {
		return err
	}
	fmt.Println("at the start:", before)
	begin := time.Now()
	if err := f.run(n, spawners, seed, func(done int64) {
		now, err := take()
		if err == nil {
			fmt.Printf("%9d in %4.0f s: %v\n", done, time.Since(begin).Seconds(), now)
		}
	}); err != nil {
		return err
	}
	after, err := settle(&before)
	fmt.Println("at the end:  ", after)
	if err != nil {
		return err
	}
	elapsed := time.Since(begin)
	fmt.Printf("%d processes in %.0f s, %.0f µs each; %v\n", n, elapsed.Seconds(), float64(elapsed.Microseconds())/float64(n), f.counts())
	return nil
}

// crowd has so many wait at once that every place to wait directly, each of
// which keeps a descriptor, has been taken once.
func (f *fixture) crowd() error {
	var waiters sync.WaitGroup
	var inputs []*os.File
	errs := make(chan error, 64)
	for range cap(errs) {
		pi, input, err := f.startIdle(cp.Params{})
		if err != nil {
			return err
		}
		inputs = append(inputs, input)
		waiters.Go(func() { errs <- ends(pi, 0) })
	}
	for _, input := range inputs {
		input.Close()
	}
	waiters.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// run makes n processes. It reports twenty times how many have been made.
func (f *fixture) run(n int64, spawners int, seed uint64, report func(done int64)) error {
	var left, reported atomic.Int64
	left.Store(n)
	every := max(n/20, 1)
	var all sync.WaitGroup
	errs := make(chan error, spawners)
	for i := range spawners {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			for left.Load() > 0 {
				w := f.choose(random)
				made, err := w.spawn(f, random)
				if err != nil {
					errs <- fmt.Errorf("%s: %w", w.name, err)
					left.Store(0)
					return
				}
				w.count.Add(int64(made))
				done := n - left.Add(int64(-made))
				if last := reported.Load(); report != nil && done-last >= every && reported.CompareAndSwap(last, done) {
					report(done)
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
