package differential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
)

// childKey says in the environment whose child the test binary is to be.
const childKey = "DIFFERENTIAL_CHILD"

// A program is the counterpart of a C program. Its children are the test binary.
type program struct {
	creator func(t *transcript)
	child   func(t *transcript, args []string) (exitCode int) // what it does beside "exit" and "sleep"
}

// run runs the creator in an empty directory and returns the transcript's name.
func (p program) run(t *testing.T, name string) string {
	t.Helper()
	out, err := os.OpenFile(filepath.Join(t.TempDir(), "transcript"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	image, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv(childKey, name)
	p.creator(&transcript{TB: t, out: out, image: image})
	return out.Name()
}

// play is what a child does.
func (p program) play(name string, args []string) int {
	t := &transcript{out: os.Stdout}
	switch {
	case len(args) == 2 && args[0] == "exit":
		code, _ := strconv.ParseUint(args[1], 10, 32)
		ExitProcess(uint32(code))
	case len(args) == 1 && args[0] == "sleep":
		time.Sleep(time.Minute)
	case p.child != nil:
		return p.child(t, args)
	}
	return 0
}

// A transcript is where a program says what it observes, by the same functions
// as testdata/win32/transcript.h. In a child it has no test.
type transcript struct {
	testing.TB
	out   *os.File
	image string
}

func (t *transcript) say(label, value string) { fmt.Fprintf(t.out, "%s: %s\n", label, value) }

func (t *transcript) number(label string, n uint32) {
	if n > 0xffff {
		t.say(label, fmt.Sprintf("0x%08X", n))
	} else {
		t.say(label, strconv.Itoa(int(n)))
	}
}

func (t *transcript) yes(label string, yes bool) {
	if yes {
		t.say(label, "yes")
	} else {
		t.say(label, "no")
	}
}

// result says "ok", or the error's code.
func (t *transcript) result(label string, err error) {
	var e *Error
	switch {
	case err == nil:
		t.say(label, "ok")
	case errors.As(err, &e):
		t.say(label, fmt.Sprintf("error %d", e.Code))
	default:
		t.say(label, err.Error())
	}
}

func (t *transcript) count(label string, n uint32, err error) {
	if err != nil {
		t.result(label, err)
	} else {
		t.number(label, n)
	}
}

func (t *transcript) flag(label string, on bool, err error) {
	if err != nil {
		t.result(label, err)
	} else {
		t.yes(label, on)
	}
}

func (t *transcript) exitCode(label string, p *Process) {
	code, err := p.ExitCode()
	t.count(label, code, err)
}

func (t *transcript) wait(label string, h Waitable, timeout time.Duration) {
	result, err := WaitForSingleObject(h, timeout)
	t.count(label, uint32(result), err)
}

func (t *transcript) waitMany(label string, handles []Waitable, all bool, timeout time.Duration) {
	result, err := WaitForMultipleObjects(handles, all, timeout)
	t.count(label, uint32(result), err)
}

// must is for what the program needs and does not show.
func (t *transcript) must(err error) {
	if t.TB == nil {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(98)
		}
		return
	}
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// try creates a child whose output is in the transcript.
func (t *transcript) try(p Params) (*ProcessInformation, error) {
	p.StartupInfo.UseStdHandles(nil, t.out, os.Stderr)
	pi, err := CreateProcess(p)
	if err == nil {
		t.Cleanup(func() {
			pi.Process.Terminate(1)
			pi.Process.Wait(context.Background())
			pi.Close()
		})
	}
	return pi, err
}

func (t *transcript) start(flags CreationFlags, args ...string) *ProcessInformation {
	t.Helper()
	pi, err := t.try(Params{Args: append([]string{t.image}, args...), CreationFlags: flags})
	t.must(err)
	return pi
}

// finish waits for the end of a child, says its exit code and closes its handles.
func (t *transcript) finish(label string, pi *ProcessInformation) {
	t.Helper()
	_, err := WaitForSingleObject(pi.Process, INFINITE)
	t.must(err)
	t.exitCode(label, pi.Process)
	t.must(pi.Close())
}

// attempt creates a child and waits for it, or says why it cannot.
func (t *transcript) attempt(label string, p Params) {
	t.Helper()
	if pi, err := t.try(p); err != nil {
		t.result(label, err)
	} else {
		t.finish(label, pi)
	}
}

// putAway ends a child that has served its purpose.
func (t *transcript) putAway(pi *ProcessInformation) {
	t.Helper()
	t.must(pi.Process.Terminate(1))
	_, err := WaitForSingleObject(pi.Process, INFINITE)
	t.must(err)
	t.must(pi.Close())
}

func (t *transcript) write(name, text string) { t.must(os.WriteFile(name, []byte(text), 0o755)) }

// copyImage makes another image that is the test binary.
func (t *transcript) copyImage(name string) {
	t.Helper()
	in, err := os.Open(t.image)
	t.must(err)
	defer in.Close()
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755)
	t.must(err)
	_, err = io.Copy(out, in)
	t.must(err)
	t.must(out.Close())
}
