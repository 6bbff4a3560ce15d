package createprocess_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
)

func register(t testing.TB, h Waitable, timeout time.Duration, flags WaitFlags, callback func(timedOut bool)) *RegisteredWait {
	t.Helper()
	r, err := RegisterWaitForSingleObject(h, timeout, flags, callback)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func unregister(t testing.TB, r *RegisteredWait) {
	t.Helper()
	if err := r.Unregister(true); err != nil {
		t.Error(err)
	}
	for _, wait := range []bool{false, true} {
		if err := r.Unregister(wait); !errors.Is(err, ERROR_INVALID_HANDLE) {
			t.Errorf("a second Unregister: %v", err)
		}
	}
}

// TestRegisteredProcess: a process calls once, whatever the flags, also if it
// had ended before and if its handle has been closed since.
func TestRegisteredProcess(t *testing.T) {
	for _, flags := range []WaitFlags{WT_EXECUTEDEFAULT, WT_EXECUTEONLYONCE, WT_EXECUTELONGFUNCTION} {
		pi, stop := running(t)
		calls := make(chan bool, 10)
		early := register(t, pi.Process, INFINITE, flags, func(timedOut bool) { calls <- timedOut })
		closed := register(t, pi.Process, time.Hour, flags, func(timedOut bool) { calls <- timedOut })
		stop()
		wait(t, pi)
		late := register(t, pi.Process, INFINITE, flags, func(timedOut bool) { calls <- timedOut })
		if err := pi.Process.Close(); err != nil {
			t.Error(err)
		}
		for range 3 {
			if <-calls {
				t.Error("timed out")
			}
		}
		unregister(t, early)
		unregister(t, closed)
		unregister(t, late)
		if len(calls) > 0 {
			t.Errorf("flags %#x: %d calls too many", uint32(flags), len(calls))
		}
	}
}

// TestRegisteredEvent: an event calls as often as it is set, unless
// WT_EXECUTEONLYONCE is given.
func TestRegisteredEvent(t *testing.T) {
	e := event(t, false, false)
	calls := make(chan bool)
	r := register(t, e, INFINITE, WT_EXECUTEDEFAULT, func(timedOut bool) { calls <- timedOut })
	for range 20 {
		set(t, e)
		if <-calls {
			t.Error("timed out")
		}
	}
	unregister(t, r)
	set(t, e)
	waitFor(t, e, 0, WAIT_OBJECT_0) // it is nobody's any more

	once := register(t, e, INFINITE, WT_EXECUTEONLYONCE, func(timedOut bool) { calls <- timedOut })
	set(t, e)
	<-calls
	set(t, e)
	waitFor(t, e, 0, WAIT_OBJECT_0)
	unregister(t, once)

	// One that stays set calls until it is reset.
	manual := event(t, true, true)
	var n atomic.Int32
	third := make(chan struct{})
	r = register(t, manual, INFINITE, WT_EXECUTEDEFAULT, func(bool) {
		if n.Add(1) == 3 {
			manual.Reset()
			close(third)
		}
	})
	<-third
	unregister(t, r)
	if got := n.Load(); got != 3 {
		t.Errorf("%d calls, 3 before the event was reset", got)
	}
}

// TestRegisteredTimeout: the time calls too, over and over or once.
func TestRegisteredTimeout(t *testing.T) {
	e := event(t, false, false)
	calls := make(chan bool)
	r := register(t, e, time.Millisecond, WT_EXECUTEDEFAULT, func(timedOut bool) { calls <- timedOut })
	for range 3 {
		if !<-calls {
			t.Error("signaled")
		}
	}
	set(t, e)
	for <-calls { // those that have passed before the Set
	}
	go func() {
		for range calls {
		}
	}()
	unregister(t, r)
	close(calls)

	once := make(chan bool, 10)
	short := register(t, e, time.Millisecond, WT_EXECUTEONLYONCE, func(timedOut bool) { once <- timedOut })
	if !<-once {
		t.Error("signaled")
	}
	none := register(t, e, 0, WT_EXECUTEONLYONCE, func(timedOut bool) { once <- timedOut })
	if !<-once {
		t.Error("signaled")
	}
	set(t, e)
	unregister(t, short)
	unregister(t, none)
	waitFor(t, e, 0, WAIT_OBJECT_0)
	if len(once) > 0 {
		t.Errorf("%d calls too many", len(once))
	}
}

// TestUnregister: with wait it waits for the callback that runs, without it
// says that there is one.
func TestUnregister(t *testing.T) {
	e := event(t, true, true)
	for _, flags := range []WaitFlags{WT_EXECUTEONLYONCE, WT_EXECUTEDEFAULT, WT_EXECUTELONGFUNCTION} {
		runs, goOn := make(chan struct{}), make(chan struct{})
		var ends atomic.Bool
		r := register(t, e, INFINITE, flags, func(bool) {
			runs <- struct{}{}
			<-goOn
		})
		<-runs
		if err := r.Unregister(false); !errors.Is(err, ERROR_IO_PENDING) {
			t.Errorf("without wait: %v", err)
		}
		goOn <- struct{}{}

		r = register(t, e, INFINITE, flags, func(bool) {
			runs <- struct{}{}
			<-goOn
			ends.Store(true)
		})
		<-runs
		time.AfterFunc(time.Millisecond, func() { goOn <- struct{}{} })
		unregister(t, r)
		if !ends.Load() {
			t.Error("Unregister has not waited for the callback")
		}
	}
	// One that nobody has called is gone without a call.
	never := event(t, false, false)
	r := register(t, never, time.Hour, WT_EXECUTEDEFAULT, func(bool) { t.Error("called") })
	if err := r.Unregister(false); err != nil {
		t.Error(err)
	}
	set(t, never)
	waitFor(t, never, 0, WAIT_OBJECT_0)
	var none *RegisteredWait
	if err := none.Unregister(true); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Error(err)
	}
}

// raceRounds is how often a race is run.
func raceRounds() int {
	if runtime.GOOS == "windows" {
		return 50 // Wine takes its time
	}
	return 2000
}

// TestTimeoutRaces: a Set at the end of the timeout is either the callback's
// or still there, and there is one call.
func TestTimeoutRaces(t *testing.T) {
	e := event(t, false, false)
	for i := range raceRounds() {
		calls := make(chan bool, 2)
		timeout := time.Duration(i%100) * time.Microsecond
		r := register(t, e, timeout, WT_EXECUTEONLYONCE, func(timedOut bool) { calls <- timedOut })
		for begun := time.Now(); time.Since(begun) < timeout; {
		}
		set(t, e)
		timedOut := <-calls
		unregister(t, r)
		if len(calls) > 0 {
			t.Fatalf("round %d: two calls", i)
		}
		waitFor(t, e, 0, map[bool]WaitResult{true: WAIT_OBJECT_0, false: WAIT_TIMEOUT}[timedOut])
	}
}

// TestUnregisterRaces: a Set is either a callback's or still there.
func TestUnregisterRaces(t *testing.T) {
	e := event(t, false, false)
	for i := range raceRounds() {
		var calls atomic.Int32
		r := register(t, e, INFINITE, WT_EXECUTEDEFAULT, func(bool) { calls.Add(1) })
		var wg sync.WaitGroup
		wg.Go(func() { set(t, e) })
		unregister(t, r)
		wg.Wait()
		got, err := WaitForSingleObject(e, 0)
		if err != nil || calls.Load() != map[WaitResult]int32{WAIT_OBJECT_0: 0, WAIT_TIMEOUT: 1}[got] {
			t.Fatalf("round %d: %d calls, and the event says %d, %v", i, calls.Load(), got, err)
		}
	}
}

// TestSlowCallbacks: however many callbacks wait for another, that one has its turn.
func TestSlowCallbacks(t *testing.T) {
	n := 20 * runtime.NumCPU()
	first, second := event(t, true, false), event(t, true, false)
	goOn := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		register(t, first, INFINITE, WT_EXECUTEONLYONCE, func(bool) {
			<-goOn
			wg.Done()
		})
	}
	register(t, second, INFINITE, WT_EXECUTEONLYONCE, func(bool) { close(goOn) })
	set(t, first, second)
	wg.Wait()
}

// TestLongCallbacks: those that are known to be long have a goroutine each.
func TestLongCallbacks(t *testing.T) {
	const n = 600 // more than the others may have
	e := event(t, true, false)
	var running, done sync.WaitGroup
	running.Add(n)
	done.Add(n)
	for range n {
		register(t, e, INFINITE, WT_EXECUTEONLYONCE|WT_EXECUTELONGFUNCTION, func(bool) {
			running.Done()
			running.Wait() // for all others
			done.Done()
		})
	}
	set(t, e)
	done.Wait()
}

// TestCallbackEndsItsGoroutine: as t.FailNow does. Others go on.
func TestCallbackEndsItsGoroutine(t *testing.T) {
	e := event(t, true, true)
	for range 600 { // more than there may be goroutines
		r := register(t, e, INFINITE, WT_EXECUTEONLYONCE, func(bool) { runtime.Goexit() })
		unregister(t, r)
	}
	called := make(chan struct{})
	register(t, e, INFINITE, WT_EXECUTEONLYONCE, func(bool) { close(called) })
	<-called
}

func TestRegisterRefusals(t *testing.T) {
	e := event(t, true, false)
	callback := func(bool) { t.Error("called") }
	for _, test := range []struct {
		timeout  time.Duration
		flags    WaitFlags
		callback func(bool)
		code     Errno
	}{
		{INFINITE, 0, nil, ERROR_INVALID_PARAMETER},
		{0, WT_EXECUTEDEFAULT, callback, ERROR_INVALID_PARAMETER},
		{INFINITE, 0x02, callback, ERROR_INVALID_PARAMETER},
		{INFINITE, 0x80 | WT_EXECUTEONLYONCE, callback, ERROR_NOT_SUPPORTED},
		{INFINITE, 0x04, callback, ERROR_NOT_SUPPORTED},
	} {
		if r, err := RegisterWaitForSingleObject(e, test.timeout, test.flags, test.callback); r != nil || !errors.Is(err, test.code) {
			t.Errorf("%v, %#x: %v", test.timeout, uint32(test.flags), err)
		}
	}
	set(t, e)
}
