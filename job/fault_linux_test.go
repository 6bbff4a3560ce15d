package job_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/job"
)

// everything is a job's life: it does all that a handle can, and tells of the
// first failure.
func everything(t *testing.T, name string) (err error) {
	j, err := job.Create(name, nil)
	if err != nil {
		return err
	}
	defer func() {
		// What has failed once may not be left behind all the same.
		e := j.Close()
		if err == nil {
			err = e
		}
	}()
	if err := j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}); err != nil {
		return err
	}
	inner, err := j.Nest("", nil)
	if err != nil {
		return err
	}
	defer func() {
		e := inner.Close()
		if err == nil {
			err = e
		}
	}()
	_, stop, err := j.Notify()
	if err != nil {
		return err
	}
	defer stop()
	creating.Store(true)
	pi, err := createprocess.CreateProcess(in(createprocess.Params{Args: []string{"sleep", "1000"}}, inner))
	creating.Store(false)
	if err != nil {
		return err
	}
	defer func() {
		pi.Process.Terminate(1)
		pi.Process.Wait(soon(t))
		pi.Close()
	}()
	p, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"sleep", "1000"}})
	if err != nil {
		return err
	}
	defer func() {
		p.Process.Terminate(1)
		p.Process.Wait(soon(t))
		p.Close()
	}()
	if err := j.Assign(p.Process); err != nil {
		return err
	}
	if _, err := j.ProcessIDs(); err != nil {
		return err
	}
	if _, err := j.Accounting(); err != nil {
		return err
	}
	if err := j.Freeze(); err != nil {
		return err
	}
	if _, err := j.Frozen(); err != nil {
		return err
	}
	if err := j.Thaw(); err != nil {
		return err
	}
	if err := j.Terminate(1); err != nil {
		return err
	}
	return j.Wait(soon(t))
}

// creating is true while a process is made in a job. A walk then notes it, and
// goes by its mark where that fails.
var creating atomic.Bool

// TestFaults makes each step of a job's life fail in turn: there is an error that
// names it, or the step was one that may fail, and nothing is left.
func TestFaults(t *testing.T) {
	levels(t, func(t *testing.T) {
		if err := everything(t, ""); err != nil {
			t.Fatal(err)
		}
		open := leaktest.Open()
		// Missed if they fail: what has a reason to be asked for is refused later,
		// what is not removed when it could be is removed with the job, and what a
		// listener cannot look at is looked at again.
		mayFail := func(step string) bool {
			return strings.HasPrefix(step, "rmdir") || strings.HasPrefix(step, "observe") || strings.Contains(step, "subtree_control") || strings.Contains(step, "cgroup.controllers") ||
				strings.Contains(step, "pids.") || strings.Contains(step, "memory.") || strings.Contains(step, "io.") ||
				strings.Contains(step, "cgroup.procs")
		}
		steps, stride := 0, 1
		if testing.Short() {
			stride = 20
		}
		for n := 1; ; n += stride {
			var mu sync.Mutex // what watches a job asks from goroutines of its own
			count, faulty, during := 0, "", false
			restore := job.InjectFault(func(step, object string) error {
				mu.Lock()
				defer mu.Unlock()
				if count++; count == n {
					faulty, during = step+" "+object, creating.Load()
					return syscall.EIO
				}
				return nil
			})
			err := everything(t, "faults")
			restore()
			mu.Lock()
			failed, noted := faulty, during
			mu.Unlock()
			if failed == "" {
				if err != nil {
					t.Errorf("without a fault: %v", err)
				}
				break
			}
			steps++
			var e *job.Error
			var c *createprocess.Error
			_, object, _ := strings.Cut(failed, " ")
			switch {
			case err == nil && !mayFail(failed) && !(noted && strings.HasSuffix(t.Name(), "Walk")):
				t.Errorf("%s has failed, and nobody has said so", failed)
			case err != nil && !errors.As(err, &e) && !errors.As(err, &c):
				t.Errorf("%s: %v is no error of ours", failed, err)
			case err != nil && !errors.Is(err, syscall.EIO):
				t.Errorf("%s: %v hides the cause", failed, err)
			case err != nil && !strings.Contains(err.Error(), filepath.Base(object)):
				t.Errorf("%s: %v does not name it", failed, err)
			}
			if err := settled(open); err != nil {
				t.Fatalf("after %s: %v", failed, err)
			}
		}
		t.Logf("%d steps", steps)
	})
}

// settled waits for what is under way to have come to its end.
func settled(descriptors int) (err error) {
	for range 200 {
		if err = left(); err == nil {
			if now := leaktest.Open(); now > descriptors {
				err = fmt.Errorf("%d descriptors, there were %d", now, descriptors)
			}
		}
		if err == nil {
			return leaktest.Children()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("left behind: %w", err)
}
