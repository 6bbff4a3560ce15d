//go:build linux

package procfs

import "bytes"

// HasMark looks for a variable in /proc/PID/environ whose value, a list with
// colons, has the mark in it.
func HasMark(environ []byte, variable, mark string) bool {
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		value, ok := bytes.CutPrefix(entry, []byte(variable))
		if !ok || len(value) == 0 || value[0] != '=' {
			continue
		}
		for word := range bytes.SplitSeq(value[1:], []byte{':'}) {
			if string(word) == mark {
				return true
			}
		}
	}
	return false
}

// HasVariable looks for a variable in /proc/PID/environ, whatever its value.
func HasVariable(environ []byte, variable string) bool {
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		if value, ok := bytes.CutPrefix(entry, []byte(variable)); ok && len(value) > 0 && value[0] == '=' {
			return true
		}
	}
	return false
}
