package cmdline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/cmdline"
)

// testdata/argv.json is what CommandLineToArgvW answers under Wine 8.
func TestSplitVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/argv.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		CommandLine string   `json:"commandLine"`
		Argv        []string `json:"argv"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 100 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		if got := cmdline.Split(v.CommandLine); !slices.Equal(got, v.Argv) {
			t.Errorf("Split(%q) = %q, want %q", v.CommandLine, got, v.Argv)
		}
	}
}

func TestSplitEmpty(t *testing.T) {
	if got := cmdline.Split(""); len(got) != 0 {
		t.Errorf("Split of nothing = %q", got)
	}
}

func TestJoin(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"a"}, `a`},
		{[]string{""}, `""`},
		{[]string{"a b", ""}, `"a b" ""`},
		{[]string{`a"b`, `a"b`}, `a"b a\"b`},
		{[]string{"a", `b c\`}, `a "b c\\"`},
		{[]string{"a", `b\`}, `a b\`},
		{[]string{"a", `b\"c`}, `a b\\\"c`},
		{[]string{"a", "b\nc"}, "a \"b\nc\""},
		{[]string{`c:\x y\z\`, "-"}, `"c:\x y\z\" -`},
		{[]string{"a", "\xff\xfe"}, "a \xff\xfe"},
	} {
		got, err := cmdline.Join(test.args)
		if err != nil || got != test.want {
			t.Errorf("Join(%q) = %q, %v, want %q", test.args, got, err, test.want)
		}
		if back := cmdline.Split(got); !slices.Equal(back, test.args) {
			t.Errorf("Split(Join(%q)) = %q", test.args, back)
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	for _, test := range []struct {
		args  []string
		index int
		words string
	}{
		{nil, 0, "missing"},
		{[]string{`"`}, 0, "quotation mark"},
		{[]string{`"a"`}, 0, "quotation mark"},
		{[]string{`a" b`}, 0, "quotation mark"},
		{[]string{"a\x00"}, 0, "NUL"},
		{[]string{"a", "b", "\x00"}, 2, "NUL"},
	} {
		line, err := cmdline.Join(test.args)
		var e *cmdline.Error
		if !errors.As(err, &e) || e.Index != test.index || !strings.Contains(e.Error(), test.words) {
			t.Errorf("Join(%q) = %q, %v", test.args, line, err)
		}
	}
}

func TestImages(t *testing.T) {
	for _, test := range []struct {
		line string
		want []string
	}{
		{"a", []string{"a"}},
		{"a b", []string{"a", "a b"}},
		{"a  b\tc ", []string{"a", "a  b", "a  b\tc"}},
		{`"a b" c`, []string{"a b"}},
		{`"a b`, []string{"a b"}},
		{"  a b", []string{"a", "a b"}},
		{`""`, nil},
		{"", nil},
		{" \t", nil},
	} {
		if got := slices.Collect(cmdline.Images(test.line)); !slices.Equal(got, test.want) {
			t.Errorf("Images(%q) = %q, want %q", test.line, got, test.want)
		}
	}
}

// TestJoinRandom is the property in the small, for every run of the tests; the
// fuzz target looks further.
func TestJoinRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "\\\\\"\" \tab\n\v\u00e9\x01"
	for range 20000 {
		args := make([]string, 1+random.IntN(4))
		for i := range args {
			for range random.IntN(8) {
				args[i] += string(alphabet[random.IntN(len(alphabet))])
			}
		}
		checkJoin(t, args)
	}
}

func checkJoin(t *testing.T, args []string) {
	line, err := cmdline.Join(args)
	if err != nil {
		program := args[0]
		expressible := !strings.HasPrefix(program, `"`) && !(strings.Contains(program, `"`) && strings.ContainsAny(program, " \t"))
		if expressible && !strings.Contains(strings.Join(args, ""), "\x00") {
			t.Errorf("Join(%q): %v", args, err)
		}
		return
	}
	if got := cmdline.Split(line); !slices.Equal(got, args) {
		t.Errorf("Split(Join(%q)) = %q, by way of %q", args, got, line)
	}
}

func FuzzJoin(f *testing.F) {
	f.Add("a", `b\"`, "")
	f.Add(`"`, "\\\\", " ")
	f.Add("a b", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, a, b, c string) { checkJoin(t, []string{a, b, c}) })
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", " ", `"`, `a "" """ \"`, `"a b"c d`, "\\\\\\\"x\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv := cmdline.Split(line)
		if (len(argv) == 0) != (line == "") || len(argv) > len(line)+1 {
			t.Fatalf("Split(%q) has %d arguments", line, len(argv))
		}
		for name := range cmdline.Images(line) {
			if name == "" || !strings.Contains(line, name) {
				t.Fatalf("Images(%q) has %q", line, name)
			}
		}
	})
}

func ExampleSplit() {
	for _, arg := range cmdline.Split(`/usr/bin/printf "%s\n" "hello, process"`) {
		fmt.Println(arg)
	}
	// Output:
	// /usr/bin/printf
	// %s\n
	// hello, process
}

func ExampleJoin() {
	line, err := cmdline.Join([]string{`/opt/my app/run`, `C:\dir with space\`, `say "hi"`})
	fmt.Println(line, err)
	// Output: "/opt/my app/run" "C:\dir with space\\" "say \"hi\"" <nil>
}
