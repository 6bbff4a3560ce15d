package job_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// Chains: each process makes the next one and ends at once, so that there is never
// more than one for long, and none whose parent is alive. One chain goes on by fork
// alone, which takes a fraction of a millisecond, the other one by new images.
var chains = map[string]string{
	"fork":  `f() { [ $n -gt 0 ] || { echo the end; exit; }; n=$((n-1)); f & }; f`,
	"image": `[ $n -gt 0 ] || { echo the end; exit; }; n=$((n-1)); sh -c "$chain" &`,
}

// chainRounds ends each chain in a job again and again, in the midst of it or when it
// has come to its own end.
func chainRounds(rounds int, newJob func() (*job.Job, error)) error {
	for name, chain := range chains {
		for i := range rounds {
			if err := endChain(chain, newJob, i%2 == 0); err != nil {
				return fmt.Errorf("%s, round %d: %w", name, i, err)
			}
		}
	}
	return nil
}

func endChain(chain string, newJob func() (*job.Job, error), terminate bool) error {
	j, err := newJob()
	if err != nil {
		return err
	}
	defer j.Close()
	links := 50
	if terminate {
		links = 20000 // it comes to an end, should the job not end it
	}
	out, outWrite, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	p := createprocess.Params{
		Args:        []string{"/bin/sh", "-c", "echo begins; " + chain},
		Environment: append(os.Environ(), "chain="+chain, "n="+strconv.Itoa(links)),
	}
	p.StartupInfo.UseStdHandles(nil, outWrite, nil)
	p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
	pi, err := createprocess.CreateProcess(p)
	outWrite.Close()
	if err != nil {
		return err
	}
	defer pi.Close()
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil {
		return fmt.Errorf("it has said %q: %w", line, err)
	}
	if terminate {
		time.Sleep(5 * time.Millisecond)
		if err := j.Terminate(1); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := j.Wait(ctx); err != nil {
		return err
	}
	// Nobody has the other end of the pipe any more.
	rest, err := readNow(out)
	said, _ := lines.Peek(lines.Buffered())
	rest = string(said) + rest
	if err != nil {
		return fmt.Errorf("a process is left that has its output: %q, %w", rest, err)
	}
	if strings.Contains(rest, "the end") == terminate {
		return fmt.Errorf("it has said %q", rest)
	}
	_, err = pi.Process.Wait(ctx)
	return err
}

// readNow reads to the end and does not wait for it: EAGAIN.
func readNow(f *os.File) (text string, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return "", err
	}
	e := conn.Read(func(fd uintptr) bool {
		for n, b := 1, make([]byte, 4096); n > 0 && err == nil; {
			if n, err = unix.Read(int(fd), b); err == nil {
				text += string(b[:n])
			}
		}
		return true
	})
	return text, errors.Join(err, e)
}

// TestChains: a chain neither gets away from Terminate nor from Wait.
func TestChains(t *testing.T) {
	n := rounds(t, "CREATEPROCESS_JOB_CHAINS", 20)
	levels(t, func(t *testing.T) {
		if err := chainRounds(n, func() (*job.Job, error) { return job.Create("", nil) }); err != nil {
			t.Error(err)
		}
	})
	t.Run("Subreaper", func(t *testing.T) {
		r := start(t, params(t, "chains", strconv.Itoa(n)))
		if r.line != "subreaper <nil>" {
			t.Errorf("the program says %q", r.line)
		}
		r.input.Close()
		r.Process.Wait(soon(t))
	})
}

// adoptedChains is a program that has adopted its chains.
func adoptedChains(rounds int) int {
	job.WalkOnly()
	var level job.Level
	err := chainRounds(rounds, func() (*job.Job, error) {
		for pid := 1; pid > 0; { // what it has been given by the last one
			pid, _ = unix.Wait4(-1, nil, unix.WNOHANG, nil)
		}
		j, err := job.Create("", nil)
		if err == nil {
			err = j.Adopt()
			level = j.Level()
		}
		return j, err
	})
	fmt.Println(level, err)
	return 0
}
