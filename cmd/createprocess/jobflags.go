package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// jobFlags say which job run creates its process in, and what that may use.
type jobFlags struct {
	name       string
	memory     size
	cpus       float64
	processes  uint32
	killOnExit bool
}

func (f *jobFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "job", "", "create the child in the job `NAME`, which is made if there is none")
	flags.Var(&f.memory, "memory", "all of the job together may have `SIZE` of memory (2G, 512M)")
	flags.Float64Var(&f.cpus, "cpus", 0, "all of the job together may use `N` processors' time (1.5)")
	flags.Uint32Var(&f.processes, "processes", 0, "the job may have `N` processes; on Linux threads count too")
	flags.BoolVar(&f.killOnExit, "kill-on-exit", false, "end what is left of the job when createprocess ends, however it does")
	cmd.RegisterFlagCompletionFunc("job", completeJobs)
}

// check refuses what makes no sense.
func (f *jobFlags) check(given *pflag.FlagSet, detach bool) error {
	switch {
	case given.Changed("job") && f.name == "":
		return errors.New("--job needs a NAME")
	case given.Changed("memory") && f.memory == 0:
		return errors.New("--memory 0: it must be more than zero")
	case given.Changed("cpus") && !(f.cpus > 0):
		return fmt.Errorf("--cpus %v: it must be more than zero", f.cpus)
	case given.Changed("processes") && f.processes == 0:
		return errors.New("--processes 0: it must be more than zero")
	case detach && f.killOnExit:
		return errors.New("--detach leaves the child to itself: --kill-on-exit cannot go with it")
	}
	return nil
}

// create makes or opens the job; nil if the flags ask for none. Limits of a job
// that was there already stay as they are, but for those that are given.
func (f *jobFlags) create(detach bool) (*job.Job, error) {
	if *f == (jobFlags{}) {
		return nil, nil
	}
	if detach && f.name != "" && runtime.GOOS == "windows" {
		return nil, &createprocess.Error{Op: "CreateJobObject", Object: f.name, Code: createprocess.ERROR_NOT_SUPPORTED,
			Err: errors.New("on Windows a job's name goes with its last handle, which --detach does not keep")}
	}
	j, err := job.Create(f.name, nil)
	if err != nil {
		return nil, err
	}
	if err := f.limit(j); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

func (f *jobFlags) limit(j *job.Job) error {
	l, err := j.Limits()
	if err != nil {
		return err
	}
	before := l.Flags
	if f.memory > 0 {
		l.Flags |= job.JOB_OBJECT_LIMIT_JOB_MEMORY
		l.JobMemoryLimit = uint64(f.memory)
	}
	if f.processes > 0 {
		l.Flags |= job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
		l.ActiveProcessLimit = f.processes
	}
	if f.killOnExit {
		l.Flags |= job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	}
	if l.Flags != before || f.memory > 0 || f.processes > 0 {
		if err := j.SetLimits(l); err != nil {
			return err
		}
	}
	if f.cpus > 0 {
		return j.SetCPURate(job.CPUs(f.cpus))
	}
	return nil
}
