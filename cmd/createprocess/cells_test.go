package main

import (
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{
		"":             0,
		"abc":          3,
		"é":            1,
		"e\u0301":      1, // an accent of its own
		"日本":           4,
		"한":            2,
		"😀":            2,
		"🇩🇪":           2,
		"└─ x":         4,
		"a\u0300b日":    4,
		"\u65e5\ufe0e": 2,
	} {
		if got := width(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		s     string
		cells int
		want  string
	}{
		{"abc", 0, ""}, {"abc", -1, ""}, {"abc", 2, "ab"}, {"abc", 3, "abc"}, {"abc", 9, "abc"}, {"", 5, ""},
		{"日本語", 5, "日本"}, {"日本語", 4, "日本"}, {"日本語", 1, ""}, {"a日", 2, "a"},
		{"e\u0301x", 1, "e\u0301"}, {"xe\u0301", 1, "x"}, {"🇩🇪🇫🇷", 3, "🇩🇪"},
	} {
		if got := cut(test.s, test.cells); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.s, test.cells, got, test.want)
		}
	}
}

func TestHarmless(t *testing.T) {
	for s, want := range map[string]string{
		"":                     "",
		`plain 'it' "is" \n`:   `plain 'it' "is" \n`,
		"日本 é 😀":               "日本 é 😀",
		"e\u0301":              "e\u0301",
		"a\nb\tc\r":            `a\nb\tc\r`,
		"\x1b[31mred\x1b[0m":   `\x1b[31mred\x1b[0m`,
		"\x1b]0;title\a":       `\x1b]0;title\a`,
		"\u009b31m":            `\u009b31m`, // the same sequence in one character
		"\x7f\x00":             `\x7f\x00`,
		"a\u202egpj.exe":       `a\u202egpj.exe`, // would be read backwards
		"\u200b\u2028\ufeff":   `\u200b\u2028\ufeff`,
		"\xff\xfeé\xc3":        `\xff\xfeé\xc3`,
		"\ufffd":               "\ufffd",
		"'\n'":                 `'\n'`,
		"no\u00a0break\u3000x": `no\u00a0break\u3000x`,
	} {
		got := harmless(s)
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("%q: %q has a control character", s, got)
		}
	}
}
