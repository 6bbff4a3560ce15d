package createprocess_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

func manyEvents(t *testing.T, n int, manual func(i int) bool) []*Event {
	t.Helper()
	events := make([]*Event, n)
	for i := range events {
		e, err := CreateEvent(nil, manual(i), false, "")
		if err != nil {
			t.Fatal(err)
		}
		events[i] = e
	}
	return events
}

// TestManyHandles: semantics row "WaitForMultipleObjects".
func TestManyHandles(t *testing.T) {
	for _, n := range []int{10_000, 100_000} {
		events := manyEvents(t, n, func(i int) bool { return i%2 == 0 })
		handles := waitables(events)
		waitForMany(t, handles, false, 0, WAIT_TIMEOUT)
		waitForMany(t, handles, false, time.Millisecond, WAIT_TIMEOUT)
		waitForMany(t, handles, true, time.Millisecond, WAIT_TIMEOUT)
		// Also the indices that in Win32 mean something else.
		for _, i := range []int{0, 63, 64, 128, 258, n - 1} {
			done := make(chan WaitResult)
			go func() {
				r, err := WaitForMultipleObjects(handles, false, INFINITE)
				if err != nil {
					t.Error(err)
				}
				done <- r
			}()
			set(t, events[i])
			r := <-done
			if index, ok := r.Index(); index != i || !ok || r == WAIT_TIMEOUT {
				t.Errorf("event %d of %d: %d, index %d, %v", i, n, r, index, ok)
			}
			events[i].Reset()
		}
		// All of them, set one by one in any order.
		done := make(chan error)
		go func() {
			_, err := WaitContext(context.Background(), handles, true)
			done <- err
		}()
		order := rand.Perm(n)
		for _, i := range order[1:] {
			set(t, events[i])
		}
		waitFor(t, events[order[0]], 0, WAIT_TIMEOUT)
		select {
		case err := <-done:
			t.Fatalf("one event is not set, and the wait for all is over: %v", err)
		default:
		}
		set(t, events[order[0]])
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i, e := range events {
			waitFor(t, e, 0, map[bool]WaitResult{true: WAIT_OBJECT_0, false: WAIT_TIMEOUT}[i%2 == 0])
		}
	}
}

// TestWaitForAllWhileReset: a wait for all that passes over an event that is
// set notices that it is reset.
func TestWaitForAllWhileReset(t *testing.T) {
	const n = 50
	events := manyEvents(t, n, func(int) bool { return true })
	done := make(chan error)
	go func() {
		_, err := WaitContext(context.Background(), waitables(events), true)
		done <- err
	}()
	// At no moment all are set: the last is reset before the first is set again.
	for round := range 200 {
		for i := range events {
			set(t, events[(round+i)%n])
			if i == n-2 {
				break
			}
		}
		select {
		case err := <-done:
			t.Fatalf("over too early: %v", err)
		default:
		}
		for _, i := range rand.Perm(n)[:n/2] {
			events[(round+i)%n].Reset()
		}
		events[(round+n-1)%n].Reset()
		events[(round+n)%n].Reset()
	}
	set(t, events...)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestManyRegistered: semantics row "RegisterWaitForSingleObject".
func TestManyRegistered(t *testing.T) {
	const nEvents, nProcesses = 100_000, 500
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	threads := func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	var processes []*Process
	for range nProcesses {
		p := Params{Args: []string{"/bin/cat"}}
		p.StartupInfo.UseStdHandles(r, nil, nil)
		processes = append(processes, create(t, p).Process)
	}
	r.Close()
	events := manyEvents(t, nEvents, func(i int) bool { return i%2 == 0 })

	// The reaper's own goroutine, and what else is begun once.
	warm := register(t, processes[0], INFINITE, 0, func(bool) {})
	goroutines, before := runtime.NumGoroutine(), threads()
	unregister(t, warm)

	var calls atomic.Int32
	var all sync.WaitGroup
	var registered []*RegisteredWait
	callback := func(timedOut bool) {
		if timedOut {
			t.Error("timed out")
		}
		calls.Add(1)
		all.Done()
	}
	add := func(h Waitable, timeout time.Duration) {
		all.Add(1)
		registered = append(registered, register(t, h, timeout, WT_EXECUTEONLYONCE, callback))
	}
	for i, e := range events {
		timeout := INFINITE
		if i%10 == 0 {
			timeout = time.Hour
		}
		add(e, timeout)
	}
	for _, p := range processes {
		add(p, INFINITE)
	}
	few := 2 * runtime.GOMAXPROCS(0)
	check := func(when string) {
		if more := runtime.NumGoroutine() - goroutines; more > 4 {
			t.Errorf("%s: %d goroutines more", when, more)
		}
		if more := threads() - before; more > few+4 {
			t.Errorf("%s: %d threads more", when, more)
		}
	}
	check("all registered")

	// Half of the events are not to call.
	for i, r := range registered[:nEvents] {
		if i%2 == 0 {
			if err := r.Unregister(false); err != nil {
				t.Error(err)
			}
			all.Done()
		}
	}
	w.Close()
	set(t, events...)
	all.Wait()
	if got := calls.Load(); got != nEvents/2+nProcesses {
		t.Errorf("%d calls, want %d", got, nEvents/2+nProcesses)
	}
	if more := threads() - before; more > few+4 {
		t.Errorf("at the end: %d threads more", more)
	}
	for _, r := range registered[nEvents:] {
		if err := r.Unregister(true); err != nil {
			t.Error(err)
		}
	}
}

// TestManyProcesses: one wait for hundreds of children, as they end.
func TestManyProcesses(t *testing.T) {
	const n = 300
	var left []Waitable
	for i := range n {
		args := []string{"/bin/true"}
		if i%2 == 0 {
			args = []string{"/bin/sleep", "0.0" + string(rune('1'+rand.IntN(9)))}
		}
		left = append(left, create(t, Params{Args: args}).Process)
	}
	all := slices.Clone(left)
	for len(left) > 0 {
		index, err := WaitContext(context.Background(), left, false)
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, left[index], 0, WAIT_OBJECT_0)
		left = slices.Delete(left, index, index+1)
	}
	waitForMany(t, all, true, 0, WAIT_OBJECT_0)
	if err := leaktest.Children(); err != nil {
		t.Error(err)
	}
}

// TestWaitBackends: waiting is the same however a child was made.
func TestWaitBackends(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		t.Run("ProcessesAndEvents", TestProcessesAndEvents)
		t.Run("RegisteredProcess", TestRegisteredProcess)
		t.Run("RandomEnds", TestRandomEnds)
		t.Run("WaitContextMany", TestWaitContextMany)
	})
}
