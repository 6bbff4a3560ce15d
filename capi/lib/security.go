//go:build linux && cgo

package main

// #include <stdlib.h>
// #include <string.h>
// #include "token_bridge.h"
import "C"

import (
	"errors"
	"unsafe"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/security"
)

// securityCode is code for what packages security and token fail with, too.
func securityCode(err error) C.uint32_t {
	switch {
	case errors.Is(err, security.ErrInvalidACL):
		return 1336
	case errors.Is(err, security.ErrInvalidSID):
		return 1337
	case errors.Is(err, security.ErrInvalidSecurityDescriptor):
		return 1338
	case errors.Is(err, security.ErrNotSupported):
		return C.uint32_t(createprocess.ERROR_NOT_SUPPORTED)
	}
	var coded interface{ Win32() uint32 }
	if errors.As(err, &coded) {
		return C.uint32_t(coded.Win32())
	}
	return code(err)
}

// readSID reads a SID of the C side's, of at most C.CP_SID_SIZE bytes.
func readSID(p unsafe.Pointer) (sid security.SID, err error) {
	bytes := unsafe.Slice((*byte)(p), C.CP_SID_SIZE)
	return sid, sid.UnmarshalBinary(bytes[:min(len(bytes), 8+4*int(bytes[1]))])
}

// writeSID writes one; the zero SID, which has no binary form, is all zeros.
func writeSID(to *[C.CP_SID_SIZE]C.uint8_t, sid security.SID) {
	bytes, _ := sid.MarshalBinary()
	copy(unsafe.Slice((*byte)(unsafe.Pointer(to)), len(to)), bytes)
}

// readDescriptor reads a self-relative descriptor.
func readDescriptor(p unsafe.Pointer, size C.uint32_t) (*security.SecurityDescriptor, error) {
	sd := &security.SecurityDescriptor{}
	return sd, sd.UnmarshalBinary(unsafe.Slice((*byte)(p), size))
}

// writeDescriptor is its bytes, for the C side to free.
func writeDescriptor(sd *security.SecurityDescriptor, out **C.uint8_t, size *C.uint32_t) error {
	bytes, err := sd.MarshalBinary()
	if err == nil {
		*out, *size = (*C.uint8_t)(C.CBytes(bytes)), C.uint32_t(len(bytes))
	}
	return err
}

//export cpgo_sid_parse
func cpgo_sid_parse(from *C.char, out *C.struct_cp_group) C.uint32_t {
	sid, err := security.ParseSID(C.GoString(from))
	if err == nil {
		writeSID(&out.sid, sid)
	}
	return securityCode(err)
}

//export cpgo_sddl_parse
func cpgo_sddl_parse(from *C.char, out **C.uint8_t, size *C.uint32_t) C.uint32_t {
	sd, err := security.ParseSDDL(C.GoString(from))
	switch {
	case errors.Is(err, security.ErrInvalidSecurityDescriptor):
		return C.uint32_t(createprocess.ERROR_INVALID_PARAMETER) // as Windows calls a text that is none
	case err == nil:
		err = writeDescriptor(sd, out, size)
	}
	return securityCode(err)
}

// The SECURITY_INFORMATION of sddl.h, as far as it says which part is meant.
const (
	ownerPart = 1 << iota
	groupPart
	daclPart
	saclPart
	labelPart
)

//export cpgo_sddl_format
func cpgo_sddl_format(from unsafe.Pointer, size, what C.uint32_t, out **C.char) C.uint32_t {
	sd, err := readDescriptor(from, size)
	if err != nil {
		return securityCode(err)
	}
	keepParts(sd, what)
	sddl, err := sd.SDDL()
	if err == nil {
		*out = C.CString(sddl)
	}
	return securityCode(err)
}

// keepParts leaves of a descriptor what is asked for.
func keepParts(sd *security.SecurityDescriptor, what C.uint32_t) {
	if what&ownerPart == 0 {
		sd.Owner = security.SID{}
	}
	if what&groupPart == 0 {
		sd.Group = security.SID{}
	}
	if what&daclPart == 0 {
		sd.DACL = nil
		sd.Control &^= security.SE_DACL_PRESENT
	}
	if what&saclPart == 0 {
		keepLabel(sd, what&labelPart != 0)
	}
}

// keepLabel leaves of the SACL the integrity level alone, if that is asked for.
func keepLabel(sd *security.SecurityDescriptor, asked bool) {
	var label []security.ACE
	if sd.SACL != nil && asked {
		for _, ace := range sd.SACL.ACEs {
			if ace.Type == security.SYSTEM_MANDATORY_LABEL_ACE_TYPE {
				label = append(label, ace)
			}
		}
	}
	if label == nil {
		sd.SACL = nil
		sd.Control &^= security.SE_SACL_PRESENT
		return
	}
	sd.SACL = &security.ACL{ACEs: label}
}

// cpgo_sid_name answers the name of a SID that is the same everywhere, with its
// domain in front; NULL if it is none.
//
//export cpgo_sid_name
func cpgo_sid_name(sid *C.struct_cp_group, out **C.char) C.uint32_t {
	s, err := readSID(unsafe.Pointer(sid))
	if err == nil && s.Name() != "" {
		*out = C.CString(s.Name())
	}
	return securityCode(err)
}

//export cpgo_sid_of_name
func cpgo_sid_of_name(name *C.char, out *C.struct_cp_group) C.uint32_t {
	sid, ok := security.LookupName(C.GoString(name))
	if !ok {
		return 1332 // ERROR_NONE_MAPPED
	}
	writeSID(&out.sid, sid)
	return 0
}

// described is what has a security descriptor.
type described interface {
	SecurityDescriptor() (*security.SecurityDescriptor, error)
	SetSecurityDescriptor(*security.SecurityDescriptor) error
}

func (r *remote) described() described {
	if r.thread != nil {
		return r.thread
	}
	return r.process
}

//export cpgo_get_descriptor
func cpgo_get_descriptor(id C.uintptr_t, what C.uint32_t, out **C.uint8_t, size *C.uint32_t) C.uint32_t {
	if what&^(ownerPart|groupPart|daclPart) != 0 {
		return C.uint32_t(createprocess.ERROR_NOT_SUPPORTED)
	}
	sd, err := lookup(id).described().SecurityDescriptor()
	if err == nil {
		keepParts(sd, what)
		err = writeDescriptor(sd, out, size)
	}
	return securityCode(err)
}

//export cpgo_set_descriptor
func cpgo_set_descriptor(id C.uintptr_t, what C.uint32_t, from unsafe.Pointer, size C.uint32_t) C.uint32_t {
	if what&^(ownerPart|groupPart|daclPart) != 0 {
		return C.uint32_t(createprocess.ERROR_NOT_SUPPORTED)
	}
	sd, err := readDescriptor(from, size)
	if err != nil {
		return securityCode(err)
	}
	keepParts(sd, what)
	if what&ownerPart != 0 && sd.Owner.IsZero() || what&groupPart != 0 && sd.Group.IsZero() {
		return 1338
	}
	if what&daclPart != 0 {
		sd.Control |= security.SE_DACL_PRESENT // none means that everybody may do everything
	}
	return securityCode(lookup(id).described().SetSecurityDescriptor(sd))
}
