package createprocess

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sys/windows"
)

// waitThreads wait in the system for up to 63 events each, so that who waits
// for one event, or has registered a callback for it, takes no thread. There
// are none while nobody waits so.
//
// The thread pool's RegisterWaitForSingleObject does the same for processes.
// For auto-reset events it is of no use: a wait that is unregistered just as
// its event is set takes the Set with it (Wine 8 does so in one of few tries),
// and nobody is told. Here a subscription is given up only after its thread has
// come back from the system and said that it had not been for this one.
var waitThreads struct {
	sync.Mutex
	list []*waitThread
}

type waitThread struct {
	events  []*waitedEvent
	changed windows.Handle // an auto-reset event that calls the thread back
}

type waitedEvent struct {
	object *eventObject
	subs   []*eventSubscription
}

const perThread = MAXIMUM_WAIT_OBJECTS - 1 // and changed

// eventSubscription is one wait for one event.
type eventSubscription struct {
	object *eventObject
	notify func()

	// Guarded by waitThreads.
	thread    *waitThread // nil: not started, or over
	cancelled bool
	signaled  bool
	over      chan struct{} // closed when it has left its thread
}

func newEventSubscription(o *eventObject, notify func()) *eventSubscription {
	return &eventSubscription{object: o, notify: notify, over: make(chan struct{})}
}

func (s *eventSubscription) start() error {
	waitThreads.Lock()
	defer waitThreads.Unlock()
	if s.cancelled {
		return nil
	}
	if !s.object.acquire() {
		return invalidHandle("Wait")
	}
	w, e, err := threadFor(s.object)
	if err != nil {
		s.object.release()
		return err
	}
	e.subs, s.thread = append(e.subs, s), w
	windows.SetEvent(w.changed)
	return nil
}

// threadFor finds a thread that waits for the event already, or else one that
// has a place for it, or begins one. The caller holds the lock.
func threadFor(o *eventObject) (*waitThread, *waitedEvent, error) {
	var free *waitThread
	for _, w := range waitThreads.list {
		for _, e := range w.events {
			if e.object == o {
				return w, e, nil
			}
		}
		if len(w.events) < perThread {
			free = w
		}
	}
	if free == nil {
		changed, err := windows.CreateEvent(nil, 0, 0, nil)
		if err != nil {
			return nil, nil, systemError("CreateEvent", "", err)
		}
		free = &waitThread{changed: changed}
		waitThreads.list = append(waitThreads.list, free)
		go free.run()
	}
	e := &waitedEvent{object: o}
	free.events = append(free.events, e)
	return free, e, nil
}

// cancel returns when the thread no longer waits for the event.
func (s *eventSubscription) cancel() bool {
	waitThreads.Lock()
	first := !s.cancelled
	s.cancelled = true
	if s.thread == nil {
		defer waitThreads.Unlock()
		return first && !s.signaled
	}
	windows.SetEvent(s.thread.changed)
	waitThreads.Unlock()
	<-s.over
	return first && !s.signaled
}

func (w *waitThread) run() {
	for {
		events, handles := w.prepare()
		if events == nil {
			return
		}
		signaled, err := windows.WaitForMultipleObjects(handles, false, windows.INFINITE)
		index := int(signaled - windows.WAIT_OBJECT_0)
		switch {
		case err != nil:
			// A handle is not ours any more: somebody has closed it. To know
			// nothing is an end too, or the waiters would wait for ever.
			for i, e := range events {
				if signaled, err := windows.WaitForSingleObject(handles[1+i], 0); err != nil || signaled == windows.WAIT_OBJECT_0 {
					e.tell()
				}
			}
		case index > 0:
			events[index-1].tell()
		}
	}
}

// prepare drops the subscriptions that are over and returns the events that are
// left, with their handles behind changed. If none is left it ends the thread.
func (w *waitThread) prepare() (events []*waitedEvent, handles []windows.Handle) {
	waitThreads.Lock()
	defer waitThreads.Unlock()
	w.events = slices.DeleteFunc(w.events, func(e *waitedEvent) bool {
		e.subs = slices.DeleteFunc(e.subs, (*eventSubscription).leave)
		return len(e.subs) == 0
	})
	if len(w.events) == 0 {
		waitThreads.list = slices.DeleteFunc(waitThreads.list, func(other *waitThread) bool { return other == w })
		windows.CloseHandle(w.changed)
		return nil, nil
	}
	handles = []windows.Handle{w.changed}
	for _, e := range w.events {
		handles = append(handles, e.object.handle)
	}
	return slices.Clone(w.events), handles
}

// leave tells whether s is over, and lets its event go if it is.
func (s *eventSubscription) leave() bool {
	if !s.cancelled && !s.signaled {
		return false
	}
	s.thread = nil
	s.object.release()
	close(s.over)
	return true
}

// tell gives a Set to the subscription that is there longest, and to one that
// is being given up only if there is no other. A manual-reset event comes back
// for the next.
func (e *waitedEvent) tell() {
	waitThreads.Lock()
	s := e.subs[max(0, slices.IndexFunc(e.subs, func(s *eventSubscription) bool { return !s.cancelled }))]
	s.signaled = true
	waitThreads.Unlock()
	s.notify()
}

func (o *eventObject) wait(ctx context.Context) error {
	signaled, err := o.look()
	switch {
	case signaled || err != nil:
		return err
	case ctx.Err() != nil:
		return waitError(ctx)
	}
	woken := make(chan struct{})
	s := newEventSubscription(o, func() { close(woken) })
	if err := s.start(); err != nil {
		return err
	}
	select {
	case <-woken:
	case <-ctx.Done():
		if s.cancel() {
			return waitError(ctx)
		}
	}
	return nil
}
