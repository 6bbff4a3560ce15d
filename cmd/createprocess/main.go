// Command createprocess creates a process, waits for it and exits with its
// code; and it lists, waits for, suspends and ends processes that are there already.
//
//	createprocess '/bin/echo "hello, process"'
//
// Its man page is docs/man/createprocess.1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// Exit statuses that are our own, as env(1) and timeout(1) have them.
const (
	exitUsage         = 2
	exitTimeout       = 124
	exitFailed        = 125
	exitNotExecutable = 126
	exitNotFound      = 127
	exitSignal        = 128 // and the signal's number
)

// exitStatus ends the command with a status; there is nothing more to say.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func main() { os.Exit(explain(os.Stderr, rootCommand().Execute())) }

// explain says what there is to say about err, and is the exit status for it.
func explain(w io.Writer, err error) int {
	var exit exitStatus
	var e *createprocess.Error
	var jobErr *job.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &jobErr):
		e := createprocess.Error{Op: "job", Object: jobErr.Object, Code: createprocess.Errno(jobErr.Code), Err: jobErr.Err}
		fmt.Fprintf(w, "%s failed (%d): %s\n", jobErr.Op, uint32(jobErr.Code), e.Text())
		return exitFailed
	case errors.As(err, &e):
		fmt.Fprintln(w, failure(e))
		return failureStatus(e)
	}
	fmt.Fprintf(w, "createprocess: %v\nTry 'createprocess --help'.\n", err)
	return exitUsage
}

// failure is the line about a failed call.
func failure(e *createprocess.Error) string {
	switch e.Op {
	case "OpenProcess", "TerminateProcess", "SuspendProcess", "SuspendThread", "ResumeProcess", "ResumeThread", "Wait", "CreateToolhelp32Snapshot", "Process32Next", "WriteFile", "attach":
		return fmt.Sprintf("%s failed (%d): %s: %v", e.Op, uint32(e.Code), e.Object, e.Err)
	}
	return fmt.Sprintf("CreateProcess failed (%d): %s", uint32(e.Code), e.Text())
}

func failureStatus(e *createprocess.Error) int {
	aboutImage := strings.HasPrefix(e.Op, "open") || e.Op == "exec"
	switch {
	case aboutImage && errors.Is(e, os.ErrNotExist):
		return exitNotFound
	case aboutImage && e.Code != createprocess.ERROR_FILENAME_EXCED_RANGE && e.Code != createprocess.ERROR_NOT_ENOUGH_MEMORY && e.Code != createprocess.ERROR_TOO_MANY_OPEN_FILES:
		return exitNotExecutable
	}
	return exitFailed
}

const rootHelp = `Create a process from a command line, wait for it, and exit with its code.

The command line is one argument and is taken apart by Win32's rules, not by a
shell's: quotation marks group, a backslash is a backslash, and there are no
variables, wildcards or pipes. Its first word is the program: a path if it has
a slash, else a name that is looked for in PATH.

A word that is a command of createprocess is that command; "--" in front makes
it a command line.

Exit status: the child's; 128+n if signal n ended it; 124 after --timeout;
125 if createprocess itself failed, 126 if the program may not or cannot be
executed, 127 if there is no such program; 2 for a usage error.`

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "createprocess CMDLINE",
		Short: "Create processes, wait for them and end them",
		Long:  rootHelp,
		Example: `  createprocess '/bin/echo "hello, process"'
  createprocess run --cwd /tmp --stats -- make -j2
  createprocess parse 'prog "a b" c\"d'`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				cmd.SetOut(os.Stderr)
				cmd.Usage()
				return exitStatus(exitUsage)
			case 1:
				return (&runner{params: createprocess.Params{CommandLine: args[0]}}).run()
			}
			return fmt.Errorf("%q is not a command, and a command line is one argument: quote it, or use 'createprocess run -- %s'",
				args[0], strings.Join(args, " "))
		},
	}
	root.Flags().SetInterspersed(false)
	root.AddCommand(runCommand(&runner{}), runasCommand(&runner{}), attachCommand(), parseCommand(), waitCommand(), terminateCommand(), suspendCommand(), resumeCommand(), jobCommand(), listCommand(), accessCommand(), openCommand())
	addHiddenCommands(root)
	return root
}

// version is the module's, as far as the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// printJSON writes one object on a line of its own.
func printJSON(w io.Writer, object any) {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(object)
}
