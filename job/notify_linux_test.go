package job_test

import (
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// TestManyListeners: a program may listen to and wait for more jobs than a user
// has inotify descriptors (128 as a rule).
func TestManyListeners(t *testing.T) {
	levels(t, func(t *testing.T) {
		n := 150
		if testing.Short() {
			n = 10
		}
		type listened struct {
			pid      int
			messages <-chan job.Notification
			waited   chan error
		}
		var list []listened
		for range n {
			j := newJob(t, "")
			messages, stop, err := j.Notify()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
			pi := spawned(t, in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
			waited := make(chan error, 1)
			go func() { waited <- j.Wait(soon(t)) }()
			list = append(list, listened{pi.ProcessID, messages, waited})
		}
		for _, l := range list {
			if err := unix.Kill(l.pid, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range list {
			await(t, l.messages, job.JOB_OBJECT_MSG_NEW_PROCESS, l.pid)
			await(t, l.messages, job.JOB_OBJECT_MSG_EXIT_PROCESS, l.pid)
			await(t, l.messages, job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0)
			ok(t, <-l.waited)
		}
	})
}

// TestNotifyAtOnce: what the program creates in a job is told when CreateProcess
// returns, to whoever listens to the job or to one that it is nested in.
func TestNotifyAtOnce(t *testing.T) {
	levels(t, func(t *testing.T) {
		outer := newJob(t, "outer")
		inner, err := outer.Nest("", nil)
		ok(t, err)
		defer inner.Close()
		again, err := job.Open("outer")
		ok(t, err)
		defer again.Close()
		other := newJob(t, "")
		listen := func(j *job.Job) <-chan job.Notification {
			messages, stop, err := j.Notify()
			ok(t, err)
			t.Cleanup(stop)
			return messages
		}
		concerned := map[string]<-chan job.Notification{"inner": listen(inner), "outer": listen(outer), "another handle": listen(again)}
		unconcerned := listen(other)
		pi := spawned(t, in(createprocess.Params{Args: []string{"sleep", "1000"}}, inner))
		for who, messages := range concerned {
			select {
			case n := <-messages:
				if n.Message != job.JOB_OBJECT_MSG_NEW_PROCESS || n.ProcessID != pi.ProcessID {
					t.Errorf("%s hears of %v %d", who, n.Message, n.ProcessID)
				}
			default:
				t.Errorf("%s has heard nothing yet", who)
			}
		}
		pi.Process.Terminate(1)
		for _, messages := range concerned {
			await(t, messages, job.JOB_OBJECT_MSG_EXIT_PROCESS, pi.ProcessID)
			await(t, messages, job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0)
		}
		if len(unconcerned) != 0 {
			t.Errorf("another job's listener hears of %v", <-unconcerned)
		}
	})
}

// TestListenerThatDoesNotRead: what finds no room is lost, and nobody waits.
func TestListenerThatDoesNotRead(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		messages, stop, err := j.Notify()
		if err != nil {
			t.Fatal(err)
		}
		for range cap(messages) + 10 {
			pi := spawned(t, in(createprocess.Params{Args: []string{"true"}}, j))
			pi.Process.Wait(soon(t))
			pi.Close()
		}
		if err := j.Wait(soon(t)); err != nil {
			t.Error(err)
		}
		stop()
		n := 0
		for range messages {
			n++
		}
		if n != cap(messages) {
			t.Errorf("%d notifications, and there is room for %d", n, cap(messages))
		}
	})
}

// TestStopWhileProcessesEnd: each of many processes ends at another moment of stop.
func TestStopWhileProcessesEnd(t *testing.T) {
	levels(t, func(t *testing.T) {
		for range 10 {
			j := newJob(t, "")
			_, stop, err := j.Notify()
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				spawned(t, in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
			}
			var both sync.WaitGroup
			both.Go(func() { ok(t, j.Terminate(1)) })
			both.Go(stop)
			both.Wait()
			ok(t, j.Wait(soon(t)))
			ok(t, j.Close())
		}
	})
}

// TestListenerWithoutDescriptors: a process that there is no descriptor for is told
// of when there is one.
func TestListenerWithoutDescriptors(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		messages, stop, err := j.Notify()
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		refused := make(chan struct{}, 1000)
		restore := job.InjectFault(func(step, object string) error {
			if step != "observe" {
				return nil
			}
			select {
			case refused <- struct{}{}:
			default:
			}
			return syscall.EMFILE
		})
		pi := spawned(t, in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
		for range 3 { // when it is announced, and by looks
			<-refused
		}
		if len(messages) != 0 {
			t.Errorf("told of %v", <-messages)
		}
		restore()
		await(t, messages, job.JOB_OBJECT_MSG_NEW_PROCESS, pi.ProcessID)
		pi.Process.Terminate(1)
		await(t, messages, job.JOB_OBJECT_MSG_EXIT_PROCESS, pi.ProcessID)
	})
}

// TestFreezeThatFails: then the job is not frozen.
func TestFreezeThatFails(t *testing.T) {
	needCgroup(t)
	j := newJob(t, "")
	r := start(t, in(params(t, "echo"), j))
	for _, failing := range []string{"watch", "read"} {
		restore := job.InjectFault(func(step, object string) error {
			if step == failing && strings.HasSuffix(object, "cgroup.events") {
				return syscall.EIO
			}
			return nil
		})
		err := j.Freeze()
		restore()
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%s fails: %v", failing, err)
		}
		io.WriteString(r.input, failing+"\n")
		if line, err := r.out.ReadString('\n'); line != failing+"\n" || err != nil {
			t.Errorf("%s fails: the process says %q, %v", failing, line, err)
		}
	}
}

// TestNobodyAsks: what is created in a job and ends is forgotten, also when nobody
// listens or lists.
func TestNobodyAsks(t *testing.T) {
	needCgroup(t) // creations in a walk take long
	if testing.Short() {
		t.Skip("it takes 1,500 processes")
	}
	j := newJob(t, "")
	const number = 1500
	for range number {
		pi, err := createprocess.CreateProcess(in(createprocess.Params{Args: []string{"/bin/true"}}, j))
		if err != nil {
			t.Fatal(err)
		}
		exitCode(t, pi.Process)
		pi.Close()
	}
	if known := j.Known(); known >= number {
		t.Errorf("%d processes are known, and all of %d have ended", known, number)
	}
	a, err := j.Accounting()
	if err != nil || a.TotalProcesses != number || a.ActiveProcesses != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}
