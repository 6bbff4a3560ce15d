package exec

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Cmd is a program that is to be run, that runs, or that has run.
//
// It runs once: after Start, Run, Output or CombinedOutput it cannot be used
// for another process.
type Cmd struct {
	// Path is the program's file, and the one field that must be set. A relative
	// path counts from Dir.
	Path string

	// Args are the arguments, the program's name first. Empty is {Path}.
	// Command sets both.
	Args []string

	// Env is the environment, each entry "key=value"; nil is that of this
	// program. Of several entries with one key the last counts. On Windows
	// SYSTEMROOT is added if it is missing; an empty one prevents that.
	//
	// See Dir, too, which may set PWD.
	Env []string

	// Dir is the working directory; "" is that of this program.
	//
	// On Unix PWD is set to it if Env is nil. The kernel knows a directory and
	// not by which of its names it was entered; programs that care (the shell,
	// os.Getwd) take the name from PWD, if that leads to the same directory.
	Dir string

	// Stdin is where standard input comes from. Nil is the null device. An
	// *os.File is handed to the process as it is. From any other reader a
	// goroutine copies into a pipe; Wait then also waits for that goroutine,
	// which ends at the reader's end or error, when the process reads no more,
	// or when WaitDelay is over.
	Stdin io.Reader

	// Stdout and Stderr are where standard output and error go. Nil is the null
	// device. An *os.File is handed to the process as it is. To any other writer
	// what comes out of a pipe is copied; Wait then also waits until the pipe
	// has ended, or WaitDelay is over.
	//
	// If both are the same writer, of a type that can be compared, there is one
	// pipe for both, and one Write at a time.
	Stdout io.Writer
	Stderr io.Writer

	// ExtraFiles are further open files for the process: entry i is its
	// descriptor 3+i, which a nil entry leaves closed. Not on Windows.
	ExtraFiles []*os.File

	// SysProcAttr is what else the system is asked for. A field that cannot be
	// honoured is an error that names it.
	SysProcAttr *syscall.SysProcAttr

	// Process is set by Start.
	Process *Process

	// ProcessState is how the process ended. Wait, and what calls Wait, sets it.
	ProcessState *ProcessState

	ctx context.Context // CommandContext's; nil of Command

	Err error // what kept Command from finding the program; Start returns it

	// Cancel is called, once, when the context is done while the process runs.
	// It needs CommandContext, which makes it a call of Process.Kill, or of
	// Process.KillTree if KillTree is set. It may do less: send another signal,
	// close a pipe, ask a server.
	//
	// If the process exits with success all the same, Wait returns the context's
	// error, or what Cancel returned; but if that is os.ErrProcessDone, success.
	// A process that fails is reported as always.
	//
	// Nil lets the process go on; WaitDelay then still counts from the context.
	// Cancel is not called if Start has failed.
	Cancel func() error

	// WaitDelay limits how long Wait waits for two things: for a process that
	// should have ended, because the context is done; and for pipes that are
	// still open though the process has ended, because it has left them to
	// another one. The time runs from whichever comes first. When it is over the
	// process is killed (with KillTree: the tree) and the pipes are closed.
	//
	// If the pipes had to be closed, though there was no Cancel and the process
	// was successful, Wait returns ErrWaitDelay. Zero is no limit.
	WaitDelay time.Duration

	// KillTree makes the end of the context, and of WaitDelay, the end of the
	// process and of all that it has started, rather than of the process alone.
	// See Process.KillTree for what is found. It has no effect once Cancel has
	// been replaced by another function, but for WaitDelay.
	KillTree bool

	called  int32    // by Start, successful or not; no atomic.Bool, so that a Cmd can be copied before
	streams *streams // nil: there are none
	watch   *watch
}

// KillTreeByDefault is what CommandContext sets Cmd.KillTree to. A program that
// wants whole trees ended sets it before it starts anything.
var KillTreeByDefault = false

// Command is a Cmd for the named program with these arguments, the program's
// name not among them. A name with a slash is a path. Any other is looked for
// by LookPath, and Cmd.Err has the error if that finds none.
//
// On Windows a process gets a command line rather than a list of arguments:
// Command's are quoted so that CommandLineToArgvW, which most programs use,
// finds them again. For others (msiexec.exe, cmd.exe, batch files) set
// SysProcAttr.CmdLine to the whole line.
func Command(name string, arg ...string) *Cmd {
	c := &Cmd{Path: name, Args: append([]string{name}, arg...)}
	c.reportLeak()
	switch {
	case filepath.Base(name) == name:
		path, err := LookPath(name)
		if path != "" { // also beside ErrDot
			c.Path = path
		}
		c.Err = err
	case filepath.IsAbs(name):
		_, c.Err = withExtension(name, "")
	}
	return c
}

// CommandContext is Command with a context: when it is done before the process
// has ended, Cancel is called, which kills the process unless it is set to
// something else. A nil context panics.
func CommandContext(ctx context.Context, name string, arg ...string) *Cmd {
	if ctx == nil {
		panic("exec: CommandContext with a nil context")
	}
	c := Command(name, arg...)
	c.ctx, c.KillTree = ctx, KillTreeByDefault
	c.Cancel = c.kill
	return c
}

// kill ends what is to be ended with the command.
func (c *Cmd) kill() error {
	if c.KillTree {
		return c.Process.KillTree()
	}
	return c.Process.Kill()
}

// String is the command for a reader: path and arguments with blanks between.
// It is not quoted, so no shell should be given it.
func (c *Cmd) String() string {
	if c.Err != nil {
		return strings.Join(c.Args, " ")
	}
	words := []string{c.Path}
	if len(c.Args) > 1 {
		words = append(words, c.Args[1:]...)
	}
	return strings.Join(words, " ")
}

// Environ is a copy of the environment that the process would get as the Cmd
// stands now.
func (c *Cmd) Environ() []string {
	env, _ := c.environment()
	return env
}

// environment is best effort beside an error.
func (c *Cmd) environment() ([]string, error) {
	env := c.Env
	var err error
	if env == nil {
		env, err = defaultEnvironment(c.SysProcAttr)
		if c.Dir != "" && runtime.GOOS != "windows" {
			pwd, e := filepath.Abs(c.Dir)
			if e == nil {
				env = append(env, "PWD="+pwd)
			}
			err = errors.Join(err, e)
		}
	}
	env, e := dedup(env, runtime.GOOS == "windows")
	return withSystemRoot(env), errors.Join(err, e)
}

func (c *Cmd) argv() []string {
	if len(c.Args) == 0 {
		return []string{c.Path}
	}
	return c.Args
}
