package createprocess

import (
	"errors"
	"runtime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"golang.org/x/sys/windows"
)

// createWithLogon is CreateProcessWithLogonW. It is the Secondary Logon service
// that makes the process, which takes the standard files and nothing else.
func (p *Params) createWithLogon(c Credentials, logonFlags LogonFlags) (*ProcessInformation, error) {
	const op = "CreateProcessWithLogon"
	if err := p.checkForService(); err != nil {
		return nil, err
	}
	if c.Prompt != nil {
		return nil, unsupported("credentials", "Prompt")
	}
	image, name, err := p.image()
	if err != nil {
		return nil, err
	}
	line, err := p.line(image)
	if err != nil {
		return nil, err
	}
	block, err := p.block()
	if err != nil {
		return nil, err
	}
	var inherited inheritance
	defer inherited.close()
	if err := inherited.collect(p, engine.Raw{}); err != nil {
		return nil, err
	}
	startup := p.StartupInfo.lower()
	startup.Cb = uint32(unsafe.Sizeof(startup))
	if inherited.useStd {
		startup.Flags |= windows.STARTF_USESTDHANDLES
		startup.StdInput, startup.StdOutput, startup.StdErr = inherited.std[0], inherited.std[1], inherited.std[2]
	}
	// Cannot fail: what has a NUL in it has been refused.
	user, _ := windows.UTF16PtrFromString(c.User)
	application, _ := windows.UTF16PtrFromString(image)
	var domain, directory *uint16
	if c.Domain != "" {
		domain, _ = windows.UTF16PtrFromString(c.Domain)
	} else if !strings.Contains(c.User, "@") {
		domain, _ = windows.UTF16PtrFromString(".")
	}
	if p.CurrentDirectory != "" {
		directory, _ = windows.UTF16PtrFromString(p.CurrentDirectory)
	}
	password, wipe := secret(c.Password)
	defer wipe()
	var info windows.ProcessInformation
	ok, _, err := createProcessWithLogonW.Call(uintptr(unsafe.Pointer(user)), uintptr(unsafe.Pointer(domain)), uintptr(unsafe.Pointer(password)),
		uintptr(logonFlags), uintptr(unsafe.Pointer(application)), uintptr(unsafe.Pointer(&line[0])),
		uintptr(p.CreationFlags&^EXTENDED_STARTUPINFO_PRESENT|CREATE_UNICODE_ENVIRONMENT), uintptr(unsafe.Pointer(block)), uintptr(unsafe.Pointer(directory)),
		uintptr(unsafe.Pointer(&startup)), uintptr(unsafe.Pointer(&info)))
	runtime.KeepAlive(p)
	switch {
	case ok != 0:
		return new(handles).fill(newObject(&info), int(info.ProcessId), int(info.ThreadId), p), nil
	case isLogonError(err):
		return nil, systemError("LogonUser", c.User, err)
	case err == windows.ERROR_SUCCESS, err == windows.ERROR_CALL_NOT_IMPLEMENTED:
		return nil, &Error{Op: op, Code: ERROR_CALL_NOT_IMPLEMENTED}
	case err == windows.ERROR_SERVICE_DISABLED, err == windows.ERROR_SERVICE_NOT_ACTIVE:
		return nil, systemError(op, "seclogon", err)
	}
	return nil, p.createError(name, err)
}

// checkForService refuses what the service cannot be told.
func (p *Params) checkForService() error {
	for _, a := range p.StartupInfo.Attributes {
		return unsupported("attribute", a.Key.String())
	}
	for _, s := range [...]*SecurityAttributes{p.ProcessAttributes, p.ThreadAttributes} {
		if s != nil && s.SecurityDescriptor != nil {
			return unsupported("security attributes", "SecurityDescriptor")
		}
	}
	return nil
}

// isLogonError says that an error is about the account and not about the image.
func isLogonError(err error) bool {
	for _, e := range [...]error{
		windows.ERROR_NO_LOGON_SERVERS, windows.ERROR_LOGON_FAILURE, windows.ERROR_ACCOUNT_RESTRICTION, windows.ERROR_INVALID_LOGON_HOURS,
		windows.ERROR_INVALID_WORKSTATION, windows.ERROR_PASSWORD_EXPIRED, windows.ERROR_ACCOUNT_DISABLED, windows.ERROR_LOGON_NOT_GRANTED,
		windows.ERROR_LOGON_TYPE_NOT_GRANTED, windows.ERROR_ACCOUNT_EXPIRED, windows.ERROR_PASSWORD_MUST_CHANGE, windows.ERROR_ACCOUNT_LOCKED_OUT,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// secret is a password as UTF-16, and what wipes it. A byte that is no UTF-8
// becomes U+FFFD, which is in no password.
func secret(password []byte) (text *uint16, wipe func()) {
	units := make([]uint16, 0, len(password)+1)
	for rest := password; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		units, rest = utf16.AppendRune(units, r), rest[n:]
	}
	units = append(units, 0)
	return &units[0], func() { clear(units[:cap(units)]) }
}
