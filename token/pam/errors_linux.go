//go:build linux && cgo

package pam

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"github.com/msteinert/pam/v2"

	"github.com/seed-f798aa80/createprocess/token"
)

// The Win32 codes of what PAM answers.
const (
	errorGenFailure          = 31
	errorNotSupported        = 50
	errorNoLogonServers      = 1311
	errorLogonFailure        = 1326
	errorAccountRestriction  = 1327
	errorPasswordExpired     = 1330
	errorAccountDisabled     = 1331
	errorLogonTypeNotGranted = 1385
	errorAccountExpired      = 1793
	errorPasswordMustChange  = 1907
)

func failed(object string, code uint32, err error) error {
	return &token.Error{Op: "LogonUser", Object: object, Code: code, Err: err}
}

// authenticationFailed says why user and password were not good. That there is
// no such user and that it is not the password are one answer, without PAM's
// words.
func (c *Config) authenticationFailed(name string, err error) error {
	switch {
	case errors.Is(err, pam.ErrAuth), errors.Is(err, pam.ErrUserUnknown), errors.Is(err, pam.ErrMaxtries),
		errors.Is(err, pam.ErrCredInsufficient), errors.Is(err, pam.ErrPermDenied),
		errors.Is(err, pam.ErrConv), errors.Is(err, pam.ErrAuthtok), errors.Is(err, pam.ErrAuthtokRecovery):
		if shadowOf(name).locked {
			return failed(name, errorAccountDisabled, nil)
		}
		return failed(name, errorLogonFailure, nil)
	case errors.Is(err, pam.ErrAuthinfoUnavail):
		return failed(name, errorNoLogonServers, err)
	}
	return accountFailed(name, err)
}

// accountFailed says why a user may not log on whose password was good.
func accountFailed(name string, err error) error {
	code := uint32(errorGenFailure)
	switch {
	case errors.Is(err, pam.ErrNewAuthtokReqd):
		code = errorPasswordExpired
		if shadowOf(name).mustChange {
			code = errorPasswordMustChange
		}
	case errors.Is(err, pam.ErrAuthtokExpired), errors.Is(err, pam.ErrCredExpired):
		code = errorPasswordExpired
	case errors.Is(err, pam.ErrAcctExpired):
		code = errorAccountExpired
	case errors.Is(err, pam.ErrPermDenied):
		code = errorLogonTypeNotGranted
	case errors.Is(err, pam.ErrAuth), errors.Is(err, pam.ErrCredInsufficient):
		code = errorAccountRestriction
	case errors.Is(err, pam.ErrUserUnknown):
		code = errorLogonFailure
	}
	return failed(name, code, err)
}

// shadowEntry is what PAM does not tell: it has one code for a password that is too
// old and one that must be changed, and none for one that is locked.
type shadowEntry struct{ locked, mustChange bool }

// shadowFile is where the passwords are; root can read it.
var shadowFile = "/etc/shadow"

func shadowOf(name string) (s shadowEntry) {
	file, err := os.Open(shadowFile)
	if err != nil {
		return s
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// name:password:day of the last change:...
		f := strings.Split(lines.Text(), ":")
		if len(f) < 3 || f[0] != name {
			continue
		}
		// "!" alone is an account that has never had a password.
		s.locked = strings.HasPrefix(f[1], "!$")
		s.mustChange = f[2] == "0"
	}
	return s
}
