package exec_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
)

// TestManyOutputs: more commands than may sleep in the kernel each have all of
// their output, and have not a thread each while they wait for it.
func TestManyOutputs(t *testing.T) {
	const commands = 60
	stdin, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer end.Close()
	began, started, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer began.Close()
	defer started.Close()
	var running sync.WaitGroup
	for i := range commands {
		c := command(t, "halves")
		c.Stdin, c.ExtraFiles = stdin, []*os.File{started}
		running.Go(func() {
			var stdout, stderr []byte
			var err error
			if i%2 == 0 {
				stdout, err = c.Output()
				if e := (*exec.ExitError)(nil); errors.As(err, &e) {
					stderr = e.Stderr
				}
			} else {
				var out, text strings.Builder
				c.Stdout, c.Stderr = &out, &text
				err = c.Run()
				stdout, stderr = []byte(out.String()), []byte(text.String())
			}
			want := "out " + strings.Repeat("o", 100_000)
			if e := (*exec.ExitError)(nil); !errors.As(err, &e) || e.ExitCode() != 1 || string(stdout) != want || string(stderr) != "err e" {
				t.Errorf("%d bytes of output, %q, %v", len(stdout), stderr, err)
			}
		})
	}
	if _, err := io.ReadFull(began, make([]byte, commands)); err != nil {
		t.Error(err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil || len(tasks) >= commands {
		t.Errorf("%d threads for %d commands, %v", len(tasks), commands, err)
	}
	end.Close()
	running.Wait()
}

// TestOneBuffer: both streams in the order in which they were written.
func TestOneBuffer(t *testing.T) {
	var both bytes.Buffer
	c := command(t, "both")
	c.Stdout, c.Stderr = &both, &both
	if err := c.Run(); err == nil || both.String() != "outerr" {
		t.Errorf("%q, %v", &both, err)
	}
}

// TestMemoryRefused: of a process that is not made no pipe is left, as the count
// of descriptors behind all tests tells.
func TestMemoryRefused(t *testing.T) {
	for _, c := range []*exec.Cmd{command(t, "exit", "0"), exec.Command("/nothing/there")} {
		c.Stdout, c.Stderr = new(bytes.Buffer), new(exec.HeadTail)
		if c.Path != "/nothing/there" {
			c.Dir = "/nothing"
		}
		if err := c.Run(); err == nil {
			t.Error("no error")
		}
	}
}
