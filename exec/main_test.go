package exec_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// The child of a test is the test binary itself: in its environment childKey
// says what it is to do.
const childKey = "CREATEPROCESS_EXEC_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(childKey); role != "" {
		os.Exit(child(role, os.Args[1:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(leaktest.Main(m))
}

// command is a child that plays the role.
func command(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), childKey+"="+role)
	return c
}

func child(role string, args []string) int {
	switch role {
	case "exit":
		code, _ := strconv.Atoi(args[0])
		return code
	case "lose":
		return lose(args[0])
	case "stdin": // says so, and lives until its standard input is closed
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	case "halves": // of its output on both sides of the end of its standard input
		fmt.Print("out ")
		fmt.Fprint(os.Stderr, "err ")
		os.NewFile(3, "started").Write([]byte{1})
		io.Copy(io.Discard, os.Stdin)
		fmt.Print(strings.Repeat("o", 100_000))
		fmt.Fprint(os.Stderr, "e")
		return 1
	case "echo":
		fmt.Print(strings.Join(args, " "))
	case "both":
		fmt.Print("out")
		fmt.Fprint(os.Stderr, "err")
		return 3
	case "parent": // of one that outlives it
		grandchild().Wait()
	case "leave": // one behind
		grandchild().Process.Release()
	case "grandparent": // of one whose parent has ended
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childKey+"=leave")
		c.Stdin, c.Stdout = os.Stdin, os.Stdout
		if err := c.Run(); err != nil {
			fmt.Println(err)
			return 1
		}
		io.Copy(io.Discard, os.Stdin)
	default:
		return systemChild(role, args)
	}
	return 0
}

// grandchild says its number, and lives until the standard input is closed.
func grandchild() *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childKey+"=stdin")
	c.Stdin = os.Stdin
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	bufio.NewReader(out).ReadString('\n')
	fmt.Println(c.Process.Pid)
	return c
}
