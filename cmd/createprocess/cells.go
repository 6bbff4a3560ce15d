package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// width is how many of a terminal's cells a text takes.
func width(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// cut is the beginning of a text that fits into so many cells: a character that
// would stand half beyond them is left out, and none loses its accents.
func cut(s string, cells int) string {
	rest, state, used := s, -1, 0
	for rest != "" {
		var w int
		var after string
		_, after, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > cells {
			return s[:len(s)-len(rest)]
		}
		rest = after
	}
	return s
}

// harmless makes of a text that others have chosen one that a terminal only
// shows: what is not to be seen, such as a line break, an escape sequence or a
// change of direction, is written as Go writes it in a string.
func harmless(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
