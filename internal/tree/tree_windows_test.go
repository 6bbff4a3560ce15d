package tree

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// The child of a test is the test binary, which makes as many processes below
// itself, one below the other, as the variable says.
const depthKey = "CREATEPROCESS_TREE_TEST_DEPTH"

func TestMain(m *testing.M) {
	if depth := os.Getenv(depthKey); depth != "" {
		os.Exit(child(len(depth)))
	}
	os.Exit(leaktest.Main(m))
}

func child(depth int) int {
	if depth > 1 {
		c := below(depth - 1)
		c.Stdin, c.Stdout = os.Stdin, os.Stdout
		if err := c.Start(); err != nil {
			fmt.Println(err)
			return 1
		}
	} else {
		fmt.Println("ready")
	}
	io.Copy(io.Discard, os.Stdin)
	return 0
}

func below(depth int) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), depthKey+"="+fmt.Sprintf("%0*d", depth, 0))
	return c
}

// start makes a tree that lives until it is killed, or the test ends.
func start(t *testing.T, depth int) (c *exec.Cmd, out *bufio.Reader) {
	t.Helper()
	c = below(depth)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	out = bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	return c, out
}

func TestKill(t *testing.T) {
	c, out := start(t, 4)
	before := leaktest.Open()
	if err := Kill(c.Process.Pid); err != nil {
		t.Error(err)
	}
	// The output of all of them ends with the last of them.
	if rest, err := io.ReadAll(out); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	if err := Kill(c.Process.Pid); err != nil { // os/exec has a handle to it still
		t.Errorf("what has ended already: %v", err)
	}
	if after := leaktest.Open(); after >= before+4 {
		t.Errorf("%d handles, and %d before", after, before)
	}
}

func TestKillRefused(t *testing.T) {
	if err := Kill(os.Getpid()); !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		t.Errorf("this program: %v", err)
	}
	if err := Kill(0x7ffffffc); err != nil {
		t.Errorf("no such process: %v", err)
	}
}

// What is older than the process whose number it has as its parent's is a child
// of another one that had the number before.
func TestOlderThanItsParent(t *testing.T) {
	c, _ := start(t, 1)
	f := family{members: make(map[uint32]member), refused: make(map[uint32]bool)}
	defer f.close()
	self := uint32(os.Getpid())
	f.members[self] = member{windows.CurrentProcess(), math.MaxInt64}
	if found, err := f.children(); len(found) > 0 || err != nil {
		t.Errorf("children that are older than their parent: %v, %v", found, err)
	}
	f.members[self] = member{windows.CurrentProcess(), 0}
	if found, err := f.children(); !slices.Contains(found, uint32(c.Process.Pid)) || err != nil { // a console may be one, too
		t.Errorf("children: %v, %v; want %d", found, err, c.Process.Pid)
	}
}
