//go:build linux

package service

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/token"
)

// refusal is an error of the service's own.
func refusal(code createprocess.Errno, op, object, why string) error {
	return &createprocess.Error{Op: op, Object: object, Code: code, Err: errors.New(why)}
}

// failureOf is an error as it goes to the client.
func failureOf(err error) *seclogon.Failure {
	var failure *seclogon.Failure
	var e *createprocess.Error
	var t *token.Error
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &e):
		f := &seclogon.Failure{Code: uint32(e.Code), Op: e.Op, Object: e.Object}
		if e.Err != nil {
			f.Text = e.Err.Error()
		}
		return f
	case errors.As(err, &t):
		f := &seclogon.Failure{Code: t.Code, Op: t.Op, Object: t.Object}
		if t.Err != nil {
			f.Text = t.Err.Error()
		}
		return f
	}
	return &seclogon.Failure{Code: uint32(createprocess.ERROR_GEN_FAILURE), Op: "createprocessd", Text: err.Error()}
}

// codeOf is an error's Win32 code, for the audit.
func codeOf(err error) uint32 {
	if err == nil {
		return 0
	}
	return failureOf(err).Code
}

// pidfdOf is a descriptor of the caller's own for a process; -1 once it has ended.
func pidfdOf(p *createprocess.Process) (int, error) {
	fd, err := engine.Pidfd(p)
	if errors.Is(err, os.ErrProcessDone) {
		return -1, nil
	}
	return fd, err
}

// signalTo sends a signal; to a process that has ended is no error, as with a
// key that is pressed too late.
func signalTo(p *createprocess.Process, sig unix.Signal) error {
	err := engine.Signal(p, sig)
	if err == nil || errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return &createprocess.Error{Op: "signal", Code: createprocess.ERROR_ACCESS_DENIED, Err: err}
}
