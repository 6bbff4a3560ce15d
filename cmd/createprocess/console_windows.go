package main

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
)

// runInConsole gives the child a console with a window of its own, which needs
// neither a relay nor a keeper.
func (r *runner) runInConsole([]string, []createprocess.InheritedHandle) (done bool, err error) {
	r.params.CreationFlags |= createprocess.CREATE_NEW_CONSOLE
	return false, nil
}

func attach(pid int) error {
	return &createprocess.Error{Op: "attach", Object: "process " + strconv.Itoa(pid), Code: createprocess.ERROR_NOT_SUPPORTED,
		Err: errors.New("on Windows a new console has a window of its own")}
}

func addHiddenCommands(*cobra.Command) {}
