package objectname

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name string
		code uint32
	}{
		{"", 0},
		{"name", 0},
		{`Local\name`, 0},
		{`Global\name`, 0},
		{`Local\Global\name`, 3},
		{`local\name`, 3},
		{`a\b`, 3},
		{`Local\a\b`, 3},
		{strings.Repeat("x", 259), 0},
		{strings.Repeat("x", 260), 206},
		{strings.Repeat("é", 259), 0},
		{strings.Repeat("😀", 129), 0},
		{strings.Repeat("😀", 130), 206},
		{"a\x00b", 87},
	} {
		if code, why := Check(test.name); code != test.code || (why != nil) != (code == 87) {
			t.Errorf("%.20q: %d %v, want %d", test.name, code, why, test.code)
		}
	}
}
