package main

import (
	"errors"

	"github.com/spf13/cobra"
)

const attachHelp = `Come back to the console of a process that "run --new-console" has created, and
exit with the process's code. What was printed meanwhile is lost, but programs
that fill the screen paint it again. Whoever was attached is not any more.

Ctrl-] and then d leaves the process again.`

func attachCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "attach PID",
		Short:                 "Come back to the console of a process",
		Long:                  attachHelp,
		Example:               "  createprocess attach 4711",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			pids, err := parsePIDs(args)
			if err != nil {
				return err
			}
			if len(pids) > 1 {
				return errors.New("attach takes one PID")
			}
			return attach(pids[0])
		},
	}
}
