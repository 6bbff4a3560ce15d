package agree

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/cmdline"
)

// program is what capi/check/run has built from native.c.
func program(t *testing.T) string {
	p := os.Getenv("CREATEPROCESS_CHECK_NATIVE")
	if p == "" {
		t.Skip("capi/check/run runs this: it needs a C compiler")
	}
	return p
}

func TestCommandLineToArgvW(t *testing.T) {
	text, err := os.ReadFile("../../../cmdline/testdata/argv.json")
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
	args := []string{"argv"}
	var want strings.Builder
	for _, v := range vectors {
		if v.CommandLine == "" || strings.Contains(v.CommandLine, "\n") {
			continue
		}
		args = append(args, v.CommandLine)
		for _, a := range v.Argv {
			want.WriteString(a + "\x00")
		}
		want.WriteString("\n")
	}
	out, err := exec.Command(program(t), args...).Output()
	if err != nil || string(out) != want.String() {
		got, expected := strings.Split(string(out), "\n"), strings.Split(want.String(), "\n")
		for i := range min(len(got), len(expected)) {
			if got[i] != expected[i] {
				t.Errorf("%q: %q, want %q", args[i+1], got[i], expected[i])
			}
		}
		t.Fatalf("%d lines, want %d: %v", len(got), len(expected), err)
	}
}

func TestGetCommandLine(t *testing.T) {
	p := program(t)
	for _, args := range [][]string{{"a"}, {"a b", ""}, {`a"b`, `c\`}, {`b c\`, `x\\"y`}, {"é", "\t"}, {"new\nline"}} {
		args = append([]string{"line"}, args...)
		out, err := exec.Command(p, args...).Output()
		want, _ := cmdline.Join(append([]string{p}, args...))
		if err != nil || string(out) != want+"\n" {
			t.Errorf("GetCommandLine of %q = %q, %v; want %q", args, out, err, want)
		}
	}
}
