package createprocess

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// holder is a waitObject whose handle must stay open while it is waited for.
type holder interface {
	acquire() bool
	release()
	systemHandle() windows.Handle
}

// waitMultiple lets the system wait if there is an event among the handles.
//
// Processes stay signaled once they are, so that it makes no difference when
// and by whom that is noticed: their ends come as callbacks from the thread
// pool, and who waits for them takes no thread. An auto-reset event is reset
// by the very wait that it ends. A wait elsewhere for each handle (see
// waitThreads) would take several events where one is meant, and could not
// give them back: others may have set, reset or missed them since. Only the
// system's own wait for many takes what it should, and all of it at one
// moment; that wait has a thread.
func waitMultiple(ctx context.Context, op string, handles []Waitable, all bool) (int, error) {
	if givenTwice(handles) {
		return 0, invalid(op, "", "a handle is given twice")
	}
	system := make([]windows.Handle, len(handles))
	events, names := false, make(map[string]bool)
	for i, h := range handles {
		o := h.waitObject()
		held := o.(holder)
		if !held.acquire() {
			return 0, invalidHandle(op)
		}
		defer held.release()
		system[i] = held.systemHandle()
		if t, is := h.(*Thread); is && t.object.thread != 0 {
			system[i] = t.object.thread
		}
		if e, is := o.(*eventObject); is {
			events = true
			// Wine 8 does not see that two handles are to one event.
			name := strings.TrimPrefix(e.name, `Local\`)
			if all && names[name] {
				return 0, invalid(op, e.name, "two handles are to one event")
			}
			names[name] = name != ""
		}
	}
	if events {
		if len(handles) > MAXIMUM_WAIT_OBJECTS {
			return 0, invalid(op, "", "more than 64 handles, and an event among them")
		}
		return waitSystem(ctx, system, all)
	}
	signals := make([]*signal, len(handles))
	for i, h := range handles {
		s, err := h.waitObject().(*object).waitSignal()
		if err != nil {
			return 0, err
		}
		signals[i] = s
	}
	if all && twins(signals) && sameObject(handles) {
		return 0, invalid(op, "", "two handles are to one process")
	}
	defer keepAwake().Stop()
	return waitSignals(ctx, signals, all)
}

// waitSignal is called by somebody who has acquired o.
func (o *object) waitSignal() (*signal, error) {
	ending, err := o.watch()
	if err != nil {
		return nil, err
	}
	o.poll()
	return &ending.signal, nil
}

// waitSystem waits in the system, and blocks its thread. What ends the wait
// early is an asynchronous procedure call to the thread: one handle more would
// do for a wait for any, not for a wait for all.
func waitSystem(ctx context.Context, handles []windows.Handle, all bool) (int, error) {
	const op = "WaitForMultipleObjects"
	if ctx.Err() != nil {
		event, err := windows.WaitForMultipleObjects(handles, all, 0)
		switch {
		case err != nil:
			return 0, systemError(op, "", err)
		case event == uint32(windows.WAIT_TIMEOUT):
			return 0, waitError(ctx)
		}
		return objectIndex(event, all), nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if ctx.Done() != nil {
		self := windows.CurrentProcess()
		var thread windows.Handle
		if err := windows.DuplicateHandle(self, windows.CurrentThread(), self, &thread, 0, false, windows.DUPLICATE_SAME_ACCESS); err != nil {
			return 0, systemError("DuplicateHandle", "", err)
		}
		defer windows.CloseHandle(thread)
		called := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(called)
			// The procedure is one of the system's that takes one number and
			// does nothing to speak of. If it comes too late it interrupts the
			// thread's next wait here, which will go on.
			queueUserAPC.Call(setLastError.Addr(), uintptr(thread), 0)
		})
		defer func() {
			if !stop() {
				<-called // it needs the handle
			}
		}()
	}
	waitAll, alertable := uintptr(0), uintptr(1)
	if all {
		waitAll = 1
	}
	for {
		event, _, err := waitForMultipleObjectsEx.Call(uintptr(len(handles)), uintptr(unsafe.Pointer(&handles[0])),
			waitAll, windows.INFINITE, alertable)
		switch {
		case uint32(event) == uint32(WAIT_FAILED):
			return 0, systemError(op, "", err)
		case uint32(event) != uint32(windows.WAIT_IO_COMPLETION):
			return objectIndex(uint32(event), all), nil
		case ctx.Err() != nil:
			return 0, waitError(ctx)
		}
	}
}

func objectIndex(event uint32, all bool) int {
	if all {
		return 0
	}
	return int(event - windows.WAIT_OBJECT_0)
}

func newSubscription(o waitObject, notify func()) subscription {
	if o, is := o.(*object); is {
		s := &processSubscription{object: o}
		s.wake, s.signals, s.links = notify, s.signal1[:], s.link1[:]
		return s
	}
	return newEventSubscription(o.(*eventObject), notify)
}

// processSubscription is a wait for the one signal that all who wait for the
// process share.
type processSubscription struct {
	waiter
	object  *object
	signal1 [1]*signal
	link1   [1]link

	mu    sync.Mutex
	over  bool
	awake *time.Timer // nil: not started
}

func (s *processSubscription) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	if !s.object.acquire() {
		return invalidHandle("RegisterWaitForSingleObject")
	}
	sig, err := s.object.waitSignal()
	if err != nil {
		s.object.release()
		return err
	}
	s.awake = keepAwake()
	s.signal1[0] = sig
	s.waiter.start()
	return nil
}

func (s *processSubscription) cancel() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	inTime := s.waiter.cancel()
	if !s.over && s.awake != nil {
		s.awake.Stop()
		s.object.release()
	}
	s.over = true
	return inTime
}
