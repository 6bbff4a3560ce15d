// Package security says who may do what to an object: security identifiers,
// access control lists, security descriptors as text (SDDL) and as bytes, and
// the access check, by [MS-DTYP] sections 2.4 and 2.5. It is pure computation,
// the same on every system: it asks nobody who a user is, and it protects
// nothing by itself.
//
//	sd, err := security.ParseSDDL("O:BAD:(A;;GR;;;AU)")
//	granted, ok := security.AccessCheck(sd, token, security.GENERIC_READ, security.ProcessMapping)
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
package security

import (
	"errors"
	"fmt"
)

// What is wrong with a text or with bytes, for errors.Is.
var (
	ErrInvalidACL                = errors.New("ERROR_INVALID_ACL (1336)")
	ErrInvalidSID                = errors.New("ERROR_INVALID_SID (1337)")
	ErrInvalidSecurityDescriptor = errors.New("ERROR_INVALID_SECURITY_DESCR (1338)")
	ErrNotSupported              = errors.New("ERROR_NOT_SUPPORTED (50)")
)

// Error is a text, or bytes, that do not mean what they should.
type Error struct {
	// What was read or written: "SID", "SDDL", "security descriptor".
	What string
	// Offset is the byte where it goes wrong, counted from 0.
	Offset int
	// Reason says how.
	Reason string
	// Err is one of the errors above.
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("security: %s, offset %d: %s: %v", e.What, e.Offset, e.Reason, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
