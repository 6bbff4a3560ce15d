package createprocess

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// WaitFlags are those of [RegisterWaitForSingleObject].
//
// [RegisterWaitForSingleObject]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-registerwaitforsingleobject
type WaitFlags uint32

const (
	WT_EXECUTEDEFAULT      WaitFlags = 0x00
	WT_EXECUTEONLYONCE     WaitFlags = 0x08
	WT_EXECUTELONGFUNCTION WaitFlags = 0x10
)

// threadWaitFlags choose the thread for the callback, which a goroutine does
// not have: WT_EXECUTEINIOTHREAD, WT_EXECUTEINWAITTHREAD,
// WT_EXECUTEINPERSISTENTTHREAD, WT_TRANSFER_IMPERSONATION.
const threadWaitFlags WaitFlags = 0x01 | 0x04 | 0x80 | 0x100

func (f WaitFlags) check() error {
	const op = "RegisterWaitForSingleObject"
	rest := f &^ (WT_EXECUTEONLYONCE | WT_EXECUTELONGFUNCTION)
	switch {
	case rest&^threadWaitFlags != 0:
		return invalid(op, fmt.Sprintf("%#x", uint32(rest&^threadWaitFlags)), "no such flag")
	case rest != 0:
		return unsupported(op, fmt.Sprintf("flags %#x", uint32(rest)))
	}
	return nil
}

// RegisteredWait is a wait that ends in a call of a function.
type RegisteredWait struct {
	object   waitObject
	timeout  time.Duration
	flags    WaitFlags
	callback func(timedOut bool)

	// Guarded by callbacks.
	state        registration
	unregistered bool
	timedOut     bool
	sub          subscription // the present wait, or the one that the callback is about
	timer        *time.Timer
	finished     chan struct{} // closed when finished; nil until somebody waits for that
	err          error         // the wait could not be begun again
	next         *RegisteredWait
}

type registration uint8

const (
	registrationWaits registration = iota
	registrationCalls              // the callback runs, or stands in the queue
	registrationFinished
)

// subscription is one wait for one object that ends in a call.
type subscription interface {
	// start begins the wait, unless it has been cancelled.
	start() error
	// cancel gives the wait up. It is too late, and false, when the wait has
	// ended; then it only gives back what the wait has used.
	cancel() bool
}

// RegisterWaitForSingleObject has callback called when h is signaled, or when
// the timeout has passed, as [Microsoft's page] has it. It costs memory, and no goroutine or thread. Its errors
// are those of [WaitForSingleObject]. To close the handle does not end it.
//
// A process calls it once. An event does so again and again, and a timeout
// too, until Unregister, unless WT_EXECUTEONLYONCE is given: the next wait
// begins, and the timeout anew, when the callback has returned. An auto-reset
// event that is set twice meanwhile has therefore been set once; a
// manual-reset event that stays set calls at once again. A timeout of zero
// calls at once, signaled or not, and needs WT_EXECUTEONLYONCE (87).
//
// Callbacks run on a few goroutines, in the order in which the waits end. One
// that takes its time holds up others: while none of them has begun for 10 ms
// there is one goroutine more, up to 500. One that is known to take long has
// WT_EXECUTELONGFUNCTION, and so a goroutine of its own. Other flags are
// refused (50), and unknown ones (87).
func RegisterWaitForSingleObject(h Waitable, timeout time.Duration, flags WaitFlags, callback func(timedOut bool)) (*RegisteredWait, error) {
	const op = "RegisterWaitForSingleObject"
	if err := flags.check(); err != nil {
		return nil, err
	}
	if err := checkWaitable(op, h); err != nil {
		return nil, err
	}
	switch {
	case callback == nil:
		return nil, invalid(op, "", "there is no callback")
	case timeout < 0:
		return nil, invalid(op, "", "the timeout is negative")
	}
	r := &RegisteredWait{object: h.waitObject(), timeout: timeout, flags: flags, callback: callback}
	if _, process := r.object.(*object); process {
		r.flags |= WT_EXECUTEONLYONCE
	}
	if timeout == 0 && r.flags&WT_EXECUTEONLYONCE == 0 {
		return nil, invalid(op, "", "without WT_EXECUTEONLYONCE a timeout of zero would call without end")
	}
	r.sub = newSubscription(r.object, r.signaled)
	if err := r.begin(r.sub); err != nil {
		return nil, err
	}
	return r, nil
}

// begin begins a wait; sub is its subscription.
func (r *RegisteredWait) begin(sub subscription) error {
	if err := sub.start(); err != nil {
		return err
	}
	switch r.timeout {
	case 0:
		r.expired(sub)
	case INFINITE:
	default:
		callbacks.Lock()
		defer callbacks.Unlock()
		if r.state == registrationWaits && r.sub == sub && !r.unregistered {
			r.timer = time.AfterFunc(r.timeout, func() { r.expired(sub) })
		}
	}
	return nil
}

// signaled is called by the subscription.
func (r *RegisteredWait) signaled() {
	callbacks.Lock()
	defer callbacks.Unlock()
	r.call(false)
}

// expired is the end of the timeout. If the subscription is faster, or is one
// of the past, there is nothing to do.
func (r *RegisteredWait) expired(sub subscription) {
	if sub.cancel() {
		callbacks.Lock()
		defer callbacks.Unlock()
		r.call(true)
	}
}

// call has the callback called. The caller holds callbacks' lock.
func (r *RegisteredWait) call(timedOut bool) {
	r.state, r.timedOut = registrationCalls, timedOut
	r.stopTimer()
	if r.flags&WT_EXECUTELONGFUNCTION != 0 {
		go r.run()
	} else {
		callbacks.push(r)
	}
}

func (r *RegisteredWait) stopTimer() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
}

// run calls the callback, and begins the next wait if there is to be one.
func (r *RegisteredWait) run() {
	r.sub.cancel()
	defer r.returned() // also if the callback ends its goroutine
	r.callback(r.timedOut)
}

func (r *RegisteredWait) returned() {
	callbacks.Lock()
	if r.unregistered || r.flags&WT_EXECUTEONLYONCE != 0 {
		r.finish()
		callbacks.Unlock()
		return
	}
	sub := newSubscription(r.object, r.signaled)
	r.state, r.sub = registrationWaits, sub
	callbacks.Unlock()
	if err := r.begin(sub); err != nil {
		callbacks.Lock()
		defer callbacks.Unlock()
		r.err = err
		r.finish()
	}
}

// finish is called with callbacks' lock held.
func (r *RegisteredWait) finish() {
	if r.state != registrationFinished {
		r.state = registrationFinished
		if r.finished != nil {
			close(r.finished)
		}
	}
}

// Unregister ends the registration ([UnregisterWaitEx]). A callback that runs,
// or whose wait has ended so that it is about to run, is the last. With wait
// Unregister returns when that has returned, and so must not be called by it:
// it would wait for itself. Without wait Unregister fails with ERROR_IO_PENDING
// (997) if there is such a callback.
//
// A registration whose only call is over needs no Unregister. A second one
// fails with ERROR_INVALID_HANDLE (6). If the system has refused to begin the
// wait again after a callback, which Windows may, Unregister has the error.
//
// [UnregisterWaitEx]: https://learn.microsoft.com/windows/win32/api/threadpoollegacyapiset/nf-threadpoollegacyapiset-unregisterwaitex
func (r *RegisteredWait) Unregister(wait bool) error {
	const op = "UnregisterWait"
	if r == nil {
		return invalidHandle(op)
	}
	callbacks.Lock()
	if r.unregistered {
		callbacks.Unlock()
		return invalidHandle(op)
	}
	r.unregistered = true
	r.stopTimer()
	sub, waits := r.sub, r.state == registrationWaits
	callbacks.Unlock()

	cancelled := waits && sub.cancel()

	callbacks.Lock()
	if cancelled {
		r.finish()
	}
	if r.state == registrationFinished {
		defer callbacks.Unlock()
		return r.err
	}
	if !wait {
		callbacks.Unlock()
		return &Error{Op: op, Code: ERROR_IO_PENDING}
	}
	r.finished = make(chan struct{})
	callbacks.Unlock()
	<-r.finished
	return nil
}

// callbacks is the queue of those that wait to be called, and the goroutines
// that call them. There are none while the queue is empty.
var callbacks callbackQueue

type callbackQueue struct {
	sync.Mutex
	first, last *RegisteredWait
	workers     int
	begun       uint64 // callbacks so far
	watched     bool   // a timer will look whether the queue moves
}

const (
	// stalled is how long the queue stands still before it gets help.
	stalled    = 10 * time.Millisecond
	maxWorkers = 500 // as many as the threads of Win32's thread pool
)

func fewWorkers() int { return max(2, runtime.GOMAXPROCS(0)) }

// push is called with the lock held.
func (q *callbackQueue) push(r *RegisteredWait) {
	if q.last != nil {
		q.last.next = r
	} else {
		q.first = r
	}
	q.last = r
	if q.workers < fewWorkers() {
		q.workers++
		go q.work()
	} else {
		q.watch()
	}
}

// watch is called with the lock held.
func (q *callbackQueue) watch() {
	if q.watched {
		return
	}
	q.watched = true
	begun := q.begun
	time.AfterFunc(stalled, func() {
		q.Lock()
		defer q.Unlock()
		q.watched = false
		if q.first == nil {
			return
		}
		if q.begun == begun && q.workers < maxWorkers {
			q.workers++
			go q.work()
		}
		q.watch()
	})
}

func (q *callbackQueue) work() {
	defer q.leave()
	for {
		r := q.pop()
		if r == nil {
			return
		}
		r.run()
	}
}

// pop is nil if there is nothing to do.
func (q *callbackQueue) pop() *RegisteredWait {
	q.Lock()
	defer q.Unlock()
	r := q.first
	if r != nil {
		q.first, r.next = r.next, nil
		if q.first == nil {
			q.last = nil
		}
		q.begun++
	}
	return r
}

// leave finds work if some has come after the last look, or if it was a
// callback that ended the goroutine.
func (q *callbackQueue) leave() {
	q.Lock()
	defer q.Unlock()
	if q.first != nil {
		go q.work()
	} else {
		q.workers--
	}
}
