package createprocess_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

// The child of a test is the test binary itself: in its environment childKey
// says what it is to do, with what stands behind the first argument.
const childKey = "CREATEPROCESS_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(childKey); role != "" {
		os.Exit(child(role, os.Args[1:]))
	}
	// A child that is built with the race detector would end a second late.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(leaktest.Main(m))
}

func answerLine(in io.Reader, out io.Writer) int {
	line, _ := bufio.NewReader(in).ReadString('\n')
	fmt.Fprintf(out, "the line is <%s>\n", strings.TrimSpace(line))
	return 7
}

func child(role string, args []string) int {
	switch role {
	case "exit":
		code, _ := strconv.ParseUint(args[0], 10, 32)
		return int(code)
	case "exitprocess":
		code, _ := strconv.ParseUint(args[0], 10, 32)
		createprocess.ExitProcess(uint32(code))
	case "args":
		json.NewEncoder(os.Stdout).Encode(args)
	case "env":
		json.NewEncoder(os.Stdout).Encode(os.Environ())
	case "cwd":
		dir, _ := os.Getwd()
		fmt.Print(dir)
	case "image":
		exe, _ := os.Executable()
		fmt.Print(exe)
	case "cat":
		if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprint(os.Stderr, "done")
	case "fds": // Linux
		entries, _ := os.ReadDir("/proc/self/fd")
		for _, e := range entries {
			target, err := os.Readlink("/proc/self/fd/" + e.Name())
			// Those that the Go runtime opens for itself do not count.
			own := strings.HasPrefix(target, "anon_inode:") || strings.HasPrefix(target, "/sys/fs/cgroup/")
			if err == nil && !own {
				fmt.Println(e.Name(), target)
			}
		}
	case "line":
		return answerLine(os.Stdin, os.Stdout)
	case "console line":
		in, out := "/dev/tty", "/dev/tty"
		if runtime.GOOS == "windows" {
			in, out = "CONIN$", "CONOUT$"
		}
		input, err := os.OpenFile(in, os.O_RDWR, 0)
		if err != nil {
			return 98
		}
		output, err := os.OpenFile(out, os.O_RDWR, 0)
		if err != nil {
			return 97
		}
		return answerLine(input, output)
	case "sleep":
		d, _ := time.ParseDuration(args[0])
		time.Sleep(d)
	case "stdin":
		// Lives until its standard input is closed.
		io.Copy(io.Discard, os.Stdin)
	case "ignore":
		signal.Ignore()
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	default:
		if f, ok := childRoles[role]; ok {
			return f(args)
		}
		fmt.Fprintln(os.Stderr, "no such role:", role)
		return 99
	}
	return 0
}
