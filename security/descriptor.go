package security

import "slices"

// Control says how a security descriptor has come to be, and what it has.
type Control uint16

const (
	SE_OWNER_DEFAULTED       Control = 0x0001
	SE_GROUP_DEFAULTED       Control = 0x0002
	SE_DACL_PRESENT          Control = 0x0004
	SE_DACL_DEFAULTED        Control = 0x0008
	SE_SACL_PRESENT          Control = 0x0010
	SE_SACL_DEFAULTED        Control = 0x0020
	SE_DACL_TRUSTED          Control = 0x0040
	SE_SERVER_SECURITY       Control = 0x0080
	SE_DACL_AUTO_INHERIT_REQ Control = 0x0100
	SE_SACL_AUTO_INHERIT_REQ Control = 0x0200
	SE_DACL_AUTO_INHERITED   Control = 0x0400
	SE_SACL_AUTO_INHERITED   Control = 0x0800
	SE_DACL_PROTECTED        Control = 0x1000
	SE_SACL_PROTECTED        Control = 0x2000
	SE_RM_CONTROL_VALID      Control = 0x4000
	SE_SELF_RELATIVE         Control = 0x8000
)

// SecurityDescriptor says whose an object is and who may do what to it
// ([MS-DTYP] 2.4.6). The zero value lets everybody do everything.
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
type SecurityDescriptor struct {
	// Control: a list below that is not nil is present, whatever Control says.
	// SE_SELF_RELATIVE is about the binary form, and is never here.
	Control Control
	// RMControl is the resource manager's own, with SE_RM_CONTROL_VALID.
	RMControl uint8
	// Owner and Group; zero: none.
	Owner, Group SID
	// DACL: who may do what. nil: everybody may do everything; with
	// SE_DACL_PRESENT that is meant so. An empty list: nobody may do anything,
	// but for what the owner always may.
	DACL *ACL
	// SACL: what is to be audited, and the object's integrity level. nil: nothing.
	SACL *ACL
}

// HasDACL tells whether sd says something of who may do what.
func (sd *SecurityDescriptor) HasDACL() bool { return sd.control()&SE_DACL_PRESENT != 0 }

// HasSACL tells whether sd says something of audits or an integrity level.
func (sd *SecurityDescriptor) HasSACL() bool { return sd.control()&SE_SACL_PRESENT != 0 }

// NeededToSet is the access to an object that it takes to set what sd has
// ([SetSecurityInfo]): owner and group need WRITE_OWNER, the DACL WRITE_DAC, the
// SACL ACCESS_SYSTEM_SECURITY.
//
// [SetSecurityInfo]: https://learn.microsoft.com/windows/win32/api/aclapi/nf-aclapi-setsecurityinfo
func (sd *SecurityDescriptor) NeededToSet() (need AccessMask) {
	if !sd.Owner.IsZero() || !sd.Group.IsZero() {
		need |= WRITE_OWNER
	}
	if sd.HasDACL() {
		need |= WRITE_DAC
	}
	if sd.HasSACL() {
		need |= ACCESS_SYSTEM_SECURITY
	}
	return need
}

// With is a copy of sd in which owner, group and DACL are those of parts, as far as
// parts has them.
func (sd *SecurityDescriptor) With(parts *SecurityDescriptor) *SecurityDescriptor {
	c := sd.Clone()
	if !parts.Owner.IsZero() {
		c.Owner = parts.Owner
	}
	if !parts.Group.IsZero() {
		c.Group = parts.Group
	}
	if parts.HasDACL() {
		c.DACL, c.Control = parts.DACL.clone(), c.Control|SE_DACL_PRESENT
	}
	return c
}

// Clone is a copy that shares nothing with sd.
func (sd *SecurityDescriptor) Clone() *SecurityDescriptor {
	c := *sd
	c.DACL, c.SACL = sd.DACL.clone(), sd.SACL.clone()
	return &c
}

func (acl *ACL) clone() *ACL {
	if acl == nil {
		return nil
	}
	c := *acl
	c.ACEs = slices.Clone(acl.ACEs)
	for i := range c.ACEs {
		c.ACEs[i].Data = slices.Clone(c.ACEs[i].Data)
	}
	return &c
}

// control is Control with what the lists say.
func (sd *SecurityDescriptor) control() Control {
	c := sd.Control &^ SE_SELF_RELATIVE
	if sd.DACL != nil {
		c |= SE_DACL_PRESENT
	}
	if sd.SACL != nil {
		c |= SE_SACL_PRESENT
	}
	return c
}
