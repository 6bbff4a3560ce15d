package main

import (
	"os"

	"golang.org/x/term"
)

// paperOf is what f is, if it is a terminal. Colours follow no-color.org.
func paperOf(f *os.File) paper {
	fd := int(f.Fd())
	columns, _, err := term.GetSize(fd)
	if err != nil || !term.IsTerminal(fd) {
		return paper{}
	}
	return paper{columns, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && understandsColours(f)}
}
