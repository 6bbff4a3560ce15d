package security

import (
	"encoding/binary"
	"fmt"
)

// ACEType says what an ACE does ([MS-DTYP] 2.4.4.1).
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
type ACEType uint8

const (
	ACCESS_ALLOWED_ACE_TYPE                 ACEType = 0x00
	ACCESS_DENIED_ACE_TYPE                  ACEType = 0x01
	SYSTEM_AUDIT_ACE_TYPE                   ACEType = 0x02
	SYSTEM_ALARM_ACE_TYPE                   ACEType = 0x03
	ACCESS_ALLOWED_OBJECT_ACE_TYPE          ACEType = 0x05
	ACCESS_DENIED_OBJECT_ACE_TYPE           ACEType = 0x06
	SYSTEM_AUDIT_OBJECT_ACE_TYPE            ACEType = 0x07
	SYSTEM_ALARM_OBJECT_ACE_TYPE            ACEType = 0x08
	ACCESS_ALLOWED_CALLBACK_ACE_TYPE        ACEType = 0x09
	ACCESS_DENIED_CALLBACK_ACE_TYPE         ACEType = 0x0A
	ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE ACEType = 0x0B
	ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE  ACEType = 0x0C
	SYSTEM_AUDIT_CALLBACK_ACE_TYPE          ACEType = 0x0D
	SYSTEM_ALARM_CALLBACK_ACE_TYPE          ACEType = 0x0E
	SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE   ACEType = 0x0F
	SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE   ACEType = 0x10
	SYSTEM_MANDATORY_LABEL_ACE_TYPE         ACEType = 0x11
	SYSTEM_RESOURCE_ATTRIBUTE_ACE_TYPE      ACEType = 0x12
	SYSTEM_SCOPED_POLICY_ID_ACE_TYPE        ACEType = 0x13
)

// isObject says that an ACE of the type may be for a part of an object.
func (t ACEType) isObject() bool {
	switch t {
	case ACCESS_ALLOWED_OBJECT_ACE_TYPE, ACCESS_DENIED_OBJECT_ACE_TYPE, SYSTEM_AUDIT_OBJECT_ACE_TYPE, SYSTEM_ALARM_OBJECT_ACE_TYPE,
		ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE, ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE,
		SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE, SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE:
		return true
	}
	return false
}

// isCallback says that an ACE of the type has data behind its SID, such as a
// condition.
func (t ACEType) isCallback() bool {
	return t >= ACCESS_ALLOWED_CALLBACK_ACE_TYPE && t <= SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE ||
		t == SYSTEM_RESOURCE_ATTRIBUTE_ACE_TYPE
}

// isOpaque says that only the type's bytes are known here.
func (t ACEType) isOpaque() bool {
	return t == 0x04 || t > SYSTEM_SCOPED_POLICY_ID_ACE_TYPE
}

// ACEFlags say for whom an ACE is, and what an audit ACE is to see.
type ACEFlags uint8

const (
	OBJECT_INHERIT_ACE         ACEFlags = 0x01
	CONTAINER_INHERIT_ACE      ACEFlags = 0x02
	NO_PROPAGATE_INHERIT_ACE   ACEFlags = 0x04
	INHERIT_ONLY_ACE           ACEFlags = 0x08
	INHERITED_ACE              ACEFlags = 0x10
	CRITICAL_ACE_FLAG          ACEFlags = 0x20
	SUCCESSFUL_ACCESS_ACE_FLAG ACEFlags = 0x40
	FAILED_ACCESS_ACE_FLAG     ACEFlags = 0x80
)

// The mask of a SYSTEM_MANDATORY_LABEL_ACE: what a token below the level may not.
const (
	SYSTEM_MANDATORY_LABEL_NO_WRITE_UP   AccessMask = 1
	SYSTEM_MANDATORY_LABEL_NO_READ_UP    AccessMask = 2
	SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP AccessMask = 4
)

// ACE is one entry of an access control list.
type ACE struct {
	Type  ACEType
	Flags ACEFlags
	Mask  AccessMask
	// The part of the object that an object ACE is for, and the kind of object
	// that inherits it. Zero: the whole object; all kinds.
	ObjectType, InheritedObjectType GUID
	SID                             SID
	// Data is what stands behind the SID of a callback ACE: its condition in
	// binary form. Of a type that is not known here it is all that stands behind
	// the header, and the fields above are zero but for Type and Flags.
	Data []byte
}

// ACL is a list of ACEs, in the order in which they count. A nil *ACL is no
// list, which is something else than an empty one: see SecurityDescriptor.
type ACL struct {
	ACEs []ACE
}

// GUID names a kind of object or a part of one. The bytes are those of the
// binary form, where the first three numbers have their lowest byte first.
type GUID [16]byte

// String is the text form: bf967aba-0de6-11d0-a285-00aa003049e2.
func (g GUID) String() string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(g[:]), binary.LittleEndian.Uint16(g[4:]),
		binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:])
}
