package main

import (
	"errors"
	"syscall"

	"github.com/seed-f798aa80/createprocess"
)

func isGone(err error) bool   { return errors.Is(err, syscall.ESRCH) }
func isDenied(err error) bool { return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) }

// processStatus is the exit status that tells of a process's end.
func processStatus(p *createprocess.Process, code uint32) int {
	if sig := signalOf(p); sig != 0 {
		return exitSignal + sig
	}
	return int(code)
}

func signalOf(p *createprocess.Process) int {
	sig, err := p.Signal()
	if err != nil {
		return 0
	}
	return int(sig)
}
