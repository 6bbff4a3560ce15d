package cmdline

import (
	"fmt"
	"strings"
)

// Error says why a list of arguments has no command line. CreateProcess
// answers ERROR_INVALID_PARAMETER (87) for it.
type Error struct {
	Index  int // the argument's place in the list
	Reason string
}

func (e *Error) Error() string {
	if e.Index == 0 {
		return "the program name " + e.Reason
	}
	return fmt.Sprintf("argument %d %s", e.Index, e.Reason)
}

// Join makes the command line that Split takes apart into args again:
//
//	Split(Join(args)) == args
//
// It quotes what needs it and nothing else. It fails with an [*Error] if there
// are no arguments; if one has a NUL in it, which ends a command line; or if
// the program name begins with a quotation mark, or has one beside white
// space, since nothing is text for such a name.
func Join(args []string) (string, error) {
	if len(args) == 0 {
		return "", &Error{0, "is missing"}
	}
	size := 0
	for i, a := range args {
		if strings.IndexByte(a, 0) >= 0 {
			return "", &Error{i, "has a NUL in it"}
		}
		size += len(a) + 3
	}
	line := make([]byte, 0, size)
	program := args[0]
	switch quoted := program == "" || strings.ContainsAny(program, " \t"); {
	case program != "" && program[0] == '"', quoted && strings.Contains(program, `"`):
		return "", &Error{0, `has a quotation mark that a command line cannot express`}
	case quoted:
		line = append(append(append(line, '"'), program...), '"')
	default:
		line = append(line, program...)
	}
	for _, a := range args[1:] {
		line = appendEscaped(append(line, ' '), a)
	}
	return string(line), nil
}

// Escape is the text that stands for arg in a command line, anywhere but in
// front: there the program's name has rules of its own (see Split).
func Escape(arg string) string {
	return string(appendEscaped(make([]byte, 0, len(arg)+2), arg))
}

// appendEscaped quotes at any white space that some C library takes for a
// separator, though CommandLineToArgvW takes only space and tab for one.
func appendEscaped(dst []byte, arg string) []byte {
	quoted := arg == "" || strings.ContainsAny(arg, " \t\n\v\r\f")
	if quoted {
		dst = append(dst, '"')
	}
	backslashes := 0
	for i := range len(arg) {
		switch c := arg[i]; c {
		case '\\':
			backslashes++
			dst = append(dst, c)
			continue
		case '"':
			for range backslashes + 1 {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		default:
			dst = append(dst, c)
		}
		backslashes = 0
	}
	if quoted {
		for range backslashes {
			dst = append(dst, '\\')
		}
		dst = append(dst, '"')
	}
	return dst
}
