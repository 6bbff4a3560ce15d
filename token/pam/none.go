//go:build !linux || !cgo

package pam

import (
	"errors"
	"runtime"

	"github.com/seed-f798aa80/createprocess/token"
)

func init() {
	if runtime.GOOS != "windows" { // there the system is asked
		token.Register(new(Config).LogonUser)
	}
}

func without(name string) error {
	const errorNotSupported = 50
	return &token.Error{Op: "LogonUser", Object: name, Code: errorNotSupported,
		Err: errors.New("package token/pam was built without cgo, or not for Linux, and PAM is C")}
}

// LogonUser is token.LogonUser.
func (c *Config) LogonUser(name, _ string, _ []byte, _ token.LogonType) (*token.Token, error) {
	return nil, without(name)
}

// Trusted is the token of a user whose password is not asked for.
func (c *Config) Trusted(name string) (*token.Token, error) { return nil, without(name) }
