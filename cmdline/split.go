// Package cmdline is the command line as text: what arguments it means, what
// text means given arguments, and which image its first word names. It runs
// nothing and knows no shell: there are no variables, wildcards or pipes.
//
//	argv := cmdline.Split(`C:\run.exe "a b" c`) // C:\run.exe, a b, c
//	line, err := cmdline.Join(argv)
//
// The rules are those of Win32's CommandLineToArgvW, on every system.
package cmdline

import "strings"

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// Split is the list of arguments that a command line means, as Win32's
// CommandLineToArgvW answers it (Microsoft's page of that name). White space is
// space and tab.
//
// The first argument is the program's name, and has rules of its own: if it
// begins with a quotation mark it goes to the next one, else to the next white
// space; a backslash means itself. White space at the very beginning is an
// empty program name.
//
// In the others 2n backslashes before a quotation mark are n backslashes and a
// mark that quotes, 2n+1 are n backslashes and a mark that is text; elsewhere a
// backslash means itself. Of marks in a row, counted from the one that began
// the quotation, each third is text.
//
// For the empty command line, where CommandLineToArgvW answers the path of the
// program that calls it, Split answers nothing.
func Split(commandLine string) []string {
	if commandLine == "" {
		return nil
	}
	program, rest, _ := cutProgram(commandLine)
	argv := []string{program}
	rest = skipSpace(rest)
	var arg []byte
	for rest != "" {
		arg, rest = appendArg(arg[:0], rest)
		argv = append(argv, string(arg))
		rest = skipSpace(rest)
	}
	return argv
}

// cutProgram cuts the first word off.
func cutProgram(line string) (program, rest string, quoted bool) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		program, rest, _ = strings.Cut(quoted, `"`)
		return program, rest, true
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:], false
	}
	return line, "", false
}

func skipSpace(s string) string { return strings.TrimLeft(s, " \t") }

// appendArg appends the argument that s begins with to dst.
func appendArg(dst []byte, s string) (arg []byte, rest string) {
	quoting := false
	for s != "" {
		if isSpace(s[0]) && !quoting {
			break
		}
		backslashes := prefixLen(s, '\\')
		s = s[backslashes:]
		if s == "" || s[0] != '"' {
			for range backslashes {
				dst = append(dst, '\\')
			}
			if s != "" && (quoting || !isSpace(s[0])) {
				dst = append(dst, s[0])
				s = s[1:]
			}
			continue
		}
		for range backslashes / 2 {
			dst = append(dst, '\\')
		}
		if backslashes%2 != 0 {
			dst = append(dst, '"')
			s = s[1:]
		}
		marks := prefixLen(s, '"')
		s = s[marks:]
		if quoting {
			marks++
		}
		for range marks / 3 {
			dst = append(dst, '"')
		}
		quoting = marks%3 == 1
	}
	return dst, s
}

func prefixLen(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}
