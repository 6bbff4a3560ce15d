//go:build linux

// Package procfile reads single numbers from the files of /proc that have a name
// and a number on each line.
//
//	threads, err := procfile.Number("/proc/self/status", "Threads:")
package procfile

import (
	"bytes"
	"fmt"
	"os"
)

// Number is what stands behind the name; without a name, the file's first number.
func Number(path, name string) (number int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			_, err = fmt.Sscan(string(rest), &number)
			return number, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}
