package exec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotFound says that no directory of PATH has the program.
var ErrNotFound = errors.New("executable file not found in %PATH%")

// extensions are those of PATHEXT, each with its dot, in lower case.
func extensions() (list []string) {
	value := os.Getenv("PATHEXT")
	if value == "" {
		return []string{".com", ".exe", ".bat", ".cmd"}
	}
	for ext := range strings.SplitSeq(strings.ToLower(value), ";") {
		if ext != "" {
			list = append(list, "."+strings.TrimPrefix(ext, "."))
		}
	}
	return list
}

// image is the file that path means: itself if it has an extension and is
// there, else with the first extension with which there is one.
func image(path string) (string, error) {
	exts := extensions()
	extended := filepath.Ext(path) != ""
	if extended || len(exts) == 0 {
		if err := isFile(path); err == nil || len(exts) == 0 {
			return path, err
		}
	}
	for _, ext := range exts {
		if isFile(path+ext) == nil {
			return path + ext, nil
		}
	}
	if extended {
		return "", fs.ErrNotExist
	}
	return "", ErrNotFound
}

func isFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fs.ErrPermission
	}
	return err
}

func lookPath(file string) (string, error) {
	if strings.ContainsAny(file, `:\/`) {
		path, err := image(file)
		if err != nil {
			return "", &Error{file, err}
		}
		return path, nil
	}
	allowDot := setting("execerrdot") == "0"
	// dot is what the current directory answers. It is an error; unless PATH
	// answers with the same file.
	dot := ""
	if _, set := os.LookupEnv("NoDefaultCurrentDirectoryInExePath"); !set {
		if path, err := image(filepath.Join(".", file)); err == nil {
			if allowDot {
				return path, nil
			}
			dot = path
		}
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if dir == "" {
			continue
		}
		path, err := image(filepath.Join(dir, file))
		switch {
		case err != nil:
		case dot != "" && !sameFile(dot, path):
			return dot, &Error{file, ErrDot}
		case filepath.IsAbs(path), allowDot:
			return path, nil
		case dot == "":
			dot = path
		}
	}
	if dot != "" {
		return dot, &Error{file, ErrDot}
	}
	return "", &Error{file, ErrNotFound}
}

func sameFile(a, b string) bool {
	x, errX := os.Lstat(a)
	y, errY := os.Lstat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// withExtension is path, which counts from dir, with the extension of the file
// that it means.
func withExtension(path, dir string) (string, error) {
	if !isName(path) {
		return "", &Error{path, ErrNotFound}
	}
	if filepath.Base(path) == path {
		path = `.\` + path
	}
	for _, ext := range extensions() {
		if strings.EqualFold(filepath.Ext(path), ext) {
			return path, nil
		}
	}
	full := inDirectory(path, dir)
	found, err := image(full)
	if err != nil {
		return "", &Error{path, err}
	}
	return path + strings.TrimPrefix(found, full), nil
}

// inDirectory is where a path leads that counts from dir.
func inDirectory(path, dir string) string {
	if dir == "" || filepath.VolumeName(path) != "" || os.IsPathSeparator(path[0]) {
		return path
	}
	return filepath.Join(dir, path)
}
