package createprocess

import (
	"context"
	"sync"
)

// dispatcher is the one lock for all signals and their queues, so that a wait
// for several objects takes them at one moment. It is held for as long as it
// takes to go through a wait's handles once. An object's own lock is taken
// before it, and callbacks' lock after it.
var dispatcher struct {
	sync.Mutex
	stamp uint64 // the last one given
}

// signal is what a wait is about: the state of an event, or the end of a process.
type signal struct {
	isSet       bool
	auto        bool   // it is reset by the one wait that it ends
	stamp       uint64 // of the last search for twins that has come by
	first, last *link  // who waits, longest first
}

// set ends the waits that it can. Each link that is looked at leaves the
// queue: with its wait's end, or for the queue of another signal.
func (s *signal) set() {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	s.isSet = true
	for s.first != nil && s.isSet {
		s.first.offer()
	}
}

// consume is what the end of a wait does to the signal.
func (s *signal) consume() { s.isSet = !s.auto }

// twins tells whether a signal is there twice.
func twins(signals []*signal) bool {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	dispatcher.stamp++
	for _, s := range signals {
		if s.stamp == dispatcher.stamp {
			return true
		}
		s.stamp = dispatcher.stamp
	}
	return false
}

// waiter is one wait, for one of its signals or for all of them.
type waiter struct {
	signals []*signal
	all     bool
	wake    func() // called once, when the wait has ended, with dispatcher held

	// Who waits for one of many stands in the queue of each. Who waits for all
	// stands in one queue, that of a signal that is not set: as long as it is
	// not, the others make no difference.
	links []link

	state waitState
	index int // the signal that has ended the wait
}

type waitState uint8

const (
	waitReady waitState = iota
	waitQueued
	waitEnded
	waitCancelled
)

// link is a place in the queue of a signal.
type link struct {
	waiter     *waiter
	signal     *signal // nil: in no queue
	index      int     // of the signal, in waiter.signals
	next, prev *link
}

func (l *link) join(w *waiter, index int) {
	s := w.signals[index]
	*l = link{waiter: w, signal: s, index: index, prev: s.last}
	if s.last != nil {
		s.last.next = l
	} else {
		s.first = l
	}
	s.last = l
}

func (l *link) leave() {
	s := l.signal
	if s == nil {
		return
	}
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		s.first = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	} else {
		s.last = l.prev
	}
	l.signal, l.next, l.prev = nil, nil, nil
}

// offer gives a signal that is set to the wait behind l.
func (l *link) offer() {
	w := l.waiter
	if !w.all {
		l.signal.consume()
		w.end(l.index)
		return
	}
	index, ok := w.take(l.index)
	if ok {
		w.end(index)
		return
	}
	l.leave()
	l.join(w, index)
}

// take consumes what the wait needs, if that is set, and returns the index
// that the wait answers. Else, for an all-wait, the index is that of a signal
// that is not set. It looks from that of the last time on: those passed over
// are set unless somebody has reset them, so that 100,000 that are set one by
// one are not looked at 100,000 times each.
func (w *waiter) take(from int) (index int, ok bool) {
	if !w.all {
		for i, s := range w.signals {
			if s.isSet {
				s.consume()
				return i, true
			}
		}
		return 0, false
	}
	for i := range w.signals {
		if i += from; i >= len(w.signals) {
			i -= len(w.signals)
		}
		if !w.signals[i].isSet {
			return i, false
		}
	}
	for _, s := range w.signals {
		s.consume()
	}
	return 0, true
}

// end leaves all queues and tells whoever waits.
func (w *waiter) end(index int) {
	w.dequeue()
	w.state, w.index = waitEnded, index
	w.wake()
}

func (w *waiter) dequeue() {
	for i := range w.links {
		w.links[i].leave()
	}
}

// look ends the wait at once, without waking anybody, or not at all.
func (w *waiter) look() bool {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	index, ok := w.take(0)
	if ok {
		w.state, w.index = waitEnded, index
	}
	return ok
}

// start begins the wait. It may end before start returns.
func (w *waiter) start() {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	if w.state != waitReady {
		return // it has been cancelled already
	}
	index, ok := w.take(0)
	if ok {
		w.end(index)
		return
	}
	w.state = waitQueued
	if w.all {
		w.links[0].join(w, index)
		return
	}
	for i := range w.signals {
		w.links[i].join(w, i)
	}
}

// cancel gives the wait up. It is too late, and false, if the wait has ended.
func (w *waiter) cancel() bool {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	if w.state == waitEnded || w.state == waitCancelled {
		return false
	}
	w.dequeue()
	w.state = waitCancelled
	return true
}

// waitSignals waits until one of the signals is set, or all are, and returns
// the index of the first that was. If ctx is done already it only looks.
func waitSignals(ctx context.Context, signals []*signal, all bool) (int, error) {
	w := &waiter{signals: signals, all: all}
	if w.look() {
		return w.index, nil
	}
	if ctx.Err() != nil {
		return 0, waitError(ctx)
	}
	places := len(signals)
	if all {
		places = 1
	}
	w.links = make([]link, places)
	woken := make(chan struct{})
	w.wake = func() { close(woken) }
	w.start()
	select {
	case <-woken:
	case <-ctx.Done():
		if w.cancel() {
			return 0, waitError(ctx)
		}
	}
	return w.index, nil
}
