package console

import (
	"crypto/rand"
	"os"

	"golang.org/x/sys/windows"
)

// newPipe makes a pipe whose two ends are not alike. Ours is overlapped, which
// os.Pipe's are not: closing it ends a Read that is just about to ask the system,
// too, since Go looks again when it has asked. Theirs is one as a console takes.
// The flow is PIPE_ACCESS_INBOUND if we read, PIPE_ACCESS_OUTBOUND if we write.
//
// Only a pipe with a name can be so. The name can be used once: a stranger that
// had guessed it would make this fail, and have a pipe to nobody.
func newPipe(flow uint32) (ours *os.File, theirs windows.Handle, err error) {
	name := `\\.\pipe\createprocess-console-` + rand.Text()
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, 0, err
	}
	const buffer = 64 << 10 // as much as Linux has for a pipe
	handle, err := windows.CreateNamedPipe(text, flow|windows.FILE_FLAG_OVERLAPPED|windows.FILE_FLAG_FIRST_PIPE_INSTANCE,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, 1, buffer, buffer, 0, nil)
	if err != nil {
		return nil, 0, os.NewSyscallError("CreateNamedPipe", err)
	}
	access := uint32(windows.GENERIC_WRITE)
	if flow == windows.PIPE_ACCESS_OUTBOUND {
		access = windows.GENERIC_READ
	}
	const anonymous = windows.SECURITY_SQOS_PRESENT | windows.SECURITY_ANONYMOUS // whoever has made the pipe
	theirs, err = windows.CreateFile(text, access, 0, nil, windows.OPEN_EXISTING, anonymous, 0)
	if err != nil {
		windows.CloseHandle(handle)
		return nil, 0, os.NewSyscallError("CreateFile", err)
	}
	return os.NewFile(uintptr(handle), name), theirs, nil
}
