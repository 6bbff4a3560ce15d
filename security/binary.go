package security

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The sizes of headers.
const (
	descriptorHeader = 20
	aclHeader        = 8
	aceHeader        = 4
)

// The flags of an object ACE.
const (
	objectTypePresent          = 1
	inheritedObjectTypePresent = 2
)

// MarshalBinary is the self-relative form ([MS-DTYP] 2.4.6), in the order that
// Windows has: SACL, DACL, owner, group. ErrInvalidACL if a list has more than
// 65,535 bytes, or an ACE has no SID.
func (sd *SecurityDescriptor) MarshalBinary() ([]byte, error) {
	control := sd.control()
	out := make([]byte, descriptorHeader)
	out[0], out[1] = 1, sd.RMControl
	binary.LittleEndian.PutUint16(out[2:], uint16(control|SE_SELF_RELATIVE))
	place := func(field int) { binary.LittleEndian.PutUint32(out[field:], uint32(len(out))) }
	var err error
	for _, list := range [...]struct {
		acl   *ACL
		field int
	}{{sd.SACL, 12}, {sd.DACL, 16}} {
		if list.acl != nil {
			place(list.field)
			if out, err = list.acl.appendTo(out); err != nil {
				return nil, err
			}
		}
	}
	if !sd.Owner.IsZero() {
		place(4)
		out = append(out, sd.Owner.packet...)
	}
	if !sd.Group.IsZero() {
		place(8)
		out = append(out, sd.Group.packet...)
	}
	return out, nil
}

// appendTo appends the ACL. Its revision is 4 if it has an object ACE, else 2.
func (acl *ACL) appendTo(out []byte) ([]byte, error) {
	begin := len(out)
	out = append(out, 2, 0, 0, 0, 0, 0, 0, 0)
	for i := range acl.ACEs {
		a := &acl.ACEs[i]
		if a.Type.isObject() {
			out[begin] = 4
		}
		if a.SID.IsZero() && !a.Type.isOpaque() {
			return nil, &Error{"ACL", len(out), fmt.Sprintf("ACE %d has no SID", i), ErrInvalidACL}
		}
		out = a.appendTo(out)
		if len(out)-begin > math.MaxUint16 {
			return nil, &Error{"ACL", len(out), fmt.Sprintf("with ACE %d it has more than %d bytes", i, math.MaxUint16), ErrInvalidACL}
		}
	}
	binary.LittleEndian.PutUint16(out[begin+2:], uint16(len(out)-begin))
	binary.LittleEndian.PutUint16(out[begin+4:], uint16(len(acl.ACEs)))
	return out, nil
}

// appendTo appends the ACE, filled up to a multiple of four bytes.
func (a *ACE) appendTo(out []byte) []byte {
	begin := len(out)
	out = append(out, byte(a.Type), byte(a.Flags), 0, 0)
	if !a.Type.isOpaque() {
		out = binary.LittleEndian.AppendUint32(out, uint32(a.Mask))
		if a.Type.isObject() {
			var flags uint32
			if a.ObjectType != (GUID{}) {
				flags |= objectTypePresent
			}
			if a.InheritedObjectType != (GUID{}) {
				flags |= inheritedObjectTypePresent
			}
			out = binary.LittleEndian.AppendUint32(out, flags)
			if a.ObjectType != (GUID{}) {
				out = append(out, a.ObjectType[:]...)
			}
			if a.InheritedObjectType != (GUID{}) {
				out = append(out, a.InheritedObjectType[:]...)
			}
		}
		out = append(out, a.SID.packet...)
	}
	if a.Type.isOpaque() || a.Type.isCallback() {
		out = append(out, a.Data...)
	}
	for len(out)%4 != begin%4 {
		out = append(out, 0)
	}
	binary.LittleEndian.PutUint16(out[begin+2:], uint16(len(out)-begin))
	return out
}

// UnmarshalBinary reads the self-relative form. Nothing in data is trusted: what
// does not fit is ErrInvalidSecurityDescriptor, ErrInvalidACL or ErrInvalidSID.
// Bytes that nothing points to are passed over.
func (sd *SecurityDescriptor) UnmarshalBinary(data []byte) error {
	r := reader{data}
	got, err := r.descriptor()
	if err != nil {
		return err
	}
	*sd = *got
	return nil
}

type reader struct{ data []byte }

func wrongBytes(err error, offset int, format string, args ...any) error {
	return &Error{"security descriptor", offset, fmt.Sprintf(format, args...), err}
}

func (r reader) descriptor() (*SecurityDescriptor, error) {
	if len(r.data) < descriptorHeader {
		return nil, wrongBytes(ErrInvalidSecurityDescriptor, 0, "it has %d bytes at least, and there are %d", descriptorHeader, len(r.data))
	}
	control := Control(binary.LittleEndian.Uint16(r.data[2:]))
	if r.data[0] != 1 {
		return nil, wrongBytes(ErrInvalidSecurityDescriptor, 0, "its revision is %d, not 1", r.data[0])
	}
	if control&SE_SELF_RELATIVE == 0 {
		return nil, wrongBytes(ErrInvalidSecurityDescriptor, 2, "it is not self-relative")
	}
	sd := &SecurityDescriptor{Control: control &^ SE_SELF_RELATIVE}
	if control&SE_RM_CONTROL_VALID != 0 {
		sd.RMControl = r.data[1]
	}
	for _, f := range [...]struct {
		field int
		sid   *SID
	}{{4, &sd.Owner}, {8, &sd.Group}} {
		offset, err := r.offset(f.field)
		if err != nil {
			return nil, err
		}
		if offset == 0 {
			continue
		}
		if *f.sid, err = r.sid(offset, len(r.data)); err != nil {
			return nil, err
		}
	}
	for _, f := range [...]struct {
		field   int
		present Control
		acl     **ACL
	}{{12, SE_SACL_PRESENT, &sd.SACL}, {16, SE_DACL_PRESENT, &sd.DACL}} {
		offset, err := r.offset(f.field)
		if err != nil {
			return nil, err
		}
		if offset == 0 || control&f.present == 0 {
			continue
		}
		if *f.acl, err = r.acl(offset); err != nil {
			return nil, err
		}
	}
	return sd, nil
}

// offset reads where something is; 0: nowhere.
func (r reader) offset(field int) (int, error) {
	offset := binary.LittleEndian.Uint32(r.data[field:])
	if offset != 0 && (offset < descriptorHeader || uint64(offset) >= uint64(len(r.data))) {
		return 0, wrongBytes(ErrInvalidSecurityDescriptor, field, "offset %d is outside of it", offset)
	}
	return int(offset), nil
}

func (r reader) sid(offset, end int) (SID, error) {
	sid, reason := readSID(r.data[offset:end])
	if reason != "" {
		return SID{}, wrongBytes(ErrInvalidSID, offset, "%s", reason)
	}
	return sid, nil
}

func (r reader) acl(offset int) (*ACL, error) {
	if len(r.data)-offset < aclHeader {
		return nil, wrongBytes(ErrInvalidACL, offset, "an ACL has %d bytes at least, and there are %d", aclHeader, len(r.data)-offset)
	}
	revision := r.data[offset]
	if revision < 2 || revision > 4 {
		return nil, wrongBytes(ErrInvalidACL, offset, "the ACL's revision is %d, not 2 to 4", revision)
	}
	size := int(binary.LittleEndian.Uint16(r.data[offset+2:]))
	if size < aclHeader || size > len(r.data)-offset {
		return nil, wrongBytes(ErrInvalidACL, offset+2, "the ACL has %d bytes, and there are %d", size, len(r.data)-offset)
	}
	acl := &ACL{}
	end := offset + size
	count := int(binary.LittleEndian.Uint16(r.data[offset+4:]))
	offset += aclHeader
	for range count {
		ace, next, err := r.ace(offset, end)
		if err != nil {
			return nil, err
		}
		acl.ACEs = append(acl.ACEs, ace)
		offset = next
	}
	return acl, nil
}

// ace reads the ACE at offset, in an ACL that ends at limit; next is where the
// one behind it is.
func (r reader) ace(offset, limit int) (ace ACE, next int, err error) {
	if limit-offset < aceHeader {
		return ace, 0, wrongBytes(ErrInvalidACL, offset, "the ACL ends where an ACE should be")
	}
	ace.Type, ace.Flags = ACEType(r.data[offset]), ACEFlags(r.data[offset+1])
	size := int(binary.LittleEndian.Uint16(r.data[offset+2:]))
	if size < aceHeader || size%4 != 0 || size > limit-offset {
		return ace, 0, wrongBytes(ErrInvalidACL, offset+2, "%d is not the size of an ACE here", size)
	}
	next = offset + size
	at := offset + aceHeader
	if ace.Type.isOpaque() {
		ace.Data = append([]byte(nil), r.data[at:next]...)
		return ace, next, nil
	}
	number := func() (n uint32) {
		if err == nil && next-at < 4 {
			err = wrongBytes(ErrInvalidACL, at, "the ACE is too short for its type")
		}
		if err == nil {
			n = binary.LittleEndian.Uint32(r.data[at:])
			at += 4
		}
		return n
	}
	guid := func() (g GUID) {
		if err == nil && next-at < len(g) {
			err = wrongBytes(ErrInvalidACL, at, "the ACE is too short for its object types")
		}
		if err == nil {
			at += copy(g[:], r.data[at:])
		}
		return g
	}
	ace.Mask = AccessMask(number())
	if ace.Type.isObject() {
		flags := number()
		if flags&objectTypePresent != 0 {
			ace.ObjectType = guid()
		}
		if flags&inheritedObjectTypePresent != 0 {
			ace.InheritedObjectType = guid()
		}
	}
	if err != nil {
		return ace, 0, err
	}
	if ace.SID, err = r.sid(at, next); err != nil {
		return ace, 0, err
	}
	if at += len(ace.SID.packet); ace.Type.isCallback() && at < next {
		ace.Data = append([]byte(nil), r.data[at:next]...)
	}
	return ace, next, nil
}
