package differential

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// transcriptsKey names, in the environment, the folder with what the C programs
// have printed under Wine.
const transcriptsKey = "DIFFERENTIAL_TRANSCRIPTS"

// prefixKey names the folder that libcreateprocess is installed in.
const prefixKey = "DIFFERENTIAL_PREFIX"

const sources = "../../testdata/win32"

// programs are the counterparts of the C programs, by name.
var programs = map[string]program{
	"close":       {creator: closeHandles},
	"commandline": {creator: commandLines, child: commandLineChild},
	"current":     {creator: current},
	"directory":   {creator: directories, child: directoryChild},
	"duplicate":   {creator: duplicates},
	"environment": {creator: environments, child: environmentChild},
	"events":      {creator: events},
	"exitcode":    {creator: exitCodes, child: exitCodeChild},
	"flags":       {creator: flags, child: func(*transcript, []string) int { return 5 }},
	"handlelist":  {creator: handleLists, child: handleListChild},
	"image":       {creator: images, child: imageChild},
	"inheritable": {creator: inheritable},
	"namedevents": {creator: namedEvents},
	"open":        {creator: open},
	"priority":    {creator: priorities},
	"refusals":    {creator: refusals},
	"registered":  {creator: registered},
	"stdhandles":  {creator: standardHandles, child: standardHandlesChild},
	"suspend":     {creator: suspend},
	"terminate":   {creator: terminate, child: terminateChild},
	"times":       {creator: times},
	"toolhelp":    {creator: toolhelp},
	"waitmany":    {creator: waitMany},
	"waitsingle":  {creator: waitSingle},
}

func TestMain(m *testing.M) {
	if name := os.Getenv(childKey); name != "" {
		os.Exit(programs[name].play(name, os.Args[1:]))
	}
	// A child that is built with the race detector would end a second late.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(leaktest.Main(m))
}

// TestPrograms: each C program has a counterpart, and each counterpart a C program.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob(sources + "/*.c")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".c")
		names[name] = true
		if programs[name].creator == nil {
			t.Errorf("%s has no Go function", f)
		}
	}
	for name := range programs {
		if !names[name] {
			t.Errorf("%s has no C program", name)
		}
	}
}

func TestDifferential(t *testing.T) {
	folder := transcripts(t)
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		t.Run(name, func(t *testing.T) {
			theirs := read(t, filepath.Join(folder, name+".txt"))
			ours := read(t, programs[name].run(t, name))
			for _, problem := range compare(goAPI, name, theirs, ours) {
				t.Error(problem)
			}
		})
	}
}

// TestDifferentialLibrary: the C programs as they are, with libcreateprocess.
func TestDifferentialLibrary(t *testing.T) {
	for _, tool := range []string{"go", "gcc", "pkg-config"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s to build the library and the programs with: %v", tool, err)
		}
	}
	theirs := transcripts(t)
	prefix := os.Getenv(prefixKey)
	if prefix == "" {
		prefix = t.TempDir()
		if out, err := exec.Command("../../capi/install", prefix).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	ours := t.TempDir()
	if out, err := exec.Command(sources+"/run", "--native", prefix, ours).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		t.Run(name, func(t *testing.T) {
			for _, problem := range compare(cLib, name, read(t, filepath.Join(theirs, name+".txt")), read(t, filepath.Join(ours, name+".txt"))) {
				t.Error(problem)
			}
		})
	}
}

// transcripts is the folder with what the C programs print under Wine.
func transcripts(t *testing.T) string {
	t.Helper()
	if folder := os.Getenv(transcriptsKey); folder != "" {
		abs, err := filepath.Abs(folder)
		if err != nil {
			t.Fatal(err)
		}
		return abs
	}
	for _, tool := range []string{"/usr/lib/wine/wine64", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not set, and there is no Wine to run the C programs with: %v", transcriptsKey, err)
		}
	}
	folder := t.TempDir()
	if out, err := exec.Command(sources+"/run", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// An observation is one line of a transcript.
type observation struct{ label, value string }

func read(t *testing.T, name string) (list []observation) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		label, value, ok := strings.Cut(lines.Text(), ": ")
		if !ok || seen[label] {
			t.Fatalf("%s: %q is not an observation, or a second one of that label", name, lines.Text())
		}
		seen[label] = true
		list = append(list, observation{label, value})
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return list
}

// compare says where the two transcripts differ, unless that is a difference
// that is listed, and which listed differences are none.
func compare(way way, program string, theirs, ours []observation) (problems []string) {
	their, our := byLabel(theirs), byLabel(ours)
	common := func(list []observation, in map[string]string) (labels []string) {
		for _, o := range list {
			if _, ok := in[o.label]; ok {
				labels = append(labels, o.label)
			}
		}
		return labels
	}
	if a, b := common(theirs, our), common(ours, their); !slices.Equal(a, b) {
		problems = append(problems, fmt.Sprintf("the order differs:\nWine  %q\nLinux %q", a, b))
	}

	// What is listed for the other way is none here.
	counts := func(d difference) bool { return d.program == program && (d.way == both || d.way == way) }
	used := map[int]bool{}
	look := func(label string) {
		w, ok := their[label]
		if !ok {
			w = absent
		}
		l, ok := our[label]
		if !ok {
			l = absent
		}
		i := slices.IndexFunc(differences, func(d difference) bool { return counts(d) && match(d.label, label) })
		switch {
		case i < 0 && w != l:
			problems = append(problems, fmt.Sprintf("%s: Wine %s, Linux %s", label, w, l))
		case i < 0:
		case w == l:
			problems = append(problems, fmt.Sprintf("%s: listed as a difference, but both answer %s", label, w))
		case !match(differences[i].wine, w) || differences[i].linux != l:
			problems = append(problems, fmt.Sprintf("%s: Wine %s, Linux %s; listed is another difference: %s, %s", label, w, l, differences[i].wine, differences[i].linux))
		}
		used[i] = true
	}
	for _, o := range theirs {
		look(o.label)
	}
	for _, o := range ours {
		if _, ok := their[o.label]; !ok {
			look(o.label)
		}
	}
	for i, d := range differences {
		if counts(d) && !used[i] {
			problems = append(problems, fmt.Sprintf("%s: listed as a difference, but there is no such observation", d.label))
		}
	}
	return problems
}

func byLabel(list []observation) map[string]string {
	m := map[string]string{}
	for _, o := range list {
		m[o.label] = o.value
	}
	return m
}

// match compares text with a pattern, which may have one "*" for any text.
func match(pattern, text string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	return len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// TestCompare: what the comparison must find, and what it must let pass.
func TestCompare(t *testing.T) {
	saved := differences
	defer func() { differences = saved }()
	differences = []difference{
		{way: both, program: "p", label: "b*", wine: "1", linux: "2"},
		{way: goAPI, program: "p", label: "only", wine: "*", linux: absent},
		{way: cLib, program: "p", label: "c", wine: "0", linux: "9"},
	}
	good := []observation{{"a", "0"}, {"b 1", "1"}, {"only", "x"}, {"c", "0"}}
	for _, test := range []struct {
		ours     []observation
		problems []string
	}{
		{[]observation{{"a", "0"}, {"b 1", "2"}, {"c", "0"}}, nil},
		{[]observation{{"a", "1"}, {"b 1", "2"}, {"c", "0"}}, []string{"a: Wine 0, Linux 1"}},
		{[]observation{{"a", "0"}, {"b 1", "1"}, {"c", "0"}}, []string{"b 1: listed as a difference, but both"}},
		{[]observation{{"a", "0"}, {"b 1", "3"}, {"c", "0"}}, []string{"b 1: Wine 1, Linux 3; listed is another"}},
		{[]observation{{"c", "0"}, {"b 1", "2"}, {"a", "0"}}, []string{"the order differs"}},
		{[]observation{{"a", "0"}, {"b 1", "2"}}, []string{"c: Wine 0, Linux " + absent}},
		{[]observation{{"a", "0"}, {"b 1", "2"}, {"c", "0"}, {"d", "1"}}, []string{"d: Wine " + absent + ", Linux 1"}},
		{[]observation{{"a", "0"}, {"b 1", "2"}, {"b 2", "2"}, {"c", "0"}}, []string{"b 2: Wine " + absent}},
	} {
		got := compare(goAPI, "p", good, test.ours)
		if len(got) != len(test.problems) {
			t.Errorf("%v: %q, want %q", test.ours, got, test.problems)
			continue
		}
		for i, want := range test.problems {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%v: %q, want %q", test.ours, got[i], want)
			}
		}
	}
	if got := compare(goAPI, "p", good[:1], good[:1]); len(got) != 2 {
		t.Errorf("listed differences without an observation: %q", got)
	}
	if got := compare(cLib, "p", good, []observation{{"a", "0"}, {"b 1", "2"}, {"only", "x"}, {"c", "9"}}); len(got) != 0 {
		t.Errorf("what is listed for the library: %q", got)
	}
	if got := compare(cLib, "p", good, []observation{{"a", "0"}, {"b 1", "2"}, {"c", "0"}}); len(got) != 2 {
		t.Errorf("what is listed for the Go API alone, and what is not so with the library: %q", got)
	}
}
