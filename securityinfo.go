package createprocess

import (
	"errors"

	"github.com/seed-f798aa80/createprocess/security"
)

// SecurityAttributesFromSDDL are the attributes of an object with the security
// descriptor that sddl is ([ConvertStringSecurityDescriptorToSecurityDescriptor]).
// A descriptor without an owner or a group gets the creator's.
//
//	p.ProcessAttributes, err = createprocess.SecurityAttributesFromSDDL("D:(A;;GA;;;OW)(A;;0x1;;;S-1-22-1-1000)", false)
//
// ERROR_INVALID_SECURITY_DESCR (1338), ERROR_INVALID_ACL (1336),
// ERROR_INVALID_SID (1337).
//
// [ConvertStringSecurityDescriptorToSecurityDescriptor]: https://learn.microsoft.com/windows/win32/api/sddl/nf-sddl-convertstringsecuritydescriptortosecuritydescriptorw
func SecurityAttributesFromSDDL(sddl string, inherit bool) (*SecurityAttributes, error) {
	sd, err := security.ParseSDDL(sddl)
	if err != nil {
		return nil, securityError("security descriptor", sddl, err)
	}
	binary, err := sd.MarshalBinary()
	if err != nil {
		return nil, securityError("security descriptor", sddl, err)
	}
	return &SecurityAttributes{SecurityDescriptor: binary, InheritHandle: inherit}, nil
}

func (s *SecurityAttributes) inherit() bool { return s != nil && s.InheritHandle }

// descriptor is the one that the object is to have; nil: its default.
func (s *SecurityAttributes) descriptor(parameter string) (*security.SecurityDescriptor, error) {
	if s == nil || s.SecurityDescriptor == nil {
		return nil, nil
	}
	sd := new(security.SecurityDescriptor)
	if err := sd.UnmarshalBinary(s.SecurityDescriptor); err != nil {
		return nil, securityError(parameter, "SecurityDescriptor", err)
	}
	return sd, nil
}

// securityError is an error of package security as one of this package.
func securityError(op, object string, err error) error {
	e := &Error{Op: op, Object: object, Code: ERROR_INVALID_SECURITY_DESCR, Err: err}
	for _, row := range [...]struct {
		err  error
		code Errno
	}{
		{security.ErrInvalidACL, ERROR_INVALID_ACL},
		{security.ErrInvalidSID, ERROR_INVALID_SID},
		{security.ErrNotSupported, ERROR_NOT_SUPPORTED},
	} {
		if errors.Is(err, row.err) {
			e.Code = row.code
		}
	}
	return e
}

// SecurityDescriptor is the process's: its owner, its group and its DACL
// ([GetSecurityInfo]). It needs READ_CONTROL.
//
// On Linux a process that this program has not created has a default one, by
// the user that it runs as.
//
// [GetSecurityInfo]: https://learn.microsoft.com/windows/win32/api/aclapi/nf-aclapi-getsecurityinfo
func (p *Process) SecurityDescriptor() (*security.SecurityDescriptor, error) {
	o, err := p.use("GetSecurityInfo", READ_CONTROL)
	if err != nil {
		return nil, err
	}
	return o.securityDescriptor(&processRights)
}

// SetSecurityDescriptor changes those parts of the process's security descriptor
// that sd has ([SetSecurityInfo]): owner and group need WRITE_OWNER, the DACL
// WRITE_DAC. Handles that are open keep what they were granted.
//
// An owner that the caller may not name is ERROR_INVALID_OWNER (1307). On Linux a
// SACL, and a process that this program has not created, are
// ERROR_NOT_SUPPORTED (50).
//
// [SetSecurityInfo]: https://learn.microsoft.com/windows/win32/api/aclapi/nf-aclapi-setsecurityinfo
func (p *Process) SetSecurityDescriptor(sd *security.SecurityDescriptor) error {
	o, err := p.use("SetSecurityInfo", sd.NeededToSet())
	if err != nil {
		return err
	}
	return o.setSecurityDescriptor(&processRights, sd)
}

// SecurityDescriptor is the thread's; see [Process.SecurityDescriptor].
func (t *Thread) SecurityDescriptor() (*security.SecurityDescriptor, error) {
	o, err := t.use("GetSecurityInfo", READ_CONTROL)
	if err != nil {
		return nil, err
	}
	return o.securityDescriptor(&threadRights)
}

// SetSecurityDescriptor changes the thread's; see [Process.SetSecurityDescriptor].
func (t *Thread) SetSecurityDescriptor(sd *security.SecurityDescriptor) error {
	o, err := t.use("SetSecurityInfo", sd.NeededToSet())
	if err != nil {
		return err
	}
	return o.setSecurityDescriptor(&threadRights, sd)
}
