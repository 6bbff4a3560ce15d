package console

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a process's view of c.
func terminal(t *testing.T, c *PseudoConsole) *os.File {
	t.Helper()
	f, err := c.Terminal()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestTerminal: what is typed is read there and echoed, what is printed there
// is read here; by both ways to open it.
func TestTerminal(t *testing.T) {
	for _, byName := range []bool{false, true} {
		noPeer = byName
		c := create(t, Default)
		f := terminal(t, c)
		noPeer = false
		if _, err := io.WriteString(c, "typed\r"); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(f).ReadString('\n'); line != "typed\n" || err != nil {
			t.Errorf("the terminal has %q, %v", line, err)
		}
		if _, err := io.WriteString(f, "printed\n"); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(c)
		for _, want := range []string{"typed\r\n", "printed\r\n"} {
			if line, err := lines.ReadString('\n'); line != want || err != nil {
				t.Errorf("the console has %q, %v, want %q", line, err, want)
			}
		}
		flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 || !strings.HasPrefix(f.Name(), "/dev/pts/") {
			t.Errorf("%s: flags %x, %v", f.Name(), flags, err)
		}
	}
}

// TestNotOurTerminal: to open it does not make it the controlling terminal of a
// program that has none.
func TestNotOurTerminal(t *testing.T) {
	before := controllingTerminal(t)
	terminal(t, create(t, Default))
	if after := controllingTerminal(t); after != before {
		t.Errorf("the controlling terminal was %s and is %s", before, after)
	}
}

// controllingTerminal is the device number that /proc has.
func controllingTerminal(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))[7-3]
}

func TestSizeOnTheTerminal(t *testing.T) {
	c := create(t, Size{Columns: 100, Rows: 30})
	f := terminal(t, c)
	for _, want := range []Size{{100, 30}, {1, 1}, {maxSide, maxSide}} {
		if err := c.Resize(want); err != nil {
			t.Fatal(err)
		}
		w, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
		if err != nil || w.Col != want.Columns || w.Row != want.Rows {
			t.Errorf("the terminal has %+v, %v, want %+v", w, err, want)
		}
	}
}

// TestEnd: there is no end before a child has had the console, there is one
// when it is gone, what was printed comes first, and then there can be more.
func TestEnd(t *testing.T) {
	c := create(t, Default)
	failure := errors.New("no child")
	if err := c.Attach(func(uintptr) error { return failure }); err != failure {
		t.Errorf("Attach: %v", err)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 10)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("before the first child: %d, %v", n, err)
	}
	c.SetReadDeadline(time.Time{})
	for _, text := range []string{"first", "second"} {
		var child int
		err := c.Attach(func(handle uintptr) (err error) {
			child, err = unix.Dup(int(handle))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		unix.Write(child, []byte(text))
		unix.Close(child)
		if got, err := io.ReadAll(c); string(got) != text || err != nil {
			t.Errorf("the console has %q, %v, want %q and io.EOF", got, err, text)
		}
	}
}

// TestCreateFails: the device is what may be missing, and nothing is left then.
func TestCreateFails(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	create(t, Default).Close() // whatever stays open for good is open
	lowest, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(lowest)
	for more := range uint64(2) { // room for nothing, and for our side only
		unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(lowest) + more, Max: old.Max}, nil)
		c, err := Create(Default)
		unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil)
		if err == nil {
			c.Close()
		}
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("room for %d descriptors: %v", more, err)
		}
	}
}
