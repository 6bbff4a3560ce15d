package main

import (
	"os"

	"golang.org/x/term"
)

// screenOf is what f is, if it is a terminal. Colours follow no-color.org.
func screenOf(f *os.File) screen {
	fd := int(f.Fd())
	columns, _, err := term.GetSize(fd)
	if err != nil || !term.IsTerminal(fd) {
		return screen{}
	}
	return screen{columns, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && understandsColours(f)}
}
