package token

import (
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/windows"
)

// system is the handle, a primary token's.
type system struct{ handle windows.Token }

var (
	advapi32              = windows.NewLazySystemDLL("advapi32.dll")
	createRestrictedToken = advapi32.NewProc("CreateRestrictedToken")
	logonUserW            = advapi32.NewProc("LogonUserW")
)

// Handle is the token's handle, which Close closes. Windows only.
func (t *Token) Handle() windows.Token { return t.handle }

// Current is the token of this program, duplicated as a primary one.
func Current() (*Token, error) {
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, &own); err != nil {
		return nil, systemError("OpenProcessToken", "", err)
	}
	defer own.Close()
	return duplicate(own)
}

// duplicate is a token of its own that is the same.
func duplicate(of windows.Token) (*Token, error) {
	var handle windows.Token
	if err := windows.DuplicateTokenEx(of, windows.TOKEN_ALL_ACCESS, nil, windows.SecurityImpersonation, windows.TokenPrimary, &handle); err != nil {
		return nil, systemError("DuplicateTokenEx", "", err)
	}
	return newToken(handle)
}

// OfUser is refused: Windows makes a token of a name only for who has said the
// password (LogonUser), or is a part of the system. ERROR_NOT_SUPPORTED (50).
func OfUser(name string) (*Token, error) {
	return nil, &Error{Op: "LookupAccountName", Object: name, Code: errorNotSupported}
}

// newToken reads what the handle, which becomes the token's, is.
func newToken(handle windows.Token) (_ *Token, err error) {
	t := &Token{system: system{handle}}
	defer func() {
		if err != nil {
			handle.Close()
			err = systemError("GetTokenInformation", "", err)
		}
	}()
	user, err := handle.GetTokenUser()
	if err != nil {
		return nil, err
	}
	t.user, t.denyOnly = sidOf(user.User.Sid), user.User.Attributes&windows.SE_GROUP_USE_FOR_DENY_ONLY != 0
	if t.groups, err = t.readGroups(windows.TokenGroups); err != nil {
		return nil, err
	}
	restricting, err := t.readGroups(windows.TokenRestrictedSids)
	if err != nil && err != windows.ERROR_INVALID_FUNCTION { // Wine 8 has none
		return nil, err
	}
	for _, g := range restricting {
		t.restricted = append(t.restricted, g.SID)
	}
	buf, err := t.information(windows.TokenPrivileges)
	if err != nil {
		return nil, err
	}
	for _, p := range (*windows.Tokenprivileges)(unsafe.Pointer(&buf[0])).AllPrivileges() {
		id := security.Privilege(p.Luid.LowPart)
		t.privileges = append(t.privileges, Privilege{id, PrivilegeName(id), p.Attributes&windows.SE_PRIVILEGE_ENABLED != 0})
	}
	if buf, err = t.information(windows.TokenOwner); err != nil {
		return nil, err
	}
	t.owner = sidOf(*(**windows.SID)(unsafe.Pointer(&buf[0])))
	if buf, err = t.information(windows.TokenPrimaryGroup); err != nil {
		return nil, err
	}
	t.group = sidOf(*(**windows.SID)(unsafe.Pointer(&buf[0])))
	if err := t.readDescriptor(); err != nil {
		return nil, err
	}
	// An account that has been deleted, and a profile that is not there, are none.
	if name, domain, _, err := user.User.Sid.LookupAccount(""); err == nil {
		t.account = Account{Name: name, Domain: domain}
	}
	if home, err := handle.GetUserProfileDirectory(); err == nil {
		t.account.Home = home
	}
	return t, nil
}

// information is GetTokenInformation. The buffer is aligned for pointers.
func (t *Token) information(class uint32) ([]byte, error) {
	var size uint32
	err := windows.GetTokenInformation(t.handle, class, nil, 0, &size)
	if size == 0 {
		return nil, err
	}
	words := make([]uint64, (size+7)/8)
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	return buf, windows.GetTokenInformation(t.handle, class, &buf[0], size, &size)
}

func (t *Token) readGroups(class uint32) (groups []security.Group, err error) {
	buf, err := t.information(class)
	if err != nil {
		return nil, err
	}
	for _, g := range (*windows.Tokengroups)(unsafe.Pointer(&buf[0])).AllGroups() {
		groups = append(groups, security.Group{SID: sidOf(g.Sid), Attributes: security.GroupAttributes(g.Attributes)})
	}
	return groups, nil
}

// readDescriptor makes of the default DACL a descriptor.
func (t *Token) readDescriptor() error {
	buf, err := t.information(windows.TokenDefaultDacl)
	if err != nil {
		return err
	}
	t.descriptor = &security.SecurityDescriptor{Owner: t.owner, Group: t.group}
	acl := *(**windows.ACL)(unsafe.Pointer(&buf[0]))
	if acl == nil {
		return nil
	}
	absolute, err := windows.NewSecurityDescriptor()
	if err != nil {
		return err
	}
	if err := absolute.SetDACL(acl, true, false); err != nil {
		return err
	}
	relative, err := absolute.ToSelfRelative()
	if err != nil {
		return err
	}
	var read security.SecurityDescriptor
	if err := read.UnmarshalBinary(unsafe.Slice((*byte)(unsafe.Pointer(relative)), relative.Length())); err != nil {
		return err
	}
	t.descriptor.Control, t.descriptor.DACL = security.SE_DACL_PRESENT, read.DACL
	return nil
}

// sidOf copies a SID of the system's.
func sidOf(s *windows.SID) (sid security.SID) {
	if s != nil {
		// Cannot fail: it is the system's.
		sid.UnmarshalBinary(unsafe.Slice((*byte)(unsafe.Pointer(s)), s.Len()))
	}
	return sid
}

func systemSID(s security.SID) (*windows.SID, error) {
	sid, err := windows.StringToSid(s.String())
	if err != nil {
		return nil, systemError("ConvertStringSidToSid", s.String(), err)
	}
	return sid, nil
}

// Restrict is another token that may less (CreateRestrictedToken).
func (t *Token) Restrict(r Restriction) (*Token, error) {
	const op = "CreateRestrictedToken"
	if err := t.Check(op); err != nil {
		return nil, err
	}
	list := func(sids []security.SID) (list []windows.SIDAndAttributes, err error) {
		for _, s := range sids {
			sid, err := systemSID(s)
			if err != nil {
				return nil, err
			}
			list = append(list, windows.SIDAndAttributes{Sid: sid})
		}
		return list, nil
	}
	disable, err := list(r.Disable)
	if err != nil {
		return nil, err
	}
	restrict, err := list(r.Restrict)
	if err != nil {
		return nil, err
	}
	var remove []windows.LUIDAndAttributes
	for _, p := range r.Delete {
		remove = append(remove, windows.LUIDAndAttributes{Luid: windows.LUID{LowPart: uint32(p)}})
	}
	var handle windows.Token
	ok, _, err := createRestrictedToken.Call(uintptr(t.handle), uintptr(r.Flags),
		uintptr(len(disable)), uintptr(unsafe.Pointer(unsafe.SliceData(disable))),
		uintptr(len(remove)), uintptr(unsafe.Pointer(unsafe.SliceData(remove))),
		uintptr(len(restrict)), uintptr(unsafe.Pointer(unsafe.SliceData(restrict))),
		uintptr(unsafe.Pointer(&handle)))
	if ok == 0 {
		return nil, systemError(op, "", err)
	}
	return newToken(handle)
}

func (t *Token) environment(inherit bool) ([]string, error) {
	env, err := t.handle.Environ(inherit)
	if err != nil {
		return nil, systemError("CreateEnvironmentBlock", "", err)
	}
	return env, nil
}

func (t *Token) close() error {
	if err := t.handle.Close(); err != nil {
		return systemError("CloseHandle", "token", err)
	}
	return nil
}

func logonUser(name, domain string, password []byte, kind LogonType) (*Token, error) {
	const op = "LogonUser"
	user, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, systemError(op, name, err)
	}
	var in *uint16
	if domain != "" {
		if in, err = windows.UTF16PtrFromString(domain); err != nil {
			return nil, systemError(op, domain, err)
		}
	}
	secret := make([]uint16, 0, 2*len(password)+1)
	for rest := password; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		secret, rest = utf16.AppendRune(secret, r), rest[n:]
	}
	secret = append(secret, 0)
	defer clear(secret[:cap(secret)])
	var handle windows.Token
	const LOGON32_PROVIDER_DEFAULT = 0
	ok, _, err := logonUserW.Call(uintptr(unsafe.Pointer(user)), uintptr(unsafe.Pointer(in)), uintptr(unsafe.Pointer(&secret[0])),
		uintptr(kind), LOGON32_PROVIDER_DEFAULT, uintptr(unsafe.Pointer(&handle)))
	if ok == 0 {
		return nil, systemError(op, name, err)
	}
	defer handle.Close() // it may be one that only impersonates
	return duplicate(handle)
}

func systemError(op, object string, err error) error {
	code := uint32(errorGenFailure)
	if errno, ok := err.(windows.Errno); ok {
		code = uint32(errno)
	}
	return &Error{Op: op, Object: object, Code: code, Err: err}
}
