package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
)

// signals hands on to the child what the command is given.
type signals struct {
	ch   chan os.Signal
	done chan struct{}
}

var forwarded = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

// catchSignals begins to collect signals. One that is ignored, as nohup has
// it, stays ignored.
func catchSignals() *signals {
	s := &signals{ch: make(chan os.Signal, 64)}
	for _, sig := range forwarded {
		if !signal.Ignored(sig) {
			signal.Notify(s.ch, sig)
		}
	}
	return s
}

// forward hands the signals on to p, those included that have come before. If
// the command is the subreaper of what p makes, it collects that as well.
//
// The terminal gives a Ctrl-C to the whole foreground group, the child
// included. So a SIGINT or SIGQUIT that comes while that group is ours has
// reached the child, and is not given to it a second time; unless the child is
// in another session, as one that createprocessd has created is.
func (s *signals) forward(p *createprocess.Process, adopted bool) error {
	apart := false
	if session, err := unix.Getsid(p.ID()); err == nil {
		own, _ := unix.Getsid(0)
		apart = session != own
	}
	if adopted {
		signal.Notify(s.ch, syscall.SIGCHLD)
	}
	if apart {
		signal.Notify(s.ch, syscall.SIGWINCH)
	}
	ch, done := s.ch, make(chan struct{})
	s.done = done
	go func() {
		defer close(done)
		for sig := range ch {
			switch {
			case sig == syscall.SIGCHLD:
				collectAdopted(p.ID())
			case (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && !apart && inForeground():
			default:
				engine.Signal(p, sig.(syscall.Signal))
			}
		}
	}()
	return nil
}

// stop ends the forwarding; it may be called again.
func (s *signals) stop() {
	if s.ch == nil {
		return
	}
	signal.Stop(s.ch)
	close(s.ch)
	s.ch = nil
	if s.done != nil {
		<-s.done
	}
}

// inForeground tells whether this process's group has the terminal.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// collectAdopted takes the zombies of descendants that have been given to us.
// The child itself is the library's to collect.
func collectAdopted(child int) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err != nil || info.Signo == 0 {
			return
		}
		pid := pidfd.ChildOf(&info)
		if pid == child {
			return
		}
		unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
}
