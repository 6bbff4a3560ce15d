package exec

// LookPath looks for a program in the directories of PATH. A file with a slash
// in it is not looked for, only looked at. The result may be relative to the
// current directory; then there is an error too, for which errors.Is(err,
// ErrDot) holds, unless file has a slash. Other errors are an *Error with
// ErrNotFound, or with what keeps the file from being executed.
//
// On Windows a file without an extension is tried with those of PATHEXT.
func LookPath(file string) (string, error) {
	if !isName(file) {
		return "", &Error{file, ErrNotFound}
	}
	return lookPath(file)
}

// isName excludes what can only be a directory.
func isName(file string) bool { return file != "" && file != "." && file != ".." }
