package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
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
	status   int
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
			pids, err := parsePIDs(args)
			if err != nil {
				return err
			}
			var deadline time.Time
			if cmd.Flags().Changed("timeout") {
				if timeout <= 0 {
					return fmt.Errorf("--timeout %v: it must be more than zero", timeout)
				}
				deadline = time.Now().Add(timeout)
			}
			// All are opened before the first is waited for: a number may come
			// to mean another process meanwhile.
			others, err := openOthers(pids)
			defer others.close()
			if err != nil {
				return err
			}
			status := 0
			for i := range others {
				end, err := others[i].wait(deadline)
				if errors.Is(err, createprocess.ERROR_TIMEOUT) {
					fmt.Fprintf(os.Stderr, "createprocess: the time (%v) is up, and process %d runs\n", timeout, pids[i])
					return exitStatus(exitTimeout)
				}
				if err != nil {
					return err
				}
				if asJSON {
					printJSON(os.Stdout, end)
				} else if end.ExitCode == nil {
					fmt.Fprintf(os.Stderr, "createprocess: process %d has ended; the system does not tell how\n", end.PID)
				}
				status = end.status
			}
			return exitStatus(status)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "give up after `DURATION` and exit with 124")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line: event, pid, exit_code (null if unknown), signal")
	return cmd
}

func parsePIDs(args []string) ([]int, error) {
	if len(args) == 0 {
		return nil, errors.New("a PID is needed")
	}
	var pids []int
	for _, arg := range args {
		pid, err := strconv.ParseUint(arg, 10, 31)
		if err != nil || pid == 0 {
			return nil, fmt.Errorf("%q is not a PID", arg)
		}
		pids = append(pids, int(pid))
	}
	return pids, nil
}

type others []other

func openOthers(pids []int) (others, error) {
	var list others
	for _, pid := range pids {
		o, err := openOther(pid)
		if err != nil {
			return list, err
		}
		list = append(list, o)
	}
	return list, nil
}

func (list others) close() {
	for i := range list {
		list[i].close()
	}
}
