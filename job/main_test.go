package job_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/job"
)

// The child of a test is the test binary itself: in its environment childKey
// says what it is to do.
const childKey = "CREATEPROCESS_JOB_TEST_CHILD"

func TestMain(m *testing.M) {
	keepApart()
	if role := os.Getenv(childKey); role != "" {
		os.Exit(child(role, os.Args[1:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(mainWithChecks(m))
}

func child(role string, args []string) int {
	switch role {
	case "exit":
		return len(args)
	case "stdin": // says so, and lives until its standard input is closed
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		return 0
	case "ignore": // every signal that it can
		signal.Ignore()
		fmt.Println("ready")
		forever()
	}
	return systemChild(role, args)
}

// params is a child that plays the role.
func params(t testing.TB, role string, args ...string) createprocess.Params {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return createprocess.Params{
		Args:        append([]string{self}, args...),
		Environment: append(os.Environ(), childKey+"="+role),
	}
}

// running is a child that has said something, on its first line.
type running struct {
	*createprocess.ProcessInformation
	line  string
	input *os.File // to end it
	out   *bufio.Reader
}

// start creates the child and waits for its first line.
func start(t testing.TB, p createprocess.Params) *running {
	t.Helper()
	r, err := tryStart(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryStart(t testing.TB, p createprocess.Params) (*running, error) {
	t.Helper()
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.StartupInfo.UseStdHandles(inRead, outWrite, os.Stderr)
	pi, err := createprocess.CreateProcess(p)
	inRead.Close()
	outWrite.Close()
	if err != nil {
		inWrite.Close()
		outRead.Close()
		return nil, err
	}
	r := &running{ProcessInformation: pi, input: inWrite, out: bufio.NewReader(outRead)}
	t.Cleanup(func() {
		inWrite.Close()
		outRead.Close()
		pi.Process.Terminate(1)
		pi.Process.Wait(context.Background())
		pi.Close()
	})
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the child has said %q: %v", line, err)
	}
	r.line = strings.TrimSpace(line)
	return r, nil
}

func in(p createprocess.Params, jobs ...*job.Job) createprocess.Params {
	p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.JobList(jobs...))
	return p
}

func newJob(t testing.TB, name string) *job.Job {
	t.Helper()
	j, err := job.Create(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		j.Terminate(1)
		j.Wait(soon(t))
		j.Close()
	})
	return j
}

// soon ends a wait that would hang the test.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func mainWithChecks(m *testing.M) int {
	status := leaktest.Main(m)
	if status == 0 {
		if err := left(); err != nil {
			fmt.Fprintln(os.Stderr, "left behind:", err)
			return 1
		}
		cleanUp()
	}
	return status
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// forever is for a child that is to be ended.
func forever() {
	for {
		time.Sleep(time.Hour)
	}
}
