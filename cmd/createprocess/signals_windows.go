package main

import (
	"os"
	"os/signal"

	"github.com/seed-f798aa80/createprocess"
)

// signals keeps a Ctrl-C from ending the command before the child: the console
// gives it to both, and the child decides what becomes of it.
type signals struct{ ch chan os.Signal }

func catchSignals() *signals {
	s := &signals{make(chan os.Signal, 1)}
	signal.Notify(s.ch, os.Interrupt)
	return s
}

func (s *signals) forward(*createprocess.Process, bool) error { return nil }

func (s *signals) stop() { signal.Stop(s.ch) }
