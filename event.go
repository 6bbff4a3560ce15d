package createprocess

import (
	"sync/atomic"

	"github.com/seed-f798aa80/createprocess/internal/objectname"
)

// Event is a handle to an event object: a switch that programs wait for. It can
// be used by any number of goroutines at once. After Close every method fails
// with ERROR_INVALID_HANDLE (6).
//
// A manual-reset event that is set ends all waits until it is reset. An
// auto-reset event ends one: the wait that it ends resets it. If nobody waits
// it stays set until somebody does; to set it again meanwhile changes nothing.
type Event struct {
	object  *eventObject
	existed bool
	closed  atomic.Bool
}

// CreateEvent creates an event, as Microsoft's page [CreateEventW]
// has it, or opens the one that has the name already: [Event.Existed] tells
// which, and manualReset and initialState count only for a new one. An event
// without a name is always new. A name is at most 259 UTF-16 units long (206)
// and has no NUL (87). In a Local\ or Global\ in front the backslash is the
// only one that a name may have (3).
//
// On Linux the names are the program's own: no other program sees them. On
// Windows they are the system's, and a name that something other than an event
// has is ERROR_INVALID_HANDLE (6).
//
// [CreateEventW]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-createeventw
func CreateEvent(attributes *SecurityAttributes, manualReset, initialState bool, name string) (*Event, error) {
	if err := attributes.withoutDescriptor("event attributes"); err != nil {
		return nil, err
	}
	if attributes.inherit() {
		return nil, unsupported("event attributes", "InheritHandle")
	}
	if err := checkName("CreateEvent", name); err != nil {
		return nil, err
	}
	o, existed, err := createEvent(manualReset, initialState, name)
	if err != nil {
		return nil, err
	}
	return &Event{object: o, existed: existed}, nil
}

// OpenEvent ([OpenEventW]) opens the event of that name, with every access right. If there is
// none it fails with ERROR_FILE_NOT_FOUND (2).
//
// [OpenEventW]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-openeventw
func OpenEvent(name string) (*Event, error) {
	if name == "" {
		return nil, invalid("OpenEvent", "", "the name is empty")
	}
	if err := checkName("OpenEvent", name); err != nil {
		return nil, err
	}
	o, err := openEvent(name)
	if err != nil {
		return nil, err
	}
	return &Event{object: o, existed: true}, nil
}

func checkName(op, name string) error {
	if code, why := objectname.Check(name); code != 0 {
		return &Error{Op: op, Object: name, Code: Errno(code), Err: why}
	}
	return nil
}

// Existed tells whether the event was there before the handle: whether
// CreateEvent has opened it, where Win32 says ERROR_ALREADY_EXISTS (183).
func (e *Event) Existed() bool { return e.existed }

// Set sets the event ([SetEvent]).
//
// [SetEvent]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-setevent
func (e *Event) Set() error {
	if e.isClosed() {
		return invalidHandle("SetEvent")
	}
	return e.object.setEvent()
}

// Reset resets the event ([ResetEvent]).
//
// [ResetEvent]: https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-resetevent
func (e *Event) Reset() error {
	if e.isClosed() {
		return invalidHandle("ResetEvent")
	}
	return e.object.resetEvent()
}

// Close closes the handle ([CloseHandle]). The event goes with its last handle;
// a wait that has begun goes on, and other handles to the event can end it. A
// second Close fails with ERROR_INVALID_HANDLE (6).
//
// [CloseHandle]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-closehandle
func (e *Event) Close() error {
	if e == nil || e.closed.Swap(true) {
		return invalidHandle("CloseHandle")
	}
	e.object.release()
	return nil
}

func (e *Event) isClosed() bool { return e == nil || e.closed.Load() }

func (e *Event) waitable(op string) error {
	if e.isClosed() {
		return invalidHandle(op)
	}
	return nil
}

func (e *Event) waitObject() waitObject { return e.object }

// withoutDescriptor refuses a security descriptor.
func (s *SecurityAttributes) withoutDescriptor(parameter string) error {
	if s != nil && s.SecurityDescriptor != nil {
		return unsupported(parameter, "SecurityDescriptor")
	}
	return nil
}
