package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/job"
)

const runHelp = `Create a process from a program and its arguments, wait for it, and exit with
its code. The arguments reach the program as they are; flags behind PROGRAM are
the program's.

SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 that createprocess is
given reach the child. The child stays in createprocess's process group, so that
Ctrl-C, Ctrl-Z and a pipeline's terminal do what they do with a shell's own child.

--json writes an object a line on standard error: {"event":"created"} with pid
and tid, then {"event":"exited"} with exit_code and, if one ended it, signal, or
{"event":"error"} with code, name, op, object and message.

With --new-console the child has a console (a terminal) of its own, and job
control in it. createprocess shows it: keys, size and output are handed on.
Ctrl-] and then d leaves the child, which goes on, and "createprocess attach PID"
comes back; Ctrl-] twice is one for the child. With --detach it begins alone.
The child has a process group of its own there, so that a Ctrl-C is the
console's business. On Windows the console has a window instead.`

// runCommand is the command "run" of a new runner.
func runCommand(r *runner) *cobra.Command {
	var cwd, stdin, stdout, stderr string
	var env, inherit []string
	var clearEnv, newConsole bool
	var how creation
	cmd := &cobra.Command{
		Use:   "run [flags] [--] PROGRAM [ARG...]",
		Short: "Create a process from a program and its arguments",
		Long:  runHelp,
		Example: `  createprocess run --cwd /src --env CC=clang -- make all
  createprocess run --stdout log --stderr log --timeout 10m ./nightly
  createprocess run --new-console bash
  createprocess run --detach --stdout /tmp/server.log ./server`,
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("run needs a PROGRAM")
			}
			if cmd.Flags().Changed("timeout") && r.timeout <= 0 {
				return fmt.Errorf("--timeout %v: it must be more than zero", r.timeout)
			}
			if r.detach && (cmd.Flags().Changed("timeout") || r.stats) {
				return errors.New("--detach does not wait: --timeout and --stats cannot go with it")
			}
			if err := r.jobs.check(cmd.Flags(), r.detach); err != nil {
				return err
			}
			r.params = createprocess.Params{Args: args, CurrentDirectory: cwd}
			p := &r.params
			if r.detach && !newConsole {
				p.CreationFlags |= createprocess.DETACHED_PROCESS
			}
			if err := how.apply(p); err != nil {
				return err
			}
			p.Environment = environment(clearEnv, env)
			handles, err := parseInherit(inherit)
			if err != nil {
				return err
			}
			if len(handles) > 0 {
				p.InheritHandles = true
				p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.HandleList(handles...))
			}
			if newConsole {
				if done, err := r.runInConsole(os.Args[2:], handles); done {
					return err
				}
			}
			files, err := openStandardFiles(stdin, stdout, stderr, r.detach || how.noWindow || newConsole)
			defer files.close()
			if err != nil {
				return r.failed(err)
			}
			if files.any {
				p.StartupInfo.UseStdHandles(files.std[0], files.std[1], files.std[2])
			}
			if r.keep != nil {
				return r.keep(r)
			}
			return r.run()
		},
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVar(&cwd, "cwd", "", "the child's current `DIR`ectory")
	f.StringArrayVar(&env, "env", nil, "set a variable, `NAME=VALUE`; may be repeated")
	f.BoolVar(&clearEnv, "clear-env", false, "begin with an empty environment")
	f.StringVar(&stdin, "stdin", "", "read standard input from `FILE`")
	f.StringVar(&stdout, "stdout", "", "write standard output to `FILE`, which is created or emptied")
	f.StringVar(&stderr, "stderr", "", "write standard error to `FILE`; the same as --stdout's is shared")
	f.StringArrayVar(&inherit, "inherit", nil, "hand a descriptor on, `FD[=N]`, as number N; may be repeated")
	how.register(f)
	r.jobs.register(cmd)
	f.DurationVar(&r.timeout, "timeout", 0, "end the child and all that it has made after `DURATION` (90s, 10m), and exit with 124")
	f.BoolVar(&r.stats, "stats", false, "say on standard error what time and memory the child has used")
	f.BoolVar(&r.json, "json", false, "say on standard error what happens, as JSON")
	f.BoolVar(&newConsole, "new-console", false, "give the child a console of its own; Ctrl-] and d leaves it, attach comes back")
	f.BoolVar(&r.detach, "detach", false, "do not wait: print the child's pid and leave it to itself, without a terminal")
	return cmd
}

// environment is what the flags make of the creator's; nil leaves it as it is.
func environment(clear bool, entries []string) []string {
	if !clear && len(entries) == 0 {
		return nil
	}
	env := []string{}
	if !clear {
		env = environ.FromCreator()
	}
	for _, entry := range entries {
		// What is not NAME=VALUE is not for Set to compare; CreateProcess refuses it.
		if environ.Check([]string{entry}) != nil {
			env = append(env, entry)
		} else {
			env = environ.Set(env, entry)
		}
	}
	return env
}

// parseInherit reads FD or FD=N.
func parseInherit(list []string) ([]createprocess.InheritedHandle, error) {
	var handles []createprocess.InheritedHandle
	for _, text := range list {
		from, to, renumbered := strings.Cut(text, "=")
		fd, err := strconv.ParseUint(from, 10, 31)
		number := uint64(0)
		if err == nil && renumbered {
			number, err = strconv.ParseUint(to, 10, 31)
		}
		if err != nil {
			return nil, fmt.Errorf("--inherit %q: it takes FD or FD=N", text)
		}
		if renumbered && number <= 2 {
			return nil, fmt.Errorf("--inherit %q: 0, 1 and 2 are the standard files; use --stdin, --stdout, --stderr", text)
		}
		handles = append(handles, createprocess.InheritedHandle{
			File:   os.NewFile(uintptr(fd), "descriptor "+from),
			Number: int(number),
		})
	}
	return handles, nil
}

// standardFiles are the child's; those that were opened for it are closed.
type standardFiles struct {
	std    [3]*os.File
	opened []*os.File
	any    bool // there is one that is not simply the creator's
}

func openStandardFiles(stdin, stdout, stderr string, alone bool) (*standardFiles, error) {
	s := &standardFiles{any: stdin != "" || stdout != "" || stderr != ""}
	if !alone {
		s.std = [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	}
	open := func(i int, name string, flags int) error {
		if name == "" {
			return nil
		}
		f, err := os.OpenFile(name, flags, 0o666)
		if err != nil {
			return err
		}
		s.std[i] = f
		s.opened = append(s.opened, f)
		return nil
	}
	if err := open(0, stdin, os.O_RDONLY); err != nil {
		return s, err
	}
	const write = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if err := open(1, stdout, write); err != nil {
		return s, err
	}
	if stderr != "" && filepath.Clean(stderr) == filepath.Clean(stdout) {
		s.std[2] = s.std[1]
		return s, nil
	}
	return s, open(2, stderr, write)
}

func (s *standardFiles) close() {
	for _, f := range s.opened {
		f.Close()
	}
}

// runner creates one process and sees it through.
type runner struct {
	params  createprocess.Params
	timeout time.Duration // 0: none
	stats   bool
	json    bool
	detach  bool

	// createProcess creates the process; nil: CreateProcess.
	createProcess func(createprocess.Params) (*createprocess.ProcessInformation, error)
	jobs          jobFlags
	job           *job.Job // that the flags ask for; nil without
	tree          *job.Job // that the child is created in, and --timeout ends; nil without

	keep   func(r *runner) error // takes the place of run, in the keeper of a console
	stderr io.Writer             // nil: standard error
}

func (r *runner) messages() io.Writer {
	if r.stderr == nil {
		return os.Stderr
	}
	return r.stderr
}

// create creates the process.
func (r *runner) create() (*createprocess.ProcessInformation, error) {
	err := r.createTree()
	if err == nil {
		create := r.createProcess
		if create == nil {
			create = createprocess.CreateProcess
		}
		var pi *createprocess.ProcessInformation
		if pi, err = create(r.params); err == nil {
			return pi, nil
		}
	}
	r.closeJobs()
	return nil, r.failed(err)
}

// createTree has the process made in the job that the flags ask for. --timeout
// ends a job of its own inside of that, which may have others' processes in it.
func (r *runner) createTree() (err error) {
	if r.job, err = r.jobs.create(r.detach); err != nil {
		return err
	}
	r.tree = r.job
	switch {
	case r.timeout > 0 && r.job == nil:
		r.tree, err = job.Create("", nil)
	case r.timeout > 0:
		r.tree, err = r.job.Nest("", nil)
	}
	if err != nil || r.tree == nil {
		return err
	}
	if !r.detach {
		if err := r.tree.Adopt(); err != nil { // where it is no more than a walk
			return err
		}
	}
	info := &r.params.StartupInfo
	info.Attributes = append(info.Attributes, createprocess.JobList(r.tree))
	return nil
}

// closeJobs ends the job that --kill-on-exit asks for.
func (r *runner) closeJobs() {
	for _, j := range []*job.Job{r.tree, r.job} {
		if err := j.Close(); err != nil && !errors.Is(err, job.ERROR_INVALID_HANDLE) { // closed, or none
			fmt.Fprintf(r.messages(), "createprocess: %v\n", err)
		}
	}
}

// endTree ends the job, and returns when it is empty.
func (r *runner) endTree() error {
	if err := r.tree.Terminate(1); err != nil {
		return err
	}
	return r.tree.Wait(context.Background())
}

// announce tells of the process that has been created.
func (r *runner) announce(created createdEvent, w io.Writer) {
	if r.json {
		printJSON(w, created)
	} else {
		fmt.Fprintln(w, created.PID)
	}
}

func (r *runner) run() error {
	// Before the child is there: no signal may come between.
	signals := catchSignals()
	defer signals.stop()
	if r.detach {
		signals.stop()
	}
	pi, err := r.create()
	if err != nil {
		return err
	}
	defer pi.Close()
	created := createdEvent{"created", pi.ProcessID, pi.ThreadID}
	if r.detach {
		r.closeJobs()
		r.announce(created, os.Stdout)
		return nil
	}
	if r.json {
		r.announce(created, os.Stderr)
	}
	if err := signals.forward(pi.Process, r.tree != nil && r.tree.Level() == job.LevelSubreaper); err != nil {
		r.closeJobs()
		return err
	}
	return r.await(pi)
}

// await waits for the process, says what there is to say about its end, and is
// the exit status for it.
func (r *runner) await(pi *createprocess.ProcessInformation) error {
	ctx := context.Background()
	defer r.closeJobs()
	if r.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.timeout)
		defer cancel()
	}
	timedOut := false
	code, err := pi.Process.Wait(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		timedOut = true
		if err := r.endTree(); err != nil {
			fmt.Fprintf(r.messages(), "createprocess: %v\n", err)
		}
		code, err = pi.Process.Wait(context.Background())
	}
	if err != nil {
		return r.failed(err)
	}
	if r.json || r.stats {
		report := newReport(pi.Process, code, timedOut)
		if r.json {
			printJSON(r.messages(), report)
		}
		if r.stats {
			report.print(r.messages())
		}
	}
	if timedOut {
		if !r.json {
			fmt.Fprintf(r.messages(), "createprocess: the time (%v) is up: process %d and all that it had made were ended\n", r.timeout, pi.ProcessID)
		}
		return exitStatus(exitTimeout)
	}
	return exitStatus(processStatus(pi.Process, code))
}

// failed turns err into the line, or the object, that tells of it.
func (r *runner) failed(err error) error {
	var e *createprocess.Error
	var jobErr *job.Error
	var pathErr *os.PathError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &jobErr):
		e = &createprocess.Error{Op: jobErr.Op, Object: jobErr.Object, Code: createprocess.Errno(jobErr.Code), Err: jobErr.Err}
	case errors.As(err, &pathErr):
		// A file for the child's standard files, not the image.
		e = &createprocess.Error{Op: "redirect", Object: pathErr.Path, Code: errorCode(pathErr), Err: pathErr.Err}
	default:
		return err
	}
	if !r.json {
		return e
	}
	printJSON(r.messages(), errorEvent{"error", uint32(e.Code), e.Code.Name(), e.Op, e.Object, e.Text()})
	return exitStatus(failureStatus(e))
}

// errorCode is the Win32 code for an error of the command's own.
func errorCode(err error) createprocess.Errno {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return createprocess.ERROR_FILE_NOT_FOUND
	case errors.Is(err, os.ErrPermission):
		return createprocess.ERROR_ACCESS_DENIED
	}
	return createprocess.ERROR_GEN_FAILURE
}
