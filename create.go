package createprocess

import (
	"errors"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/environ"
)

// MaxCommandLine is the most that Win32 takes for a command line, in UTF-16
// code units with the terminating NUL.
const MaxCommandLine = 32767

// Params are the parameters of CreateProcess. The zero value of each field is
// what Win32 takes NULL, FALSE or 0 for. One of ApplicationName, CommandLine
// and Args must be set.
type Params struct {
	// ApplicationName is the path of the image; a relative one counts from the
	// creator's directory. PATH is not searched and no extension is guessed.
	// When it is empty the image is found by the first word of the command line.
	ApplicationName string

	// CommandLine becomes the child's arguments by CommandLineToArgvW's rules
	// (package cmdline). When it is empty ApplicationName is the only argument.
	CommandLine string

	// Args are the child's arguments, the program first, for who has them as a
	// list: they take CommandLine's place, and not both may be set. No quoting
	// is needed: Linux hands them on as they are, and on Windows cmdline.Join
	// makes them a command line. Without an ApplicationName the image is found
	// by Args[0]: a path if it has a slash, else a name that is looked for in
	// PATH, never in the current directory.
	Args []string

	ProcessAttributes *SecurityAttributes // of the process object; nil: the default
	ThreadAttributes  *SecurityAttributes // of its primary thread; nil: the default

	// InheritHandles must be true for a HANDLE_LIST attribute. By itself it
	// hands nothing on: the child gets the standard files and what is listed.
	InheritHandles bool

	CreationFlags CreationFlags

	// Environment is a list of "NAME=value"; nil is the creator's. Of entries
	// with the same name the first counts.
	Environment []string

	// CurrentDirectory is the child's; "" is the creator's.
	CurrentDirectory string

	StartupInfo StartupInfo
}

// SecurityAttributes are those of a new object, as in [SECURITY_ATTRIBUTES].
//
// [SECURITY_ATTRIBUTES]: https://learn.microsoft.com/windows/win32/api/wtypesbase/ns-wtypesbase-security_attributes
type SecurityAttributes struct {
	// SecurityDescriptor is one in self-relative form (MS-DTYP 2.4.6), as
	// security.SecurityDescriptor.MarshalBinary makes it; nil: the default, by
	// which owner and system may do everything. See SecurityAttributesFromSDDL,
	// and docs/semantics.md for what it protects against on Linux.
	SecurityDescriptor []byte

	// InheritHandle marks the new handle as inheritable.
	InheritHandle bool
}

// ProcessInformation ([PROCESS_INFORMATION]) is what CreateProcess answers: handles to the new process
// and its primary thread, and their identifiers.
//
// [PROCESS_INFORMATION]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/ns-processthreadsapi-process_information
type ProcessInformation struct {
	Process   *Process
	Thread    *Thread
	ProcessID int
	ThreadID  int
}

// Close closes both handles; one that has been closed already is no error. The
// child goes on.
func (pi *ProcessInformation) Close() error {
	var errs []error
	for _, err := range []error{pi.Thread.Close(), pi.Process.Close()} {
		if err != nil && !errors.Is(err, ERROR_INVALID_HANDLE) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// CreateProcess creates a process and returns when its image is loaded. The
// child is independent of its creator: closing the handles does not end it,
// and it outlives the creator. See Microsoft's page on [CreateProcessW], and
// docs/semantics.md for each parameter on Linux.
//
// When it fails there is no process. The error is an [*Error] that names the
// step; its codes are
//
//	ERROR_FILE_NOT_FOUND (2)          no such image, or a script's or image's interpreter is missing (the text says so)
//	ERROR_DIRECTORY (267)             the current directory is missing or not a directory
//	ERROR_ACCESS_DENIED (5)           image or directory may not be used, or the image is a directory; the console is another child's
//	ERROR_BAD_EXE_FORMAT (193)        the file is not an image
//	ERROR_INVALID_PARAMETER (87)      parameters that are malformed or contradict each other
//	ERROR_NOT_SUPPORTED (50)          a flag or attribute that this version or this system does not have, by name
//	ERROR_INVALID_HANDLE (6)          a file to be handed on, or the console, is closed
//	ERROR_FILENAME_EXCED_RANGE (206)  command line, arguments and environment, or path too long
//	ERROR_TOO_MANY_OPEN_FILES (4)     no descriptor is left
//	ERROR_NOT_ENOUGH_QUOTA (1816)     no process is left (RLIMIT_NPROC, pids.max)
//	ERROR_NOT_ENOUGH_MEMORY (8)       no memory is left
//
// [CreateProcessW]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw
func CreateProcess(p Params) (*ProcessInformation, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.create()
}

// check refuses what can be refused without looking at the system.
func (p *Params) check() error {
	if err := p.CreationFlags.check(); err != nil {
		return err
	}
	if _, err := p.ProcessAttributes.descriptor("process attributes"); err != nil {
		return err
	}
	if _, err := p.ThreadAttributes.descriptor("thread attributes"); err != nil {
		return err
	}
	if err := p.StartupInfo.check(p.InheritHandles); err != nil {
		return err
	}
	switch {
	case p.CreationFlags&DETACHED_PROCESS != 0 && p.StartupInfo.pseudoConsole() != nil:
		return invalid("attribute", PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE.String(), "DETACHED_PROCESS has no console")
	case p.Args != nil && p.CommandLine != "":
		return invalid("arguments", "", "both CommandLine and Args are set")
	case p.ApplicationName == "" && p.CommandLine == "" && len(p.Args) == 0:
		return invalid("command line", "", "it is empty")
	case p.Args != nil && len(p.Args) == 0:
		return invalid("arguments", "", "Args has no program name")
	case p.Args != nil && p.ApplicationName == "" && p.Args[0] == "":
		return invalid("arguments", "", "the program name is empty")
	}
	if len(p.CommandLine) >= MaxCommandLine && utf16Len(p.CommandLine) >= MaxCommandLine {
		return &Error{Op: "command line", Code: ERROR_FILENAME_EXCED_RANGE, Err: errors.New("over 32,767 characters, the terminating NUL included")}
	}
	switch {
	case strings.IndexByte(p.ApplicationName, 0) >= 0:
		return invalid("application name", "", "it has a NUL in it")
	case strings.IndexByte(p.CommandLine, 0) >= 0:
		return invalid("command line", "", "it has a NUL in it")
	case strings.IndexByte(p.CurrentDirectory, 0) >= 0:
		return invalid("current directory", "", "it has a NUL in it")
	}
	for _, a := range p.Args {
		if strings.IndexByte(a, 0) >= 0 {
			return invalid("arguments", "", "one of them has a NUL in it")
		}
	}
	if err := environ.Check(p.Environment); err != nil {
		return &Error{Op: "environment", Code: ERROR_INVALID_PARAMETER, Err: err}
	}
	return nil
}

// hasConsole tells whether the child gets a console of its own.
func (p *Params) hasConsole() bool {
	return p.CreationFlags&CREATE_NEW_CONSOLE != 0 || p.StartupInfo.pseudoConsole() != nil
}

// consoleError is what keeps a console from being given to a child, unless it
// is explained already.
func consoleError(err error) error {
	var explained *Error
	switch {
	case errors.As(err, &explained):
		return explained
	case errors.Is(err, os.ErrClosed):
		return &Error{Op: "attribute", Object: PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE.String(), Code: ERROR_INVALID_HANDLE, Err: err}
	}
	return systemError("CreateProcess", "", err)
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff && r <= utf8.MaxRune {
			n++
		}
	}
	return n
}

// argv is the child's arguments.
func (p *Params) argv() []string {
	switch {
	case p.Args != nil:
		return p.Args
	case p.CommandLine != "":
		return cmdline.Split(p.CommandLine)
	}
	return []string{p.ApplicationName}
}
