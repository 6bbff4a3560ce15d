package main

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]size{
		"0": 0, "1": 1, "1048576": 1 << 20, "1K": 1024, "1k": 1024, "1.5G": 3 << 29, "2G": 2 << 30, ".5M": 1 << 19, "1T": 1 << 40,
	} {
		var s size
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%q: %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "K", "-1", "+1", "1.5", "1e3", "0x10", "1KB", "1 K", "G2", "1P", "8388608T", "99999999999999999999", "NaN", "Inf", "1_0", "..1"} {
		s := size(7)
		if err := s.Set(text); err == nil || s != 7 {
			t.Errorf("%q: %d, %v; want an error", text, s, err)
		}
	}
}

func FuzzSize(f *testing.F) {
	for _, text := range []string{"2G", "512M", "1.5k", "", "1.5", "9223372036854775807", "0.0000001T"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again size
		if s.Set(text) != nil {
			if s != 0 {
				t.Errorf("%q: refused, and %d", text, s)
			}
			return
		}
		if err := again.Set(s.String()); err != nil {
			t.Errorf("%q: %d: %v", text, s, err)
		}
	})
}
