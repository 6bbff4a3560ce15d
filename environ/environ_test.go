package environ_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/environ"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		env   []string
		index int
		words string // "" if it passes
	}{
		{nil, 0, ""},
		{[]string{"A=", "A=1", "a b=c=d", "É=é"}, 0, ""},
		{[]string{"A=1", "B"}, 1, "no '='"},
		{[]string{""}, 0, "empty"},
		{[]string{"A=1", "B=2", "=x"}, 2, "no name"},
		{[]string{"=secret"}, 0, "no name"},
		{[]string{"TOKEN=sec\x00ret"}, 0, "(TOKEN) has a NUL"},
		{[]string{"sec\x00ret=1"}, 0, "NUL"},
	} {
		err := environ.Check(test.env)
		if test.words == "" {
			if err != nil {
				t.Errorf("Check(%q): %v", test.env, err)
			}
			continue
		}
		var e *environ.Error
		if !errors.As(err, &e) || e.Index != test.index || !strings.Contains(e.Error(), test.words) || strings.Contains(e.Error(), "sec") {
			t.Errorf("Check(%q) = %v, want entry %d: %s", test.env, err, test.index, test.words)
		}
	}
	if err := environ.Check([]string{`=C:=C:\x`}); (err == nil) != (runtime.GOOS == "windows") {
		t.Errorf("a drive's directory: %v", err)
	}
}

func TestLists(t *testing.T) {
	env := []string{"A=1", "B=2", "A=3", "C=", "B=4"}
	original := slices.Clone(env)
	for _, test := range []struct {
		what      string
		got, want []string
	}{
		{"Dedup", environ.Dedup(env), []string{"A=1", "B=2", "C="}},
		{"Set", environ.Set(env, "A=9", "D=5"), []string{"A=9", "B=2", "C=", "B=4", "D=5"}},
		{"Unset", environ.Unset(env, "B", "Z"), []string{"A=1", "A=3", "C="}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s = %q, want %q", test.what, test.got, test.want)
		}
	}
	if !slices.Equal(env, original) {
		t.Errorf("the list itself has changed: %q", env)
	}
	if v, ok := environ.Get(env, "B"); v != "2" || !ok {
		t.Errorf("Get B = %q, %v", v, ok)
	}
	if v, ok := environ.Get(env, "C"); v != "" || !ok {
		t.Errorf("Get C = %q, %v", v, ok)
	}
	if v, ok := environ.Get(env, "D"); ok {
		t.Errorf("Get D = %q", v)
	}
	if _, ok := environ.Get([]string{"a=1"}, "A"); ok != (runtime.GOOS == "windows") {
		t.Errorf("case: %v", ok)
	}
	same := []string{"A=1", "B=2"}
	if got := environ.Dedup(same); &got[0] != &same[0] {
		t.Error("Dedup has copied a list without duplicates")
	}
}

func TestFromCreator(t *testing.T) {
	t.Setenv("ENVIRON_TEST", "1")
	env := environ.FromCreator()
	if v, _ := environ.Get(env, "ENVIRON_TEST"); v != "1" || environ.Check(env) != nil {
		t.Errorf("FromCreator = %q", env)
	}
}

func TestBlock(t *testing.T) {
	for _, test := range []struct {
		env   []string
		block string
	}{
		{[]string{}, "\x00\x00"},
		{[]string{"A=1"}, "A=1\x00\x00"},
		{[]string{"A=é", "b="}, "A=é\x00b=\x00\x00"},
	} {
		block, err := environ.Encode(test.env)
		if err != nil || string(block) != test.block {
			t.Errorf("Encode(%q) = %q, %v", test.env, block, err)
		}
		env, err := environ.Decode(append(block, "behind"...))
		if err != nil || !slices.Equal(env, test.env) {
			t.Errorf("Decode(%q) = %q, %v", block, env, err)
		}
		wide, err := environ.EncodeUTF16(test.env)
		if err != nil {
			t.Errorf("EncodeUTF16(%q): %v", test.env, err)
		}
		env, err = environ.DecodeUTF16(append(wide, 0xd800))
		if err != nil || !slices.Equal(env, test.env) {
			t.Errorf("DecodeUTF16(%x) = %q, %v", wide, env, err)
		}
	}
	sorted, err := environ.EncodeUTF16([]string{"b=2", "C=3", "A=1", "😀=4"})
	if err != nil {
		t.Fatal(err)
	}
	if env, _ := environ.DecodeUTF16(sorted); !slices.Equal(env, []string{"A=1", "b=2", "C=3", "😀=4"}) {
		t.Errorf("sorted: %q", env)
	}
}

func TestBlockRefuses(t *testing.T) {
	for _, block := range []string{"", "A=1", "A=1\x00", "\x00", "\x00A=1\x00\x00"} {
		if env, err := environ.Decode([]byte(block)); !errors.Is(err, environ.ErrUnterminated) {
			t.Errorf("Decode(%q) = %q, %v", block, env, err)
		}
	}
	var e *environ.Error
	if _, err := environ.Decode([]byte("A=1\x00B\x00\x00")); !errors.As(err, &e) || e.Index != 1 {
		t.Errorf("an entry without '=': %v", err)
	}
	if _, err := environ.Encode([]string{"A=\x00"}); !errors.As(err, &e) {
		t.Errorf("a NUL: %v", err)
	}
	if _, err := environ.EncodeUTF16([]string{"A=\xff"}); !errors.Is(err, environ.ErrEncoding) {
		t.Errorf("not UTF-8: %v", err)
	}
	for _, wide := range [][]uint16{{'A', '=', 0xd800, 0, 0}, {'A', '=', 0xdc00}, {'A', '=', 0xd800}} {
		if env, err := environ.DecodeUTF16(wide); !errors.Is(err, environ.ErrEncoding) {
			t.Errorf("DecodeUTF16(%x) = %q, %v", wide, env, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("A=1\x00B=2\x00\x00"))
	f.Add([]byte("\x00\x00"))
	f.Add([]byte("=\x00\x00"))
	f.Fuzz(func(t *testing.T, block []byte) {
		env, err := environ.Decode(block)
		if err != nil {
			return
		}
		again, err := environ.Encode(env)
		if err != nil || !strings.HasPrefix(string(block), string(again)) {
			t.Fatalf("Decode(%q) = %q, encoded again %q, %v", block, env, again, err)
		}
	})
}

func FuzzDecodeUTF16(f *testing.F) {
	f.Add("A=1\x00b=é\x00\x00")
	f.Add("A=😀\x00\x00")
	f.Fuzz(func(t *testing.T, text string) {
		wide := make([]uint16, 0, len(text))
		for i := 0; i+1 < len(text); i += 2 {
			wide = append(wide, uint16(text[i])<<8|uint16(text[i+1]))
		}
		env, err := environ.DecodeUTF16(wide)
		if err != nil {
			return
		}
		again, err := environ.EncodeUTF16(env)
		if err != nil {
			t.Fatalf("EncodeUTF16(%q): %v", env, err)
		}
		if back, err := environ.DecodeUTF16(again); err != nil || len(back) != len(env) {
			t.Fatalf("%q comes back as %q, %v", env, back, err)
		}
	})
}

func BenchmarkDedup1000(b *testing.B) {
	env := make([]string, 1000)
	for i := range env {
		env[i] = fmt.Sprintf("VARIABLE_%d=value %d", i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		environ.Dedup(env)
	}
}

func ExampleSet() {
	env := []string{"HOME=/root", "LANG=de_DE.UTF-8"}
	fmt.Println(environ.Set(env, "LANG=C", "TERM=dumb"))
	// Output: [HOME=/root LANG=C TERM=dumb]
}

func ExampleEncode() {
	block, err := environ.Encode([]string{"A=1", "B=2"})
	fmt.Printf("%q %v\n", block, err)
	// Output: "A=1\x00B=2\x00\x00" <nil>
}
