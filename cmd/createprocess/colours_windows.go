package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// understandsColours has a console interpret escape sequences, and tells
// whether it can.
func understandsColours(f *os.File) bool {
	h := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(h, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
