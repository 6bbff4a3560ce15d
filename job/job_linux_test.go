package job_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/job"
)

// stateKey is the directory of the tests' own jobs.
const stateKey = "CREATEPROCESS_JOB_TEST_STATE"

// keepApart keeps the tests' jobs apart from those of others on the machine.
func keepApart() {
	if os.Getenv(stateKey) == "" {
		dir, err := os.MkdirTemp("", "createprocess-job-test")
		if err != nil {
			panic(err)
		}
		os.Setenv(stateKey, dir)
	}
	home := os.Getenv(stateKey)
	job.UseForTests(home, strings.TrimPrefix(filepath.Base(home), "createprocess-job-test")+"x")
}

func cleanUp() { os.RemoveAll(os.Getenv(stateKey)) }

// left looks for state files, cgroups and a supervisor.
func left() error {
	if err := job.Sweep(); err != nil {
		return err
	}
	if files := job.StateFiles(); len(files) > 0 {
		return fmt.Errorf("state files of jobs: %v", files)
	}
	if pid := job.SupervisorPID(); pid != 0 {
		return fmt.Errorf("the supervisor, process %d", pid)
	}
	if place := job.Place(); place != "" {
		tag := strings.TrimPrefix(filepath.Base(os.Getenv(stateKey)), "createprocess-job-test")
		dirs, err := filepath.Glob(string(place) + "/createprocess-job-" + tag + "x*")
		if len(dirs) > 0 || err != nil {
			return fmt.Errorf("cgroups %v %v", dirs, err)
		}
	}
	return nil
}

// levels runs the test with a cgroup, if one may be made, and with a walk.
func levels(t *testing.T, f func(t *testing.T)) {
	t.Run("Cgroup", func(t *testing.T) {
		needCgroup(t)
		f(t)
	})
	t.Run("Walk", func(t *testing.T) {
		defer job.WalkOnly()()
		f(t)
	})
}

func needCgroup(t testing.TB) {
	t.Helper()
	j, err := job.Create("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if j.Level() != job.LevelCgroup {
		lacks(t, "cgroup", "this user may make no cgroup (version 2) here")
	}
}

// expectKey is what the machine must have, in words: "cgroup", controllers, "disk",
// "systemd"; or "walk", if it must have no cgroup. vm/run says so: there nothing is skipped
// that is about those.
const expectKey = "CREATEPROCESS_JOB_EXPECT"

func expected(what string) bool { return slices.Contains(strings.Fields(os.Getenv(expectKey)), what) }

// lacks skips a test that the machine cannot run, if it need not.
func lacks(t testing.TB, what, format string, args ...any) {
	t.Helper()
	if expected(what) {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// TestLevel: the level and the place are found without being told.
func TestLevel(t *testing.T) {
	j := newJob(t, "")
	t.Logf("level %v, cgroup %q", j.Level(), j.Cgroup())
	switch is := j.Level() == job.LevelCgroup; {
	case os.Getenv(expectKey) == "":
		t.Skip("which it must be is not known (in vm/run it is)")
	case is != expected("cgroup"):
		t.Errorf("level %v; expected: %s", j.Level(), os.Getenv(expectKey))
	case is:
		for _, what := range strings.Fields(os.Getenv(expectKey)) {
			if what != "cgroup" && what != "disk" && what != "systemd" && !j.Has(what) {
				t.Errorf("%s has no %s controller", j.Cgroup(), what)
			}
		}
	}
}

func needController(t *testing.T, names ...string) {
	t.Helper()
	needCgroup(t)
	j := newJob(t, "")
	for _, name := range names {
		if !j.Has(name) {
			lacks(t, name, "%s has no %s controller (vm/run's kernel has)", j.Cgroup().Parent(), name)
		}
	}
}

func code(t *testing.T, err error, want job.Errno, words ...string) {
	t.Helper()
	var e *job.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%v, want %v", err, want)
		return
	}
	for _, w := range words {
		if !strings.Contains(e.Error(), w) {
			t.Errorf("%v does not name %q", err, w)
		}
	}
}

func TestTerminate(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		var list []*running
		for _, role := range []string{"stdin", "ignore"} {
			list = append(list, start(t, in(params(t, role), j)))
		}
		pids, err := j.ProcessIDs()
		if err != nil || len(pids) != 2 {
			t.Fatalf("ProcessIDs: %v, %v", pids, err)
		}
		if err := j.Terminate(0xdeadbeef); err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if code, err := r.Process.Wait(soon(t)); code != 0xdeadbeef || err != nil {
				t.Errorf("exit code %#x, %v", code, err)
			}
		}
		if err := j.Wait(soon(t)); err != nil {
			t.Error(err)
		}
		// The job can be used again.
		again := start(t, in(params(t, "stdin"), j))
		if is, err := j.Contains(again.Process); !is || err != nil {
			t.Errorf("Contains: %v, %v", is, err)
		}
	})
}

// TestBackends: with each way to make a child none is outside for an instant:
// the grandchild, too, which it makes first of all, is in the job.
func TestBackends(t *testing.T) {
	for _, b := range spawn.Backends() {
		t.Run(b.String(), func(t *testing.T) {
			defer spawn.SetBackend(b)()
			needCgroup(t)
			j := newJob(t, "")
			r := start(t, in(params(t, "parent"), j))
			pids, err := j.ProcessIDs()
			if err != nil || len(pids) != 2 {
				t.Errorf("ProcessIDs: %v, %v; the child is %d", pids, err, r.ProcessID)
			}
		})
	}
	t.Run("ForkExec, clone3 refused", func(t *testing.T) {
		defer spawn.SetBackend(spawn.ForkExec)()
		needCgroup(t)
		j := newJob(t, "")
		restore := spawn.InjectFault(spawn.StepCgroup, syscall.ENOSYS)
		r := start(t, in(params(t, "parent"), j))
		restore()
		pids, err := j.ProcessIDs()
		if err != nil || len(pids) != 2 {
			t.Errorf("ProcessIDs: %v, %v; the child is %d", pids, err, r.ProcessID)
		}
	})
}

func TestCreateFailure(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, b := range spawn.Backends() {
			restore := spawn.SetBackend(b)
			j := newJob(t, "")
			p := in(params(t, "stdin"), j)
			p.Args[0] = "/nonexistent/image"
			_, err := createprocess.CreateProcess(p)
			if !errors.Is(err, createprocess.ERROR_FILE_NOT_FOUND) {
				t.Errorf("%v: %v", b, err)
			}
			if pids, err := j.ProcessIDs(); len(pids) > 0 || err != nil {
				t.Errorf("%v: left in the job: %v, %v", b, pids, err)
			}
			undo := spawn.InjectFault(spawn.StepCgroup, syscall.EBUSY)
			r, err := tryStart(t, in(params(t, "stdin"), j))
			undo()
			restore()
			if j.Level() == job.LevelCgroup {
				var errno syscall.Errno
				if !errors.As(err, &errno) || errno != syscall.EBUSY || !strings.Contains(err.Error(), "join cgroup") {
					t.Errorf("%v: %v", b, err)
				}
			} else if err != nil {
				t.Errorf("%v: %v", b, err)
			} else {
				r.input.Close()
			}
		}
	})
}

func TestAssign(t *testing.T) {
	levels(t, func(t *testing.T) {
		r := start(t, params(t, "stdin"))
		if is, err := job.InAny(r.Process); is || err != nil {
			t.Errorf("InAny before: %v, %v", is, err)
		}
		j, other := newJob(t, ""), newJob(t, "")
		if err := j.Assign(r.Process); err != nil {
			t.Fatal(err)
		}
		if is, err := j.Contains(r.Process); !is || err != nil {
			t.Errorf("Contains: %v, %v", is, err)
		}
		if is, err := other.Contains(r.Process); is || err != nil {
			t.Errorf("the other job: %v, %v", is, err)
		}
		if j.Level() == job.LevelCgroup {
			code(t, other.Assign(r.Process), job.ERROR_ACCESS_DENIED)
		}
		limited, err := createprocess.OpenProcess(createprocess.PROCESS_QUERY_LIMITED_INFORMATION, false, r.ProcessID)
		if err != nil {
			t.Fatal(err)
		}
		defer limited.Close()
		if err := j.Assign(limited); !errors.Is(err, createprocess.ERROR_ACCESS_DENIED) {
			t.Errorf("a handle without rights: %v", err)
		}
		j.Terminate(5)
		if code, err := r.Process.Wait(soon(t)); code != 5 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
		if err := j.Assign(r.Process); !errors.Is(err, createprocess.ERROR_ACCESS_DENIED) {
			t.Errorf("a process that has ended: %v", err)
		}
	})
}

func TestNames(t *testing.T) {
	levels(t, func(t *testing.T) {
		name := "test " + t.Name() + strconv.Itoa(os.Getpid())
		_, err := job.Open(name)
		code(t, err, job.ERROR_FILE_NOT_FOUND)
		a := newJob(t, name)
		b, err := job.Create(`Local\`+name, nil)
		if err != nil || !b.Existed() || a.Existed() {
			t.Fatalf("existed %v, %v: %v", a.Existed(), b.Existed(), err)
		}
		r := start(t, in(params(t, "stdin"), a))
		if is, err := b.Contains(r.Process); !is || err != nil {
			t.Errorf("by the other handle: %v, %v", is, err)
		}
		// The name lives as long as a handle or a process.
		a.Close()
		ok(t, b.Close())
		c, err := job.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if names, err := job.Names(); err != nil || !strings.Contains(strings.Join(names, "\n"), name) {
			t.Errorf("Names: %q, %v", names, err)
		}
		if pids, err := c.ProcessIDs(); err != nil || len(pids) != 1 || pids[0] != r.ProcessID {
			t.Errorf("ProcessIDs: %v, %v", pids, err)
		}
		r.input.Close()
		if err := c.Wait(soon(t)); err != nil {
			t.Error(err)
		}
		c.Close()
		_, err = job.Open(name)
		code(t, err, job.ERROR_FILE_NOT_FOUND)
		if names, err := job.Names(); err != nil || strings.Contains(strings.Join(names, "\n"), name) {
			t.Errorf("Names afterwards: %q, %v", names, err)
		}
	})
}

// TestNameOfAnotherProgram: a job is found by its name in another program.
func TestNameOfAnotherProgram(t *testing.T) {
	levels(t, func(t *testing.T) {
		name := "other " + t.Name() + strconv.Itoa(os.Getpid())
		j := newJob(t, name)
		r := start(t, in(params(t, "stdin"), j))
		other := start(t, params(t, "terminator", name))
		if other.line != "1" {
			t.Errorf("the other program sees %s processes", other.line)
		}
		if _, err := r.Process.Wait(soon(t)); err != nil {
			t.Error(err)
		}
	})
}

func TestFreeze(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		r := start(t, in(params(t, "echo"), j))
		if err := j.Freeze(); err != nil {
			t.Fatal(err)
		}
		if is, err := j.Frozen(); !is || err != nil {
			t.Errorf("Frozen: %v, %v", is, err)
		}
		fmt.Fprintln(r.input, "hello")
		answered := make(chan string, 1)
		go func() {
			line, _ := r.out.ReadString('\n')
			answered <- line
		}()
		select {
		case line := <-answered:
			t.Errorf("a frozen process has answered %q", line)
		case <-time.After(50 * time.Millisecond):
		}
		if err := j.Thaw(); err != nil {
			t.Fatal(err)
		}
		if line := <-answered; line != "hello\n" {
			t.Errorf("after Thaw: %q", line)
		}
		if is, err := j.Frozen(); is || err != nil {
			t.Errorf("Frozen after Thaw: %v, %v", is, err)
		}
		// Nothing can be created where it would stand still before its image runs.
		if err := j.Freeze(); err != nil {
			t.Fatal(err)
		}
		if j.Level() == job.LevelCgroup {
			_, err := createprocess.CreateProcess(in(params(t, "exit"), j))
			if !errors.Is(err, createprocess.ERROR_NOT_SUPPORTED) || !strings.Contains(err.Error(), "frozen") {
				t.Errorf("created in a frozen job: %v", err)
			}
		}
		ok(t, j.Thaw())
		// What is frozen can be ended.
		if err := j.Freeze(); err != nil {
			t.Fatal(err)
		}
		if err := j.Terminate(3); err != nil {
			t.Fatal(err)
		}
		if code, err := r.Process.Wait(soon(t)); code != 3 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

func TestWait(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		if err := j.Wait(soon(t)); err != nil {
			t.Errorf("an empty job: %v", err)
		}
		r := start(t, in(params(t, "stdin"), j))
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		code(t, j.Wait(ctx), job.ERROR_TIMEOUT)
		ctx, cancel = context.WithCancel(context.Background())
		cancel()
		code(t, j.Wait(ctx), job.ERROR_CANCELLED)
		done := make(chan error)
		go func() { done <- j.Wait(soon(t)) }()
		r.input.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestWaitForGone: a job whose last handle is closed as it becomes empty is gone
// before the kernel has told who waits that it is empty.
func TestWaitForGone(t *testing.T) {
	levels(t, func(t *testing.T) {
		for range rounds(t, "CREATEPROCESS_JOB_WAITS", 100) {
			j, err := job.Create("", nil)
			if err != nil {
				t.Fatal(err)
			}
			pi, err := createprocess.CreateProcess(in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- j.Wait(soon(t)) }()
			ok(t, j.Terminate(1))
			pi.Process.Wait(soon(t))
			ok(t, j.Close())
			pi.Close()
			if err := <-done; err != nil && !errors.Is(err, job.ERROR_INVALID_HANDLE) { // the handle was closed before
				t.Fatal(err)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	j := newJob(t, "")
	ok(t, j.Close())
	r := start(t, params(t, "stdin"))
	_, pids := j.ProcessIDs()
	_, accounting := j.Accounting()
	_, frozen := j.Frozen()
	_, limits := j.Limits()
	_, rate := j.CPURate()
	_, contains := j.Contains(r.Process)
	_, nest := j.Nest("", nil)
	_, _, notify := j.Notify()
	_, create := createprocess.CreateProcess(in(params(t, "stdin"), j))
	if !errors.Is(create, createprocess.ERROR_INVALID_HANDLE) {
		t.Errorf("CreateProcess: %v", create)
	}
	for what, err := range map[string]error{
		"Close": j.Close(), "Terminate": j.Terminate(1), "Freeze": j.Freeze(), "Thaw": j.Thaw(), "Assign": j.Assign(r.Process),
		"SetLimits": j.SetLimits(job.Limits{}), "SetCPURate": j.SetCPURate(job.CPURateControl{}), "SetIORate": j.SetIORate(job.IORateControl{}),
		"Wait": j.Wait(soon(t)), "Adopt": j.Adopt(), "ProcessIDs": pids, "Accounting": accounting, "Frozen": frozen, "Limits": limits,
		"CPURate": rate, "Contains": contains, "Nest": nest, "Notify": notify,
	} {
		var e *job.Error
		if !errors.As(err, &e) || e.Code != job.ERROR_INVALID_HANDLE {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNested(t *testing.T) {
	levels(t, func(t *testing.T) {
		outer := newJob(t, "")
		inner, err := outer.Nest("", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer inner.Close()
		a := start(t, in(params(t, "stdin"), outer))
		b := start(t, in(params(t, "stdin"), outer, inner))
		for _, c := range []struct {
			job  *job.Job
			p    *running
			want bool
		}{{outer, a, true}, {outer, b, true}, {inner, a, false}, {inner, b, true}} {
			if is, err := c.job.Contains(c.p.Process); is != c.want || err != nil {
				t.Errorf("Contains: %v, %v, want %v", is, err, c.want)
			}
		}
		stranger := newJob(t, "")
		_, err = createprocess.CreateProcess(in(params(t, "stdin"), outer, stranger))
		if !errors.Is(err, createprocess.ERROR_NOT_SUPPORTED) || !strings.Contains(err.Error(), "JOB_LIST") {
			t.Errorf("jobs that are not nested: %v", err)
		}
		inner.Terminate(2)
		if code, err := b.Process.Wait(soon(t)); code != 2 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
		if ended, _ := a.Process.Exited(); ended {
			t.Error("the inner job has ended a process of the outer one")
		}
		c := start(t, in(params(t, "stdin"), inner))
		outer.Terminate(4)
		for _, r := range []*running{a, c} {
			if code, err := r.Process.Wait(soon(t)); code != 4 || err != nil {
				t.Errorf("exit code %d, %v", code, err)
			}
		}
	})
}

// TestNestedInOwn: a program in a job makes one, which is nested in that.
func TestNestedInOwn(t *testing.T) {
	needCgroup(t)
	outer := newJob(t, "")
	r := start(t, in(params(t, "own job"), outer))
	words := strings.Fields(r.line)
	if len(words) != 2 || words[0] != "cgroup" {
		t.Fatalf("the child says %q", r.line)
	}
	pid, _ := strconv.Atoi(words[1])
	pids, err := outer.ProcessIDs()
	if err != nil || !strings.Contains(fmt.Sprint(pids), strconv.Itoa(pid)) {
		t.Errorf("process %d is not among %v, %v", pid, pids, err)
	}
	outer.Terminate(1)
	if err := outer.Wait(soon(t)); err != nil {
		t.Error(err)
	}
	r.Process.Wait(soon(t))
}

func TestBreakaway(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		r := start(t, in(params(t, "breakaway"), j))
		if !strings.HasPrefix(r.line, "error 5") {
			t.Errorf("without BREAKAWAY_OK: %q", r.line)
		}
		err := j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_BREAKAWAY_OK})
		if j.Level() != job.LevelCgroup {
			code(t, err, job.ERROR_NOT_SUPPORTED, "JOB_OBJECT_LIMIT_BREAKAWAY_OK")
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		r = start(t, in(params(t, "breakaway"), j))
		pid, _ := strconv.Atoi(r.line)
		p, err := createprocess.OpenProcess(createprocess.PROCESS_ALL_ACCESS, false, pid)
		if err != nil {
			t.Fatalf("%q: %v", r.line, err)
		}
		defer p.Close()
		if is, err := j.Contains(p); is || err != nil {
			t.Errorf("what has broken away is in the job: %v, %v", is, err)
		}
		j.Terminate(1)
		j.Wait(soon(t))
		if ended, _ := p.Exited(); ended {
			t.Error("what has broken away has ended with the job")
		}
		p.Terminate(1)
		p.Wait(soon(t))
	})
	// In no job there is nothing to break away from.
	p := params(t, "stdin")
	p.CreationFlags = createprocess.CREATE_BREAKAWAY_FROM_JOB
	start(t, p)
}

func TestKillOnClose(t *testing.T) {
	levels(t, func(t *testing.T) {
		name := "close " + t.Name() + strconv.Itoa(os.Getpid())
		j := newJob(t, name)
		if err := j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}); err != nil {
			t.Fatal(err)
		}
		if job.SupervisorPID() == 0 {
			t.Error("there is no supervisor")
		}
		other, err := job.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, in(params(t, "ignore"), j))
		ok(t, j.Close())
		if ended, _ := r.Process.Exited(); ended {
			t.Error("it has ended with a handle that was not the last")
		}
		ok(t, other.Close())
		if _, err := r.Process.Wait(soon(t)); err != nil {
			t.Error(err)
		}
		if pid := job.SupervisorPID(); pid != 0 {
			t.Errorf("the supervisor %d is left", pid)
		}
	})
}

// TestSupervisorKilled: another one takes its place with the next job.
func TestSupervisorKilled(t *testing.T) {
	kill := job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}
	a, b := newJob(t, ""), newJob(t, "")
	ok(t, a.SetLimits(kill))
	first := job.SupervisorPID()
	syscall.Kill(first, syscall.SIGKILL)
	if err := unix.Waitid(unix.P_PID, first, nil, unix.WEXITED|unix.WALL|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	ok(t, b.SetLimits(kill))
	if second := job.SupervisorPID(); second == 0 || second == first {
		t.Errorf("supervisors %d and %d", first, second)
	}
}

// TestSweep: what a killed program has left is removed by the next one.
func TestSweep(t *testing.T) {
	levels(t, func(t *testing.T) {
		name := "sweep " + t.Name() + strconv.Itoa(os.Getpid())
		level := "cgroup"
		if !strings.HasSuffix(t.Name(), "Cgroup") {
			level = "walk"
		}
		r := start(t, params(t, "owner", level, name))
		if !strings.HasPrefix(r.line, "ready") {
			t.Fatal(r.line)
		}
		r.Process.Terminate(1)
		r.Process.Wait(soon(t))
		// Its child lives, and so does the job.
		j, err := job.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		j.Terminate(1)
		j.Wait(soon(t))
		file, cgroup := j.File(), j.Cgroup()
		// As if this program had been killed, too.
		leftOver := start(t, params(t, "holder", name))
		j.Close()
		leftOver.Process.Terminate(1)
		leftOver.Process.Wait(soon(t))
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("there is nothing to sweep: %v", err)
		}
		if err := job.Sweep(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("the state file: %v", err)
		}
		if cgroup != "" && cgroup.Exists() {
			t.Errorf("%s is left", cgroup)
		}
	})
}

func TestRefused(t *testing.T) {
	j := newJob(t, "")
	_, err := job.Create("", &job.SecurityAttributes{SecurityDescriptor: []byte{1}})
	code(t, err, job.ERROR_NOT_SUPPORTED, "SecurityDescriptor")
	_, err = job.Create("", &job.SecurityAttributes{InheritHandle: true})
	code(t, err, job.ERROR_NOT_SUPPORTED, "InheritHandle")
	_, err = job.Create("a\x00b", nil)
	code(t, err, job.ERROR_INVALID_PARAMETER)
	_, err = job.Create(`a\b`, nil)
	code(t, err, job.ERROR_PATH_NOT_FOUND)
	_, err = job.Create(strings.Repeat("x", 260), nil)
	code(t, err, job.ERROR_FILENAME_EXCED_RANGE)
	_, err = job.Open("")
	code(t, err, job.ERROR_INVALID_PARAMETER)
	for _, f := range []job.LimitFlags{
		job.JOB_OBJECT_LIMIT_WORKINGSET, job.JOB_OBJECT_LIMIT_PRIORITY_CLASS, job.JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME,
		job.JOB_OBJECT_LIMIT_SCHEDULING_CLASS, job.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK, job.JOB_OBJECT_LIMIT_SUBSET_AFFINITY,
	} {
		code(t, j.SetLimits(job.Limits{Flags: f}), job.ERROR_NOT_SUPPORTED, f.String())
	}
	code(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_JOB_TIME, PerJobUserTimeLimit: time.Second}), job.ERROR_NOT_SUPPORTED, "JOB_OBJECT_LIMIT_JOB_TIME")
	code(t, j.SetLimits(job.Limits{Flags: 1 << 30}), job.ERROR_INVALID_PARAMETER)
	for _, f := range []job.LimitFlags{
		job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, job.JOB_OBJECT_LIMIT_AFFINITY, job.JOB_OBJECT_LIMIT_PROCESS_MEMORY,
		job.JOB_OBJECT_LIMIT_JOB_MEMORY, job.JOB_OBJECT_LIMIT_PROCESS_TIME, job.JOB_OBJECT_LIMIT_JOB_TIME,
	} {
		code(t, j.SetLimits(job.Limits{Flags: f}), job.ERROR_INVALID_PARAMETER, f.String())
	}
	defer job.WalkOnly()()
	w := newJob(t, "")
	code(t, w.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: 3}), job.ERROR_NOT_SUPPORTED, "JOB_OBJECT_LIMIT_ACTIVE_PROCESS")
	code(t, w.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 1 << 30}), job.ERROR_NOT_SUPPORTED, "JOB_OBJECT_LIMIT_JOB_MEMORY")
	code(t, w.SetCPURate(job.CPUs(1)), job.ERROR_NOT_SUPPORTED, "CPURate")
	code(t, w.SetIORate(job.IORateControl{VolumeName: "/"}), job.ERROR_NOT_SUPPORTED)
	for _, c := range []job.CPURateControl{
		{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, CPURate: 5},
		{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, CPURate: 10001},
		{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, Weight: 10},
		{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED | job.JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, Weight: 1},
		{Flags: 1 << 20},
	} {
		code(t, j.SetCPURate(c), job.ERROR_INVALID_PARAMETER)
	}
	code(t, j.SetCPURate(job.CPURateControl{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, CPURate: 100}), job.ERROR_NOT_SUPPORTED, "HARD_CAP")
	code(t, j.SetCPURate(job.CPURateControl{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY, CPURate: 100}), job.ERROR_NOT_SUPPORTED, "NOTIFY")
}

// TestAdopt: a double fork with an empty environment is found by the subreaper.
func TestAdopt(t *testing.T) {
	r := start(t, params(t, "adopter"))
	if r.line != "subreaper 0" {
		t.Errorf("the program says %q", r.line)
	}
	r.input.Close()
	r.Process.Wait(soon(t))
}

func systemChild(role string, args []string) int {
	self, _ := os.Executable()
	command := func(role string, args ...string) *exec.Cmd {
		c := exec.Command(self, args...)
		c.Env = append(os.Environ(), childKey+"="+role)
		c.Stdin = os.Stdin
		return c
	}
	fail := func(err error) int {
		var e *createprocess.Error
		var j *job.Error
		switch {
		case errors.As(err, &e):
			fmt.Println("error", uint32(e.Code), err)
		case errors.As(err, &j):
			fmt.Println("error", uint32(j.Code), err)
		default:
			fmt.Println("error", err)
		}
		return 1
	}
	switch role {
	case "parent": // first of all makes a child
		c := command("stdin")
		out, _ := c.StdoutPipe()
		if err := c.Start(); err != nil {
			return fail(err)
		}
		out.Read(make([]byte, 6))
		fmt.Println(c.Process.Pid)
		c.Wait()
	case "maker": // of a process for each line, which it says and collects
		fmt.Println("ready")
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			c := exec.Command("sleep", "1000")
			if err := c.Start(); err != nil {
				return fail(err)
			}
			fmt.Println(c.Process.Pid)
			go c.Wait()
		}
	case "crowd":
		for range atoi(args[0]) {
			if _, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"sleep", "1000"}}); err != nil {
				return fail(err)
			}
		}
		fmt.Println("ready")
		forever()
	case "echo":
		fmt.Println("ready")
		buf := make([]byte, 100)
		for {
			n, err := os.Stdin.Read(buf)
			if err != nil {
				return 0
			}
			os.Stdout.Write(buf[:n])
		}
	case "terminator":
		j, err := job.Open(args[0])
		if err != nil {
			return fail(err)
		}
		pids, err := j.ProcessIDs()
		if err == nil {
			err = j.Terminate(9)
		}
		if err != nil {
			return fail(err)
		}
		fmt.Println(len(pids))
		j.Close()
	case "own job":
		j, err := job.Create("", nil)
		if err != nil {
			return fail(err)
		}
		p := createprocess.Params{Args: []string{"sleep", "1000"}}
		p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
		pi, err := createprocess.CreateProcess(p)
		if err != nil {
			return fail(err)
		}
		fmt.Println(j.Level(), pi.ProcessID)
		forever()
	case "breakaway":
		pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"sleep", "1000"}, CreationFlags: createprocess.CREATE_BREAKAWAY_FROM_JOB})
		if err != nil {
			return fail(err)
		}
		fmt.Println(pi.ProcessID)
		forever()
	case "owner": // of a job with a process, which lives on
		if args[0] == "walk" {
			job.WalkOnly()
		}
		j, err := job.Create(args[1], nil)
		if err != nil {
			return fail(err)
		}
		p := createprocess.Params{Args: []string{"sleep", "1000"}, CreationFlags: createprocess.DETACHED_PROCESS}
		p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
		pi, err := createprocess.CreateProcess(p)
		if err != nil {
			return fail(err)
		}
		fmt.Println("ready", pi.ProcessID)
		forever()
	case "holder":
		if _, err := job.Open(args[0]); err != nil {
			return fail(err)
		}
		fmt.Println("ready")
		forever()
	case "adopter":
		job.WalkOnly()
		j, err := job.Create("", nil)
		if err == nil {
			err = j.Adopt()
		}
		if err != nil {
			return fail(err)
		}
		out, outWrite, _ := os.Pipe()
		p := createprocess.Params{Args: []string{"/bin/sh", "-c", "(env -i setsid sleep 1000 >/dev/null 2>&1 & echo $!)"}}
		p.StartupInfo.UseStdHandles(nil, outWrite, nil)
		p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
		pi, err := createprocess.CreateProcess(p)
		if err != nil {
			return fail(err)
		}
		outWrite.Close()
		line := make([]byte, 20)
		n, _ := out.Read(line)
		pi.Process.Wait(context.Background())
		level := j.Level()
		if err := j.Terminate(1); err != nil {
			return fail(err)
		}
		left := 0
		if syscall.Kill(atoi(string(line[:n])), 0) == nil {
			left++
		}
		fmt.Println(level, left)
		j.Close()
	default:
		return testRole(role, args)
	}
	return 0
}

func atoi(s string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s))
	return n
}
