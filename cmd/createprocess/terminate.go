package main

import (
	"errors"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/tree"
)

const terminateHelp = `End processes: at once, without asking them (SIGKILL; TerminateProcess).

--tree ends all that they have made too. A process whose parent has ended may
have been given to another parent by then, and is not found.

On Linux the exit code of a killed process is the kernel's, so that --exit-code
is refused there.`

func terminateCommand() *cobra.Command {
	var exitCode uint32
	var withTree bool
	cmd := &cobra.Command{
		Use:                   "terminate [flags] PID...",
		Short:                 "End processes",
		Long:                  terminateHelp,
		Example:               "  createprocess terminate --tree 4711",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if runtime.GOOS == "linux" && cmd.Flags().Changed("exit-code") {
				return &createprocess.Error{Op: "TerminateProcess", Object: "--exit-code", Code: createprocess.ERROR_NOT_SUPPORTED,
					Err: errors.New("a killed process has no exit code of its own on Linux")}
			}
			list, err := openOthers(args, createprocess.PROCESS_TERMINATE)
			if err != nil {
				return err
			}
			defer list.close()
			if withTree {
				if err := tree.Kill(list.pids()...); err != nil {
					return otherError("TerminateProcess", "the tree", err)
				}
				return nil
			}
			var errs []error
			for _, p := range list {
				errs = append(errs, p.Terminate(exitCode))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().Uint32Var(&exitCode, "exit-code", 1, "the processes' exit code, `N`; Windows only")
	cmd.Flags().BoolVar(&withTree, "tree", false, "end all that they have made too")
	return cmd
}
