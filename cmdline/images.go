package cmdline

import "iter"

// Images gives the names that Win32's CreateProcess tries, in this order, when
// it has a command line and no application name. A quoted first word is the
// one name. Else a path may have spaces in it, so that every beginning of the
// line that ends at white space is a name, the shortest first, and the whole
// line the last. White space in front is passed over, and no name is empty.
//
// A program should quote: for an unquoted `/opt/my app` the program /opt/my is
// tried first.
func Images(commandLine string) iter.Seq[string] {
	return func(yield func(string) bool) {
		line := skipSpace(commandLine)
		if line == "" {
			return
		}
		if name, _, quoted := cutProgram(line); quoted {
			if name != "" {
				yield(name)
			}
			return
		}
		for i := range len(line) {
			if isSpace(line[i]) && !isSpace(line[i-1]) && !yield(line[:i]) {
				return
			}
		}
		if !isSpace(line[len(line)-1]) {
			yield(line)
		}
	}
}
