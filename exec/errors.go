package exec

import (
	"errors"
	"strconv"
)

// Error is LookPath's: why a name is not that of a program.
type Error struct {
	Name string // the name that was asked for
	Err  error  // the reason
}

func (e *Error) Error() string { return "exec: " + strconv.Quote(e.Name) + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// ErrDot says that a name was found, and by way of the current directory: see
// the package comment. It is always wrapped; use errors.Is.
var ErrDot = errors.New("cannot run executable found relative to current directory")

// ErrWaitDelay is what Wait returns if the process was successful, and its
// pipes had to be closed because WaitDelay was over.
var ErrWaitDelay = errors.New("exec: WaitDelay expired before I/O complete")

// ExitError is what Run, Wait, Output and CombinedOutput return for a process
// that has not ended with success.
type ExitError struct {
	*ProcessState

	// Stderr is what the process wrote to its standard error, if Output ran it
	// and Cmd.Stderr was nil: the first and the last 32 KiB, with a line between
	// that says how much is missing. It is meant for messages; who needs all of
	// it sets Cmd.Stderr.
	Stderr []byte
}

func (e *ExitError) Error() string { return e.ProcessState.String() }
