package createprocess

import (
	"errors"

	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/token"
)

// On Linux a security descriptor is this program's own knowledge of a process
// that it has created: it decides what OpenProcess of this program gives. The
// kernel's rule, by which the same user may do everything, stays beneath it: what
// that refuses no descriptor allows, and who does not come through a handle is
// held up by nothing else. Processes that createprocessd has created have theirs
// there, for all programs.

// descriptors are those of the objects that a process is; nil: the default.
type descriptors struct{ process, thread *security.SecurityDescriptor }

// descriptors are those that a new process is to have. What they lack of an
// owner and a group is the default's.
func (p *Params) descriptors(standard *security.SecurityDescriptor) (*descriptors, error) {
	process, err := p.ProcessAttributes.descriptor("process attributes")
	if err != nil {
		return nil, err
	}
	thread, err := p.ThreadAttributes.descriptor("thread attributes")
	if err != nil {
		return nil, err
	}
	if process == nil && thread == nil && standard == nil {
		return nil, nil
	}
	if standard == nil {
		if standard, err = creatorsDescriptor(); err != nil {
			return nil, err
		}
	}
	if process == nil {
		process = standard
	}
	if thread == nil {
		thread = standard
	}
	for _, sd := range [...]*security.SecurityDescriptor{process, thread} {
		if sd.Owner.IsZero() {
			sd.Owner = standard.Owner
		}
		if sd.Group.IsZero() {
			sd.Group = standard.Group
		}
	}
	return &descriptors{process, thread}, nil
}

func creatorsDescriptor() (*security.SecurityDescriptor, error) {
	t, err := token.Current()
	if err != nil {
		return nil, tokenError(err)
	}
	return t.DefaultDescriptor(), nil
}

func (d *descriptors) of(kind *rights) **security.SecurityDescriptor {
	if kind == &threadRights {
		return &d.thread
	}
	return &d.process
}

// permitted is what the security descriptor of the process gives this program of
// the access that it wants; ok is false if that is not all.
func (o *object) permitted(access AccessMask) (granted AccessMask, ok bool, err error) {
	o.mu.Lock()
	d := o.descriptors
	if d == nil {
		o.mu.Unlock()
		return PROCESS_ALL_ACCESS, true, nil
	}
	sd := d.process // which is not changed, only replaced
	o.mu.Unlock()
	t, err := token.Current()
	if err != nil {
		return 0, false, tokenError(err)
	}
	granted, ok = security.OpenProcessCheck(sd, t.Security(), access)
	return processRights.generic(granted), ok, nil
}

// securityDescriptor is a copy of the object's.
func (o *object) securityDescriptor(kind *rights) (*security.SecurityDescriptor, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.descriptors != nil:
		return (*o.descriptors.of(kind)).Clone(), nil
	case !o.stranger:
		return creatorsDescriptor()
	case o.service != nil:
		return o.servedDescriptor(kind)
	}
	return o.strangersDescriptor()
}

// strangersDescriptor is the default one of who the process runs as.
func (o *object) strangersDescriptor() (*security.SecurityDescriptor, error) {
	t, err := token.OfProcess(o.pid)
	if err != nil {
		return nil, tokenError(err)
	}
	// What has been read is of this process if it has its number still.
	if o.pidfd >= 0 && o.isGone() {
		return nil, invalid("GetSecurityInfo", o.name(), "the process has ended")
	}
	return t.DefaultDescriptor(), nil
}

func (o *object) setSecurityDescriptor(kind *rights, sd *security.SecurityDescriptor) error {
	const op = "SetSecurityInfo"
	if kind == &processRights {
		if handled, err := o.setServedDescriptor(op, sd); handled {
			return err
		}
	}
	switch {
	case o.stranger:
		return &Error{Op: op, Object: o.name(), Code: ERROR_NOT_SUPPORTED, Err: errors.New("this program has not created the process, and only its creator keeps a descriptor for it")}
	case sd.HasSACL():
		return unsupported(op, "SACL")
	}
	t, err := token.Current()
	if err != nil {
		return tokenError(err)
	}
	if !sd.Owner.IsZero() && !t.Security().MayNameOwner(sd.Owner) {
		return &Error{Op: op, Object: sd.Owner.String(), Code: ERROR_INVALID_OWNER}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.descriptors == nil {
		o.descriptors = &descriptors{t.DefaultDescriptor(), t.DefaultDescriptor()}
	}
	descriptor := o.descriptors.of(kind)
	*descriptor = (*descriptor).With(sd)
	return nil
}
