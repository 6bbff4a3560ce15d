package main

import (
	"testing"

	"github.com/seed-f798aa80/createprocess"
)

func TestParseAffinity(t *testing.T) {
	for text, want := range map[string]createprocess.GroupAffinity{
		"0":        {Mask: 1},
		"0-3,6":    {Mask: 0b1001111},
		"63":       {Mask: 1 << 63},
		"0-63":     {Mask: ^uint64(0)},
		"64,65-66": {Mask: 0b111, Group: 1},
		"2,2,1-3":  {Mask: 0b1110},
	} {
		if got, err := parseAffinity(text); got != want || err != nil {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ",", "0,", "a", "-1", "1-", "3-2", "0x1", "63-64", "0,64", "99999"} {
		if got, err := parseAffinity(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
