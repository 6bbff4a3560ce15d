package exec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrNotFound says that no directory of PATH has the program.
var ErrNotFound = errors.New("executable file not found in $PATH")

func lookPath(file string) (string, error) {
	if strings.Contains(file, "/") {
		if err := executable(file); err != nil {
			return "", &Error{file, err}
		}
		return file, nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, file) // an empty dir is the current one
		if executable(path) != nil {
			continue
		}
		if !filepath.IsAbs(path) && setting("execerrdot") != "0" {
			return path, &Error{file, ErrDot}
		}
		return path, nil
	}
	return "", &Error{file, ErrNotFound}
}

// executable is nil if this user may execute the file.
func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return syscall.EISDIR
	}
	err = unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
	if (err == syscall.ENOSYS || err == syscall.EPERM) && info.Mode().Perm()&0o111 != 0 {
		return nil // a sandbox does not let us ask
	}
	return err
}

// withExtension is for Windows, where a file is executed by what its name ends in.
func withExtension(path, _ string) (string, error) { return path, nil }
