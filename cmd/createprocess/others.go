package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
)

// others are processes that somebody else has created.
type others []*createprocess.Process

// openOthers opens all or none: a number may come to mean another process while
// the first ones are dealt with.
func openOthers(args []string, access createprocess.AccessMask) (others, error) {
	pids, err := parsePIDs(args)
	if err != nil {
		return nil, err
	}
	var list others
	for _, pid := range pids {
		p, err := createprocess.OpenProcess(access, false, pid)
		if err != nil {
			list.close()
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func (list others) close() {
	for _, p := range list {
		p.Close()
	}
}

func (list others) pids() []int {
	var pids []int
	for _, p := range list {
		pids = append(pids, p.ID())
	}
	return pids
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

// otherError is a failed call of the system that the package does not make.
func otherError(op, object string, err error) error {
	code := createprocess.ERROR_GEN_FAILURE
	switch {
	case isGone(err):
		code = createprocess.ERROR_INVALID_PARAMETER
	case isDenied(err):
		code = createprocess.ERROR_ACCESS_DENIED
	}
	return &createprocess.Error{Op: op, Object: object, Code: code, Err: err}
}

const suspendHelp = `Stop processes, all their threads, until they are resumed.

On Linux this is SIGSTOP and SIGCONT. A process that 'run --suspended' has
created is resumed in the same way. Of several processes each is tried; the exit
status is that of the first failure.`

func suspendCommand() *cobra.Command {
	return suspender("suspend", "Stop processes until they are resumed", func(p *createprocess.Process) error {
		_, err := p.Suspend()
		return err
	})
}

func resumeCommand() *cobra.Command {
	return suspender("resume", "Let suspended processes go on", func(p *createprocess.Process) error {
		_, err := p.Resume()
		return err
	})
}

func suspender(name, short string, do func(*createprocess.Process) error) *cobra.Command {
	return &cobra.Command{
		Use:                   name + " PID...",
		Short:                 short,
		Long:                  suspendHelp,
		Example:               "  createprocess " + name + " 4711",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := openOthers(args, createprocess.PROCESS_SUSPEND_RESUME)
			if err != nil {
				return err
			}
			defer list.close()
			var errs []error
			for _, p := range list {
				errs = append(errs, do(p))
			}
			return errors.Join(errs...)
		},
	}
}
