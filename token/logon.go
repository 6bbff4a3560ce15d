package token

import "sync/atomic"

// LogonType is how a user logs on, as in LogonUser.
type LogonType uint32

const (
	LOGON32_LOGON_INTERACTIVE       LogonType = 2
	LOGON32_LOGON_NETWORK           LogonType = 3
	LOGON32_LOGON_BATCH             LogonType = 4
	LOGON32_LOGON_SERVICE           LogonType = 5
	LOGON32_LOGON_UNLOCK            LogonType = 7
	LOGON32_LOGON_NETWORK_CLEARTEXT LogonType = 8
	LOGON32_LOGON_NEW_CREDENTIALS   LogonType = 9
)

// An Authenticator is who checks passwords for LogonUser. It fails with an
// [*Error]. It must neither keep nor change password.
type Authenticator func(name, domain string, password []byte, kind LogonType) (*Token, error)

var authenticator atomic.Pointer[Authenticator]

// Register makes a the one that LogonUser asks. Package token/pam does so when
// it is imported. On Windows the system is asked if nothing is registered.
func Register(a Authenticator) { authenticator.Store(&a) }

// LogonUser is the token of a user who has said its password (LogonUser). The
// password is the caller's to wipe. On Linux a program imports package
// token/pam for that, else this is ERROR_NOT_SUPPORTED (50).
//
//	ERROR_LOGON_FAILURE (1326)       there is no such user, or it is not the password
//	ERROR_ACCOUNT_RESTRICTION (1327) the account may not log on like this
//	ERROR_PASSWORD_EXPIRED (1330)    the password has expired
//	ERROR_ACCOUNT_DISABLED (1331)    the account is locked
//	ERROR_LOGON_TYPE_NOT_GRANTED (1385)
//	ERROR_ACCOUNT_EXPIRED (1793)
//	ERROR_PASSWORD_MUST_CHANGE (1907)
func LogonUser(name, domain string, password []byte, kind LogonType) (*Token, error) {
	if a := authenticator.Load(); a != nil {
		return (*a)(name, domain, password, kind)
	}
	return logonUser(name, domain, password, kind)
}
