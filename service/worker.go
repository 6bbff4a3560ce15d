//go:build linux

package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
	"github.com/seed-f798aa80/createprocess/token"
)

// The service and its worker talk over a pair of sockets, in the packets that
// clients use. The service sends the job, with the secret and the descriptors
// as they have come. The worker answers with verdicts: any number that ask
// something, and one that does not. If it has created the process it then
// answers requests about it, until the service closes its end; it ends when
// the process has ended too.

// job is what a worker is to do.
type job struct {
	Caller string           `json:"caller"`
	Create *seclogon.Create `json:"create"`
}

// profile tells whether the worker creates the process; else it only checks
// the password.
func (j *job) profile() bool { return hasProfile(j.Create) }

func hasProfile(c *seclogon.Create) bool {
	return createprocess.LogonFlags(c.LogonFlags)&createprocess.LOGON_WITH_PROFILE != 0
}

type verdict struct {
	Prompt  *seclogon.Prompt   `json:"prompt,omitempty"`
	User    string             `json:"user,omitempty"` // who has logged on
	Error   *seclogon.Failure  `json:"error,omitempty"`
	Created *seclogon.Response `json:"created,omitempty"`
}

// WorkerSocket is the descriptor that a worker is started with.
const WorkerSocket = 3

// A Logon checks passwords; token/pam has one.
type Logon interface {
	LogonUser(name, domain string, password []byte, kind token.LogonType) (*token.Token, error)
	Trusted(name string) (*token.Token, error)
}

// Worker is what a worker process does, from its start to its end. The logon is
// for one process, is asked for by caller, and may ask what it needs with
// prompt.
func Worker(newLogon func(caller string, prompt func(message string, echo bool) ([]byte, error)) Logon) error {
	forbidCore()
	conn, err := seclogon.NewConnFD(WorkerSocket)
	if err != nil {
		return err
	}
	defer conn.Close()
	packet, err := conn.Receive()
	if err != nil {
		return err
	}
	defer func() {
		if packet != nil {
			packet.Release()
		}
	}()
	j := new(job)
	secret, err := seclogon.Decode(packet.Bytes(), j)
	if err != nil {
		return err
	}
	logon := newLogon(j.Caller, func(message string, echo bool) ([]byte, error) {
		return ask(conn, j.Create, message, echo)
	})
	t, err := authenticate(logon, j.Create, secret)
	clear(secret)
	if err != nil {
		return conn.Send(&verdict{Error: failureOf(err)}, nil, nil)
	}
	if !j.profile() {
		return conn.Send(&verdict{User: t.Account().Name}, nil, nil)
	}
	files, err := takeFiles(j.Create, packet)
	packet.Release()
	packet = nil
	if err != nil {
		return conn.Send(&verdict{Error: failureOf(err)}, nil, nil)
	}
	defer files.close()
	closed := make(chan error, 1)
	withSession := t.WithSession(func(*token.Token) (token.Session, error) {
		s, err := t.OpenSession()
		if err != nil {
			return nil, err
		}
		return session{s, closed}, nil
	})
	info, err := createprocess.CreateProcessAsUser(withSession, params(j.Create, files, t))
	if err != nil {
		return conn.Send(&verdict{Error: failureOf(err)}, nil, nil)
	}
	files.close()
	// Not before the session is closed may this program end.
	return errors.Join(keep(conn, local{info}, t.Account().Name), <-closed)
}

// session says when it has been closed.
type session struct {
	token.Session
	closed chan<- error
}

func (s session) Close() error {
	err := s.Session.Close()
	s.closed <- err
	return err
}

func authenticate(logon Logon, c *seclogon.Create, secret []byte) (*token.Token, error) {
	if c.NoPassword {
		t, err := logon.Trusted(c.User)
		if err != nil {
			err = refusal(createprocess.ERROR_LOGON_FAILURE, "LogonUser", c.User, err.Error())
		}
		return t, err
	}
	return logon.LogonUser(c.User, c.Domain, secret, token.LOGON32_LOGON_INTERACTIVE)
}

// ask has the client asked.
func ask(conn *seclogon.Conn, c *seclogon.Create, message string, echo bool) ([]byte, error) {
	if !c.Prompts {
		return nil, errors.New("the client answers no questions")
	}
	if err := conn.Send(&verdict{Prompt: &seclogon.Prompt{Message: message, Echo: echo}}, nil, nil); err != nil {
		return nil, err
	}
	packet, err := conn.Receive()
	if err != nil {
		return nil, err
	}
	defer packet.Release()
	_, secret, err := seclogon.DecodeRequest(packet.Bytes())
	if err != nil {
		return nil, err
	}
	return append(make([]byte, 0, seclogon.MaxSecret), secret...), nil
}

// keep answers for the process that has been created, and returns when it has
// ended and nobody asks any more. If the service has ended before, the process
// goes on, and its session with it.
func keep(conn *seclogon.Conn, child local, user string) error {
	fd, err := child.pidfd()
	if err != nil {
		return err
	}
	v := &verdict{User: user, Created: &seclogon.Response{PID: child.info.ProcessID, Created: time.Now().UnixNano()}}
	var files []int
	if fd >= 0 {
		defer unix.Close(fd)
		files = []int{fd}
	}
	if err := conn.Send(v, nil, files); err != nil && !gone(err) {
		return err
	}
	answered := make(chan error, 1)
	go func() { answered <- answerFor(conn, child) }()
	_, err = child.info.Process.Wait(context.Background())
	return errors.Join(err, <-answered)
}

// answerFor answers requests until there will be no more.
func answerFor(conn *seclogon.Conn, child child) error {
	for {
		packet, err := conn.Receive()
		if err == io.EOF || gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		r, _, err := seclogon.DecodeRequest(packet.Bytes())
		packet.Release()
		if err != nil {
			return err
		}
		response, err := child.do(r)
		if err != nil {
			response = &seclogon.Response{Error: failureOf(err)}
		}
		if err := conn.Send(response, nil, nil); err != nil && !gone(err) {
			return err
		}
	}
}

func gone(err error) bool { return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) }

// forbidCore: what has a password in its memory leaves no core dump, and nobody
// of the same user may look into it.
func forbidCore() {
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

// worker is a worker process as the service has it.
type worker struct {
	conn *seclogon.Conn
	info *createprocess.ProcessInformation
}

// startWorker starts one, and gives it the job.
func (s *Service) startWorker(p *peer, c *seclogon.Create, secret []byte, files []int) (*worker, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	conn, err := seclogon.NewConnFD(pair[0])
	theirs := os.NewFile(uintptr(pair[1]), "worker's socket")
	defer theirs.Close()
	if err != nil {
		return nil, err
	}
	w := &worker{conn: conn}
	params := createprocess.Params{
		Args:             s.config.Worker,
		CurrentDirectory: "/",
		// What PAM frees is overwritten: see package token/pam.
		Environment:    append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "GLIBC_TUNABLES=glibc.malloc.perturb=170:glibc.malloc.tcache_count=0"}, s.config.WorkerEnvironment...),
		InheritHandles: true,
		CreationFlags:  createprocess.DETACHED_PROCESS,
	}
	params.StartupInfo.UseStdHandles(nil, nil, os.Stderr)
	params.StartupInfo.Attributes = []createprocess.Attribute{
		createprocess.HandleList(createprocess.InheritedHandle{File: theirs, Number: WorkerSocket}),
	}
	if w.info, err = createprocess.CreateProcess(params); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(s.config.Limits.Logon))
	if err := conn.Send(&job{p.name(), c}, secret, files); err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// end ends a worker that has not created a process.
func (w *worker) end() {
	w.conn.Close()
	w.info.Process.Terminate(1)
	w.info.Close()
}

// verdict is the worker's, once it has been told what it wants to know.
func (s *Service) verdict(w *worker, client *seclogon.Conn) (*verdict, int, error) {
	for {
		packet, err := w.conn.Receive()
		if err != nil {
			return nil, -1, fmt.Errorf("the process that asks PAM has not answered: %w", err)
		}
		v := new(verdict)
		_, err = seclogon.Decode(packet.Bytes(), v)
		fd := -1
		if len(packet.Files) == 1 {
			fd, packet.Files = packet.Files[0], nil
		}
		packet.Release()
		if err != nil || v.Prompt == nil {
			return v, fd, err
		}
		if err := s.relay(w, client, v.Prompt); err != nil {
			return nil, -1, err
		}
	}
}

// relay asks the client, and takes the answer to the worker.
func (s *Service) relay(w *worker, client *seclogon.Conn, prompt *seclogon.Prompt) error {
	client.SetDeadline(time.Now().Add(s.config.Limits.Logon))
	defer client.SetDeadline(time.Time{})
	if err := client.Send(&seclogon.Response{Prompt: prompt}, nil, nil); err != nil {
		return err
	}
	packet, err := client.Receive()
	if err != nil {
		return err
	}
	defer packet.Release()
	r, secret, err := seclogon.DecodeRequest(packet.Bytes())
	if err != nil || r.Op != seclogon.OpAnswer {
		return refusal(createprocess.ERROR_INVALID_PARAMETER, "createprocessd", "", "a question was answered by something else")
	}
	w.conn.SetDeadline(time.Now().Add(s.config.Limits.Logon))
	return w.conn.Send(r, secret, nil)
}

// workersChild is a process that a worker has created, and answers for.
type workersChild struct {
	worker *worker
	fd     *os.File // its pidfd; nil: it had ended at once

	mu    sync.Mutex // of what follows, and of asking
	end   *seclogon.End
	ended bool
}

func (c *workersChild) pidfd() (int, error) {
	if c.fd == nil {
		return -1, nil
	}
	raw, err := c.fd.SyscallConn()
	if err != nil {
		return -1, err
	}
	copied := -1
	if e := raw.Control(func(fd uintptr) { copied, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); e != nil {
		return -1, e
	}
	return copied, err
}

// whenEnded has a goroutine wait in the runtime's poller.
func (c *workersChild) whenEnded(f func()) error {
	if c.fd == nil {
		go f()
		return nil
	}
	raw, err := c.fd.SyscallConn()
	if err != nil {
		return err
	}
	go func() {
		raw.Read(func(fd uintptr) bool {
			ended, err := pidfd.Poll(int(fd), time.Unix(0, 1))
			return ended || err != nil
		})
		c.query()
		f()
	}()
	return nil
}

// query asks the worker how the process has ended, and lets the worker go when
// it has said so.
func (c *workersChild) query() (*seclogon.End, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return c.end, nil
	}
	response, err := c.ask(&seclogon.Request{Op: seclogon.OpQuery})
	switch {
	case err != nil && c.hasEnded():
		// The worker has been killed; the kernel may know.
		c.ended, c.end = true, c.kernelsEnd()
	case err != nil:
		return nil, err
	case response.End != nil:
		c.ended, c.end = true, response.End
	default:
		return nil, nil
	}
	c.worker.conn.Close()
	c.worker.info.Close()
	return c.end, nil
}

func (c *workersChild) hasEnded() bool {
	if c.fd == nil {
		return true
	}
	ended := false
	if raw, err := c.fd.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { ended, _ = pidfd.Poll(int(fd), time.Unix(0, 1)) })
	}
	return ended
}

func (c *workersChild) kernelsEnd() *seclogon.End {
	e := &seclogon.End{Code: uint32(createprocess.ERROR_GEN_FAILURE), Exit: time.Now().UnixNano()}
	if c.fd == nil {
		return e
	}
	if raw, err := c.fd.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			if end, has, err := pidfd.Collected(int(fd)); err == nil && has {
				if e.Code = uint32(end.Code); end.Signal != 0 {
					e.Code, e.Signal = createprocess.ExitCodeOfSignal(end.Signal), int(end.Signal)
				}
			}
		})
	}
	return e
}

func (c *workersChild) ask(r *seclogon.Request) (*seclogon.Response, error) {
	response, _, err := c.worker.conn.Call(r, nil, nil)
	return response, err
}

func (c *workersChild) do(r *seclogon.Request) (*seclogon.Response, error) {
	if r.Op == seclogon.OpQuery {
		end, err := c.query()
		return &seclogon.Response{End: end}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, refusal(createprocess.ERROR_ACCESS_DENIED, string(r.Op), "", "the process has ended")
	}
	return c.ask(r)
}

// close is called when the process has ended.
func (c *workersChild) close() {
	if c.fd != nil {
		c.fd.Close()
	}
}
