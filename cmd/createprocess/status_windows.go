package main

import (
	"errors"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess"
)

func isGone(err error) bool   { return errors.Is(err, windows.ERROR_INVALID_PARAMETER) }
func isDenied(err error) bool { return errors.Is(err, windows.ERROR_ACCESS_DENIED) }

func processStatus(_ *createprocess.Process, code uint32) int { return int(code) }

func signalOf(*createprocess.Process) int { return 0 }
