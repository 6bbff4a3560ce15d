//go:build linux

package procfs

import "bytes"

// ParseMarks is the words of a variable in /proc/PID/environ whose value is a list
// with colons. Of a variable that is there twice both count.
func ParseMarks(environ []byte, variable string) (words []string) {
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		value, ok := bytes.CutPrefix(entry, []byte(variable))
		if !ok || len(value) == 0 || value[0] != '=' {
			continue
		}
		for word := range bytes.SplitSeq(value[1:], []byte{':'}) {
			if len(word) > 0 {
				words = append(words, string(word))
			}
		}
	}
	return words
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
