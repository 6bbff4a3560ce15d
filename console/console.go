// Package console makes pseudo consoles: terminals whose other end is a program
// instead of a screen and a keyboard (pty(7) on Linux, ConPTY on Windows). It
// does not interpret what goes through them, and it starts nothing: that is
// what the attribute createprocess.PseudoConsole is for.
//
//	c, err := console.Create(console.Size{Columns: 80, Rows: 25})
//	...
//	p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.PseudoConsole(c))
package console

import (
	"fmt"
	"syscall"
)

// Size is that of a console, in characters.
type Size struct {
	Columns, Rows uint16
}

// Default is the size of a console that nobody has said another one for.
var Default = Size{Columns: 80, Rows: 25}

// maxSide is the most that Win32's COORD holds.
const maxSide = 1<<15 - 1

// check fails with EINVAL, for which CreateProcess answers
// ERROR_INVALID_PARAMETER (87).
func (s Size) check() error {
	if s.Columns < 1 || s.Columns > maxSide || s.Rows < 1 || s.Rows > maxSide {
		return fmt.Errorf("console: a size of %d x %d, each must be from 1 to %d: %w", s.Columns, s.Rows, maxSide, syscall.EINVAL)
	}
	return nil
}
