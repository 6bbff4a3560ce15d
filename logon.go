package createprocess

import (
	"strings"

	"github.com/seed-f798aa80/createprocess/internal/flagnames"
)

// LogonFlags are those of [CreateProcessWithLogonW].
//
// [CreateProcessWithLogonW]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-createprocesswithlogonw
type LogonFlags uint32

const (
	// LOGON_WITH_PROFILE opens a session for the process and closes it when the
	// process has ended: PAM's on Linux; on Windows the user's profile is loaded.
	LOGON_WITH_PROFILE LogonFlags = 1
	// LOGON_NETCREDENTIALS_ONLY is Windows only.
	LOGON_NETCREDENTIALS_ONLY LogonFlags = 2
)

var logonFlagNames = flagnames.Table[LogonFlags]{
	{LOGON_WITH_PROFILE, "LOGON_WITH_PROFILE"},
	{LOGON_NETCREDENTIALS_ONLY, "LOGON_NETCREDENTIALS_ONLY"},
}

// Credentials say as whom a process is to run, and that the caller may do that.
type Credentials struct {
	User string
	// Domain is where the account is; "" and "." are this machine.
	Domain string
	// Password is the caller's, to be wiped when CreateProcessWithLogon has
	// returned; it is neither kept nor changed. nil, on Linux, is none: root needs
	// none, and who asks for a process as himself.
	Password []byte
	// Prompt answers what PAM asks beside the password, such as a code; echo
	// says whether what is typed may be seen. The answer is wiped. nil: such a
	// logon fails. Linux only.
	Prompt func(message string, echo bool) ([]byte, error)
}

// CreateProcessWithLogon creates a process that runs as another user, whose
// password the caller has. See Microsoft's page on [CreateProcessWithLogonW], and
// docs/semantics.md and docs/service.md for Linux.
//
// On Linux it needs no privilege if the service createprocessd runs. A caller
// with SeAssignPrimaryTokenPrivilege, in whose program package token/pam is
// linked, does without the service. The image is found by the caller, as
// CreateProcess does it; directory and image are used as the user. Environment
// nil is the user's own, not the caller's. CurrentDirectory "" is the caller's.
// The process is in a session of its own, without a terminal, and by default
// has the caller's standard files. The handles have every right, and are used
// like those of CreateProcess.
//
// Its errors are those of CreateProcess and
//
//	ERROR_SERVICE_NOT_ACTIVE (1062)     the service is needed and is not there
//	ERROR_LOGON_FAILURE (1326)          there is no such user, or it is not the password
//	ERROR_ACCOUNT_RESTRICTION (1327), ERROR_PASSWORD_EXPIRED (1330),
//	ERROR_ACCOUNT_DISABLED (1331), ERROR_LOGON_TYPE_NOT_GRANTED (1385),
//	ERROR_ACCOUNT_EXPIRED (1793), ERROR_PASSWORD_MUST_CHANGE (1907)
//	                                    the account may not log on
//
// [CreateProcessWithLogonW]: https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-createprocesswithlogonw
func CreateProcessWithLogon(c Credentials, flags LogonFlags, p Params) (*ProcessInformation, error) {
	switch {
	case flags&^logonFlagNames.All() != 0:
		return nil, invalid("logon flags", flags.String(), "no such flag")
	case flags == LOGON_WITH_PROFILE|LOGON_NETCREDENTIALS_ONLY:
		return nil, invalid("logon flags", flags.String(), "they contradict each other")
	case c.User == "":
		return nil, invalid("credentials", "User", "it is empty")
	case strings.IndexByte(c.User, 0) >= 0, strings.IndexByte(c.Domain, 0) >= 0:
		return nil, invalid("credentials", "User", "it has a NUL in it")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.createWithLogon(c, flags)
}

// String is the flags' names, joined by "|"; bits without a name are in hexadecimal.
func (f LogonFlags) String() string { return logonFlagNames.String(f) }
