//go:build linux && cgo

// Command lib is the Go side of libcreateprocess: the root package, for the C in
// capi/core. It is no program and no package to import; capi/install builds it
// with -buildmode=c-archive. The shortest use:
//
//	capi/install /usr/local
package main

// #cgo CFLAGS: -std=gnu11
// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/cgo"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/job"
)

func main() {}

// remote is what a handle of the C side stands for: a process, or its primary
// thread and the process whose it is.
type remote struct {
	process *createprocess.Process
	thread  *createprocess.Thread
}

// current stands for this program; its identifier is 0.
var current = &remote{process: createprocess.CurrentProcess()}

func lookup(id C.uintptr_t) *remote {
	if id == 0 {
		return current
	}
	return cgo.Handle(id).Value().(*remote)
}

func (r *remote) register() C.uintptr_t { return C.uintptr_t(cgo.NewHandle(r)) }

// code is the Win32 code of an error.
func code(err error) C.uint32_t {
	var explained *createprocess.Error
	var ofJob *job.Error
	var errno createprocess.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &explained):
		return C.uint32_t(explained.Code)
	case errors.As(err, &ofJob):
		return C.uint32_t(ofJob.Code)
	case errors.As(err, &errno):
		return C.uint32_t(errno)
	case errors.Is(err, os.ErrClosed):
		return C.uint32_t(createprocess.ERROR_INVALID_HANDLE)
	}
	var number syscall.Errno
	if !errors.As(err, &number) {
		return C.uint32_t(createprocess.ERROR_GEN_FAILURE)
	}
	switch number {
	case syscall.ENOENT:
		return C.uint32_t(createprocess.ERROR_FILE_NOT_FOUND)
	case syscall.ENOTDIR:
		return C.uint32_t(createprocess.ERROR_DIRECTORY)
	case syscall.EACCES, syscall.EPERM:
		return C.uint32_t(createprocess.ERROR_ACCESS_DENIED)
	case syscall.EMFILE, syscall.ENFILE:
		return C.uint32_t(createprocess.ERROR_TOO_MANY_OPEN_FILES)
	case syscall.ENOMEM:
		return C.uint32_t(createprocess.ERROR_NOT_ENOUGH_MEMORY)
	case syscall.EINVAL, syscall.ESRCH:
		return C.uint32_t(createprocess.ERROR_INVALID_PARAMETER)
	case syscall.ELOOP:
		return C.uint32_t(createprocess.ERROR_CANT_RESOLVE_FILENAME)
	case syscall.ENAMETOOLONG:
		return C.uint32_t(createprocess.ERROR_FILENAME_EXCED_RANGE)
	}
	return C.uint32_t(createprocess.ERROR_GEN_FAILURE)
}

// cpgo_begin is called to have the runtime begin. Valgrind, which is there by
// LD_PRELOAD, ends a program that makes a child as package spawn does at best.
//
//export cpgo_begin
func cpgo_begin() {
	if strings.Contains(os.Getenv("LD_PRELOAD"), "/vgpreload_") {
		spawn.SetBackend(spawn.ForkExec)
	}
}

func text(s *C.char) string {
	if s == nil {
		return ""
	}
	return C.GoString(s)
}

func list(dst []string, s **C.char) []string {
	for ; s != nil && *s != nil; s = (**C.char)(unsafe.Add(unsafe.Pointer(s), unsafe.Sizeof(*s))) {
		dst = append(dst, C.GoString(*s))
	}
	return dst
}

// file is a file of this side's own: package os closes what it has.
func file(fd C.int) (*os.File, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(own), "handle"), nil
}

//export cpgo_create
func cpgo_create(c *C.struct_cp_create, out *C.struct_cp_created) C.uint32_t {
	p := createprocess.Params{
		ApplicationName:  text(c.application),
		CommandLine:      text(c.command_line),
		InheritHandles:   c.inherit != 0 || c.file_count > 0,
		CreationFlags:    createprocess.CreationFlags(c.flags),
		Environment:      list(list([]string{}, c.more_environment), c.environment),
		CurrentDirectory: text(c.directory),
	}
	s := &p.StartupInfo
	s.Flags = createprocess.StartFlags(c.start_flags) &^ createprocess.STARTF_USESTDHANDLES
	s.XCountChars, s.YCountChars = uint32(c.x_chars), uint32(c.y_chars)
	if p.ApplicationName == "" && p.CommandLine != "" {
		// The PATH is the C library's, which this side's copy does not follow.
		image, err := cmdline.FindIn(p.CommandLine, text(c.path))
		if err != nil {
			var pathErr *fs.PathError
			errors.As(err, &pathErr)
			return code(pathErr.Err)
		}
		if p.CurrentDirectory != "" && !filepath.IsAbs(image) {
			if image, err = filepath.Abs(image); err != nil {
				return code(err)
			}
		}
		p.ApplicationName = image
	}
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	dup := func(fd C.int) (f *os.File, err error) {
		if f, err = file(fd); err == nil {
			files = append(files, f)
		}
		return f, err
	}
	if c.use_std != 0 {
		var std [3]*os.File
		for i, fd := range c.std {
			if fd < 0 {
				continue
			}
			f, err := dup(fd)
			if err != nil {
				return code(err)
			}
			std[i] = f
		}
		s.UseStdHandles(std[0], std[1], std[2])
	}
	if c.file_count > 0 {
		var handles []createprocess.InheritedHandle
		for _, f := range unsafe.Slice(c.files, c.file_count) {
			own, err := dup(f.fd)
			if err != nil {
				return code(err)
			}
			handles = append(handles, createprocess.InheritedHandle{File: own, Number: int(f.number)})
		}
		s.Attributes = append(s.Attributes, createprocess.HandleList(handles...))
	}
	addAttributes(s, c)
	pi, err := createAs(c, p)
	if err != nil {
		return securityCode(err)
	}
	process := &remote{process: pi.Process}
	whole, err := pi.Process.Duplicate(createprocess.MAXIMUM_ALLOWED, false)
	if err != nil {
		return code(err)
	}
	thread := &remote{process: whole, thread: pi.Thread}
	*out = C.struct_cp_created{pid: C.uint32_t(pi.ProcessID), tid: C.uint32_t(pi.ThreadID),
		process: process.register(), thread: thread.register()}
	return 0
}

// addAttributes adds the extended ones, but for the list of handles.
func addAttributes(s *createprocess.StartupInfo, c *C.struct_cp_create) {
	add := func(key createprocess.AttributeKey, value any) {
		s.Attributes = append(s.Attributes, createprocess.Attribute{Key: key, Value: value})
	}
	if c.affinity_mask != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, createprocess.GroupAffinity{Mask: uint64(c.affinity_mask), Group: uint16(c.affinity_group)})
	}
	if c.has_processor != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_IDEAL_PROCESSOR, int(c.processor))
	}
	if c.has_mitigation != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, createprocess.MitigationPolicy{Policy: createprocess.Mitigations(c.mitigation)})
	}
	if c.has_child_policy != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, createprocess.ChildProcessPolicy(c.child_policy))
	}
	if c.job_count > 0 {
		var jobs []*job.Job
		for _, id := range unsafe.Slice(c.jobs, c.job_count) {
			jobs = append(jobs, lookupJob(id))
		}
		s.Attributes = append(s.Attributes, createprocess.JobList(jobs...))
	}
	if c.console != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, lookupConsole(c.console))
	}
}

// cpgo_open takes the access that is wanted and answers what is granted.
//
//export cpgo_open
func cpgo_open(access *C.uint32_t, pid C.uint32_t, id *C.uintptr_t) C.uint32_t {
	p, err := createprocess.OpenProcess(createprocess.AccessMask(*access), false, int(pid))
	if err == nil {
		*access = C.uint32_t(p.Access())
		*id = (&remote{process: p}).register()
	}
	return code(err)
}

// cpgo_adopt opens a process that this program has inherited, or its primary
// thread.
//
//export cpgo_adopt
func cpgo_adopt(pid C.uint32_t, pidfd C.int, exitCode C.uint64_t, access C.uint32_t, thread C.int, id *C.uintptr_t) C.uint32_t {
	rights := access
	if thread != 0 {
		rights = C.uint32_t(createprocess.PROCESS_ALL_ACCESS)
	}
	p, err := engine.Adopt(int(pid), int(pidfd), uint64(exitCode), uint32(rights))
	if err != nil {
		return code(err)
	}
	r := &remote{process: p.(*createprocess.Process)}
	if thread != 0 {
		r.thread = engine.AdoptThread(p, uint32(access)).(*createprocess.Thread)
	}
	*id = r.register()
	return 0
}

// cpgo_duplicate takes the access that is wanted and answers what is granted.
//
//export cpgo_duplicate
func cpgo_duplicate(id C.uintptr_t, access *C.uint32_t, same C.int, out *C.uintptr_t) C.uint32_t {
	r, rights := lookup(id), createprocess.AccessMask(*access)
	if same != 0 {
		rights = createprocess.MAXIMUM_ALLOWED
	}
	d := &remote{}
	var err error
	if r.thread == nil {
		if d.process, err = r.process.Duplicate(rights, false); err == nil {
			rights = d.process.Access()
		}
	} else if d.thread, err = r.thread.Duplicate(rights, false); err == nil {
		rights = d.thread.Access()
		d.process, err = r.process.Duplicate(createprocess.MAXIMUM_ALLOWED, false)
	}
	if err == nil {
		*access = C.uint32_t(rights)
		*out = d.register()
	}
	return code(err)
}

// cpgo_same tells whether two handles to processes with one identifier are to
// one process: the identifier may have been given to another one.
//
//export cpgo_same
func cpgo_same(a, b C.uintptr_t, same *C.int) C.uint32_t {
	first, err := lookup(a).process.Exited()
	if err != nil {
		return code(err)
	}
	second, err := lookup(b).process.Exited()
	if first == second {
		*same = 1
	} else {
		*same = 0
	}
	return code(err)
}

//export cpgo_close
func cpgo_close(id C.uintptr_t) {
	r := lookup(id)
	cgo.Handle(id).Delete()
	if r.thread != nil {
		r.thread.Close()
	}
	r.process.Close()
}

// cpgo_pidfd opens a pidfd for the C side to wait on, or answers -1 if the
// process has ended. The number is the process's own throughout: it has not
// been collected when the descriptor is there.
//
//export cpgo_pidfd
func cpgo_pidfd(id C.uintptr_t, out *C.int) C.uint32_t {
	*out = -1
	whole, err := lookup(id).process.Duplicate(createprocess.MAXIMUM_ALLOWED, false)
	if err != nil {
		return code(err)
	}
	if ended, err := exited(whole); ended || err != nil {
		whole.Close()
		return code(err)
	}
	fd, err := unix.PidfdOpen(whole.ID(), 0)
	if err == unix.ENOSYS || err == unix.EPERM {
		// A sandbox, or Valgrind: something else becomes readable at the end.
		*out, err = signalEnd(whole)
		return code(err)
	}
	defer whole.Close()
	ended, e := exited(whole)
	switch {
	case ended || e != nil:
		if err == nil {
			unix.Close(fd)
		}
		return code(e)
	case err == nil:
		*out = C.int(fd)
	}
	return code(err)
}

// signalEnd is an eventfd that is readable once the process has ended. It takes p.
func signalEnd(p *createprocess.Process) (C.int, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		p.Close()
		return -1, err
	}
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		unix.Close(fd)
		p.Close()
		return -1, err
	}
	go func() {
		defer p.Close()
		defer unix.Close(own)
		createprocess.WaitForSingleObject(p, createprocess.INFINITE)
		unix.Write(own, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}()
	return C.int(fd), nil
}

// exited needs no right but SYNCHRONIZE.
func exited(p *createprocess.Process) (bool, error) {
	result, err := createprocess.WaitForSingleObject(p, 0)
	return result == createprocess.WAIT_OBJECT_0, err
}

//export cpgo_terminate
func cpgo_terminate(id C.uintptr_t, exitCode C.uint32_t) C.uint32_t {
	return code(lookup(id).process.Terminate(uint32(exitCode)))
}

//export cpgo_exit_code
func cpgo_exit_code(id C.uintptr_t, out *C.uint32_t) C.uint32_t {
	c, err := lookup(id).process.ExitCode()
	if err == nil {
		*out = C.uint32_t(c)
	}
	return code(err)
}

//export cpgo_suspend
func cpgo_suspend(id C.uintptr_t, previous *C.uint32_t) C.uint32_t {
	n, err := lookup(id).thread.Suspend()
	*previous = C.uint32_t(n)
	return code(err)
}

//export cpgo_resume
func cpgo_resume(id C.uintptr_t, previous *C.uint32_t) C.uint32_t {
	n, err := lookup(id).thread.Resume()
	*previous = C.uint32_t(n)
	return code(err)
}

//export cpgo_priority
func cpgo_priority(id C.uintptr_t, class *C.uint32_t) C.uint32_t {
	c, err := lookup(id).process.PriorityClass()
	*class = C.uint32_t(c)
	return code(err)
}

//export cpgo_set_priority
func cpgo_set_priority(id C.uintptr_t, class C.uint32_t) C.uint32_t {
	return code(lookup(id).process.SetPriorityClass(createprocess.CreationFlags(class)))
}

// Of more than 64 processors the first 64 have a bit, as those of group 0.
//
//export cpgo_affinity
func cpgo_affinity(id C.uintptr_t, mask *C.uint64_t) C.uint32_t {
	processors, err := lookup(id).process.Affinity()
	*mask = 0
	for _, n := range processors {
		if n < 64 {
			*mask |= 1 << n
		}
	}
	return code(err)
}

//export cpgo_set_affinity
func cpgo_set_affinity(id C.uintptr_t, mask C.uint64_t) C.uint32_t {
	var processors []int
	for n := range 64 {
		if mask>>n&1 != 0 {
			processors = append(processors, n)
		}
	}
	return code(lookup(id).process.SetAffinity(processors))
}

// ticks is a FILETIME: 100 ns since 1601.
func ticks(t time.Time) C.uint64_t {
	const between = 11644473600 // seconds from 1601 to 1970
	if t.IsZero() {
		return 0
	}
	return C.uint64_t((t.Unix()+between)*1e7 + int64(t.Nanosecond())/100)
}

//export cpgo_times
func cpgo_times(id C.uintptr_t, out *C.struct_cp_times) C.uint32_t {
	t, err := lookup(id).process.Times()
	*out = C.struct_cp_times{creation: ticks(t.Creation), exit: ticks(t.Exit),
		kernel: C.uint64_t(t.Kernel / 100), user: C.uint64_t(t.User / 100)}
	return code(err)
}

//export cpgo_handle_count
func cpgo_handle_count(id C.uintptr_t, out *C.uint32_t) C.uint32_t {
	n, err := lookup(id).process.HandleCount()
	*out = C.uint32_t(n)
	return code(err)
}

// cpgo_image_name answers a name for the caller to free.
//
//export cpgo_image_name
func cpgo_image_name(id C.uintptr_t, out **C.char) C.uint32_t {
	name, err := lookup(id).process.ImageName()
	if err == nil {
		*out = C.CString(name)
	}
	return code(err)
}

// cpgo_snapshot answers an array for the caller to free.
//
//export cpgo_snapshot
func cpgo_snapshot(out **C.struct_cp_entry, n *C.uint32_t) C.uint32_t {
	entries, err := createprocess.Snapshot()
	if err != nil {
		return code(err)
	}
	array := (*C.struct_cp_entry)(C.calloc(C.size_t(len(entries)+1), C.sizeof_struct_cp_entry))
	if array == nil {
		return C.uint32_t(createprocess.ERROR_NOT_ENOUGH_MEMORY)
	}
	for i, to := range unsafe.Slice(array, len(entries)) {
		from := entries[i]
		to.pid, to.parent = C.uint32_t(from.ProcessID), C.uint32_t(from.ParentProcessID)
		to.threads, to.base_priority = C.uint32_t(from.Threads), C.uint32_t(from.BasePriority)
		for j := range min(len(from.ExeFile), len(to.name)-1) {
			to.name[j] = C.char(from.ExeFile[j])
		}
		unsafe.Slice(array, len(entries))[i] = to
	}
	*out, *n = array, C.uint32_t(len(entries))
	return 0
}

// pumped is a pseudo console between two files, as CreatePseudoConsole has it.
type pumped struct {
	console       *console.PseudoConsole
	input, output *os.File
}

// consoles are those that there are, by identifier: an HPCON is no handle, and
// a wrong one must not be more than an error.
var consoles struct {
	sync.Mutex
	last C.uintptr_t
	list map[C.uintptr_t]*pumped
}

// lookupConsole is nil, which CreateProcess refuses, for one that is not there.
func lookupConsole(id C.uintptr_t) *console.PseudoConsole {
	consoles.Lock()
	defer consoles.Unlock()
	if p := consoles.list[id]; p != nil {
		return p.console
	}
	return nil
}

//export cpgo_console_create
func cpgo_console_create(columns, rows C.uint16_t, input, output C.int, id *C.uintptr_t) C.uint32_t {
	c, err := console.Create(console.Size{Columns: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		return code(err)
	}
	p := &pumped{console: c}
	if p.input, err = file(input); err == nil {
		p.output, err = file(output)
	}
	if err != nil {
		c.Close()
		if p.input != nil {
			p.input.Close()
		}
		return code(err)
	}
	go p.type_()
	go p.print()
	consoles.Lock()
	defer consoles.Unlock()
	if consoles.list == nil {
		consoles.list = make(map[C.uintptr_t]*pumped)
	}
	consoles.last += 4
	*id = consoles.last
	consoles.list[*id] = p
	return 0
}

// type_ types what comes from the input. It ends with the input: a read of a
// pipe cannot be called back.
func (p *pumped) type_() {
	defer p.input.Close()
	b := make([]byte, 4096)
	for {
		n, err := p.input.Read(b)
		if n > 0 {
			if _, err := p.console.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// print writes what is printed to the output, until the console is closed.
func (p *pumped) print() {
	defer p.output.Close()
	b := make([]byte, 4096)
	for {
		n, err := p.console.Read(b)
		if n > 0 {
			if _, err := p.output.Write(b[:n]); err != nil {
				return
			}
		}
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case err != nil:
			// No process has the console just now; another one may get it.
			time.Sleep(5 * time.Millisecond)
		}
	}
}

//export cpgo_console_resize
func cpgo_console_resize(id C.uintptr_t, columns, rows C.uint16_t) C.uint32_t {
	c := lookupConsole(id)
	if c == nil {
		return C.uint32_t(createprocess.ERROR_INVALID_HANDLE)
	}
	return code(c.Resize(console.Size{Columns: uint16(columns), Rows: uint16(rows)}))
}

//export cpgo_console_close
func cpgo_console_close(id C.uintptr_t) {
	if c := lookupConsole(id); c != nil {
		consoles.Lock()
		delete(consoles.list, id)
		consoles.Unlock()
		c.Close()
	}
}
