package createprocess

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/job"
	"golang.org/x/sys/windows"
)

// create makes the process: the parameters, which have been checked, become
// the arguments of CreateProcessW.
//
// The image is always found here and given by its path. Left to the system, a
// name would be looked for in the creator's directory too, a relative path in
// every directory of the search, and an unquoted path with spaces would reach
// the child in quotes.
func (p *Params) create() (*ProcessInformation, error) {
	return p.createBy(windows.CreateProcess, engine.Raw{})
}

// systemCreate is CreateProcessW, or what differs from it in whom the process
// runs as.
type systemCreate func(application, line *uint16, process, thread *windows.SecurityAttributes, inherit bool, flags uint32,
	environment, directory *uint16, startup *windows.StartupInfo, info *windows.ProcessInformation) error

func (p *Params) createBy(call systemCreate, raw engine.Raw) (*ProcessInformation, error) {
	image, name, err := p.image()
	if err != nil {
		return nil, err
	}
	line, err := p.line(image)
	if err != nil {
		return nil, err
	}
	block, err := p.block()
	if err != nil {
		return nil, err
	}
	var inherited inheritance
	defer inherited.close()
	if parent, ok := attribute[*Process](&p.StartupInfo, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS); ok {
		if !parent.object.acquire() {
			return nil, invalidHandle("CreateProcess")
		}
		defer parent.object.release()
	}
	if err := inherited.collect(p, raw); err != nil {
		return nil, err
	}

	// Cannot fail: what has a NUL in it has been refused.
	application, _ := windows.UTF16PtrFromString(image)
	var directory *uint16
	if p.CurrentDirectory != "" {
		directory, _ = windows.UTF16PtrFromString(p.CurrentDirectory)
	}
	startup := windows.StartupInfoEx{StartupInfo: p.StartupInfo.lower()}
	startup.Cb = uint32(unsafe.Sizeof(startup))
	if inherited.useStd {
		startup.Flags |= windows.STARTF_USESTDHANDLES
		startup.StdInput, startup.StdOutput, startup.StdErr = inherited.std[0], inherited.std[1], inherited.std[2]
	}
	// An empty list means no list to the system: it is bInheritHandles then
	// that keeps everything back.
	inherit := len(inherited.list) > 0
	attributes := p.StartupInfo.attributeList(&inherited)
	if raw.Parent != 0 {
		attributes.add(PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, unsafe.Pointer(&raw.Parent), unsafe.Sizeof(raw.Parent))
	}
	flags := uint32(p.CreationFlags | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT)
	var info windows.ProcessInformation
	start := func(console uintptr) error {
		if console != 0 {
			// It is the handle itself that the system wants, not where it is.
			attributes.add(PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, *(*unsafe.Pointer)(unsafe.Pointer(&console)), unsafe.Sizeof(console))
		}
		list, err := attributes.lower()
		if err != nil {
			return err
		}
		if list != nil {
			defer list.Delete()
			startup.ProcThreadAttributeList = list.List()
		}
		if err := inherited.lend(); err != nil {
			return err
		}
		err = call(application, &line[0], p.ProcessAttributes.lower(), p.ThreadAttributes.lower(), inherit, flags, block, directory, &startup.StartupInfo, &info)
		inherited.takeBack()
		if err != nil {
			return p.createError(name, err)
		}
		return nil
	}
	attach := func() error {
		if c := p.StartupInfo.pseudoConsole(); c != nil {
			return c.Attach(start)
		}
		return start(0)
	}
	if jobs := p.StartupInfo.jobs(); jobs != nil {
		err = jobError(job.WithSystemHandles("CreateProcess", jobs, func(handles []windows.Handle) error {
			attributes.add(PROC_THREAD_ATTRIBUTE_JOB_LIST, unsafe.Pointer(&handles[0]), uintptr(len(handles))*unsafe.Sizeof(handles[0]))
			return attach()
		}))
	} else {
		err = attach()
	}
	runtime.KeepAlive(p)
	if err != nil {
		return nil, consoleError(err)
	}
	return new(handles).fill(newObject(&info), int(info.ProcessId), int(info.ThreadId), p), nil
}

// image is the path of the image, and the name that it was found by. Of the
// names that a command line may mean, the first counts of which there is a file.
func (p *Params) image() (path, name string, err error) {
	if p.ApplicationName != "" {
		return p.ApplicationName, p.ApplicationName, nil
	}
	names := cmdline.Images(p.CommandLine)
	if p.Args != nil {
		names = slices.Values(p.Args[:1])
	}
	first, firstErr := "", error(nil)
	for name := range names {
		path, err := findImage(name)
		if err == nil {
			return path, name, nil
		}
		// What is there and cannot be used says more than what is not there.
		if firstErr == nil || err == windows.ERROR_ACCESS_DENIED && firstErr != err {
			first, firstErr = name, err
		}
	}
	if firstErr == nil {
		firstErr = windows.ERROR_FILE_NOT_FOUND
	}
	return "", "", systemError("open", first, firstErr)
}

// findImage is the path of the image that one name stands for. A bare name is
// looked for in the directories of PATH; entries of PATH that are empty or
// relative are passed over, since they would mean the current directory.
func findImage(name string) (string, error) {
	if name == "." || name == ".." {
		return "", windows.ERROR_ACCESS_DENIED
	}
	if strings.ContainsAny(name, `\/`) || filepath.VolumeName(name) != "" {
		path, err := windows.FullPath(name)
		if err != nil {
			return "", err
		}
		return statImage(path)
	}
	found := error(windows.ERROR_FILE_NOT_FOUND)
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path, err := statImage(strings.TrimRight(dir, `\/`) + `\` + name)
		if err == nil {
			return path, nil
		}
		if err == windows.ERROR_ACCESS_DENIED {
			found = err
		}
	}
	return "", found
}

// statImage adds ".exe" to a path without an extension if there is no file
// without it. os.Stat would not do: it fails for the aliases of packaged
// applications, which CreateProcess runs.
func statImage(path string) (string, error) {
	err := isFile(path)
	if err != nil && filepath.Ext(path) == "" {
		if isFile(path+".exe") == nil {
			return path + ".exe", nil
		}
	}
	return path, err
}

func isFile(path string) error {
	text, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	attributes, err := windows.GetFileAttributes(text)
	if err == nil && attributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0 {
		return windows.ERROR_ACCESS_DENIED
	}
	return err
}

// line is the command line, in a buffer of its own: CreateProcessW writes to it.
func (p *Params) line(image string) ([]uint16, error) {
	line := p.CommandLine
	if line == "" {
		args := p.argv()
		if err := checkBatch(image, args); err != nil {
			return nil, err
		}
		var err error
		if line, err = cmdline.Join(args); err != nil {
			return nil, &Error{Op: "arguments", Code: ERROR_INVALID_PARAMETER, Err: err}
		}
	}
	text, err := windows.UTF16FromString(line)
	if err != nil {
		return nil, systemError("command line", "", err)
	}
	if len(text) > MaxCommandLine {
		return nil, &Error{Op: "arguments", Code: ERROR_FILENAME_EXCED_RANGE, Err: errors.New("as a command line they are over 32,767 characters, the terminating NUL included")}
	}
	return text, nil
}

// checkBatch refuses arguments that a batch file would not get as they are: the
// system has cmd.exe run it, which reads the command line by rules of its own,
// and would run what stands behind an "&". Who means that uses CommandLine.
func checkBatch(image string, args []string) error {
	// The full path is without the dots and spaces at the end that Windows ignores.
	if full, err := windows.FullPath(image); err == nil {
		image = full
	}
	if ext := filepath.Ext(image); !strings.EqualFold(ext, ".bat") && !strings.EqualFold(ext, ".cmd") {
		return nil
	}
	for i, a := range args {
		if at := strings.IndexAny(a, "\"%!&|<>^\r\n"); at >= 0 {
			return invalid("arguments", image, fmt.Sprintf("argument %d has a %q, which cmd.exe does not hand on to a batch file", i, a[at]))
		}
	}
	return nil
}

// block is the environment; nil is the creator's.
func (p *Params) block() (*uint16, error) {
	if p.Environment == nil {
		return nil, nil
	}
	block, err := environ.EncodeUTF16(environ.Dedup(p.Environment))
	if err != nil {
		return nil, &Error{Op: "environment", Code: ERROR_INVALID_PARAMETER, Err: err}
	}
	return &block[0], nil
}

// lower is s without handles and attributes.
func (s *StartupInfo) lower() windows.StartupInfo {
	lowered := windows.StartupInfo{
		X: s.X, Y: s.Y,
		XSize: s.XSize, YSize: s.YSize,
		XCountChars: s.XCountChars, YCountChars: s.YCountChars,
		FillAttribute: s.FillAttribute,
		Flags:         uint32(s.Flags &^ STARTF_USESTDHANDLES),
		ShowWindow:    s.ShowWindow,
	}
	if s.Desktop != "" {
		lowered.Desktop, _ = windows.UTF16PtrFromString(s.Desktop)
	}
	if s.Title != "" {
		lowered.Title, _ = windows.UTF16PtrFromString(s.Title)
	}
	return lowered
}

// inheritance is the handles that one child gets.
//
// The standard files are duplicates, so that nothing changes for the originals
// and no two entries of the list are the same, which the system refuses. A file
// of the HANDLE_LIST attribute is handed on by its own value: the original is
// lent, made inheritable for the time of the call.
//
// With a PARENT_PROCESS attribute it is that process's handles that the child
// inherits, so that the duplicates are made there.
type inheritance struct {
	owner  windows.Handle // whose handles they are: this process, or the PARENT_PROCESS
	std    [3]windows.Handle
	useStd bool             // std counts
	null   windows.Handle   // the null device; 0: not needed so far
	list   []windows.Handle // all that the child inherits
	own    []windows.Handle // those to be closed after the call
	files  []windows.Handle // those of the attribute
	lent   []windows.Handle // those of files that are inheritable for the call
}

func (in *inheritance) close() {
	for _, h := range in.own {
		windows.DuplicateHandle(in.owner, h, 0, nil, 0, false, windows.DUPLICATE_CLOSE_SOURCE)
	}
}

func (in *inheritance) collect(p *Params, raw engine.Raw) error {
	in.owner = windows.CurrentProcess()
	if raw.Parent != 0 {
		in.owner = raw.Parent
	}
	if raw.Nothing {
		in.useStd = true // and there are none
		return nil
	}
	if err := in.collectFiles(p); err != nil {
		return err
	}
	in.addRaw(raw.Handles)
	return nil
}

// collectFiles is for the files that Params names.
func (in *inheritance) collectFiles(p *Params) error {
	s := &p.StartupInfo
	if parent, ok := attribute[*Process](s, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS); ok {
		in.owner = parent.object.process
		if len(s.handleList()) > 0 {
			return &Error{Op: "attribute", Object: PROC_THREAD_ATTRIBUTE_HANDLE_LIST.String(), Code: ERROR_NOT_SUPPORTED,
				Err: errors.New("with PROC_THREAD_ATTRIBUTE_PARENT_PROCESS handles cannot keep their values")}
		}
	}
	given := s.Flags&STARTF_USESTDHANDLES != 0
	if !given && p.hasConsole() {
		// The console's: that is what handles that are not there mean. Without
		// the flag a pseudo console's child would have the creator's, if those
		// are files.
		in.useStd = s.pseudoConsole() != nil
		return in.collectList(s)
	}
	creators := !given && p.CreationFlags&(DETACHED_PROCESS|CREATE_NO_WINDOW) == 0
	if !creators {
		in.useStd = true
	}
	std := [...]*os.File{s.StdInput, s.StdOutput, s.StdError}
	for i, id := range [...]uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		switch {
		case std[i] != nil:
			h := windows.Handle(std[i].Fd())
			if err := in.duplicate(i, h); err != nil {
				return &Error{Op: "inherit", Object: standardFileNames[i], Code: ERROR_INVALID_HANDLE, Err: err}
			}
		case creators:
			// A program without a console may have none of them, or stale ones.
			if h, err := windows.GetStdHandle(id); err == nil && in.duplicate(i, h) == nil {
				in.useStd = true
			}
		}
	}
	// A creator without any leaves it to the system: a child with a console of
	// its own gets that one's.
	for i := range in.std {
		if in.useStd && in.std[i] == 0 {
			if err := in.openNull(); err != nil {
				return err
			}
			in.std[i] = in.null
		}
	}
	return in.collectList(s)
}

// collectList is for the files of the HANDLE_LIST attribute.
func (in *inheritance) collectList(s *StartupInfo) error {
	for _, h := range s.handleList() {
		if h.Number != 0 {
			return &Error{Op: "inherit", Object: "HANDLE_LIST", Code: ERROR_NOT_SUPPORTED,
				Err: fmt.Errorf("on Windows a handle keeps its value, and Number is %d", h.Number)}
		}
		file, object := windows.InvalidHandle, "HANDLE_LIST"
		if h.File != nil {
			file = windows.Handle(h.File.Fd())
			object += ": " + h.File.Name()
		}
		if !isHandle(file) {
			return &Error{Op: "inherit", Object: object, Code: ERROR_INVALID_HANDLE}
		}
		if slices.Contains(in.files, file) {
			return invalid("inherit", object, fmt.Sprintf("handle 0x%x is given twice", uintptr(file)))
		}
		in.files = append(in.files, file)
	}
	in.list = append(in.list, in.files...)
	return nil
}

// isInheritable tells whether the system hands h on to a child that inherits.
func isInheritable(h windows.Handle) (bool, error) {
	var flags uint32
	err := call(getHandleInformation, uintptr(h), uintptr(unsafe.Pointer(&flags)))
	return flags&windows.HANDLE_FLAG_INHERIT != 0, err
}

// isHandle is false for no handle at all and for those that stand for whoever
// uses them, such as the current process: it is INVALID_HANDLE_VALUE too.
func isHandle(h windows.Handle) bool { return int(h) > 0 }

// duplicate makes h the child's standard file i.
func (in *inheritance) duplicate(i int, h windows.Handle) error {
	if !isHandle(h) {
		return windows.ERROR_INVALID_HANDLE
	}
	if err := windows.DuplicateHandle(windows.CurrentProcess(), h, in.owner, &in.std[i], 0, true, windows.DUPLICATE_SAME_ACCESS); err != nil {
		return err
	}
	in.own = append(in.own, in.std[i])
	in.list = append(in.list, in.std[i])
	return nil
}

func (in *inheritance) openNull() error {
	if in.null != 0 {
		return nil
	}
	name, _ := windows.UTF16PtrFromString("NUL")
	inheritable := windows.SecurityAttributes{InheritHandle: 1}
	inheritable.Length = uint32(unsafe.Sizeof(inheritable))
	null, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, &inheritable, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return systemError("open", "NUL", err)
	}
	in.null = null
	if in.owner != windows.CurrentProcess() {
		defer windows.CloseHandle(null)
		if err := windows.DuplicateHandle(windows.CurrentProcess(), null, in.owner, &in.null, 0, true, windows.DUPLICATE_SAME_ACCESS); err != nil {
			in.null = 0
			return systemError("DuplicateHandle", "NUL", err)
		}
	}
	in.own = append(in.own, in.null)
	in.list = append(in.list, in.null)
	return nil
}

// lending is held while originals are inheritable, lest one call takes back
// what another still needs.
var lending sync.Mutex

// lend makes the originals inheritable until takeBack, which must follow
// unless it fails.
func (in *inheritance) lend() error {
	if len(in.files) == 0 {
		return nil
	}
	lending.Lock()
	for _, h := range in.files {
		is, err := isInheritable(h)
		if is {
			continue
		}
		if err == nil {
			err = windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT)
		}
		if err != nil {
			in.takeBack()
			return systemError("inherit", "HANDLE_LIST", err)
		}
		in.lent = append(in.lent, h)
	}
	return nil
}

func (in *inheritance) takeBack() {
	if len(in.files) == 0 {
		return
	}
	for _, h := range in.lent {
		windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, 0)
	}
	lending.Unlock()
}

// createError says what CreateProcessW's error is about.
func (p *Params) createError(image string, err error) error {
	switch err {
	case windows.ERROR_DIRECTORY:
		return systemError("chdir", p.CurrentDirectory, err)
	case windows.ERROR_FILE_NOT_FOUND, windows.ERROR_PATH_NOT_FOUND, windows.ERROR_ACCESS_DENIED, windows.ERROR_SHARING_VIOLATION:
		return systemError("open", image, err)
	case windows.ERROR_INVALID_HANDLE:
		// So says Wine of a directory, which Windows denies access to.
		if isFile(image) == windows.ERROR_ACCESS_DENIED {
			return systemError("open", image, windows.ERROR_ACCESS_DENIED)
		}
		return systemError("inherit", "HANDLE_LIST", err)
	}
	return systemError("exec", image, err)
}
