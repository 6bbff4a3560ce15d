package createprocess

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/job"
	"github.com/seed-f798aa80/createprocess/security"
	"golang.org/x/sys/unix"
)

// create makes the process: the parameters, which have been checked, become
// one spawn.Request.
func (p *Params) create() (*ProcessInformation, error) { return p.createAs(identity{}) }

// identity is who a process runs as, and what goes with it. The zero value is
// the creator.
type identity struct {
	user       *spawn.User
	noNewPrivs bool
	descriptor *security.SecurityDescriptor // the default one; nil: the creator's
	atEnd      func()                       // called when the process has ended; nil: nothing is
}

// createAs is create as another user.
func (p *Params) createAs(who identity) (*ProcessInformation, error) {
	image, err := p.image()
	if err != nil {
		return nil, err
	}
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	nice, err := p.CreationFlags.nice(0)
	if err != nil {
		return nil, systemError("getpriority", "", err)
	}
	descriptors, err := p.descriptors(who.descriptor)
	if err != nil {
		return nil, err
	}
	request := spawn.Request{
		Path:    image,
		Argv:    spawn.NewStrings(p.argv()),
		Envv:    p.environment(),
		Dir:     p.CurrentDirectory,
		Files:   files,
		Session: p.CreationFlags&DETACHED_PROCESS != 0,
		Group:   p.CreationFlags&CREATE_NEW_PROCESS_GROUP != 0,
		Nice:    nice,
		User:    who.user,
	}
	if p.CreationFlags&CREATE_SUSPENDED != 0 {
		if err := checkSuspended(image); err != nil {
			return nil, err
		}
		request.Suspended = true
	}
	if err := p.StartupInfo.lower(&request); err != nil {
		return nil, err
	}
	request.NoNewPrivs = request.NoNewPrivs || who.noNewPrivs
	c := &created{}
	c.object.descriptors = descriptors
	c.object.atEnd = who.atEnd
	if request.Suspended {
		c.object.suspended = 1
	}
	var entry *job.Entry
	jobs, breakAway := p.StartupInfo.jobs(), p.CreationFlags&CREATE_BREAKAWAY_FROM_JOB != 0
	if jobs != nil || breakAway {
		if entry, err = job.Enter(&request, jobs, breakAway); err != nil {
			return nil, jobError(err)
		}
	}
	var child spawn.Child
	if p.hasConsole() {
		child, c.object.terminal, err = p.startOnConsole(&request)
	} else {
		child, err = spawn.Start(&request)
	}
	runtime.KeepAlive(p)
	if err == nil {
		c.object.start(child.PID, child.Pidfd)
	}
	if entry != nil {
		entry.Done(child.PID)
	}
	if err != nil {
		return nil, createError(err)
	}
	return c.fill(&c.object, child.PID, child.PID, p), nil
}

// checkSuspended refuses an image that would not become what it is meant to be:
// the kernel stops an image before its first instruction only for a tracer, and
// gives a traced one no privileges.
func checkSuspended(image string) error {
	var stat unix.Stat_t
	if os.Geteuid() == 0 || unix.Stat(image, &stat) != nil || stat.Mode&(unix.S_ISUID|unix.S_ISGID) == 0 {
		return nil
	}
	return &Error{Op: "creation flags", Object: CREATE_SUSPENDED.String(), Code: ERROR_NOT_SUPPORTED,
		Err: errors.New(strconv.Quote(image) + " is set-user-ID or set-group-ID, and would lose that")}
}

// environment is the child's.
func (p *Params) environment() *spawn.Strings {
	if p.Environment != nil {
		return spawn.NewStrings(environ.Dedup(p.Environment))
	}
	list := os.Environ()
	if last := creatorsEnvironment.Load(); last != nil && slices.Equal(last.list, list) {
		return last.strings
	}
	now := &laidOut{list, spawn.NewStrings(environ.FromCreator())}
	creatorsEnvironment.Store(now)
	return now.strings
}

// creatorsEnvironment is laid out once, and again when it has changed. To see
// that it has not is cheap: the strings are the same ones, not only equal.
var creatorsEnvironment atomic.Pointer[laidOut]

type laidOut struct {
	list    []string
	strings *spawn.Strings
}

// image is the path of the image. A relative one is the creator's, whatever
// the child's directory is.
func (p *Params) image() (image string, err error) {
	switch {
	case p.ApplicationName != "":
		image = p.ApplicationName
	case p.Args != nil:
		image, err = cmdline.LookPath(p.Args[0])
	default:
		image, err = cmdline.Find(p.CommandLine)
	}
	if err == nil && p.CurrentDirectory != "" && !filepath.IsAbs(image) {
		image, err = filepath.Abs(image)
	}
	if err != nil {
		object, reason := p.ApplicationName, err
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			object, reason = pathErr.Path, pathErr.Err
		}
		return "", systemError("open", object, reason)
	}
	return image, nil
}

// files is the child's descriptor table.
func (p *Params) files() ([]spawn.File, error) {
	s := &p.StartupInfo
	list := s.handleList()
	files := make([]spawn.File, 3, 3+len(list))
	std := [...]*os.File{s.StdInput, s.StdOutput, s.StdError}
	for i := range std {
		// A standard file that the creator does not have is the null device: the
		// child's next file would take its number.
		files[i] = spawn.File{Source: i, Target: i, OrNull: true}
		switch {
		case std[i] != nil:
			fd, err := descriptor(std[i], standardFileNames[i])
			if err != nil {
				return nil, err
			}
			files[i] = spawn.File{Source: fd, Target: i}
		case s.Flags&STARTF_USESTDHANDLES != 0,
			p.CreationFlags&(DETACHED_PROCESS|CREATE_NO_WINDOW) != 0:
			files[i].Source = spawn.Null
		}
	}
	for _, h := range list {
		object := "HANDLE_LIST"
		if h.File != nil {
			object += ": " + h.File.Name()
		}
		fd, err := descriptor(h.File, object)
		if err != nil {
			return nil, err
		}
		target := h.Number
		if target == 0 {
			target = fd
		}
		if h.Number < 0 || target > maxDescriptor {
			return nil, invalid("inherit", object, "there is no descriptor "+strconv.Itoa(target))
		}
		for _, f := range files {
			if f.Target == target {
				return nil, invalid("inherit", object, "descriptor "+strconv.Itoa(target)+" of the child is taken: it is given twice")
			}
		}
		files = append(files, spawn.File{Source: fd, Target: target})
	}
	return files, nil
}

// maxDescriptor is far above every limit on open files, and far below where
// close_range's numbers end.
const maxDescriptor = 1<<30 - 1

// descriptor is the number of an open file. Fd makes the file blocking, as the
// child expects it.
func descriptor(f *os.File, name string) (int, error) {
	if f != nil {
		if fd := f.Fd(); fd != ^uintptr(0) && isOpen(int(fd)) {
			return int(fd), nil
		}
	}
	return 0, &Error{Op: "inherit", Object: name, Code: ERROR_INVALID_HANDLE, Err: syscall.EBADF}
}

func isOpen(fd int) bool {
	_, _, errno := syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	return errno == 0
}

// createError gives a failed step its Win32 code, where that is not the one of
// its errno alone.
func createError(err error) error {
	var step *spawn.Error
	if !errors.As(err, &step) {
		return consoleError(err)
	}
	e := &Error{Op: step.Step.String(), Object: step.Object, Code: win32(step.Errno), Err: step.Errno}
	switch step.Step {
	case spawn.StepDirectory:
		if step.Errno == syscall.ENOENT {
			e.Code = ERROR_DIRECTORY
		}
	case spawn.StepNoExecGain, spawn.StepFilter:
		if step.Errno == syscall.EINVAL || step.Errno == syscall.ENOSYS { // the kernel is too old
			e.Code = ERROR_NOT_SUPPORTED
		}
	case spawn.StepAffinity:
		e.Object = PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY.String()
	case spawn.StepExec:
		explainExec(e, step)
	case spawn.StepBounding, spawn.StepGroups, spawn.StepGID, spawn.StepUID, spawn.StepCapabilities:
		if step.Errno == syscall.EPERM {
			e.Code = ERROR_PRIVILEGE_NOT_HELD
		}
	}
	if step.Errno == spawn.ErrVerify {
		e.Code, e.Err = ERROR_GEN_FAILURE, fmt.Errorf("the child is not who it should have become: %w", step.Errno)
	}
	return e
}

// explainExec says what execve's errno is really about.
func explainExec(e *Error, step *spawn.Error) {
	switch step.Errno {
	case syscall.ENOENT, syscall.EACCES, syscall.ENOTDIR, syscall.ELOOP, syscall.ELIBBAD:
		if interpreter := interpreterOf(step.Object); interpreter != "" && !runnable(interpreter) {
			e.Op = "open interpreter of " + strconv.Quote(step.Object)
			e.Object = interpreter
			return
		}
		e.Op = "open"
	case syscall.E2BIG:
		e.Op, e.Object = "exec", "arguments and environment of "+step.Object
	case syscall.EPERM:
		e.Code = ERROR_ACCESS_DENIED
	}
}

// runnable tells whether an interpreter is there and may be executed.
func runnable(path string) bool {
	if !strings.Contains(path, "/") {
		_, err := os.Stat(path)
		return err == nil
	}
	_, err := cmdline.LookPath(path)
	return err == nil
}

// interpreterOf is the program that the image at path asks the kernel to run it
// with: the one behind "#!", or an ELF image's dynamic linker. "" if none.
func interpreterOf(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	head := make([]byte, 256) // the kernel reads no more
	n, _ := file.ReadAt(head, 0)
	head = head[:n]
	if line, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		if fields := bytes.Fields(line); len(fields) > 0 {
			return string(fields[0])
		}
		return ""
	}
	image, err := elf.NewFile(file)
	if err != nil {
		return ""
	}
	for _, prog := range image.Progs {
		if prog.Type == elf.PT_INTERP {
			name := make([]byte, min(prog.Filesz, 4096))
			n, _ := prog.ReadAt(name, 0)
			return strings.TrimRight(string(name[:n]), "\x00")
		}
	}
	return ""
}
