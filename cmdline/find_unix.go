//go:build unix

package cmdline

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Find is the path of the image that a command line runs: the first of Images
// that there is. A name with a slash is a path, another one is looked for in
// PATH as LookPath does. What does not exist, and a directory, is passed over.
//
// The error is an *fs.PathError about the first name, with ENOENT if there is
// nothing of any of the names, and EACCES if what there is may not be executed
// or is a directory.
func Find(commandLine string) (string, error) { return FindIn(commandLine, os.Getenv("PATH")) }

// FindIn is Find with another PATH than the program's.
func FindIn(commandLine, directories string) (string, error) {
	var first error
	for name := range Images(commandLine) {
		path, err := lookPath(name, directories)
		if err == nil {
			return path, nil
		}
		if errno := err.(*fs.PathError).Err; errno == syscall.EACCES && !isDirectory(name) {
			return "", err
		}
		if first == nil || missing(first) && !missing(err) {
			first = err
		}
	}
	if first == nil {
		first = &fs.PathError{Op: "open", Path: strings.TrimSpace(commandLine), Err: syscall.ENOENT}
	}
	return "", first
}

func missing(err error) bool { return err.(*fs.PathError).Err == syscall.ENOENT }

// LookPath is the path of the image that one name stands for. A name with a
// slash is a path, and is only looked at. Another one is looked for in the
// directories of PATH; entries of PATH that are empty or relative are passed
// over, since they would mean the current directory.
//
// The error is an *fs.PathError with the name: ENOENT, EACCES for a file that
// may not be executed and for a directory, or what else the system says.
func LookPath(name string) (string, error) { return lookPath(name, os.Getenv("PATH")) }

func lookPath(name, directories string) (string, error) {
	if strings.IndexByte(name, '/') >= 0 {
		if err := executable(name); err != nil {
			return "", &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return name, nil
	}
	found := syscall.ENOENT
	for dir := range strings.SplitSeq(directories, ":") {
		if !filepath.IsAbs(dir) || name == "" || name == "." || name == ".." {
			continue
		}
		path := strings.TrimRight(dir, "/") + "/" + name
		switch err := executable(path); {
		case err == nil:
			return path, nil
		case err == syscall.EACCES && exists(path):
			// Something is there, but another directory may have the program.
			found = syscall.EACCES
		}
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: found}
}

// executable tells why path cannot be executed, or nil. What it cannot tell
// (an image for another machine, say) execve will.
func executable(path string) error {
	for {
		err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case isDirectory(path):
			return syscall.EACCES
		}
		return nil
	}
}

func isDirectory(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func exists(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil
}
