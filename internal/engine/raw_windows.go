// Package engine is how package exec creates processes on Windows: with what a
// syscall.SysProcAttr has as bare handles, and createprocess.Params has not. It
// holds no code; the root package sets its function when it is initialized.
//
//	info, err := engine.Create(&params, engine.Raw{Token: token})
package engine

import "golang.org/x/sys/windows"

// Raw is handles, which stay the caller's.
type Raw struct {
	Token   windows.Token    // of the user that the process is to run as; 0: the creator's
	Parent  windows.Handle   // to the process that is to be the parent; 0: the creator
	Handles []windows.Handle // that the process inherits: inheritable ones, of the parent
	Nothing bool             // is inherited, not even the standard files
}

// Create is CreateProcess of a *createprocess.Params. info is a
// *createprocess.ProcessInformation.
var Create func(params any, raw Raw) (info any, err error)
