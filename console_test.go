package createprocess_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// The tests in this file run natively on Linux and, built for Windows, under
// Wine.

func newConsole(t testing.TB) *console.PseudoConsole {
	t.Helper()
	c, err := console.Create(console.Default)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func on(c *console.PseudoConsole, p Params) Params {
	p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, PseudoConsole(c))
	return p
}

// TestPseudoConsole: semantics row "PSEUDOCONSOLE". What the child prints is
// read from the console, and what is typed there is what it reads.
func TestPseudoConsole(t *testing.T) {
	if winetest.OnWine() {
		t.Skip("Wine 8: a child on a pseudo console has no standard handles but those it is given")
	}
	askForLine(t, Params{Args: []string{self(t)}, Environment: as("line")})
}

// TestPseudoConsoleByName: the child has the console whatever its standard
// files are.
func TestPseudoConsoleByName(t *testing.T) {
	p := Params{Args: []string{self(t)}, Environment: as("console line")}
	askForLine(t, p)
	p.StartupInfo.UseStdHandles(nil, nil, nil)
	askForLine(t, p)
}

func askForLine(t *testing.T, p Params) {
	t.Helper()
	c := newConsole(t)
	pi := create(t, on(c, p))
	if _, err := io.WriteString(c, "typed\r"); err != nil {
		t.Fatal(err)
	}
	(&screen{console: c}).expect(t, "the line is <typed>")
	if code := wait(t, pi); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

// screen is what a console has said so far.
type screen struct {
	console  *console.PseudoConsole
	all      string
	expected int // so much of it has been asked for
}

// expect reads until want has come, behind what was expected before. Should it
// never come, the read ends with the child, or with the deadline that there is.
func (s *screen) expect(t testing.TB, want string) {
	t.Helper()
	buf := make([]byte, 4096)
	for {
		rest := s.all[s.expected:]
		if i := strings.Index(rest, want); i >= 0 {
			s.expected += i + len(want)
			return
		}
		n, err := s.console.Read(buf)
		s.all += string(buf[:n])
		if n == 0 && err != nil {
			t.Fatalf("%v after %q, want %q", err, rest, want)
		}
	}
}

// TestNewConsole: semantics row "CREATE_NEW_CONSOLE".
func TestNewConsole(t *testing.T) {
	for _, flags := range []CreationFlags{CREATE_NEW_CONSOLE, CREATE_NEW_CONSOLE | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP} {
		p := Params{Args: []string{self(t), "4"}, Environment: as("exit"), CreationFlags: flags}
		p.StartupInfo.Title, p.StartupInfo.Flags = "a title", STARTF_USECOUNTCHARS
		p.StartupInfo.XCountChars, p.StartupInfo.YCountChars = 100, 30
		if code := wait(t, create(t, p)); code != 4 {
			t.Errorf("%v: exit code %d", flags, code)
		}
	}
}

func TestConsoleRefusals(t *testing.T) {
	closed := newConsole(t)
	closed.Close()
	c := newConsole(t)
	p := Params{Args: []string{self(t)}, Environment: as("exit")}
	detached := on(c, p)
	detached.CreationFlags = DETACHED_PROCESS
	wrong := p
	wrong.StartupInfo.Attributes = []Attribute{{Key: PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, Value: os.Stdin}}
	for _, test := range []struct {
		name string
		p    Params
		code Errno
		word string
	}{
		{"closed", on(closed, p), 6, "PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE"},
		{"nil", on(nil, p), 87, "nil"},
		{"of a wrong type", wrong, 87, "*os.File"},
		{"twice", on(c, on(c, p)), 87, "twice"},
		{"detached", detached, 87, "DETACHED_PROCESS"},
	} {
		pi, err := CreateProcess(test.p)
		if err == nil {
			pi.Process.Terminate(1)
			t.Fatalf("%s: a process has been created", test.name)
		}
		if !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.word) {
			t.Errorf("%s: %v, want %v with %q", test.name, err, test.code, test.word)
		}
	}
	// None of that has cost the console anything.
	if size, err := c.Size(); size != console.Default || err != nil {
		t.Errorf("Size = %v, %v", size, err)
	}
	// On Windows it is a process while it is open.
	c.Close()
	if err := leaktest.Children(); err != nil {
		t.Error(err)
	}
}
