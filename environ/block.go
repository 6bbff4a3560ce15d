package environ

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrUnterminated says that a block does not end with two NULs.
var ErrUnterminated = errors.New("the environment block has no end: two NULs")

// ErrEncoding says that text has no counterpart in the other encoding.
var ErrEncoding = errors.New("the environment block has text that is not valid Unicode")

// Encode is env as the block that Win32's CreateProcess takes without
// CREATE_UNICODE_ENVIRONMENT: each entry ended by NUL, and the whole by one
// more. An empty environment is two NULs. It fails as Check does.
func Encode(env []string) ([]byte, error) {
	if err := Check(env); err != nil {
		return nil, err
	}
	block := []byte{}
	for _, entry := range env {
		block = append(append(block, entry...), 0)
	}
	if len(env) == 0 {
		block = append(block, 0)
	}
	return append(block, 0), nil
}

// Decode is the list in a block. A block does not know its length: what stands
// behind the two NULs does not count. Without them it fails with
// ErrUnterminated, and for entries no process can have as Check does.
func Decode(block []byte) ([]string, error) {
	env := []string{}
	for rest := string(block); ; {
		entry, after, ok := strings.Cut(rest, "\x00")
		switch {
		case !ok:
			return nil, ErrUnterminated
		case entry == "" && len(env) == 0 && !strings.HasPrefix(after, "\x00"):
			return nil, ErrUnterminated
		case entry == "":
			return env, Check(env)
		}
		env = append(env, entry)
		rest = after
	}
}

// EncodeUTF16 is env as the block that CREATE_UNICODE_ENVIRONMENT announces.
// It is sorted by name without regard to case, as Microsoft's page on
// CreateProcessW asks. It fails as Check does, and with ErrEncoding if an
// entry is not valid UTF-8.
func EncodeUTF16(env []string) ([]uint16, error) {
	if err := Check(env); err != nil {
		return nil, err
	}
	env = slices.Clone(env)
	slices.SortStableFunc(env, func(a, b string) int { return cmp.Compare(sortKey(a), sortKey(b)) })
	block := []uint16{}
	for _, entry := range env {
		if !utf8.ValidString(entry) {
			return nil, ErrEncoding
		}
		for _, r := range entry {
			block = utf16.AppendRune(block, r)
		}
		block = append(block, 0)
	}
	if len(env) == 0 {
		block = append(block, 0)
	}
	return append(block, 0), nil
}

func sortKey(entry string) string {
	name, _, _ := strings.Cut(entry[1:], "=")
	return strings.ToUpper(entry[:1] + name)
}

// DecodeUTF16 is the list in a block of UTF-16. It fails as Decode does, and
// with ErrEncoding if there is half of a surrogate pair.
func DecodeUTF16(block []uint16) ([]string, error) {
	text := make([]byte, 0, len(block))
	for i := 0; i < len(block); i++ {
		r := rune(block[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(block) {
				r = utf16.DecodeRune(r, rune(block[i+1]))
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				return nil, ErrEncoding
			}
			i++
		}
		text = utf8.AppendRune(text, r)
		if n := len(text); n >= 2 && text[n-1] == 0 && text[n-2] == 0 {
			break // what stands behind does not count, whatever it is
		}
	}
	return Decode(text)
}
