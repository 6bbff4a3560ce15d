//go:build linux

// Package service is createprocessd: it creates processes for programs that may
// not do so themselves, as another user whose password they know, and answers
// for these processes by the access check of package security. It is no way to
// run a program at a certain time, or to keep one running.
//
//	s, err := service.New(service.Config{Log: slog.Default(), Worker: []string{"/usr/sbin/createprocessd", "worker"}})
//	err = s.Serve(ctx, listener)
//
// Its clients use CreateProcessWithLogon and OpenProcess of package
// createprocess. docs/service.md has the protocol, what the service defends
// against, and its limits.
//
// # How it is built
//
// One goroutine serves one connection, one request after the other: a client
// that does not read, or that asks for something slow, holds up itself. What
// all share is bounded, and each user may have a part of it only (limits.go).
//
// PAM runs in a process of its own for each logon, the worker (worker.go). Its
// modules are C, may take their time, and change the process that they are
// loaded into; the password is in the worker's memory only, and gone with it.
// A process that is created with a profile is the worker's child, because what
// a session gives (limits, a control group, a keyring) is inherited; all others
// are the service's.
package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/seclogon"
)

// Config is what a service is made of.
type Config struct {
	Log    *slog.Logger // the audit: a line for each creation, refusal and logon
	Limits Limits       // zero fields are DefaultLimits'

	// Worker is the command that runs Worker, the program's path first.
	Worker []string
	// WorkerEnvironment is what it has in its environment besides PATH.
	WorkerEnvironment []string
}

// A Service creates processes and answers for them.
type Service struct {
	config    Config
	began     time.Time
	limits    limiter
	slowdown  slowdown
	processes table

	mu     sync.Mutex
	conns  map[*seclogon.Conn]bool
	closed bool
	busy   sync.WaitGroup // connections that are being served
}

// New makes a service. It listens to nobody before Serve.
func New(c Config) (*Service, error) {
	switch {
	case c.Log == nil:
		return nil, errors.New("service: there is no log")
	case len(c.Worker) == 0:
		return nil, errors.New("service: there is no worker")
	}
	c.Limits = c.Limits.orDefault()
	s := &Service{config: c, began: time.Now(), conns: make(map[*seclogon.Conn]bool)}
	s.limits.init(c.Limits)
	s.processes.init()
	return s, nil
}

// Serve answers until ctx is done, and returns when every connection is closed.
// The processes that have been created go on.
func (s *Service) Serve(ctx context.Context, listener *net.UnixListener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var err error
	for {
		var c *net.UnixConn
		c, err = listener.AcceptUnix()
		if err != nil {
			if ctx.Err() == nil && temporary(err) {
				// No descriptor is left: those who are served will give some back.
				s.config.Log.Error("cannot accept connections", "error", err)
				time.Sleep(100 * time.Millisecond)
				continue
			}
			break
		}
		s.accept(c)
	}
	s.closeAll()
	s.busy.Wait()
	if ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func temporary(err error) bool {
	return !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrInvalid)
}

// accept begins to serve a connection, or turns it away.
func (s *Service) accept(c *net.UnixConn) {
	conn, err := seclogon.NewConn(c)
	if err != nil {
		c.Close()
		return
	}
	p, err := peerOf(conn)
	if err != nil {
		conn.Close()
		s.config.Log.Warn("refused", "why", "who connects is not known", "error", err)
		return
	}
	if err := s.limits.connections.take(p.uid); err != nil {
		s.turnAway(conn, p, err)
		return
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.limits.connections.giveBack(p.uid)
		conn.Close()
		return
	}
	s.conns[conn] = true
	s.busy.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.busy.Done()
		defer s.limits.connections.giveBack(p.uid)
		defer s.forget(conn)
		s.serve(conn, p)
	}()
}

// turnAway says why. The connection is new: there is room for the answer.
func (s *Service) turnAway(conn *seclogon.Conn, p *peer, err error) {
	conn.SetWriteDeadline(time.Now().Add(s.config.Limits.Write))
	conn.Send(&seclogon.Response{Error: failureOf(err)}, nil, nil)
	conn.Close()
	s.limits.turnedAway(p.uid, func(times int) {
		s.config.Log.Warn("refused", "caller", p.uid, "why", err.Error(), "times", times)
	})
}

func (s *Service) forget(conn *seclogon.Conn) {
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	conn.Close()
}

func (s *Service) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.conns {
		conn.Close()
	}
}
