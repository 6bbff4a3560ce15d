package createprocess

import (
	"context"

	"github.com/seed-f798aa80/createprocess/internal/poller"
)

// signaler is a waitObject whose state is a signal: on Linux, all are.
type signaler interface {
	// waitSignal is called by those who wait for the signal, or only look at it.
	waitSignal(look bool) (*signal, error)
}

// waitSignal sees to it that the signal is set when the process ends. If the
// process is watched already, only the poller knows whether it has ended; see
// [poller.Now].
func (o *object) waitSignal(look bool) (*signal, error) {
	o.mu.Lock()
	watched := o.watch != nil
	o.mu.Unlock()
	switch {
	case watched:
	case look:
		o.poll()
	default:
		if err := theReaper.watch(o); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.signal == nil {
		o.signal = &signal{isSet: o.ended}
	}
	return o.signal, nil
}

func waitMultiple(ctx context.Context, op string, handles []Waitable, all bool) (int, error) {
	look := ctx.Err() != nil
	signals := make([]*signal, len(handles))
	processes := false
	for i, h := range handles {
		o := h.waitObject()
		s, err := o.(signaler).waitSignal(look)
		if err != nil {
			return 0, err
		}
		signals[i] = s
		if process, is := o.(*object); is {
			processes = true
			defer process.hold()()
		}
	}
	if twins(signals) && (givenTwice(handles) || all && sameObject(handles)) {
		return 0, invalid(op, "", "a handle is given twice")
	}
	if processes {
		// Those that have ended and that the poller's goroutine has not come to
		// yet: one question to epoll instead of one to each process.
		poller.Now()
	}
	return waitSignals(ctx, signals, all)
}

// signalSubscription is a wait without a goroutine: it calls notify when it ends.
type signalSubscription struct {
	waiter
	object  waitObject
	release func() // gives the object back; may be called again
	signal1 [1]*signal
	link1   [1]link
}

func newSubscription(o waitObject, notify func()) subscription {
	s := &signalSubscription{object: o, release: func() {}}
	if process, is := o.(*object); is {
		s.release = process.hold()
	}
	s.wake, s.signals, s.links = notify, s.signal1[:], s.link1[:]
	return s
}

func (s *signalSubscription) start() error {
	sig, err := s.object.(signaler).waitSignal(false)
	if err != nil {
		s.release()
		return err
	}
	s.signal1[0] = sig
	s.waiter.start()
	return nil
}

func (s *signalSubscription) cancel() bool {
	defer s.release()
	return s.waiter.cancel()
}
