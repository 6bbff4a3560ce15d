package createprocess

import (
	"errors"
	"sync/atomic"
)

// handle is one way to an object: what it may be used for, and whether it is
// still open.
type handle struct {
	object  *object
	id      int
	kind    *rights
	access  AccessMask
	pseudo  bool // stands for the current process, and is never closed
	closed  atomic.Bool
	inherit atomic.Bool
}

// open makes h a handle to o.
func (h *handle) open(o *object, id int, kind *rights, access AccessMask, inherit bool) {
	o.retain()
	h.object, h.id, h.kind, h.access = o, id, kind, access
	h.inherit.Store(inherit)
}

// use is the object, for an operation that needs these rights.
func (h *handle) use(op string, need AccessMask) (*object, error) {
	if h.isClosed() {
		return nil, invalidHandle(op)
	}
	if need&^h.access != 0 {
		return nil, h.lacks(op, need)
	}
	return h.object, nil
}

// lacks is the refusal of an operation that needs more than the handle has.
func (h *handle) lacks(op string, need AccessMask) error {
	missing := h.kind.generic(need&^MAXIMUM_ALLOWED) &^ h.access
	return &Error{Op: op, Object: h.object.name(), Code: ERROR_ACCESS_DENIED,
		Err: errors.New("the handle lacks " + h.kind.describe(missing))}
}

func (h *handle) isClosed() bool { return h == nil || h.object == nil || h.closed.Load() }

func (h *handle) duplicate(d *handle, kind *rights, access AccessMask, inherit bool) error {
	if h.isClosed() {
		return invalidHandle("DuplicateHandle")
	}
	granted, ok := kind.choose(access, h.access)
	if !ok {
		return h.lacks("DuplicateHandle", access)
	}
	d.open(h.object, h.id, kind, granted, inherit)
	return nil
}

func (h *handle) inheritable() (bool, error) {
	if h.isClosed() {
		return false, invalidHandle("GetHandleInformation")
	}
	return h.inherit.Load(), nil
}

func (h *handle) setInheritable(inherit bool) error {
	if h.isClosed() {
		return invalidHandle("SetHandleInformation")
	}
	h.inherit.Store(inherit)
	return nil
}

func (h *handle) close() error {
	if h.pseudo {
		return nil
	}
	if h.object == nil || h.closed.Swap(true) {
		return invalidHandle("CloseHandle")
	}
	h.object.release()
	return nil
}

// handles are all that a new process is to its creator, in one piece of memory.
type handles struct {
	information ProcessInformation
	process     Process
	thread      Thread
}

// fill makes the two handles of a new process. The object has one reference,
// for the first of them.
func (h *handles) fill(o *object, pid, tid int, p *Params) *ProcessInformation {
	h.process.open(o, pid, &processRights, PROCESS_ALL_ACCESS, p.ProcessAttributes.inherit())
	h.thread.open(o, tid, &threadRights, THREAD_ALL_ACCESS, p.ThreadAttributes.inherit())
	o.release()
	h.information = ProcessInformation{&h.process, &h.thread, pid, tid}
	return &h.information
}

func invalidHandle(op string) error { return &Error{Op: op, Code: ERROR_INVALID_HANDLE} }
