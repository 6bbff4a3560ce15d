package exec

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

func pipe(bool) (r, w *os.File, err error) { return os.Pipe() }

// notRead tells that the process has closed its end of a pipe.
func notRead(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e) && e.Op == "write" && e.Path == "|1" &&
		(errors.Is(e.Err, windows.ERROR_BROKEN_PIPE) || errors.Is(e.Err, windows.ERROR_NO_DATA))
}
