// Package environ is a process's environment as a list of "NAME=value": the
// creator's, changed, checked, and as the block that Win32 takes. It does not
// touch the environment of the program that it runs in.
//
//	env := environ.Set(environ.FromCreator(), "LANG=C", "TERM=dumb")
package environ

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Error says which entry of an environment no process can have. CreateProcess
// answers ERROR_INVALID_PARAMETER (87) for it.
type Error struct {
	Index  int    // the entry's place in the list
	Name   string // its name as far as it has one; never its value, which may be secret
	Reason string
}

func (e *Error) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("entry %d %s", e.Index, e.Reason)
	}
	return fmt.Sprintf("entry %d (%s) %s", e.Index, e.Name, e.Reason)
}

// Check fails with an [*Error] about the first entry that is not "NAME=value"
// with a NAME, or has a NUL in it. On Windows the hidden entries of the
// current directories of drives ("=C:=C:\dir") pass.
func Check(env []string) error {
	for i, entry := range env {
		if reason := fault(entry); reason != "" {
			name, _, _ := strings.Cut(entry, "=")
			if !strings.Contains(entry, "=") || strings.Contains(name, "\x00") {
				name = ""
			}
			return &Error{i, name, reason}
		}
	}
	return nil
}

func fault(entry string) string {
	equals := strings.IndexByte(entry, '=')
	switch {
	case entry == "":
		return "is empty"
	case strings.IndexByte(entry, 0) >= 0:
		return "has a NUL in it"
	case equals < 0:
		return "has no '='"
	case equals == 0 && (runtime.GOOS != "windows" || !isDrive(entry)):
		return "has no name before its '='"
	}
	return ""
}

// isDrive tells whether an entry is a drive's current directory, "=C:=C:\dir".
func isDrive(entry string) bool {
	return len(entry) > 3 && entry[0] == '=' && entry[2] == ':' && entry[3] == '='
}

// nameOf is an entry's name, in the form in which names are compared.
func nameOf(entry string) string {
	from := 0
	if isDrive(entry) {
		from = 1
	}
	name := entry
	if i := strings.IndexByte(entry[from:], '='); i >= 0 {
		name = entry[:from+i]
	}
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// Dedup leaves of the entries with one name the first. Windows compares names
// without regard to case. A list without duplicates is returned as it is.
func Dedup(env []string) []string {
	seen := make(map[string]struct{}, len(env))
	for i, entry := range env {
		seen[nameOf(entry)] = struct{}{}
		if len(seen) == i+1 {
			continue
		}
		// The first duplicate: from here on it takes a copy.
		kept := slices.Clone(env[:i])
		for _, entry := range env[i+1:] {
			before := len(seen)
			if seen[nameOf(entry)] = struct{}{}; len(seen) > before {
				kept = append(kept, entry)
			}
		}
		return kept
	}
	return env
}

// FromCreator is the environment of the program that calls it, as a child can
// have it: an entry that Check refuses — a program can be started with such —
// is left out rather than keeping every child from being made.
func FromCreator() []string {
	env := os.Environ()
	if Check(env) != nil {
		env = slices.DeleteFunc(env, func(entry string) bool { return fault(entry) != "" })
	}
	return env
}

// Get is the value of the first entry with that name.
func Get(env []string, name string) (value string, ok bool) {
	want := nameOf(name + "=")
	for _, entry := range env {
		if nameOf(entry) == want && len(entry) > len(want) {
			return entry[len(want)+1:], true
		}
	}
	return "", false
}

// Set is a new list in which each of the entries takes the place of what there
// was of its name, or stands at the end.
func Set(env []string, entries ...string) []string {
	env = slices.Clone(env)
	for _, entry := range entries {
		name := nameOf(entry)
		i := slices.IndexFunc(env, func(e string) bool { return nameOf(e) == name })
		if i < 0 {
			env = append(env, entry)
			continue
		}
		env[i] = entry
		rest := slices.DeleteFunc(env[i+1:], func(e string) bool { return nameOf(e) == name })
		env = env[:i+1+len(rest)]
	}
	return env
}

// Unset is a new list without the entries of these names.
func Unset(env []string, names ...string) []string {
	gone := make(map[string]bool, len(names))
	for _, name := range names {
		gone[nameOf(name+"=")] = true
	}
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return gone[nameOf(entry)] })
}
