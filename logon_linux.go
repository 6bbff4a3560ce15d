package createprocess

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/token"
)

func (p *Params) createWithLogon(c Credentials, flags LogonFlags) (*ProcessInformation, error) {
	if flags&LOGON_NETCREDENTIALS_ONLY != 0 {
		return nil, unsupported("logon flags", flags.String())
	}
	if t, err := c.token(flags); err != nil {
		return nil, tokenError(err)
	} else if t != nil {
		return p.createAsSelfMade(t)
	}
	return p.createByService(c, flags)
}

// token is the user's, if this program can do without the service; nil if not.
// A session without a logon is the service's business: PAM is not linked in, or
// nobody has said the password.
func (c *Credentials) token(flags LogonFlags) (*token.Token, error) {
	current, err := token.Current()
	if err != nil {
		return nil, err
	}
	switch {
	case !current.HasPrivilege(token.SeAssignPrimaryTokenPrivilege):
		return nil, nil
	case c.Password == nil && flags&LOGON_WITH_PROFILE == 0 && os.Geteuid() == 0:
		t, err := token.OfUser(c.User)
		if errors.Is(err, ERROR_NONE_MAPPED) {
			return nil, &Error{Op: "LogonUser", Object: c.User, Code: ERROR_LOGON_FAILURE}
		}
		return t, err
	case c.Password == nil || c.Prompt != nil:
		return nil, nil
	}
	t, err := token.LogonUser(c.User, c.Domain, c.Password, token.LOGON32_LOGON_INTERACTIVE)
	if errors.Is(err, ERROR_NOT_SUPPORTED) {
		return nil, nil // nothing that checks passwords is linked in
	}
	if err == nil && flags&LOGON_WITH_PROFILE == 0 {
		return t.WithSession(nil), nil
	}
	return t, err
}

func (p *Params) createAsSelfMade(t *token.Token) (*ProcessInformation, error) {
	q := *p
	if q.Environment == nil {
		var err error
		if q.Environment, err = t.Environment(false); err != nil {
			return nil, tokenError(err)
		}
	}
	return CreateProcessAsUser(t, q)
}

// createByService asks createprocessd.
func (p *Params) createByService(c Credentials, flags LogonFlags) (*ProcessInformation, error) {
	request, err := p.request()
	if err != nil {
		return nil, err
	}
	request.User, request.Domain, request.LogonFlags = c.User, c.Domain, uint32(flags)
	request.NoPassword, request.Prompts = c.Password == nil, c.Prompt != nil
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	var send []int
	for _, f := range files {
		null := f.Source == spawn.Null || f.OrNull && !isOpen(f.Source)
		request.Files = append(request.Files, seclogon.File{Number: f.Target, Null: null})
		if !null {
			send = append(send, f.Source)
		}
	}
	conn, err := dialService("CreateProcessWithLogon")
	if err != nil {
		return nil, err
	}
	response, pidfds, err := conn.CallPrompting(&seclogon.Request{Op: seclogon.OpCreate, Create: request}, c.Password, send, c.Prompt)
	runtime.KeepAlive(p)
	if err != nil {
		conn.Close()
		return nil, createdByServiceError(err)
	}
	made := &created{}
	made.object.serve(conn, response, pidfds)
	return made.fill(&made.object, response.PID, response.PID, p), nil
}

// request is what the service is to be asked for, but for who and the files.
func (p *Params) request() (*seclogon.Create, error) {
	image, err := p.image()
	if err != nil {
		return nil, err
	}
	dir := p.CurrentDirectory
	if image, err = filepath.Abs(image); err == nil {
		dir, err = filepath.Abs(dir) // "" is the current one
	}
	if err != nil {
		return nil, systemError("getcwd", "", err)
	}
	if p.CreationFlags&CREATE_NEW_CONSOLE != 0 {
		return nil, unsupported("creation flags", CREATE_NEW_CONSOLE.String())
	}
	r := &seclogon.Create{
		Image: []byte(image), Directory: []byte(dir), CreationFlags: uint32(p.CreationFlags),
		Args: bytesOf(p.argv()), OwnEnvironment: p.Environment == nil,
	}
	if p.Environment != nil {
		r.Environment = bytesOf(environ.Dedup(p.Environment))
	}
	for _, a := range [...]struct {
		attributes *SecurityAttributes
		to         **seclogon.Security
	}{{p.ProcessAttributes, &r.Process}, {p.ThreadAttributes, &r.Thread}} {
		if a.attributes != nil && a.attributes.SecurityDescriptor != nil {
			*a.to = &seclogon.Security{Descriptor: a.attributes.SecurityDescriptor}
		}
	}
	for _, a := range p.StartupInfo.Attributes {
		switch v := a.Value.(type) {
		case []InheritedHandle: // among the files
		case int: // IDEAL_PROCESSOR is a hint that Linux has not
		case GroupAffinity:
			r.Affinity = &seclogon.Affinity{Mask: v.Mask, Group: v.Group}
		case MitigationPolicy:
			r.Mitigations, r.NoNewPrivileges = uint64(v.Policy), v.NoNewPrivileges
		case ChildProcessPolicy:
			r.ChildPolicy = uint32(v)
		default: // what belongs to this program cannot be the service's
			return nil, unsupported("attribute", a.Key.String())
		}
	}
	return r, nil
}

func bytesOf(list []string) [][]byte {
	b := make([][]byte, len(list))
	for i, s := range list {
		b[i] = []byte(s)
	}
	return b
}

// dialService connects to createprocessd: ERROR_SERVICE_NOT_ACTIVE (1062).
func dialService(op string) (*seclogon.Conn, error) {
	path := seclogon.SocketPath()
	conn, err := seclogon.Dial(path)
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			err = errno
		}
		return nil, &Error{Op: op, Object: path, Code: ERROR_SERVICE_NOT_ACTIVE, Err: err}
	}
	return conn, nil
}

// createdByServiceError is why the service has not created a process.
func createdByServiceError(err error) error {
	var failure *seclogon.Failure
	switch {
	case errors.As(err, &failure):
		return failureError(failure)
	case seclogon.ErrTooLong(err):
		return &Error{Op: "CreateProcessWithLogon", Code: ERROR_FILENAME_EXCED_RANGE,
			Err: errors.New("arguments and environment have more than the " + strconv.Itoa(seclogon.MaxPacket>>10) + " KiB that the service takes")}
	case errors.Is(err, seclogon.ErrClosed):
		return &Error{Op: "CreateProcessWithLogon", Object: seclogon.SocketPath(), Code: ERROR_SERVICE_NOT_ACTIVE, Err: err}
	}
	return systemError("CreateProcessWithLogon", "", err)
}

// failureError is an error of the service's.
func failureError(f *seclogon.Failure) *Error {
	e := &Error{Op: f.Op, Object: f.Object, Code: Errno(f.Code)}
	if f.Text != "" {
		e.Err = errors.New(f.Text)
	}
	return e
}
