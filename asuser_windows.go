package createprocess

import (
	"runtime"
	"unsafe"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/token"
	"golang.org/x/sys/windows"
)

// createAsUser is create by CreateProcessAsUserW.
func (p *Params) createAsUser(t *token.Token) (*ProcessInformation, error) {
	defer runtime.KeepAlive(t)
	return p.createBy(asUser(t.Handle()), engine.Raw{})
}

// asUser is CreateProcessAsUserW.
func asUser(token windows.Token) systemCreate {
	return func(application, line *uint16, process, thread *windows.SecurityAttributes, inherit bool, flags uint32,
		environment, directory *uint16, startup *windows.StartupInfo, info *windows.ProcessInformation) error {
		return windows.CreateProcessAsUser(token, application, line, process, thread, inherit, flags, environment, directory, startup, info)
	}
}

// lower is the system's structure: for the descriptor alone, since which
// handles are inherited is said otherwise. nil: the default.
func (s *SecurityAttributes) lower() *windows.SecurityAttributes {
	if s == nil || s.SecurityDescriptor == nil {
		return nil
	}
	lowered := &windows.SecurityAttributes{SecurityDescriptor: alignedDescriptor(s.SecurityDescriptor)}
	lowered.Length = uint32(unsafe.Sizeof(*lowered))
	return lowered
}

// alignedDescriptor is a copy of a descriptor where the system can read it.
func alignedDescriptor(bytes []byte) *windows.SECURITY_DESCRIPTOR {
	words := make([]uint64, (len(bytes)+7)/8+1)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(bytes)), bytes)
	return (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&words[0]))
}
