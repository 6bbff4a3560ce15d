package exec

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
)

// errNUL is what an entry with a NUL is refused with: behind it another
// variable could be hidden.
var errNUL = errors.New("exec: environment variable contains NUL")

// dedup is env with the last entry of each key, in order. Entries that have no
// key stay as they are, but for empty ones. Those with a NUL are left out.
func dedup(env []string, foldCase bool) (list []string, err error) {
	seen := make(map[string]struct{}, len(env))
	list = make([]string, 0, len(env))
	for _, entry := range slices.Backward(env) {
		if strings.IndexByte(entry, 0) >= 0 {
			err = errNUL
			continue
		}
		if key, ok := keyOf(entry); ok {
			if foldCase {
				key = strings.ToLower(key)
			}
			if _, again := seen[key]; again {
				continue
			}
			seen[key] = struct{}{}
		} else if entry == "" {
			continue
		}
		list = append(list, entry)
	}
	slices.Reverse(list)
	return list, err
}

// keyOf is what stands before the "=". A first character "=" belongs to the
// key, as in Windows' "=C:"; an entry with no other has the empty key.
func keyOf(entry string) (key string, ok bool) {
	n := strings.IndexByte(entry, '=')
	if n == 0 {
		n = strings.IndexByte(entry[1:], '=') + 1
	}
	if n < 0 {
		return "", false
	}
	return entry[:n], true
}

// withSystemRoot adds what hardly any program on Windows does without.
func withSystemRoot(env []string) []string {
	const name = "SYSTEMROOT"
	if runtime.GOOS != "windows" || slices.ContainsFunc(env, func(entry string) bool {
		key, ok := keyOf(entry)
		return ok && strings.EqualFold(key, name)
	}) {
		return env
	}
	return append(env, name+"="+os.Getenv(name))
}
