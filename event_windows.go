package createprocess

import (
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sys/windows"
)

// eventObject owns the system's handle to an event, and counts who needs it as
// object does.
type eventObject struct {
	name string

	mu         sync.Mutex
	references int            // 0: the handle is closed
	handle     windows.Handle // with every access right
}

func newEventObject(handle windows.Handle, name string) *eventObject {
	o := &eventObject{name: name, references: 1, handle: handle}
	runtime.SetFinalizer(o, func(o *eventObject) { windows.CloseHandle(o.handle) })
	return o
}

func createEvent(manualReset, initialState bool, name string) (o *eventObject, existed bool, err error) {
	var manual, initial uint32
	if manualReset {
		manual = 1
	}
	if initialState {
		initial = 1
	}
	utf16, err := eventName(name)
	if err != nil {
		return nil, false, systemError("CreateEvent", name, err)
	}
	handle, err := windows.CreateEvent(nil, manual, initial, utf16)
	existed = errors.Is(err, windows.ERROR_ALREADY_EXISTS)
	if err != nil && !existed {
		return nil, false, systemError("CreateEvent", name, err)
	}
	return newEventObject(handle, name), existed, nil
}

func openEvent(name string) (*eventObject, error) {
	utf16, err := eventName(name)
	if err != nil {
		return nil, systemError("OpenEvent", name, err)
	}
	handle, err := windows.OpenEvent(windows.EVENT_ALL_ACCESS, false, utf16)
	if err != nil {
		return nil, systemError("OpenEvent", name, err)
	}
	return newEventObject(handle, name), nil
}

func eventName(name string) (*uint16, error) {
	if name == "" {
		return nil, nil
	}
	return windows.UTF16PtrFromString(name)
}

func (o *eventObject) acquire() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.references == 0 {
		return false
	}
	o.references++
	return true
}

func (o *eventObject) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.references--; o.references == 0 {
		runtime.SetFinalizer(o, nil)
		windows.CloseHandle(o.handle)
	}
}

func (o *eventObject) setEvent() error { return o.call("SetEvent", windows.SetEvent) }

func (o *eventObject) resetEvent() error { return o.call("ResetEvent", windows.ResetEvent) }

func (o *eventObject) call(op string, f func(windows.Handle) error) error {
	if !o.acquire() {
		return invalidHandle(op)
	}
	defer o.release()
	if err := f(o.handle); err != nil {
		return systemError(op, o.name, err)
	}
	return nil
}

func (o *eventObject) look() (bool, error) {
	if !o.acquire() {
		return false, invalidHandle("WaitForSingleObject")
	}
	defer o.release()
	event, err := windows.WaitForSingleObject(o.handle, 0)
	if err != nil {
		return false, systemError("WaitForSingleObject", o.name, err)
	}
	return event == windows.WAIT_OBJECT_0, nil
}

func (o *eventObject) systemHandle() windows.Handle { return o.handle }

func (o *object) systemHandle() windows.Handle { return o.process }
