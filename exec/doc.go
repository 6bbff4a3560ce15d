// Package exec runs programs, with the API of os/exec on this module's engine:
// a program that imports it in place of os/exec keeps its code. It is no shell:
// nothing is expanded, no pipeline is built. Who wants Win32's names rather
// than os/exec's uses the root package.
//
//	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
//
// # What changes with the import
//
// A child takes no thread while it is waited for, and children are not made one
// at a time behind a lock. What it costs to make one does not grow with the
// files that the program has open. A child that nobody waits for does not stay
// as a zombie. A child has its standard files and ExtraFiles, and no descriptor
// by accident. docs/exec.md has what else differs, and where a program has to be
// changed: where it hands a Cmd's Process or ProcessState to something that wants
// an [os.Process] or an [os.ProcessState].
//
// # Programs in the current directory
//
// A name without a slash is looked for in PATH. If what is found there depends
// on the current directory, because PATH has an empty or a relative entry (on
// Windows, also because the current directory comes first there), running it
// would be running whatever somebody has put into that directory. So the result
// comes with an error for which errors.Is(err, [ErrDot]) holds: [LookPath]
// returns it beside the path, and [Command] puts it into Cmd.Err, where Start
// finds it.
//
// Who means the current directory writes "./prog". Who accepts what PATH says
// takes the error away:
//
//	cmd := exec.Command("prog")
//	if errors.Is(cmd.Err, exec.ErrDot) {
//		cmd.Err = nil
//	}
//
// GODEBUG=execerrdot=0, in the environment or built in (//go:debug), does so
// everywhere.
package exec
