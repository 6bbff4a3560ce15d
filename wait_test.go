package createprocess_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
)

// As in table_test.go, these run natively on Linux and under Wine. A wait that
// should end and does not hangs the test.

func event(t testing.TB, manualReset, initialState bool) *Event {
	t.Helper()
	e, err := CreateEvent(nil, manualReset, initialState, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func set(t testing.TB, events ...*Event) {
	t.Helper()
	for _, e := range events {
		if err := e.Set(); err != nil {
			t.Error(err)
		}
	}
}

// waitFor waits for h and expects the result.
func waitFor(t testing.TB, h Waitable, timeout time.Duration, want WaitResult) {
	t.Helper()
	if got, err := WaitForSingleObject(h, timeout); got != want || err != nil {
		t.Errorf("WaitForSingleObject = %d, %v, want %d", got, err, want)
	}
}

// waitForMany does so for several.
func waitForMany(t testing.TB, handles []Waitable, all bool, timeout time.Duration, want WaitResult) {
	t.Helper()
	if got, err := WaitForMultipleObjects(handles, all, timeout); got != want || err != nil {
		t.Errorf("WaitForMultipleObjects(all: %v) = %d, %v, want %d", all, got, err, want)
	}
}

func waitables[T Waitable](handles []T) (list []Waitable) {
	for _, h := range handles {
		list = append(list, h)
	}
	return list
}

// TestEvents: semantics row "CreateEvent".
func TestEvents(t *testing.T) {
	for _, manual := range []bool{false, true} {
		after := WAIT_TIMEOUT // how a wait that has ended leaves the event
		if manual {
			after = WAIT_OBJECT_0
		}
		for _, initial := range []bool{false, true} {
			e := event(t, manual, initial)
			if e.Existed() {
				t.Error("a new event has existed")
			}
			if initial {
				waitFor(t, e, 0, WAIT_OBJECT_0)
				waitFor(t, e, 0, after)
				if err := e.Reset(); err != nil {
					t.Error(err)
				}
			}
			waitFor(t, e, 0, WAIT_TIMEOUT)
			waitFor(t, e, time.Millisecond, WAIT_TIMEOUT)
			set(t, e, e)
			waitFor(t, e, INFINITE, WAIT_OBJECT_0)
			waitFor(t, e, time.Millisecond, after)
			set(t, e)
			waitForMany(t, []Waitable{e}, true, time.Hour, WAIT_OBJECT_0)
			waitForMany(t, []Waitable{e}, false, 0, after)
		}
	}
}

// TestNamedEvents: semantics row "named events".
func TestNamedEvents(t *testing.T) {
	const name = `createprocess test é`
	if _, err := OpenEvent(name); !errors.Is(err, ERROR_FILE_NOT_FOUND) || !strings.Contains(err.Error(), name) {
		t.Errorf("OpenEvent before CreateEvent: %v", err)
	}
	first, err := CreateEvent(&SecurityAttributes{}, false, false, name)
	if err != nil {
		t.Fatal(err)
	}
	second, err := CreateEvent(nil, true, true, `Local\`+name)
	if err != nil {
		t.Fatal(err)
	}
	third, err := OpenEvent(name)
	if err != nil {
		t.Fatal(err)
	}
	if first.Existed() || !second.Existed() || !third.Existed() {
		t.Errorf("Existed: %v, %v, %v", first.Existed(), second.Existed(), third.Existed())
	}
	waitFor(t, second, 0, WAIT_TIMEOUT) // the second caller's initial state does not count
	set(t, first)
	waitFor(t, second, 0, WAIT_OBJECT_0)
	waitFor(t, third, 0, WAIT_TIMEOUT) // nor does its manual reset
	for _, e := range []*Event{first, second} {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	set(t, third)
	waitFor(t, third, 0, WAIT_OBJECT_0)
	if err := third.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenEvent(name); !errors.Is(err, ERROR_FILE_NOT_FOUND) {
		t.Errorf("OpenEvent after the last Close: %v", err)
	}
	// Names differ by case.
	upper, err := CreateEvent(nil, true, true, "CREATEPROCESS TEST")
	if err != nil {
		t.Fatal(err)
	}
	defer upper.Close()
	lower, err := CreateEvent(nil, true, true, "createprocess test")
	if err != nil {
		t.Fatal(err)
	}
	defer lower.Close()
	if lower.Existed() {
		t.Error("names are one whatever their case")
	}
}

func TestEventRefusals(t *testing.T) {
	long := strings.Repeat("é", 259)
	e, err := CreateEvent(nil, true, false, long)
	if err != nil {
		t.Error(err)
	}
	e.Close()
	for _, test := range []struct {
		attributes *SecurityAttributes
		name       string
		code       Errno
	}{
		{nil, long + "x", ERROR_FILENAME_EXCED_RANGE},
		{nil, "a\x00b", ERROR_INVALID_PARAMETER},
		{nil, `a\b`, ERROR_PATH_NOT_FOUND},
		{nil, `Local\Global\a`, ERROR_PATH_NOT_FOUND},
		{&SecurityAttributes{InheritHandle: true}, "", ERROR_NOT_SUPPORTED},
		{&SecurityAttributes{SecurityDescriptor: []byte{1}}, "", ERROR_NOT_SUPPORTED},
	} {
		e, err := CreateEvent(test.attributes, true, true, test.name)
		if e != nil || !errors.Is(err, test.code) {
			t.Errorf("CreateEvent(%+v, %q): %v, want %v", test.attributes, test.name, err, test.code)
		}
		if test.name != "" {
			if e, err := OpenEvent(test.name); e != nil || !errors.Is(err, test.code) {
				t.Errorf("OpenEvent(%q): %v, want %v", test.name, err, test.code)
			}
		}
	}
	if _, err := OpenEvent(""); !errors.Is(err, ERROR_INVALID_PARAMETER) {
		t.Errorf("OpenEvent without a name: %v", err)
	}
}

// TestWaitRefusals: every wait function refuses the same things.
func TestWaitRefusals(t *testing.T) {
	e, closed := event(t, true, true), event(t, true, true)
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	var none *Event
	var nobody *Process
	for i, err := range []error{closed.Close(), closed.Set(), closed.Reset(), none.Close(), none.Set(), none.Reset()} {
		if !errors.Is(err, ERROR_INVALID_HANDLE) {
			t.Errorf("%d: use of a closed event: %v", i, err)
		}
	}
	for _, test := range []struct {
		name    string
		handles []Waitable
		timeout time.Duration
		code    Errno
	}{
		{"closed", []Waitable{e, closed}, INFINITE, ERROR_INVALID_HANDLE},
		{"nil", []Waitable{e, nil}, INFINITE, ERROR_INVALID_HANDLE},
		{"nil event", []Waitable{e, none}, INFINITE, ERROR_INVALID_HANDLE},
		{"nil process", []Waitable{nobody}, INFINITE, ERROR_INVALID_HANDLE},
		{"none", nil, INFINITE, ERROR_INVALID_PARAMETER},
		{"negative", []Waitable{e}, -1, ERROR_INVALID_PARAMETER},
		{"twice", []Waitable{e, event(t, false, true), e}, 0, ERROR_INVALID_PARAMETER},
	} {
		for _, all := range []bool{false, true} {
			if got, err := WaitForMultipleObjects(test.handles, all, test.timeout); got != WAIT_FAILED || !errors.Is(err, test.code) {
				t.Errorf("%s, all: %v: %d, %v", test.name, all, got, err)
			}
			if test.timeout >= 0 {
				if _, err := WaitContext(context.Background(), test.handles, all); !errors.Is(err, test.code) {
					t.Errorf("%s, all: %v: WaitContext: %v", test.name, all, err)
				}
			}
		}
		if len(test.handles) == 0 || test.name == "twice" {
			continue
		}
		h := test.handles[len(test.handles)-1]
		if got, err := WaitForSingleObject(h, test.timeout); got != WAIT_FAILED || !errors.Is(err, test.code) {
			t.Errorf("%s: WaitForSingleObject: %d, %v", test.name, got, err)
		}
		if _, err := RegisterWaitForSingleObject(h, test.timeout, 0, func(bool) {}); !errors.Is(err, test.code) {
			t.Errorf("%s: RegisterWaitForSingleObject: %v", test.name, err)
		}
	}
}

// TestOneObjectTwice: two handles to one event are refused only where both
// would have to be signaled.
func TestOneObjectTwice(t *testing.T) {
	const name = "createprocess test twice"
	a, err := CreateEvent(nil, false, true, name)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := OpenEvent(name)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	both := []Waitable{a, b}
	if got, err := WaitForMultipleObjects(both, true, 0); got != WAIT_FAILED || !errors.Is(err, ERROR_INVALID_PARAMETER) {
		t.Errorf("all: %d, %v", got, err)
	}
	waitForMany(t, both, false, 0, WAIT_OBJECT_0)
	waitForMany(t, both, false, 0, WAIT_TIMEOUT)
	result := make(chan WaitResult)
	go func() {
		r, _ := WaitForMultipleObjects(both, false, INFINITE)
		result <- r
	}()
	set(t, b)
	if got := <-result; got != WAIT_OBJECT_0 && got != WAIT_OBJECT_0+1 {
		t.Errorf("any: %d", got)
	}
	waitFor(t, a, 0, WAIT_TIMEOUT)
}

// TestEventModel compares waits that only look with a model of a few lines.
func TestEventModel(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	const n = 6
	var events []*Event
	var isSet, manual [n]bool
	for i := range n {
		manual[i], isSet[i] = random.IntN(2) == 0, random.IntN(2) == 0
		events = append(events, event(t, manual[i], isSet[i]))
	}
	for step := range 3000 {
		i := random.IntN(n)
		switch random.IntN(4) {
		case 0:
			set(t, events[i])
			isSet[i] = true
		case 1:
			if err := events[i].Reset(); err != nil {
				t.Fatal(err)
			}
			isSet[i] = false
		default:
			all := random.IntN(2) == 0
			choice := random.Perm(n)[:1+random.IntN(3)]
			var handles []Waitable
			var ready []int // positions in choice
			for at, c := range choice {
				handles = append(handles, events[c])
				if isSet[c] {
					ready = append(ready, at)
				}
			}
			want := WAIT_TIMEOUT
			switch {
			case all && len(ready) == len(choice):
				want = WAIT_OBJECT_0
			case !all && len(ready) > 0:
				ready = ready[:1]
				want = WAIT_OBJECT_0 + WaitResult(ready[0])
			default:
				ready = nil
			}
			for _, at := range ready {
				isSet[choice[at]] = manual[choice[at]]
			}
			if got, err := WaitForMultipleObjects(handles, all, 0); got != want || err != nil {
				t.Fatalf("seed %d, step %d: %d, %v, want %d", seed, step, got, err, want)
			}
		}
	}
}

// TestEachSetEndsOneWait: every Set of an auto-reset event, made when the last
// one has been taken, ends exactly one of many waits; none is lost.
func TestEachSetEndsOneWait(t *testing.T) {
	const waiters, sets = 8, 500
	e, taken, stop := event(t, false, false), event(t, false, false), event(t, true, false)
	unused := event(t, false, false)
	var ends atomic.Int32
	var wg sync.WaitGroup
	for i := range waiters {
		wg.Go(func() {
			for {
				var index int
				var err error
				switch i % 2 {
				case 0:
					index, err = WaitContext(context.Background(), []Waitable{stop, e, unused}, false)
				case 1:
					// One that gives up, over and over, must not take a Set with it.
					var r WaitResult
					r, err = WaitForMultipleObjects([]Waitable{stop, e}, false, time.Duration(rand.IntN(200))*time.Microsecond)
					if r == WAIT_TIMEOUT {
						continue
					}
					index, _ = r.Index()
				}
				if err != nil {
					t.Error(err)
				}
				if index == 0 || err != nil {
					return
				}
				ends.Add(1)
				set(t, taken)
			}
		})
	}
	for range sets {
		set(t, e)
		waitFor(t, taken, INFINITE, WAIT_OBJECT_0)
	}
	set(t, stop)
	wg.Wait()
	if got := ends.Load(); got != sets {
		t.Errorf("%d Sets have ended %d waits", sets, got)
	}
	waitFor(t, e, 0, WAIT_TIMEOUT)
}

// TestRandomOperations: whatever goroutines do, an auto-reset event ends no
// more waits than it was set, and at the end it is as it was last left.
func TestRandomOperations(t *testing.T) {
	const goroutines, n = 16, 4
	var events []*Event
	var sets, ends [n]atomic.Int32
	for range n {
		events = append(events, event(t, false, false))
	}
	always := event(t, true, true)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range 200 {
				i, j := rand.IntN(n), rand.IntN(n-1)
				if j >= i {
					j++
				}
				timeout := time.Duration(rand.IntN(300)) * time.Microsecond
				switch rand.IntN(6) {
				case 0, 1, 2:
					sets[i].Add(1)
					set(t, events[i])
				case 3:
					if r, err := WaitForSingleObject(events[i], timeout); err != nil {
						t.Error(err)
					} else if r == WAIT_OBJECT_0 {
						ends[i].Add(1)
					}
				case 4:
					r, err := WaitForMultipleObjects([]Waitable{events[i], events[j]}, false, timeout)
					if err != nil {
						t.Error(err)
					} else if index, ok := r.Index(); ok {
						ends[[]int{i, j}[index]].Add(1)
					}
				case 5:
					r, err := WaitForMultipleObjects([]Waitable{always, events[i], events[j]}, true, timeout)
					if err != nil {
						t.Error(err)
					} else if r == WAIT_OBJECT_0 {
						ends[i].Add(1)
						ends[j].Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	for i, e := range events {
		if sets[i].Load() < ends[i].Load() {
			t.Errorf("event %d: %d Sets have ended %d waits", i, sets[i].Load(), ends[i].Load())
		}
		set(t, e)
		waitFor(t, e, 0, WAIT_OBJECT_0)
		waitFor(t, e, 0, WAIT_TIMEOUT)
	}
	waitFor(t, always, 0, WAIT_OBJECT_0)
}

// TestLowestIndex: of several that are signaled the first counts, and only it
// is reset.
func TestLowestIndex(t *testing.T) {
	var handles []Waitable
	var events []*Event
	for range 64 {
		events = append(events, event(t, false, false))
	}
	handles = waitables(events)
	for i := len(events) - 1; i >= 0; i-- {
		set(t, events[i])
		waitForMany(t, handles, false, INFINITE, WAIT_OBJECT_0+WaitResult(i))
	}
	set(t, events...)
	for i := range events {
		waitForMany(t, handles, false, 0, WAIT_OBJECT_0+WaitResult(i))
	}
	waitForMany(t, handles, false, 0, WAIT_TIMEOUT)
	set(t, events...)
	waitForMany(t, handles, true, 0, WAIT_OBJECT_0)
	waitForMany(t, handles, false, 0, WAIT_TIMEOUT)
}

// TestAllOrNothing: a wait for all that is not over has taken nothing.
func TestAllOrNothing(t *testing.T) {
	a, b := event(t, false, false), event(t, false, false)
	both := []Waitable{a, b}
	for _, timeout := range []time.Duration{0, time.Millisecond} {
		set(t, a)
		waitForMany(t, both, true, timeout, WAIT_TIMEOUT)
		waitFor(t, a, 0, WAIT_OBJECT_0)
	}
	// While it waits, others take what is set.
	done := make(chan WaitResult)
	go func() {
		r, _ := WaitForMultipleObjects(both, true, INFINITE)
		done <- r
	}()
	for range 100 {
		set(t, a)
		waitFor(t, a, 0, WAIT_OBJECT_0)
		set(t, b)
		waitFor(t, b, 0, WAIT_OBJECT_0)
	}
	set(t, b, a)
	if r := <-done; r != WAIT_OBJECT_0 {
		t.Errorf("%d", r)
	}
	waitForMany(t, both, false, 0, WAIT_TIMEOUT)
}

// TestCompetingForAll: those who wait for the same events, in different
// orders, get both or none; two Sets end one wait.
func TestCompetingForAll(t *testing.T) {
	const rounds = 300
	a, b, taken, stop := event(t, false, false), event(t, false, false), event(t, false, false), event(t, true, false)
	orders := [][]Waitable{{a, b}, {b, a}, {a, b}, {b, a}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var ends atomic.Int32
	var wg sync.WaitGroup
	for _, order := range orders {
		wg.Go(func() {
			for {
				_, err := WaitContext(ctx, order, true)
				if errors.Is(err, context.Canceled) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				ends.Add(1)
				set(t, taken)
			}
		})
	}
	for i := range rounds {
		if i%2 == 0 {
			set(t, a, b)
		} else {
			set(t, b, a)
		}
		waitForMany(t, []Waitable{stop, taken}, false, INFINITE, WAIT_OBJECT_0+1)
	}
	cancel()
	wg.Wait()
	if got := ends.Load(); got != rounds {
		t.Errorf("%d rounds have ended %d waits", rounds, got)
	}
	waitForMany(t, []Waitable{a, b}, false, 0, WAIT_TIMEOUT)
}

// TestManualEndsAll: everybody goes who waits for a manual-reset event.
func TestManualEndsAll(t *testing.T) {
	e, other := event(t, true, false), event(t, true, true)
	var wg, begun sync.WaitGroup
	for i := range 12 {
		begun.Add(1)
		wg.Go(func() {
			begun.Done()
			switch i % 3 {
			case 0:
				waitFor(t, e, INFINITE, WAIT_OBJECT_0)
			case 1:
				waitForMany(t, []Waitable{e}, false, INFINITE, WAIT_OBJECT_0)
			case 2:
				waitForMany(t, []Waitable{e, other}, true, INFINITE, WAIT_OBJECT_0)
			}
		})
	}
	begun.Wait()
	set(t, e)
	wg.Wait()
}

// TestWaitContextMany: a context ends a wait for any and for all, and then
// nothing has been taken. One that is done looks.
func TestWaitContextMany(t *testing.T) {
	pi, stop := running(t)
	e := event(t, false, false)
	for _, all := range []bool{false, true} {
		for _, handles := range [][]Waitable{{pi.Process, e}, {pi.Process}, {e}} {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Millisecond, cancel)
			if _, err := WaitContext(ctx, handles, all); !errors.Is(err, ERROR_CANCELLED) || !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			if _, err := WaitContext(ctx, handles, all); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled before: %v", err)
			}
			ctx, cancel = context.WithTimeout(context.Background(), time.Millisecond)
			if _, err := WaitContext(ctx, handles, all); !errors.Is(err, ERROR_TIMEOUT) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("too late: %v", err)
			}
			cancel()
			waitForMany(t, handles, all, time.Millisecond, WAIT_TIMEOUT)
		}
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	set(t, e)
	if index, err := WaitContext(done, []Waitable{pi.Process, e}, false); index != 1 || err != nil {
		t.Errorf("a look: %d, %v", index, err)
	}
	stop()
	wait(t, pi)
	set(t, e)
	if index, err := WaitContext(done, []Waitable{pi.Process, e}, true); index != 0 || err != nil {
		t.Errorf("a look at all: %d, %v", index, err)
	}
	waitFor(t, e, 0, WAIT_TIMEOUT)
}

// TestCancelRaces: a Set at the moment of a cancellation either ends the wait
// or is still there.
func TestCancelRaces(t *testing.T) {
	e, other := event(t, false, false), event(t, true, true)
	waits := []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := WaitContext(ctx, []Waitable{e}, false)
			return err
		},
		func(ctx context.Context) error {
			_, err := WaitContext(ctx, []Waitable{other, e}, true)
			return err
		},
		func(ctx context.Context) error {
			if r, err := WaitForSingleObject(e, 50*time.Microsecond); r != WAIT_TIMEOUT {
				return err
			}
			return context.Canceled
		},
	}
	for i := range raceRounds() {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			for begun := time.Now(); time.Since(begun) < 50*time.Microsecond; {
			}
			cancel() // by the time that the wait notices, the event is set
			set(t, e)
		})
		err := waits[i%len(waits)](ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		wg.Wait()
		waitFor(t, e, 0, map[bool]WaitResult{true: WAIT_TIMEOUT, false: WAIT_OBJECT_0}[err == nil])
	}
}

// TestCloseEventWhileWaiting: the wait goes on, and another handle can end it.
func TestCloseEventWhileWaiting(t *testing.T) {
	const name = "createprocess test close"
	a, err := CreateEvent(nil, false, false, name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenEvent(name)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	other := event(t, false, false)
	for _, wait := range []func() error{
		func() error { _, err := WaitForSingleObject(a, INFINITE); return err },
		func() error { _, err := WaitForMultipleObjects([]Waitable{other, a}, false, INFINITE); return err },
	} {
		done := make(chan error)
		go func() { done <- wait() }()
		select {
		case err := <-done:
			t.Fatalf("the wait is over: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		set(t, b)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if a, err = OpenEvent(name); err != nil {
			t.Fatal(err)
		}
	}
	a.Close()
}

// TestProcessesAndEvents waits for children that end one after the other, in
// an order that they do not know, beside events.
func TestProcessesAndEvents(t *testing.T) {
	const n = 5
	var handles []Waitable
	var stops []func()
	for range n {
		pi, stop := running(t)
		handles, stops = append(handles, pi.Process), append(stops, stop)
	}
	e := event(t, false, false)
	waitForMany(t, handles, false, 0, WAIT_TIMEOUT)
	waitForMany(t, append(slices.Clone(handles), e), false, time.Millisecond, WAIT_TIMEOUT)
	left := slices.Clone(handles)
	for _, i := range rand.Perm(n) {
		time.AfterFunc(time.Millisecond, stops[i])
		with := left
		if i%2 == 0 {
			with = append(slices.Clone(left), e)
		}
		r, err := WaitForMultipleObjects(with, false, INFINITE)
		index, ok := r.Index()
		if err != nil || !ok || with[index] != handles[i] {
			t.Fatalf("%d, %v: not the one that has ended", r, err)
		}
		left = slices.Delete(slices.Clone(left), index, index+1)
		waitForMany(t, handles, true, 0, map[bool]WaitResult{true: WAIT_OBJECT_0, false: WAIT_TIMEOUT}[len(left) == 0])
	}
	waitForMany(t, handles, false, INFINITE, WAIT_OBJECT_0)
	all := append(slices.Clone(handles), e)
	waitForMany(t, all, true, time.Millisecond, WAIT_TIMEOUT)
	set(t, e)
	waitForMany(t, all, true, INFINITE, WAIT_OBJECT_0)
	waitFor(t, e, 0, WAIT_TIMEOUT)
}

// TestMixedGoroutines: fifty goroutines wait, each in its way, for the same
// children and events, and all see the same ends.
func TestMixedGoroutines(t *testing.T) {
	a, stopA := running(t)
	b, stopB := running(t)
	e, ticks := event(t, true, false), event(t, false, false)
	everything := []Waitable{a.Process, b.Process, e}
	var called atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			switch i % 5 {
			case 0:
				waitForMany(t, everything, true, INFINITE, WAIT_OBJECT_0)
			case 1:
				if code, err := b.Process.Wait(context.Background()); code != 0 || err != nil {
					t.Errorf("%d, %v", code, err)
				}
			case 2:
				for left := slices.Clone(everything); len(left) > 0; {
					index, err := WaitContext(context.Background(), left, false)
					if err != nil {
						t.Error(err)
						return
					}
					left = slices.Delete(left, index, index+1)
				}
			case 3:
				for {
					r, err := WaitForMultipleObjects(everything, true, time.Duration(rand.IntN(3))*time.Millisecond)
					if err != nil {
						t.Error(err)
					}
					if r != WAIT_TIMEOUT {
						return
					}
					set(t, ticks)
				}
			case 4:
				wg.Add(1)
				_, err := RegisterWaitForSingleObject(everything[i%3], INFINITE, WT_EXECUTEONLYONCE, func(timedOut bool) {
					if timedOut {
						t.Error("an infinite timeout has passed")
					}
					called.Add(1)
					wg.Done()
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	waitFor(t, ticks, INFINITE, WAIT_OBJECT_0)
	stopB()
	set(t, e)
	waitFor(t, ticks, INFINITE, WAIT_OBJECT_0)
	stopA()
	wg.Wait()
	if got := called.Load(); got != 10 {
		t.Errorf("%d of 10 callbacks", got)
	}
	waitForMany(t, everything, true, 0, WAIT_OBJECT_0)
}

// TestRandomEnds: children that end as they like, awaited in one wait for any.
func TestRandomEnds(t *testing.T) {
	const n = 12
	codes := make(map[Waitable]uint32)
	var left []Waitable
	for i := range n {
		pi := start(t, "sleep", (time.Duration(rand.IntN(50)) * time.Millisecond).String())
		codes[pi.Process] = 0
		left = append(left, pi.Process)
		if i%3 == 0 {
			if err := pi.Process.Terminate(uint32(1000 + i)); err != nil {
				t.Error(err)
			}
			codes[pi.Process] = uint32(1000 + i)
		}
	}
	for len(left) > 0 {
		index, err := WaitContext(context.Background(), left, false)
		if err != nil {
			t.Fatal(err)
		}
		p := left[index].(*Process)
		if code, err := p.ExitCode(); code != codes[p] || err != nil {
			t.Errorf("exit code %d, %v, want %d", code, err, codes[p])
		}
		left = slices.Delete(left, index, index+1)
	}
}

func TestWaitResultIndex(t *testing.T) {
	for _, r := range []WaitResult{WAIT_TIMEOUT, WAIT_FAILED, 64, 128} {
		if index, ok := r.Index(); ok {
			t.Errorf("%d: index %d", r, index)
		}
	}
	for _, i := range []int{0, 1, 63} {
		if index, ok := (WAIT_OBJECT_0 + WaitResult(i)).Index(); index != i || !ok {
			t.Errorf("%d: %d, %v", i, index, ok)
		}
	}
}
