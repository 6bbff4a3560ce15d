package differential

import (
	"os"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/seed-f798aa80/createprocess"
)

func waitSingle(t *transcript) {
	pi := t.start(0, "sleep")
	t.wait("running, 0 ms", pi.Process, 0)
	t.wait("running, 10 ms", pi.Process, 10*time.Millisecond)
	t.must(pi.Process.Terminate(1))
	t.wait("INFINITE", pi.Process, INFINITE)
	t.wait("ended, 0 ms", pi.Process, 0)
	t.wait("ended, 10 ms", pi.Process, 10*time.Millisecond)
	t.wait("ended, INFINITE", pi.Process, INFINITE)
	t.must(pi.Close())
	t.wait("closed handle", pi.Process, 0)
	t.wait("no handle", nil, 0)
	t.wait("the own process", CurrentProcess(), 0)
}

func (t *transcript) event(manual, set bool) *Event {
	t.Helper()
	e, err := CreateEvent(nil, manual, set, "")
	t.must(err)
	return e
}

func waitMany(t *transcript) {
	const short = 10 * time.Millisecond
	a, b := t.start(0, "sleep"), t.start(0, "sleep")
	event := t.event(false, false)
	three := []Waitable{a.Process, b.Process, event}
	two := three[:2]
	t.waitMany("any, nothing signaled, 0 ms", three, false, 0)
	t.waitMany("any, nothing signaled, 10 ms", three, false, short)
	t.waitMany("all, nothing signaled, 10 ms", three, true, short)
	t.must(event.Set())
	t.waitMany("any, the event", three, false, INFINITE)
	t.waitMany("any, the event is taken", three, false, 0)
	t.must(b.Process.Terminate(1))
	t.waitMany("any, the second process", two, false, INFINITE)
	t.waitMany("all, one of two has ended", two, true, short)
	t.must(event.Set())
	t.waitMany("any, the lowest index", three, false, INFINITE)
	t.waitMany("all, one runs, 10 ms", three, true, short)
	t.wait("the event has not been taken", event, 0)
	t.must(a.Process.Terminate(1))
	t.waitMany("all, two processes", two, true, INFINITE)
	t.must(event.Set())
	t.waitMany("all, three objects", three, true, INFINITE)
	t.waitMany("all, the event is taken", three, true, 0)
	t.waitMany("one handle", three[:1], false, 0)

	t.waitMany("no handle", nil, false, 0)
	twice := []Waitable{a.Process, a.Process}
	t.waitMany("any, one handle twice", twice, false, 0)
	t.waitMany("all, one handle twice", twice, true, 0)
	again, err := OpenProcess(SYNCHRONIZE, false, os.Getpid())
	t.must(err)
	same, err := again.Duplicate(SYNCHRONIZE, false)
	t.must(err)
	pair := []Waitable{again, same}
	t.waitMany("any, two handles to one object", pair, false, 0)
	t.waitMany("all, two handles to one object", pair, true, 0)
	t.must(same.Close())
	t.waitMany("a closed handle behind", pair, false, 0)
	weak, err := OpenProcess(PROCESS_TERMINATE, false, os.Getpid())
	t.must(err)
	t.waitMany("a handle without SYNCHRONIZE", []Waitable{again, weak}, false, 0)
	t.must(weak.Close())
	t.must(again.Close())
	t.must(a.Close())
	t.must(b.Close())

	var many []Waitable
	for i := range 65 {
		many = append(many, t.event(true, i == 63))
	}
	t.waitMany("64 handles", many[:64], false, 0)
	t.waitMany("65 handles", many, false, 0)
	for _, h := range append(many, event) {
		t.must(h.(*Event).Close())
	}
}

func events(t *transcript) {
	for kind, manual := range []bool{false, true} {
		label := func(what string) string { return []string{"auto", "manual"}[kind] + ", " + what }
		e := t.event(manual, false)
		t.wait(label("new"), e, 0)
		t.result(label("set"), e.Set())
		t.result(label("set again"), e.Set())
		t.wait(label("first wait"), e, 0)
		t.wait(label("second wait"), e, 0)
		t.result(label("reset"), e.Reset())
		t.result(label("reset again"), e.Reset())
		t.wait(label("wait when reset"), e, 10*time.Millisecond)
		t.result(label("close"), e.Close())
		t.result(label("set when closed"), e.Set())
		t.result(label("reset when closed"), e.Reset())
		t.wait(label("wait when closed"), e, 0)
		t.result(label("close again"), e.Close())

		e = t.event(manual, true)
		t.wait(label("new and set"), e, 0)
		t.wait(label("after that"), e, 0)
		t.must(e.Close())
	}
}

func namedEvents(t *transcript) {
	create := func(what string, manual, set bool, name string) *Event {
		e, err := CreateEvent(nil, manual, set, name)
		switch {
		case err != nil:
			t.result(what+", create", err)
		case e.Existed():
			t.number(what+", created with", 183) // ERROR_ALREADY_EXISTS
		default:
			t.number(what+", created with", 0)
		}
		return e
	}
	open := func(what, name string) *Event {
		e, err := OpenEvent(name)
		t.result(what+", open", err)
		return e
	}
	closeAll := func(events ...*Event) {
		for _, e := range events {
			if e != nil {
				t.must(e.Close())
			}
		}
	}
	closeAll(open("no such name", "diff-missing"))
	first := create("first", true, false, "diff-name")
	second := create("second", false, true, "diff-name")
	t.wait("the second's state does not count", second, 0)
	opened := open("an existing name", "diff-name")
	t.must(opened.Set())
	t.wait("set by one, seen by the other", first, 0)
	t.wait("manual, as it was created", second, 0)
	third := create("another case", true, false, "DIFF-NAME")
	t.wait("another case is another event", third, 0)
	closeAll(third)
	third = create("Local", true, false, `Local\diff-name`)
	t.wait("Local is the same event", third, 0)
	closeAll(third, first, second)
	closeAll(open("the last handle is open", "diff-name"), opened)
	closeAll(open("the last handle is closed", "diff-name"))

	closeAll(create("259 characters", true, false, strings.Repeat("x", 259)))
	closeAll(create("260 characters", true, false, strings.Repeat("x", 260)))
	closeAll(create("a backslash", true, false, `diff\name`))
	first = create("empty name", true, true, "")
	second = create("empty name again", true, false, "")
	t.wait("empty names are no name", second, 0)
	closeAll(first, second)
}

func registered(t *transcript) {
	const short = 20 * time.Millisecond
	called, goOn := t.event(false, false), t.event(true, false)
	var calls, timeouts atomic.Uint32
	count := func(timedOut bool) {
		if timedOut {
			timeouts.Add(1)
		} else {
			calls.Add(1)
		}
		called.Set()
	}
	slow := func(timedOut bool) {
		count(timedOut)
		WaitForSingleObject(goOn, INFINITE)
	}
	register := func(what string, h Waitable, timeout time.Duration, flags WaitFlags, callback func(bool)) *RegisteredWait {
		r, err := RegisterWaitForSingleObject(h, timeout, flags, callback)
		t.result(what, err)
		return r
	}
	sayCalls := func(what string) {
		t.number(what+", calls", calls.Swap(0))
		t.number(what+", timeouts", timeouts.Swap(0))
	}
	await := func() {
		_, err := WaitForSingleObject(called, INFINITE)
		t.must(err)
	}

	pi := t.start(0, "sleep")
	r := register("a process", pi.Process, INFINITE, WT_EXECUTEONLYONCE, count)
	t.wait("while it runs, called", called, short)
	t.must(pi.Process.Terminate(1))
	t.wait("when it ends, called", called, INFINITE)
	t.result("a process, unregister", r.Unregister(true))
	sayCalls("a process")
	r = register("one that has ended", pi.Process, INFINITE, WT_EXECUTEONLYONCE, count)
	t.wait("one that has ended, called", called, INFINITE)
	t.must(r.Unregister(true))
	sayCalls("one that has ended")
	t.must(pi.Close())

	event := t.event(false, false)
	r = register("an event", event, INFINITE, WT_EXECUTEDEFAULT, count)
	t.must(event.Set())
	t.wait("first set, called", called, INFINITE)
	t.must(event.Set())
	t.wait("second set, called", called, INFINITE)
	t.result("an event, unregister", r.Unregister(true))
	t.must(event.Set())
	t.wait("set after that, called", called, short)
	t.wait("the event is still set", event, 0)
	sayCalls("an event")

	r = register("once", event, INFINITE, WT_EXECUTEONLYONCE, count)
	t.must(event.Set())
	await()
	t.must(event.Set())
	t.wait("once, called again", called, short)
	t.wait("once, the event is still set", event, 0)
	t.must(r.Unregister(true))
	sayCalls("once")

	r = register("a timeout", event, 10*time.Millisecond, WT_EXECUTEONLYONCE, count)
	t.wait("a timeout, called", called, INFINITE)
	t.must(r.Unregister(true))
	sayCalls("a timeout")

	r = register("a slow callback", event, INFINITE, WT_EXECUTEONLYONCE, slow)
	t.must(event.Set())
	await()
	t.result("unregister while it runs", r.Unregister(false))
	t.must(goOn.Set())
	sayCalls("a slow callback")

	register("no handle", nil, INFINITE, WT_EXECUTEONLYONCE, count)
	t.must(event.Close())
	register("a closed handle", event, INFINITE, WT_EXECUTEONLYONCE, count)
	t.must(called.Close())
	t.must(goOn.Close())
}
