package createprocess

import (
	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/windows"
)

// handleOf is the handle of the process or of its thread; the caller has
// acquired o.
func (o *object) handleOf(kind *rights) windows.Handle {
	if kind == &threadRights {
		return o.thread
	}
	return o.process
}

func (o *object) securityDescriptor(kind *rights) (*security.SecurityDescriptor, error) {
	const op = "GetSecurityInfo"
	if !o.acquire() {
		return nil, invalidHandle(op)
	}
	defer o.release()
	sd, err := descriptorOf(o.handleOf(kind))
	if err != nil {
		return nil, systemError(op, o.name(), err)
	}
	return sd, nil
}

func (o *object) setSecurityDescriptor(kind *rights, sd *security.SecurityDescriptor) error {
	const op = "SetSecurityInfo"
	if !o.acquire() {
		return invalidHandle(op)
	}
	defer o.release()
	if err := setDescriptorOf(o.handleOf(kind), sd); err != nil {
		return systemError(op, o.name(), err)
	}
	return nil
}
