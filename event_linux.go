package createprocess

import (
	"context"
	"strings"
	"sync"
)

// eventObject is the event that handles stand for.
type eventObject struct {
	signal  signal
	name    string // "": none
	handles int    // with a name: those that are open; guarded by eventNames
}

var eventNames = struct {
	sync.Mutex
	events map[string]*eventObject
}{events: make(map[string]*eventObject)}

// openLocked is nil if there is no event of that name. Local\ says what is so
// without it: the names of the session, here the program.
func openLocked(name string) *eventObject {
	o := eventNames.events[strings.TrimPrefix(name, `Local\`)]
	if o != nil {
		o.handles++
	}
	return o
}

func createEvent(manualReset, initialState bool, name string) (o *eventObject, existed bool, err error) {
	o = &eventObject{signal: signal{isSet: initialState, auto: !manualReset}}
	if name == "" {
		return o, false, nil
	}
	eventNames.Lock()
	defer eventNames.Unlock()
	if old := openLocked(name); old != nil {
		return old, true, nil
	}
	o.name, o.handles = strings.TrimPrefix(name, `Local\`), 1
	eventNames.events[o.name] = o
	return o, false, nil
}

func openEvent(name string) (*eventObject, error) {
	eventNames.Lock()
	defer eventNames.Unlock()
	if o := openLocked(name); o != nil {
		return o, nil
	}
	return nil, &Error{Op: "OpenEvent", Object: name, Code: ERROR_FILE_NOT_FOUND}
}

// release is called by each handle's Close.
func (o *eventObject) release() {
	if o.name == "" {
		return
	}
	eventNames.Lock()
	defer eventNames.Unlock()
	if o.handles--; o.handles == 0 {
		delete(eventNames.events, o.name)
	}
}

func (o *eventObject) setEvent() error {
	o.signal.set()
	return nil
}

func (o *eventObject) resetEvent() error {
	o.signal.reset()
	return nil
}

func (o *eventObject) look() (bool, error) { return o.signal.poll(), nil }

func (o *eventObject) wait(ctx context.Context) error {
	_, err := waitSignals(ctx, []*signal{&o.signal}, false)
	return err
}

func (o *eventObject) waitSignal(bool) (*signal, error) { return &o.signal, nil }

func (s *signal) reset() {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	s.isSet = false
}

// poll is a wait that does not wait.
func (s *signal) poll() bool {
	dispatcher.Lock()
	defer dispatcher.Unlock()
	if !s.isSet {
		return false
	}
	s.consume()
	return true
}
