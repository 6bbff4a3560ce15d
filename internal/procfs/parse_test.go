//go:build linux

package procfs

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// statLine is a line of /proc/PID/stat with a name and a state of one's choice.
func statLine(comm, state string) string {
	return "4711 (" + comm + ") " + state + " 42 43 44 34817 45 4194304 1001 1002 1003 1004 250 150 7 8 39 19 5 0 223901 3133440 379 " +
		"18446744073709551615 1 2 3 4 5 0 0 4096 0 0 0 0 17 1 99 1 0 0 0 0 0 0 0 0 0 0 768\n"
}

func TestParseStat(t *testing.T) {
	for _, comm := range []string{"cat", "", "a b", "a) R (b", "(", ")", ") ", ")) S 1 1 1", "line\nbreak", "\xff\xfe", "kworker/0:1-ev", "(sd-pam)", "9 (x) S 1"} {
		got, err := ParseStat([]byte(statLine(comm, "S")))
		want := Stat{PID: 4711, Comm: comm, State: 'S', Parent: 42, Group: 43, Session: 44, Terminal: 34817,
			MinorFaults: 1001, MajorFaults: 1003, User: 2500 * time.Millisecond, Kernel: 1500 * time.Millisecond,
			Priority: 39, Nice: 19, Threads: 5, Start: 2239010 * time.Millisecond, VirtualMemory: 3133440, ResidentPages: 379, Policy: 1, Status: 768}
		if got != want || err != nil {
			t.Errorf("%q: %+v, %v, want %+v", comm, got, err, want)
		}
	}
	whole := statLine("x", "S")
	replaced := func(old, new string) string { return strings.Replace(whole, old, new, 1) }
	for _, test := range []struct {
		text string
		ok   func(Stat) bool
	}{
		{replaced(" 39 19 ", " -2 -20 "), func(s Stat) bool { return s.Priority == -2 && s.Nice == -20 }},
		{replaced(" 379 ", " -3 "), func(s Stat) bool { return s.ResidentPages == 0 }},
		{replaced(" 34817 ", " -2147483648 "), func(s Stat) bool { return s.Terminal == 1<<31 }},
		{replaced(" 4194304 ", " 69238848 "), func(s Stat) bool { return s.KernelThread }},
		{replaced(" 0 0 768", " 4096 8192 768"), func(s Stat) bool { return s.EnvironStart == 4096 && s.EnvironEnd == 8192 }},
		{replaced(" 250 ", " 18446744073709551615 "), func(s Stat) bool { return s.User == math.MaxInt64 }},
	} {
		if s, err := ParseStat([]byte(test.text)); err != nil || !test.ok(s) {
			t.Errorf("%q: %+v, %v", test.text, s, err)
		}
	}
	for text, field := range map[string]string{
		"":                                 "parentheses",
		"4711 cat S 42":                    "parentheses",
		"4711 ) cat ( S 42":                "parentheses",
		"4711 (cat)":                       "parentheses",
		"4711 (cat) S":                     "field 4",
		"x (cat) S 1":                      "field 1",
		replaced(" S ", " SS "):            "field 3",
		replaced(" 42 ", " 4-2 "):          "field 4",
		replaced(" 1003 ", " -1 "):         "field 12",
		replaced(" 379 ", " "):             "field 24",
		replaced(" 250 ", " 0x1 "):         "field 14",
		strings.Split(whole, " 99 1 ")[0]:  "field 41",
		replaced(" 223901 ", " "+huge+" "): "field 22",
	} {
		s, err := ParseStat([]byte(text))
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), field) || s != (Stat{}) {
			t.Errorf("%q: %+v, %v, want an error about %s", text, s, err, field)
		}
	}
}

const huge = "18446744073709551616"

func TestParseUint(t *testing.T) {
	for _, word := range []string{"", "0", "7", "007", "18446744073709551615", huge, "184467440737095516150", "-1", "+1", "1 ", "1_0", "٣"} {
		want, err := strconv.ParseUint(word, 10, 64)
		if got, ok := parseUint([]byte(word)); ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %d, %v, want %d, %v", word, got, ok, want, err)
		}
	}
}

func TestParseStatus(t *testing.T) {
	// A line break in the name is escaped by the kernel; blanks are not.
	text := "Name:\ta\\nUid:\t1 Uid: 5\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t1001\t1002\t1003\nGid:\t7\t8\t9\t10\n" +
		"VmPeak:\t    3060 kB\nVmHWM:\t    1516 kB\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t34\n"
	want := Status{UID: 1000, EUID: 1001, PeakMemory: 1516 << 10, VoluntarySwitches: 12, InvoluntarySwitches: 34}
	if got, err := ParseStatus([]byte(text)); got != want || err != nil {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := ParseStatus([]byte("Uid:\t0\t0\t0\t0")); got != (Status{}) || err != nil {
		t.Errorf("a kernel thread: %+v, %v", got, err)
	}
	for _, text := range []string{"", "Name:\tx\n", "Uid:\n", "Uid:\t1\n", "Uid:\tx\ty\n"} {
		if got, err := ParseStatus([]byte(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestParseIO(t *testing.T) {
	text := "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n"
	if got, want := ParseIO([]byte(text)), (IO{5, 6}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ParseIO(nil); got != (IO{}) {
		t.Errorf("nothing: %+v", got)
	}
}

func TestParseCommandLine(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                  nil,
		"\x00":                              nil,
		"a\x00":                             {"a"},
		"a\x00b c\x00":                      {"a", "b c"},
		"a\x00\x00c\x00":                    {"a", "", "c"},
		"a\x00b\x00\x00":                    {"a", "b", ""},
		"\x00b\x00":                         {"", "b"},
		"a\x00\xff\n\x00":                   {"a", "\xff\n"},
		"a\x00b":                            {"a", "b"},
		"nginx: master process\x00\x00\x00": {"nginx: master process"},
		"sshd: user [priv]":                 {"sshd: user [priv]"},
	} {
		if got := ParseCommandLine([]byte(text)); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestParseImage(t *testing.T) {
	for target, want := range map[string]struct {
		path    string
		deleted bool
	}{
		"/bin/cat":                     {"/bin/cat", false},
		"/bin/cat (deleted)":           {"/bin/cat", true},
		"/memfd:x (deleted)":           {"/memfd:x", true},
		"/bin/a (deleted)b":            {"/bin/a (deleted)b", false},
		"/bin/cat (deleted) (deleted)": {"/bin/cat (deleted)", true},
	} {
		if path, deleted := ParseImage(target); path != want.path || deleted != want.deleted {
			t.Errorf("%q: %q, %v", target, path, deleted)
		}
	}
}

func TestParseBootTime(t *testing.T) {
	text := "cpu  1 2 3\ncpu0 1 2 3\nintr 5 0 0\nctxt 7\nbtime 1795000000\nprocesses 9\n"
	if got, err := ParseBootTime([]byte(text)); !got.Equal(time.Unix(1795000000, 0)) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "btime\n", "btime x\n", "btime -1\n", "cpu btime 5\n"} {
		if got, err := ParseBootTime([]byte(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// entry is a struct linux_dirent64.
func entry(name string) []byte {
	length := (19 + len(name) + 1 + 7) &^ 7
	e := make([]byte, length)
	binary.NativeEndian.PutUint16(e[16:], uint16(length))
	copy(e[19:], name)
	return e
}

func TestAppendNumbers(t *testing.T) {
	var buf []byte
	for _, name := range []string{".", "..", "1", "acpi", "4194304", "12x", "self", "99999999999", "7"} {
		buf = append(buf, entry(name)...)
	}
	want := []int{0, 1, 4194304, 7}
	if got := appendNumbers([]int{0}, buf); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	buf[16], buf[17] = 0, 0 // an entry that would never end
	if got := appendNumbers(nil, buf); got != nil {
		t.Errorf("an entry without a length: %v", got)
	}
}

// FuzzParseStat: whatever the name is, the fields behind it are found.
func FuzzParseStat(f *testing.F) {
	f.Add("cat", "S 1 2 3 4")
	f.Add("a) R (b", "")
	f.Add("\n", ") R (")
	f.Fuzz(func(t *testing.T, comm, rest string) {
		ParseStat([]byte("1 (" + comm + ") " + rest))
		ParseStat([]byte(rest))
		s, err := ParseStat([]byte(statLine(comm, "R")))
		if err != nil || s.Comm != comm || s.State != 'R' || s.Parent != 42 || s.Policy != 1 {
			t.Fatalf("%q: %+v, %v", comm, s, err)
		}
	})
}

// FuzzParse: the others refuse, or answer, and never panic; and of a command
// line nothing is lost but empty ends.
func FuzzParse(f *testing.F) {
	f.Add([]byte("Uid:\t1\t1\nVmHWM: 5 kB\nread_bytes: 4\nbtime 3\n"))
	f.Add([]byte("a\x00b\x00\x00"))
	f.Add(append(entry("12"), entry("x")...))
	f.Fuzz(func(t *testing.T, text []byte) {
		ParseStatus(text)
		ParseIO(text)
		ParseBootTime(text)
		for _, n := range appendNumbers(nil, text) {
			if n < 0 || n > math.MaxInt32 {
				t.Fatalf("number %d", n)
			}
		}
		joined := strings.Join(ParseCommandLine(text), "\x00")
		if !strings.HasPrefix(string(text), joined) || strings.Trim(string(text[len(joined):]), "\x00") != "" {
			t.Fatalf("%q became %q", text, joined)
		}
	})
}

func TestParseMarks(t *testing.T) {
	environ := []byte("A=1\x00MARKED=x:y\x00MARK=a::bc:d\x00NONE=\x00MARK=e\x00")
	for variable, want := range map[string][]string{"MARK": {"a", "bc", "d", "e"}, "A": {"1"}, "MAR": nil, "NONE": nil} {
		if got := ParseMarks(environ, variable); !slices.Equal(got, want) {
			t.Errorf("%s: %q", variable, got)
		}
	}
	for variable, want := range map[string]bool{"MARK": true, "A": true, "MAR": false, "B": false} {
		if got := HasVariable(environ, variable); got != want {
			t.Errorf("%s: %v", variable, got)
		}
	}
}

func FuzzParseMarks(f *testing.F) {
	f.Add([]byte("A=1\x00MARK=a:b\x00"), "MARK")
	f.Add([]byte{0, '=', 0}, "")
	f.Fuzz(func(t *testing.T, environ []byte, variable string) {
		marks := ParseMarks(environ, variable)
		if len(marks) > 0 && !HasVariable(environ, variable) {
			t.Errorf("%q has the marks %q, and not the variable %q", environ, marks, variable)
		}
		for _, mark := range marks {
			if mark == "" || strings.ContainsAny(mark, ":\x00") {
				t.Errorf("%q: the mark %q", environ, mark)
			}
		}
	})
}
