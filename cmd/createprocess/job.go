package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess/job"
)

const jobHelp = `Look at jobs, stop them and end them. A job is a tree of processes as one thing;
"run --job NAME" creates a process in one.

A job is there as long as it has a process, or somebody has a handle to it. Jobs
are those of one user: root does not see those of others. On Windows they are
the session's, and cannot be listed.

list prints, for each job: its name, what it is made of (cgroup; subreaper or
marker, a walk over the tree where no cgroup may be made; system, on Windows),
how many processes it has, and what they use. show tells all of one job.

terminate ends every process of the jobs and returns when they have ended. wait
returns when there is no process any more; meanwhile it has a handle to the job.
freeze stops the processes, and those that come, until thaw; Windows has no
documented way to do that.

--json prints an object a line: name, level, frozen, processes (an array of
PIDs), total_processes, cpu_user and cpu_kernel (seconds), memory, peak_memory,
read_bytes, write_bytes, limits (an array of names), memory_limit,
process_memory_limit, process_limit, cpu_rate (hundredths of a percent of all
processors). What the system does not tell, and a limit that is not set, is null.`

func jobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "job list|show|terminate|freeze|thaw|wait",
		Short: "Look at jobs, stop them and end them",
		Long:  jobHelp,
		Example: `  createprocess run --job build --memory 2G --detach make -j8
  createprocess job show build
  createprocess job wait --timeout 1h build
  createprocess job terminate build`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("job needs one of list, show, terminate, freeze, thaw, wait")
			}
			return fmt.Errorf("job %q: it is one of list, show, terminate, freeze, thaw, wait", args[0])
		},
	}
	cmd.AddCommand(jobListCommand(), jobShowCommand(), jobTerminateCommand(), jobWaitCommand(),
		jobFreezer("freeze", "Stop the processes of jobs until they are thawed", (*job.Job).Freeze),
		jobFreezer("thaw", "Let the processes of frozen jobs go on", (*job.Job).Thaw))
	return cmd
}

// completeJobs is the names of the jobs that there are, for the shell.
func completeJobs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names, _ := job.Names()
	return names, cobra.ShellCompDirectiveNoFileComp
}

// onJobs is a command about the jobs that are named; do has all of them, open.
func onJobs(name, short, example string, do func([]*job.Job) error) *cobra.Command {
	return &cobra.Command{
		Use:                   name + " NAME...",
		Short:                 short,
		Long:                  jobHelp,
		Example:               "  createprocess job " + example,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeJobs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("the NAME of a job is needed")
			}
			var jobs []*job.Job
			for _, name := range args {
				j, err := openJob(name)
				if err != nil {
					return err
				}
				defer j.Close()
				jobs = append(jobs, j)
			}
			return do(jobs)
		},
	}
}

func openJob(name string) (*job.Job, error) {
	j, err := job.Open(name)
	if errors.Is(err, job.ERROR_FILE_NOT_FOUND) {
		err = &job.Error{Op: "OpenJobObject", Object: name, Code: job.ERROR_FILE_NOT_FOUND, Err: errors.New("there is no such job")}
	}
	return j, err
}

// each tries all of them.
func each(do func(*job.Job) error) func([]*job.Job) error {
	return func(jobs []*job.Job) error {
		var errs []error
		for _, j := range jobs {
			errs = append(errs, do(j))
		}
		return errors.Join(errs...)
	}
}

func jobTerminateCommand() *cobra.Command {
	var exitCode uint32
	cmd := onJobs("terminate", "End every process of jobs", "terminate build", each(func(j *job.Job) error {
		if err := j.Terminate(exitCode); err != nil {
			return err
		}
		return j.Wait(context.Background())
	}))
	cmd.Use = "terminate [flags] NAME..."
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if runtime.GOOS == "linux" && cmd.Flags().Changed("exit-code") {
			return &job.Error{Op: "TerminateJobObject", Object: "--exit-code", Code: job.ERROR_NOT_SUPPORTED,
				Err: errors.New("a killed process has no exit code of its own on Linux")}
		}
		return nil
	}
	cmd.Flags().Uint32Var(&exitCode, "exit-code", 1, "the processes' exit code, `N`; Windows only")
	return cmd
}

func jobFreezer(name, short string, do func(*job.Job) error) *cobra.Command {
	return onJobs(name, short, name+" build", each(do))
}

func jobWaitCommand() *cobra.Command {
	var timeout time.Duration
	var cmd *cobra.Command
	cmd = onJobs("wait", "Wait until jobs have no process any more", "wait --timeout 1h build", func(jobs []*job.Job) error {
		ctx := context.Background()
		if cmd.Flags().Changed("timeout") {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		for _, j := range jobs {
			err := j.Wait(ctx)
			if errors.Is(err, job.ERROR_TIMEOUT) {
				fmt.Fprintf(os.Stderr, "createprocess: the time (%v) is up, and job %q has processes\n", timeout, j.Name())
				return exitStatus(exitTimeout)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	cmd.Use = "wait [flags] NAME..."
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if cmd.Flags().Changed("timeout") && timeout <= 0 {
			return fmt.Errorf("--timeout %v: it must be more than zero", timeout)
		}
		return nil
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "give up after `DURATION` and exit with 124")
	return cmd
}

func jobShowCommand() *cobra.Command {
	var asJSON bool
	cmd := onJobs("show", "Show all that is known of jobs", "show build", each(func(j *job.Job) error {
		d, err := lookAtJob(j)
		if err != nil {
			return err
		}
		if asJSON {
			printJSON(os.Stdout, d)
			return nil
		}
		return d.print(os.Stdout)
	}))
	cmd.Use = "show [flags] NAME..."
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line")
	return cmd
}

func jobListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:                   "list [flags]",
		Short:                 "List the jobs that have a name",
		Long:                  jobHelp,
		Example:               "  createprocess job list --json | jq -r .name",
		DisableFlagsInUseLine: true,
		Args:                  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := lookAtJobs()
			if err != nil {
				return err
			}
			if asJSON {
				for _, d := range list {
					printJSON(os.Stdout, d)
				}
				return nil
			}
			return printJobs(os.Stdout, list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line")
	return cmd
}
