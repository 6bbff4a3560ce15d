package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
)

const waitHelp = `Wait until processes have ended, whoever created them, and exit with the code of
the last one named.

Linux tells a stranger how a process ended from 6.15 on, and before that only
while the process's parent has not taken notice. Where it does not tell,
createprocess says so and exits with 0.`

// ended is how a process ended that is not ours.
type ended struct {
	Event    string  `json:"event"`
	PID      int     `json:"pid"`
	ExitCode *uint32 `json:"exit_code"` // null if the system does not tell
	Signal   int     `json:"signal,omitempty"`
}

func waitCommand() *cobra.Command {
	var timeout time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:                   "wait [flags] PID...",
		Short:                 "Wait until processes have ended",
		Long:                  waitHelp,
		Example:               "  createprocess wait --timeout 1h 4711 4712",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := context.Background()
			if cmd.Flags().Changed("timeout") {
				if timeout <= 0 {
					return fmt.Errorf("--timeout %v: it must be more than zero", timeout)
				}
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, timeout)
				defer cancel()
			}
			list, err := openOthers(args, createprocess.SYNCHRONIZE|createprocess.PROCESS_QUERY_LIMITED_INFORMATION)
			if err != nil {
				return err
			}
			defer list.close()
			status := 0
			for _, p := range list {
				end := ended{Event: "exited", PID: p.ID()}
				code, err := p.Wait(ctx)
				switch {
				case errors.Is(err, createprocess.ERROR_TIMEOUT):
					fmt.Fprintf(os.Stderr, "createprocess: the time (%v) is up, and process %d runs\n", timeout, p.ID())
					return exitStatus(exitTimeout)
				case errors.Is(err, createprocess.ERROR_NOT_SUPPORTED):
					status = 0
				case err != nil:
					return err
				default:
					end.ExitCode, end.Signal = &code, signalOf(p)
					status = processStatus(p, code)
				}
				if asJSON {
					printJSON(os.Stdout, end)
				} else if end.ExitCode == nil {
					fmt.Fprintf(os.Stderr, "createprocess: process %d has ended; the system does not tell how\n", end.PID)
				}
			}
			return exitStatus(status)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "give up after `DURATION` and exit with 124")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line: event, pid, exit_code (null if unknown), signal")
	return cmd
}
