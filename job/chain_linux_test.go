package job_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

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
	waited := make(chan error, 1)
	go func() { waited <- j.Wait(nil) }()
	if err := <-waited; err != nil {
		return err
	}
	// The pipe has no writer any more: a read that would wait says that one is left.
	out.SetReadDeadline(time.Now().Add(time.Minute))
	rest, err := io.ReadAll(lines)
	if err != nil {
		return fmt.Errorf("its output: %w", err)
	}
	if strings.Contains(string(rest), "the end") == terminate {
		return fmt.Errorf("it has said %q", rest)
	}
	return nil
}
