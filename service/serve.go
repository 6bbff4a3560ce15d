//go:build linux

package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/token"
)

// client is one connection: who it is, and the handle that it has.
type client struct {
	*Service
	conn *seclogon.Conn
	who  *peer

	process *process
	access  createprocess.AccessMask
}

// serve answers a connection's requests until it is closed.
func (s *Service) serve(conn *seclogon.Conn, who *peer) {
	c := &client{Service: s, conn: conn, who: who}
	defer func() {
		if c.process != nil {
			c.process.letGo()
		}
	}()
	for {
		if c.process == nil {
			conn.SetReadDeadline(time.Now().Add(s.config.Limits.Idle))
		} else {
			conn.SetReadDeadline(time.Time{})
		}
		packet, err := conn.Receive()
		if err != nil {
			if err != io.EOF {
				c.refused("", err)
			}
			return
		}
		if !c.answer(packet) {
			return
		}
	}
}

// answer answers one request. It tells whether there may be another.
func (c *client) answer(packet *seclogon.Packet) bool {
	defer packet.Release()
	r, secret, err := seclogon.DecodeRequest(packet.Bytes())
	if err == nil && r.Op != seclogon.OpCreate && len(packet.Files) > 0 {
		err = fmt.Errorf("descriptors came with %q", r.Op)
	}
	if err != nil {
		// Who does not keep to the protocol is not heard again.
		err = refusal(createprocess.ERROR_INVALID_PARAMETER, "createprocessd", "", err.Error())
		c.refused("", err)
		c.send(&seclogon.Response{Error: failureOf(err)}, nil)
		return false
	}
	response, files, err := c.do(r, secret, packet)
	clear(secret)
	if err != nil {
		if r.Op != seclogon.OpCreate { // which says more
			c.refused(r.Op, err)
		}
		response = &seclogon.Response{Error: failureOf(err)}
	}
	defer func() {
		for _, fd := range files {
			unix.Close(fd)
		}
	}()
	return c.send(response, files)
}

func (c *client) send(response *seclogon.Response, files []int) bool {
	c.conn.SetWriteDeadline(time.Now().Add(c.config.Limits.Write))
	return c.conn.Send(response, nil, files) == nil
}

// refused is a line of the audit.
func (c *client) refused(op seclogon.Op, err error) {
	attributes := append(c.who.attributes(), slog.String("op", string(op)), slog.Uint64("code", uint64(codeOf(err))), slog.String("why", err.Error()))
	if c.process != nil {
		attributes = append(attributes, slog.Int("pid", c.process.pid))
	}
	c.config.Log.LogAttrs(context.Background(), slog.LevelWarn, "refused", attributes...)
}

func (p *peer) attributes() []slog.Attr {
	return []slog.Attr{slog.Uint64("caller", uint64(p.uid)), slog.Int("caller_pid", p.pid), slog.String("caller_image", p.image)}
}

// needs are the rights that each operation on a handle needs.
var needs = map[seclogon.Op]createprocess.AccessMask{
	seclogon.OpQuery:         createprocess.PROCESS_QUERY_LIMITED_INFORMATION,
	seclogon.OpTerminate:     createprocess.PROCESS_TERMINATE,
	seclogon.OpSignal:        createprocess.PROCESS_TERMINATE,
	seclogon.OpSuspend:       createprocess.PROCESS_SUSPEND_RESUME,
	seclogon.OpResume:        createprocess.PROCESS_SUSPEND_RESUME,
	seclogon.OpDescriptor:    createprocess.READ_CONTROL,
	seclogon.OpSetDescriptor: 0, // by what is to be set
}

func (c *client) do(r *seclogon.Request, secret []byte, packet *seclogon.Packet) (*seclogon.Response, []int, error) {
	switch r.Op {
	case seclogon.OpCreate, seclogon.OpOpen:
		if c.process != nil {
			return nil, nil, refusal(createprocess.ERROR_INVALID_PARAMETER, string(r.Op), "", "the connection has a process")
		}
		if r.Op == seclogon.OpOpen {
			return c.open(r)
		}
		return c.create(r.Create, secret, packet)
	case seclogon.OpList:
		return c.list(r), nil, nil
	}
	need, known := needs[r.Op]
	switch {
	case !known:
		return nil, nil, refusal(createprocess.ERROR_CALL_NOT_IMPLEMENTED, "createprocessd", string(r.Op), "there is no such request")
	case c.process == nil:
		return nil, nil, refusal(createprocess.ERROR_INVALID_HANDLE, string(r.Op), "", "the connection has no process")
	case need&^c.access != 0:
		return nil, nil, refusal(createprocess.ERROR_ACCESS_DENIED, string(r.Op), fmt.Sprintf("process %d", c.process.pid), "the handle lacks the right")
	}
	var response *seclogon.Response
	var err error
	switch r.Op {
	case seclogon.OpDescriptor:
		response, err = c.descriptor()
	case seclogon.OpSetDescriptor:
		response, err = new(seclogon.Response), c.setDescriptor(r.Descriptor)
	default:
		response, err = c.process.do(r)
	}
	return response, nil, err
}

// open gives the connection a handle to a process.
func (c *client) open(r *seclogon.Request) (*seclogon.Response, []int, error) {
	name := fmt.Sprintf("process %d", r.PID)
	p := c.processes.find(r.PID)
	if p == nil {
		return nil, nil, refusal(createprocess.ERROR_INVALID_PARAMETER, "OpenProcess", name, fmt.Sprintf(
			"createprocessd does not know it: it has not created it since it was started, %s, or it has ended", c.began.UTC().Format(time.RFC3339)))
	}
	granted, ok := p.allows(c.who, createprocess.AccessMask(r.Access))
	if !ok {
		p.letGo()
		return nil, nil, refusal(createprocess.ERROR_ACCESS_DENIED, "OpenProcess", name, "its security descriptor does not allow it")
	}
	response, files, err := c.give(p, granted)
	if err != nil {
		p.letGo()
	}
	return response, files, err
}

// give makes a process, which is held for it, the connection's.
func (c *client) give(p *process, access createprocess.AccessMask) (*seclogon.Response, []int, error) {
	response := &seclogon.Response{PID: p.pid, Access: uint32(access), Created: p.created.UnixNano()}
	var files []int
	if access&createprocess.SYNCHRONIZE != 0 {
		fd, err := p.pidfd()
		if err != nil {
			return nil, nil, err
		}
		if fd >= 0 {
			files = []int{fd}
		}
	}
	if access&createprocess.PROCESS_QUERY_LIMITED_INFORMATION != 0 && len(files) == 0 {
		if now, err := p.do(&seclogon.Request{Op: seclogon.OpQuery}); err == nil {
			response.End = now.End
		}
	}
	c.process, c.access = p, access
	return response, files, nil
}

const listed = 256

// list is the processes that the caller may ask about.
func (c *client) list(r *seclogon.Request) *seclogon.Response {
	response := new(seclogon.Response)
	list, more := c.processes.after(r.After, listed, func(p *process) bool {
		_, ok := p.allows(c.who, createprocess.PROCESS_QUERY_LIMITED_INFORMATION)
		return ok
	})
	for _, p := range list {
		response.Processes = append(response.Processes, seclogon.Process{PID: p.pid, User: p.user, Creator: p.creator, Created: p.created.UnixNano()})
	}
	response.More = more
	return response
}

func (c *client) descriptor() (*seclogon.Response, error) {
	c.process.mu.Lock()
	defer c.process.mu.Unlock()
	data, err := c.process.descriptor.MarshalBinary()
	return &seclogon.Response{Descriptor: data}, err
}

// setDescriptor changes those parts of the descriptor that the new one has: the
// DACL needs WRITE_DAC, owner and group WRITE_OWNER.
func (c *client) setDescriptor(data []byte) error {
	sd, err := descriptorOf(data)
	if err != nil {
		return err
	}
	switch {
	case sd.HasSACL():
		return refusal(createprocess.ERROR_NOT_SUPPORTED, "set-descriptor", "SACL", "nothing goes by it")
	case sd.NeededToSet()&^c.access != 0:
		return refusal(createprocess.ERROR_ACCESS_DENIED, "set-descriptor", fmt.Sprintf("process %d", c.process.pid), "the handle lacks WRITE_DAC or WRITE_OWNER")
	case !sd.Owner.IsZero() && !c.who.token.MayNameOwner(sd.Owner):
		return refusal(createprocess.ERROR_INVALID_OWNER, "set-descriptor", sd.Owner.String(), "it is not the caller")
	}
	c.process.mu.Lock()
	defer c.process.mu.Unlock()
	c.process.descriptor = c.process.descriptor.With(sd) // the old one may be in use
	return nil
}

func descriptorOf(data []byte) (*security.SecurityDescriptor, error) {
	sd := new(security.SecurityDescriptor)
	if err := sd.UnmarshalBinary(data); err != nil {
		return nil, refusal(createprocess.ERROR_INVALID_SECURITY_DESCR, "security descriptor", "", err.Error())
	}
	return sd, nil
}

// create creates a process, and gives the connection a handle with every right.
func (c *client) create(r *seclogon.Create, secret []byte, packet *seclogon.Packet) (response *seclogon.Response, files []int, err error) {
	begin := time.Now()
	var p *process
	defer func() {
		attributes := append(c.who.attributes(), slog.String("user", r.User), slog.String("image", string(r.Image)), slog.Bool("profile", hasProfile(r)))
		if err != nil {
			attributes = append(attributes, slog.Uint64("code", uint64(codeOf(err))), slog.String("why", err.Error()))
			c.config.Log.LogAttrs(context.Background(), slog.LevelWarn, "not created", attributes...)
		} else {
			attributes = append(attributes, slog.Int("pid", p.pid), slog.Duration("took", time.Since(begin)))
			c.config.Log.LogAttrs(context.Background(), slog.LevelInfo, "created", attributes...)
		}
	}()
	if err := c.limits.creations.take(c.who.uid); err != nil {
		return nil, nil, err
	}
	defer c.limits.creations.giveBack(c.who.uid)
	if err := c.limits.processes.take(c.who.uid); err != nil {
		return nil, nil, err
	}
	defer func() {
		if p == nil {
			c.limits.processes.giveBack(c.who.uid)
		}
	}()
	if err := c.identify(r); err != nil {
		return nil, nil, err
	}
	descriptor, err := askedFor(r)
	if err != nil {
		return nil, nil, err
	}
	made, user, err := c.make(r, secret, packet)
	if err != nil {
		return nil, nil, err
	}
	if descriptor == nil {
		descriptor = user.DefaultDescriptor()
	}
	fill(descriptor, user)
	p = made
	p.creator, p.user, p.created, p.descriptor = c.who.uid, user.Unix().UID, time.Now(), descriptor
	p.holders = 2 // the connection, and the end
	c.processes.add(p)
	if err := p.whenEnded(func() {
		c.processes.remove(p)
		c.limits.processes.giveBack(p.creator)
		p.letGo()
	}); err != nil {
		// It goes on, and is known until then; only its number is not given back.
		c.config.Log.Error("cannot wait for a process", "pid", p.pid, "error", err)
	}
	response, files, err = c.give(p, createprocess.PROCESS_ALL_ACCESS)
	if err != nil {
		p.letGo()
		return nil, nil, err
	}
	response.ThreadAccess = uint32(createprocess.THREAD_ALL_ACCESS)
	return response, files, nil
}

// identify says as whom the process is to run, and whether the caller may do
// that without a password: root may, and everybody as himself.
func (c *client) identify(r *seclogon.Create) error {
	self := c.who.name()
	if r.User == "" {
		r.User, r.NoPassword = self, true
	}
	if unknown := createprocess.LogonFlags(r.LogonFlags) &^ createprocess.LOGON_WITH_PROFILE; unknown != 0 {
		return refusal(createprocess.ERROR_NOT_SUPPORTED, "logon flags", fmt.Sprintf("0x%x", uint32(unknown)), "Linux has nothing like it")
	}
	if r.NoPassword && c.who.uid != 0 && (r.User != self || r.Domain != "") {
		return refusal(createprocess.ERROR_LOGON_FAILURE, "LogonUser", r.User, "a password is needed")
	}
	return nil
}

// askedFor is the security descriptor that the process is to have; nil for the
// user's default one. A thread has no object of its own here.
func askedFor(r *seclogon.Create) (*security.SecurityDescriptor, error) {
	if r.Thread != nil {
		return nil, refusal(createprocess.ERROR_NOT_SUPPORTED, "thread attributes", "SecurityDescriptor", "the service keeps one for the process only")
	}
	if r.Process == nil {
		return nil, nil
	}
	return descriptorOf(r.Process.Descriptor)
}

// fill gives a descriptor the owner and the group that it lacks.
func fill(sd *security.SecurityDescriptor, user *token.Token) {
	if sd.Owner.IsZero() {
		sd.Owner = user.Owner()
	}
	if sd.Group.IsZero() {
		sd.Group = user.PrimaryGroup()
	}
}

// make logs the user on, if a password is needed or a profile wanted, and
// creates the process.
func (c *client) make(r *seclogon.Create, secret []byte, packet *seclogon.Packet) (*process, *token.Token, error) {
	name := r.User
	if !r.NoPassword || hasProfile(r) {
		v, made, err := c.logon(r, secret, packet)
		if err != nil {
			return nil, nil, err
		}
		if name = v.User; made != nil {
			user, err := userOf(name)
			if err != nil {
				return nil, nil, err
			}
			return &process{child: made, pid: v.Created.PID}, user, nil
		}
	}
	user, err := userOf(name)
	if err != nil {
		return nil, nil, err
	}
	if r.NoPassword && c.who.uid != 0 && user.Unix().UID != c.who.uid {
		return nil, nil, refusal(createprocess.ERROR_LOGON_FAILURE, "LogonUser", r.User, "a password is needed")
	}
	files, err := takeFiles(r, packet)
	if err != nil {
		return nil, nil, err
	}
	defer files.close()
	info, err := createprocess.CreateProcessAsUser(user, params(r, files, user))
	if err != nil {
		return nil, nil, err
	}
	return &process{child: local{info}, pid: info.ProcessID}, user, nil
}

// userOf is the token of a user who has logged on, or whom root names.
func userOf(name string) (*token.Token, error) {
	t, err := token.OfUser(name)
	if err != nil {
		return nil, refusal(createprocess.ERROR_LOGON_FAILURE, "LogonUser", name, "there is no such user")
	}
	return t, nil
}

// answersAt is what the answers to failed logons are rounded up to, so that
// their time does not tell what has failed.
const answersAt = 500 * time.Millisecond

// logon has a worker log the user on and, for a profile, create the process.
func (c *client) logon(r *seclogon.Create, secret []byte, packet *seclogon.Packet) (v *verdict, made child, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.config.Limits.Logon)
	defer cancel()
	if !r.NoPassword {
		leave, err := c.slowdown.enter(ctx, c.who.uid, r.User)
		if err != nil {
			return nil, nil, refusal(createprocess.ERROR_LOGON_FAILURE, "LogonUser", r.User, "too many logons are waiting")
		}
		defer leave()
	}
	begin := time.Now()
	files := packet.Files
	if !hasProfile(r) {
		files = nil
	}
	w, err := c.startWorker(c.who, r, secret, files)
	clear(secret)
	if err != nil {
		return nil, nil, err
	}
	v, fd, err := c.verdict(w, c.conn)
	if err == nil && v.Error != nil {
		err = v.Error
	}
	if !r.NoPassword {
		attributes := append(c.who.attributes(), slog.String("user", r.User), slog.Uint64("code", uint64(codeOf(err))))
		c.config.Log.LogAttrs(ctx, slog.LevelInfo, "logon", attributes...)
	}
	if err != nil {
		w.end()
		if !r.NoPassword {
			c.slowdown.failed(c.who.uid, r.User, time.Now())
			time.Sleep(answersAt - time.Since(begin)%answersAt)
		}
		return nil, nil, err
	}
	if v.Created == nil {
		w.conn.Close()
		w.info.Close()
		return v, nil, nil
	}
	w.conn.SetDeadline(time.Time{})
	m := &workersChild{worker: w}
	if fd >= 0 {
		unix.SetNonblock(fd, true)
		m.fd = os.NewFile(uintptr(fd), "process")
	}
	return v, m, nil
}

// params are CreateProcess's. The child is in a session of its own: it has no
// part in the service's, and must not have the client's terminal as its own.
func params(r *seclogon.Create, files *childFiles, user *token.Token) createprocess.Params {
	p := createprocess.Params{
		ApplicationName:  string(r.Image),
		CreationFlags:    createprocess.CreationFlags(r.CreationFlags)&^createprocess.CREATE_NO_WINDOW | createprocess.DETACHED_PROCESS,
		CurrentDirectory: string(r.Directory),
	}
	for _, a := range r.Args {
		p.Args = append(p.Args, string(a))
	}
	if r.OwnEnvironment {
		p.Environment, _ = user.Environment(false) // it fails for a closed token only
	} else {
		p.Environment = []string{}
		for _, e := range r.Environment {
			p.Environment = append(p.Environment, string(e))
		}
	}
	p.StartupInfo.UseStdHandles(files.std[0], files.std[1], files.std[2])
	add := func(key createprocess.AttributeKey, value any) {
		p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.Attribute{Key: key, Value: value})
	}
	if len(files.others) > 0 {
		p.InheritHandles = true
		add(createprocess.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, files.others)
	}
	if r.Affinity != nil {
		add(createprocess.PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, createprocess.GroupAffinity{Mask: r.Affinity.Mask, Group: r.Affinity.Group})
	}
	if r.Mitigations != 0 || r.NoNewPrivileges {
		add(createprocess.PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, createprocess.MitigationPolicy{Policy: createprocess.Mitigations(r.Mitigations), NoNewPrivileges: r.NoNewPrivileges})
	}
	if r.ChildPolicy != 0 {
		add(createprocess.PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, createprocess.ChildProcessPolicy(r.ChildPolicy))
	}
	return p
}
