package job_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/job"
)

// Neither success nor failure leaves a handle.
func TestNoHandleIsLeft(t *testing.T) {
	one := func() {
		j := newJob(t, "")
		inner, err := j.Nest("", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, stop, err := j.Notify()
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, in(params(t, "stdin"), inner))
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		wantCode(t, "Wait", j.Wait(ctx), job.ERROR_TIMEOUT)
		cancel()
		ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}))
		waited := make(chan error)
		go func() { waited <- j.Wait(context.Background()) }()
		time.Sleep(10 * time.Millisecond) // most likely it waits by now; each order is right
		ok(t, j.Close())
		ok(t, inner.Close())
		<-waited
		exitCode(t, r.Process)
		r.Close()
		r.input.Close()
		stop()
	}
	one() // what the runtime and this package open once
	before := leaktest.Open()
	// So many that a handle a round is more than what the runtime opens for its
	// threads. Each round's pipe to read from is closed with the test.
	const rounds = 50
	for range rounds {
		one()
	}
	if after := leaktest.Open(); after >= before+2*rounds {
		t.Errorf("%d handles more after %d rounds", after-before, rounds)
	}
}

// That all processes of a list have ended does not say that the job is empty.
func TestStaleList(t *testing.T) {
	j := create(t, "")
	ended, _, _ := startMember(t, "exit", createprocess.JobList(j))
	exitCode(t, ended.Process)
	runs, _, _ := startMember(t, "stay", createprocess.JobList(j))
	outside, _, _ := startMember(t, "stay")
	for _, c := range []struct {
		what        string
		ids         []int
		wait, again bool
	}{
		{"none", nil, false, false},
		{"one that has ended", []int{ended.ProcessID}, false, true},
		{"one that is not in the job", []int{outside.ProcessID}, false, true},
		{"no process", []int{0x7ffffffc}, false, true},
		{"one that runs", []int{ended.ProcessID, runs.ProcessID}, true, false},
	} {
		if wait, again := j.LookAgain(c.ids); wait != c.wait || again != c.again {
			t.Errorf("%s: wait %v, look again %v", c.what, wait, again)
		}
	}
}

// A job sends its messages to one port.
func TestSecondHandleListens(t *testing.T) {
	name := jobName(t)
	first, second := create(t, name), create(t, name)
	_, stop, err := first.Notify()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	_, _, err = second.Notify()
	wantCode(t, "Notify", err, job.ERROR_INVALID_PARAMETER)
}

func TestRefused(t *testing.T) {
	j := create(t, "")
	wantCode(t, "OOMGroup", j.SetLimits(job.Limits{
		Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 1 << 30, OOMGroup: true,
	}), job.ERROR_NOT_SUPPORTED)
	wantCode(t, "a processor of another group", j.SetLimits(job.Limits{
		Flags: job.JOB_OBJECT_LIMIT_AFFINITY, Affinity: []int{64},
	}), job.ERROR_NOT_SUPPORTED)
	wantCode(t, "volume", j.SetIORate(job.IORateControl{VolumeName: "a\x00b"}), job.ERROR_INVALID_PARAMETER)
	wantCode(t, "bandwidth", j.SetIORate(job.IORateControl{MaxBandwidth: 1 << 63}), job.ERROR_INVALID_PARAMETER)
	if j.Level() != job.LevelSystem || j.Level().String() != "system" {
		t.Errorf("Level: %v", j.Level())
	}
	if err := j.Adopt(); err != nil {
		t.Errorf("Adopt: %v", err)
	}
}

func TestIORate(t *testing.T) {
	j := create(t, "")
	lack(t, j.SetIORate(job.IORateControl{MaxIops: 1000}), "rate control of input and output")
	if err := j.SetIORate(job.IORateControl{}); err != nil {
		t.Error(err)
	}
}
