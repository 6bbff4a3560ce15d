package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
)

const runasHelp = `Create a process that runs as another user, wait for it, and exit with its code,
as 'run' does. The user's password is asked for on the terminal, or read from
standard input with --password-stdin; root needs none, and neither does who
runs something as himself.

On Linux who is not root needs the service createprocessd. The process gets the
user's own environment, not the caller's; it begins in the current directory,
which the user must be able to enter, or in --cwd; and it has the caller's
standard files. The service makes it: it is in a session of its own, without a
terminal, so that it cannot type into the caller's, and has no job control.
Ctrl-C and the other signals that 'run' hands on reach it.

--profile opens a session for the process: PAM's on Linux, with the limits and
the control group that it gives; on Windows the user's profile.`

func runasCommand(r *runner) *cobra.Command {
	var name, cwd, sddl string
	var stdin, profile bool
	cmd := &cobra.Command{
		Use:   "runas --user NAME [flags] [--] PROGRAM [ARG...]",
		Short: "Create a process as another user",
		Long:  runasHelp,
		Example: `  createprocess runas --user alice -- id
  createprocess runas --user build --password-stdin --cwd / -- make <secret`,
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case name == "":
				return errors.New("runas needs a --user")
			case len(args) == 0:
				return errors.New("runas needs a PROGRAM")
			}
			credentials := createprocess.Credentials{User: name}
			var flags createprocess.LogonFlags
			if profile {
				flags |= createprocess.LOGON_WITH_PROFILE
			}
			if stdin || needsPassword(name) {
				secret := make([]byte, maxSecret)
				defer clear(secret)
				var err error
				if stdin {
					credentials.Password, err = readLine(os.Stdin, secret)
				} else {
					credentials.Password, err = askSecret("Password for "+name+": ", false, secret)
					if runtime.GOOS == "linux" { // Windows asks nothing else
						credentials.Prompt = func(message string, echo bool) ([]byte, error) {
							return askSecret(message, echo, make([]byte, maxSecret))
						}
					}
				}
				if err != nil {
					return r.failed(&createprocess.Error{Op: "password", Object: name, Code: createprocess.ERROR_LOGON_FAILURE, Err: err})
				}
			}
			r.params = createprocess.Params{Args: args, CurrentDirectory: cwd}
			if err := protect(&r.params, sddl); err != nil {
				return err
			}
			r.createProcess = func(p createprocess.Params) (*createprocess.ProcessInformation, error) {
				return createprocess.CreateProcessWithLogon(credentials, flags, p)
			}
			return r.run()
		},
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVar(&name, "user", "", "run as the user `NAME`")
	f.BoolVar(&stdin, "password-stdin", false, "read the password from standard input, up to the end of the line; the rest is the child's")
	f.BoolVar(&profile, "profile", false, "open a session for the process")
	f.StringVar(&cwd, "cwd", "", "the child's current `DIR`ectory")
	registerSDDL(f, &sddl)
	f.BoolVar(&r.stats, "stats", false, "say on standard error what time and memory the child has used")
	f.BoolVar(&r.json, "json", false, "say on standard error what happens, as JSON")
	return cmd
}

// maxSecret is what PAM takes, and a line's end.
const maxSecret = 513

// needsPassword tells whether who runs the command must say the user's password.
func needsPassword(name string) bool {
	if os.Geteuid() == 0 {
		return false
	}
	self, err := user.Current()
	return err != nil || self.Username != name
}

var errTooLong = fmt.Errorf("a password has at most %d bytes", maxSecret-2)

// readLine reads a line into buffer, without its end, and not a byte more. It
// makes no copy.
func readLine(r io.Reader, buffer []byte) ([]byte, error) {
	for n := range buffer {
		if _, err := io.ReadFull(r, buffer[n:n+1]); err == io.EOF && n > 0 {
			return buffer[:n], nil
		} else if err != nil {
			return nil, err
		}
		if buffer[n] == '\n' {
			if n > 0 && buffer[n-1] == '\r' {
				n--
			}
			return buffer[:n], nil
		}
	}
	return nil, errTooLong
}
