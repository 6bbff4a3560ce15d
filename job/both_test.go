package job_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
	"github.com/seed-f798aa80/createprocess/job"
)

// These tests run on Linux and on Windows. Their child is the test binary: it
// does what the variable says, before any test is looked at.

const (
	memberKey = "CREATEPROCESS_JOB_MEMBER"
	chainKey  = "CREATEPROCESS_JOB_CHAIN" // how many links of a chain are to follow
)

func init() {
	if role := os.Getenv(memberKey); role != "" {
		keepApart()
		os.Exit(member(role))
	}
}

func member(role string) int {
	switch role {
	case "stay": // until the standard input ends
		io.Copy(io.Discard, os.Stdin)
		return 5
	case "exit":
		return 7
	case "tree": // a child of the child
		pi, err := createprocess.CreateProcess(memberParams("stay", os.Stdin, os.Stdout))
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			return 1
		}
		os.Stdout.WriteString(strconv.Itoa(pi.ProcessID) + "\n")
		io.Copy(io.Discard, os.Stdin)
	case "chain": // makes a child that does the same, and ends; the last stays a little
		n, _ := strconv.Atoi(os.Getenv(chainKey))
		if n == 0 {
			time.Sleep(20 * time.Millisecond)
			os.Stdout.WriteString("the end\n")
			return 0
		}
		os.Setenv(chainKey, strconv.Itoa(n-1))
		pi, err := createprocess.CreateProcess(memberParams("chain", os.Stdin, os.Stdout))
		for range 10 {
			const ERROR_INTERNAL_ERROR = createprocess.Errno(1359)
			if !winetest.OnWine() || !errors.Is(err, ERROR_INTERNAL_ERROR) {
				break
			}
			// Now and then Wine 8 cannot, if the creator's creator is just ending.
			pi, err = createprocess.CreateProcess(memberParams("chain", os.Stdin, os.Stdout))
		}
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			return 1
		}
		pi.Close()
		os.Stdout.WriteString(strconv.Itoa(pi.ProcessID) + "\n")
	case "break away":
		p := memberParams("stay", os.Stdin, os.Stdout)
		p.CreationFlags = createprocess.CREATE_BREAKAWAY_FROM_JOB
		pi, err := createprocess.CreateProcess(p)
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			return 1
		}
		os.Stdout.WriteString(strconv.Itoa(pi.ProcessID) + "\n")
	case "memory":
		var all [][]byte
		for range 64 {
			b := make([]byte, 8<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			all = append(all, b)
		}
		runtime.KeepAlive(all)
	}
	return 0
}

func memberParams(role string, stdin, stdout *os.File, attributes ...createprocess.Attribute) createprocess.Params {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	p := createprocess.Params{ApplicationName: exe, Environment: append(os.Environ(), memberKey+"="+role)}
	// Of two entries with one name the first counts.
	slices.Reverse(p.Environment)
	p.StartupInfo.UseStdHandles(stdin, stdout, os.Stderr)
	p.StartupInfo.Attributes = attributes
	return p
}

// startMember makes a child that lives as long as nobody closes stdin.
func startMember(t *testing.T, role string, attributes ...createprocess.Attribute) (pi *createprocess.ProcessInformation, stdin *os.File, lines *bufio.Reader) {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pi, err = createprocess.CreateProcess(memberParams(role, in, out, attributes...))
	in.Close()
	out.Close()
	if err != nil {
		stdin.Close()
		stdout.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		pi.Process.Wait(context.Background())
		pi.Close()
		stdout.Close()
	})
	return pi, stdin, bufio.NewReader(stdout)
}

func create(t *testing.T, name string) *job.Job {
	t.Helper()
	j, err := job.Create(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// jobName is a name that no other test has, and no other run.
func jobName(t *testing.T) string {
	return strings.ReplaceAll(t.Name(), "/", " ") + " " + strconv.Itoa(os.Getpid())
}

func wantCode(t *testing.T, what string, err error, code job.Errno) {
	t.Helper()
	var e *job.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: error %v, want %d", what, err, uint32(code))
	}
}

// waitEmpty fails if the job does not get empty.
func waitEmpty(t *testing.T, j *job.Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := j.Wait(ctx); err != nil {
		t.Error(err)
	}
}

func exitCode(t *testing.T, p *createprocess.Process) uint32 {
	t.Helper()
	code, err := p.Wait(context.Background())
	if err != nil {
		t.Error(err)
	}
	return code
}

// lack skips what the system, or this place on it, does not have, if err says
// so by name.
func lack(t *testing.T, err error, what string) {
	t.Helper()
	var e *job.Error
	switch {
	case errors.As(err, &e) && e.Code == job.ERROR_NOT_SUPPORTED:
		t.Skip(what+" is not to be had here:", err)
	case err != nil && winetest.OnWine():
		t.Skip("Wine 8 has no", what+":", err)
	case err != nil:
		t.Fatal(err)
	}
}

// bothSystems is what holds on Linux, at each level, and on Windows.
func bothSystems(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"names", bothNames},
		{"name errors", bothNameErrors},
		{"created in the job", bothCreatedInTheJob},
		{"assign", bothAssign},
		{"assign rights", bothAssignRights},
		{"tree ends", bothTreeEnds},
		{"processes outlive the handle", bothProcessesOutliveTheHandle},
		{"wait", bothWait},
		{"wait for a chain", bothWaitForAChain},
		{"a chain ends", bothAChainEnds},
		{"close while waiting", bothCloseWhileWaiting},
		{"closed handle", bothClosedHandle},
		{"nested", bothNested},
		{"close around a nested one", bothCloseAroundANestedOne},
		{"nested outlives the handle", bothNestedOutlivesTheHandle},
		{"break away", bothBreakAway},
		{"limits", bothLimits},
		{"limits are told", bothLimitsAreTold},
		{"active process limit", bothActiveProcessLimit},
		{"job memory limit", bothJobMemoryLimit},
		{"notify", bothNotify},
		{"notify again", bothNotifyAgain},
		{"abnormal exit", bothAbnormalExit},
		{"freeze", bothFreeze},
		{"many processes", bothManyProcesses},
		{"security attributes", bothSecurityAttributes},
	} {
		t.Run(c.name, c.test)
	}
}

func bothNames(t *testing.T) {
	name := jobName(t)
	if _, err := job.Open(name); err == nil {
		t.Fatal("a job is there that nobody has made")
	} else {
		wantCode(t, "open none", err, job.ERROR_FILE_NOT_FOUND)
	}
	first := create(t, name)
	if first.Existed() || first.Name() != name {
		t.Errorf("a new job: Existed %v, Name %q", first.Existed(), first.Name())
	}
	second := create(t, name)
	if !second.Existed() {
		t.Error("the second handle does not say that the job existed")
	}
	third, err := job.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	pi, _, _ := startMember(t, "stay", createprocess.JobList(first))
	for what, j := range map[string]*job.Job{"second": second, "third": third} {
		if is, err := j.Contains(pi.Process); !is || err != nil {
			t.Errorf("%s handle: Contains %v, %v", what, is, err)
		}
	}
	if names, err := job.Names(); runtime.GOOS == "windows" {
		wantCode(t, "Names", err, job.ERROR_NOT_SUPPORTED)
	} else if !slices.Contains(names, name) || err != nil {
		t.Errorf("Names: %q, %v", names, err)
	}
	if err := third.Terminate(9); err != nil {
		t.Error(err)
	}
	waitEmpty(t, first)
	for _, j := range []*job.Job{first, second, third} {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
	if winetest.OnWine() {
		return // Wine 8 keeps the name for as long as it knows of one of the processes
	}
	if j, err := job.Open(name); err == nil {
		j.Close()
		t.Error("the name outlives the last handle and the last process")
	} else {
		wantCode(t, "open after the end", err, job.ERROR_FILE_NOT_FOUND)
	}
}

func bothNameErrors(t *testing.T) {
	for name, code := range map[string]job.Errno{
		"a\x00b":                 job.ERROR_INVALID_PARAMETER,
		strings.Repeat("x", 260): job.ERROR_FILENAME_EXCED_RANGE,
		`a\b`:                    job.ERROR_PATH_NOT_FOUND,
		`Local\a\b`:              job.ERROR_PATH_NOT_FOUND,
	} {
		_, err := job.Create(name, nil)
		wantCode(t, strconv.Quote(name), err, code)
		_, err = job.Open(name)
		wantCode(t, "open "+strconv.Quote(name), err, code)
	}
	_, err := job.Open("")
	wantCode(t, "open no name", err, job.ERROR_INVALID_PARAMETER)
}

func bothCreatedInTheJob(t *testing.T) {
	j := create(t, "")
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	if is, err := j.Contains(pi.Process); !is || err != nil {
		t.Errorf("Contains: %v, %v", is, err)
	}
	if is, err := job.InAny(pi.Process); !is || err != nil {
		t.Errorf("InAny: %v, %v", is, err)
	}
	if ids, err := j.ProcessIDs(); !slices.Equal(ids, []int{pi.ProcessID}) || err != nil {
		t.Errorf("ProcessIDs: %v, %v; want %d", ids, err, pi.ProcessID)
	}
	a, err := j.Accounting()
	if err != nil || a.ActiveProcesses != 1 || a.TotalProcesses != 1 {
		t.Errorf("Accounting: %+v, %v", a, err)
	}
	stdin.Close()
	if code := exitCode(t, pi.Process); code != 5 {
		t.Errorf("exit code %d", code)
	}
	waitEmpty(t, j)
	a, err = j.Accounting()
	if err != nil || a.ActiveProcesses != 0 || a.TotalProcesses != 1 {
		t.Errorf("Accounting after the end: %+v, %v", a, err)
	}
}

func bothAssign(t *testing.T) {
	j := create(t, "")
	pi, _, _ := startMember(t, "stay")
	if is, err := j.Contains(pi.Process); is || err != nil {
		t.Errorf("Contains before: %v, %v", is, err)
	}
	if err := j.Assign(pi.Process); err != nil {
		t.Fatal(err)
	}
	if is, err := j.Contains(pi.Process); !is || err != nil {
		t.Errorf("Contains: %v, %v", is, err)
	}
	if err := j.Terminate(0xC0000005); err != nil {
		t.Fatal(err)
	}
	waitEmpty(t, j)
	if code := exitCode(t, pi.Process); code != 0xC0000005 {
		t.Errorf("exit code 0x%x", code)
	}
}

func bothAssignRights(t *testing.T) {
	j := create(t, "")
	pi, _, _ := startMember(t, "stay")
	weak, err := pi.Process.Duplicate(createprocess.PROCESS_QUERY_LIMITED_INFORMATION|createprocess.PROCESS_SET_QUOTA, false)
	if err != nil {
		t.Fatal(err)
	}
	defer weak.Close()
	err = j.Assign(weak)
	if !errors.Is(err, createprocess.ERROR_ACCESS_DENIED) {
		t.Errorf("a handle without PROCESS_TERMINATE: %v", err)
	}
	if is, err := j.Contains(weak); is || err != nil {
		t.Errorf("Contains: %v, %v", is, err)
	}
}

// A tree ends as a whole, whatever handle its processes have.
func bothTreeEnds(t *testing.T) {
	for name, end := range map[string]func(*job.Job) error{
		"Terminate": func(j *job.Job) error { return j.Terminate(77) },
		"Close":     func(j *job.Job) error { return j.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			j := create(t, "")
			if err := j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}); err != nil {
				t.Fatal(err)
			}
			pi, _, lines := startMember(t, "tree", createprocess.JobList(j))
			below := openLine(t, lines)
			if ids, err := j.ProcessIDs(); len(ids) != 2 || err != nil {
				t.Errorf("ProcessIDs: %v, %v", ids, err)
			}
			if is, err := j.Contains(below); !is || err != nil {
				t.Errorf("the child's child: Contains %v, %v", is, err)
			}
			if err := end(j); err != nil {
				t.Fatal(err)
			}
			code := exitCode(t, pi.Process)
			if name == "Terminate" && code != 77 {
				t.Errorf("exit code %d", code)
			}
			if r, err := createprocess.WaitForSingleObject(below, time.Minute); r != createprocess.WAIT_OBJECT_0 {
				t.Errorf("the child's child goes on: %v, %v", r, err)
			}
		})
	}
}

// openLine opens the process whose number the child prints.
func openLine(t *testing.T, lines *bufio.Reader) *createprocess.Process {
	t.Helper()
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(strings.TrimSpace(line))
	}
	p, err := createprocess.OpenProcess(createprocess.PROCESS_ALL_ACCESS, false, pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func bothProcessesOutliveTheHandle(t *testing.T) {
	j := create(t, "")
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	if code := exitCode(t, pi.Process); code != 5 {
		t.Errorf("exit code %d: the process has not ended by itself", code)
	}
}

func bothWait(t *testing.T) {
	j := create(t, "")
	waitEmpty(t, j) // it is
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	err := j.Wait(ctx)
	cancel()
	wantCode(t, "timeout", err, job.ERROR_TIMEOUT)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not context.DeadlineExceeded", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	cancelled := make(chan error)
	go func() { cancelled <- j.Wait(ctx) }()
	cancel()
	wantCode(t, "cancel", <-cancelled, job.ERROR_CANCELLED)
	stdin.Close()
	waitEmpty(t, j)
	if exited, err := pi.Process.Exited(); !exited || err != nil {
		t.Errorf("the job is empty, and its process goes on: %v, %v", exited, err)
	}
}

// A process that has ended may have made another one a moment before.
func bothWaitForAChain(t *testing.T) {
	t.Setenv(chainKey, "12")
	for range 5 {
		j := create(t, "")
		needNoWalk(t, j)
		_, _, lines := startMember(t, "chain", createprocess.JobList(j))
		if first, err := lines.ReadString('\n'); err != nil {
			t.Fatal(first, err)
		}
		waitEmpty(t, j)
		if ids, err := j.ProcessIDs(); len(ids) > 0 || err != nil {
			t.Errorf("ProcessIDs when the wait is over: %v, %v", ids, err)
		}
		rest, err := io.ReadAll(lines)
		if !strings.HasSuffix(strings.TrimSpace(string(rest)), "the end") || err != nil {
			t.Errorf("the chain has said %q, %v", rest, err)
		}
	}
}

func needNoWalk(t *testing.T, j *job.Job) {
	t.Helper()
	if level := j.Level(); level != job.LevelSystem && level != job.LevelCgroup {
		t.Skip("a walk does not see what begins and ends between two looks")
	}
}

// None slips through that is being created while the job is ended.
func bothAChainEnds(t *testing.T) {
	t.Setenv(chainKey, "2000") // it comes to an end, should the job not end it
	for range 10 {
		j := create(t, "")
		needNoWalk(t, j)
		_, _, lines := startMember(t, "chain", createprocess.JobList(j))
		for range 3 {
			if line, err := lines.ReadString('\n'); err != nil {
				t.Fatal(line, err)
			}
		}
		if err := j.Terminate(1); err != nil {
			t.Fatal(err)
		}
		waitEmpty(t, j)
		// Their output ends with the last of them.
		if rest, err := io.ReadAll(lines); strings.Contains(string(rest), "the end") || err != nil {
			t.Errorf("the chain has come to its own end, or %v", err)
		}
	}
}

// A Wait that has begun neither is ended by Close, nor keeps it from ending the job.
func bothCloseWhileWaiting(t *testing.T) {
	for name, flags := range map[string]job.LimitFlags{"kept": 0, "killed": job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE} {
		t.Run(name, func(t *testing.T) {
			j := create(t, "")
			if err := j.SetLimits(job.Limits{Flags: flags}); err != nil {
				t.Fatal(err)
			}
			pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
			waited := make(chan error, 1)
			begun := make(chan struct{})
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				close(begun)
				waited <- j.Wait(ctx)
			}()
			<-begun
			time.Sleep(20 * time.Millisecond) // most likely it waits by now; if not, Wait says so
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if flags == 0 {
				stdin.Close()
			}
			code := exitCode(t, pi.Process)
			if flags == 0 && code != 5 {
				t.Errorf("exit code %d", code)
			}
			if err := <-waited; err != nil && !errors.Is(err, job.ERROR_INVALID_HANDLE) {
				t.Error(err)
			}
		})
	}
}

func bothClosedHandle(t *testing.T) {
	j := create(t, "")
	pi, _, _ := startMember(t, "stay")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var none *job.Job
	for name, j := range map[string]*job.Job{"closed": j, "nil": none, "zero": new(job.Job)} {
		for method, call := range map[string]func() error{
			"Nest":       func() error { _, err := j.Nest("", nil); return err },
			"Assign":     func() error { return j.Assign(pi.Process) },
			"Contains":   func() error { _, err := j.Contains(pi.Process); return err },
			"ProcessIDs": func() error { _, err := j.ProcessIDs(); return err },
			"Accounting": func() error { _, err := j.Accounting(); return err },
			"Adopt":      func() error { return j.Adopt() },
			"Freeze":     func() error { return j.Freeze() },
			"Thaw":       func() error { return j.Thaw() },
			"Frozen":     func() error { _, err := j.Frozen(); return err },
			"Terminate":  func() error { return j.Terminate(1) },
			"Wait":       func() error { return j.Wait(context.Background()) },
			"Notify":     func() error { _, _, err := j.Notify(); return err },
			"SetLimits":  func() error { return j.SetLimits(job.Limits{}) },
			"Limits":     func() error { _, err := j.Limits(); return err },
			"SetCPURate": func() error { return j.SetCPURate(job.CPURateControl{}) },
			"CPURate":    func() error { _, err := j.CPURate(); return err },
			"SetIORate":  func() error { return j.SetIORate(job.IORateControl{}) },
			"Close":      func() error { return j.Close() },
		} {
			wantCode(t, name+" "+method, call(), job.ERROR_INVALID_HANDLE)
		}
	}
	p := memberParams("exit", nil, nil, createprocess.JobList(j))
	if _, err := createprocess.CreateProcess(p); !errors.Is(err, createprocess.ERROR_INVALID_HANDLE) {
		t.Errorf("CreateProcess in a closed job: %v", err)
	}
}

func bothNested(t *testing.T) {
	outer := create(t, "")
	inner, err := outer.Nest("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	both, _, _ := startMember(t, "stay", createprocess.JobList(inner))
	one, _, _ := startMember(t, "stay", createprocess.JobList(outer))
	assigned, _, _ := startMember(t, "stay")
	if err := inner.Assign(assigned.Process); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		j    *job.Job
		p    *createprocess.Process
		want bool
	}{
		{"outer, created in inner", outer, both.Process, true},
		{"inner, created in inner", inner, both.Process, true},
		{"outer, created in outer", outer, one.Process, true},
		{"inner, created in outer", inner, one.Process, false},
		{"outer, assigned to inner", outer, assigned.Process, true},
		{"inner, assigned to inner", inner, assigned.Process, true},
	} {
		if is, err := c.j.Contains(c.p); is != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.what, is, err)
		}
	}
	if ids, err := outer.ProcessIDs(); len(ids) != 3 || err != nil {
		t.Errorf("ProcessIDs of the outer one: %v, %v", ids, err)
	}
	if ids, err := inner.ProcessIDs(); len(ids) != 2 || err != nil {
		t.Errorf("ProcessIDs of the inner one: %v, %v", ids, err)
	}
	if err := inner.Terminate(3); err != nil {
		t.Fatal(err)
	}
	waitEmpty(t, inner)
	if exited, err := one.Process.Exited(); exited || err != nil {
		t.Errorf("a process of the outer job has ended with the inner one: %v, %v", exited, err)
	}
	if err := outer.Terminate(4); err != nil {
		t.Fatal(err)
	}
	waitEmpty(t, outer)
	for what, p := range map[string]*createprocess.Process{"both": both.Process, "assigned": assigned.Process} {
		if code := exitCode(t, p); code != 3 {
			t.Errorf("%s: exit code %d", what, code)
		}
	}
	if code := exitCode(t, one.Process); code != 4 {
		t.Errorf("exit code %d", code)
	}
}

// A nested job's handle does not keep the outer job.
func bothCloseAroundANestedOne(t *testing.T) {
	outer := create(t, "")
	if err := outer.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}); err != nil {
		t.Fatal(err)
	}
	inner, err := outer.Nest("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	both, _, _ := startMember(t, "stay", createprocess.JobList(inner))
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := createprocess.WaitForSingleObject(both.Process, 20*time.Second); r != createprocess.WAIT_OBJECT_0 {
		t.Errorf("it goes on: %v, %v", r, err)
	}
	waitEmpty(t, inner)
	if runtime.GOOS == "linux" {
		return // the kernel goes on to kill what is created in the inner one
	}
	// The inner one is a job by itself then.
	pi, _, _ := startMember(t, "exit", createprocess.JobList(inner))
	if code := exitCode(t, pi.Process); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

// Without that limit a nested job keeps the outer one for those that are to be
// in both.
func bothNestedOutlivesTheHandle(t *testing.T) {
	name := jobName(t)
	outer := create(t, name)
	again := create(t, name)
	inner, err := outer.Nest("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(inner))
	assigned, _, _ := startMember(t, "stay")
	if err := inner.Assign(assigned.Process); err != nil {
		t.Fatal(err)
	}
	for what, p := range map[string]*createprocess.Process{"created": pi.Process, "assigned": assigned.Process} {
		if is, err := again.Contains(p); !is || err != nil {
			t.Errorf("%s: Contains %v, %v", what, is, err)
		}
	}
	stdin.Close()
	if err := again.Terminate(1); err != nil {
		t.Error(err)
	}
	waitEmpty(t, inner)
}

func bothBreakAway(t *testing.T) {
	for _, c := range []struct {
		name  string
		role  string
		flags job.LimitFlags
		out   bool
	}{
		{"not allowed", "break away", 0, false},
		{"allowed", "break away", job.JOB_OBJECT_LIMIT_BREAKAWAY_OK, true},
		{"silent", "tree", job.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := create(t, "")
			lack(t, j.SetLimits(job.Limits{Flags: c.flags}), "limit "+c.flags.String())
			pi, _, lines := startMember(t, c.role, createprocess.JobList(j))
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			if !c.out {
				if err == nil {
					t.Fatalf("process %d has left the job", pid)
				}
				if !strings.Contains(line, "(5)") {
					t.Errorf("it fails with %s", line)
				}
				return
			}
			if err != nil {
				t.Fatal(line)
			}
			below, err := createprocess.OpenProcess(createprocess.PROCESS_ALL_ACCESS, false, pid)
			if err != nil {
				t.Fatal(err)
			}
			defer below.Close()
			if is, err := j.Contains(below); is || err != nil {
				t.Errorf("Contains: %v, %v", is, err)
			}
			if err := below.Terminate(0); err != nil {
				t.Error(err)
			}
			_ = pi
		})
	}
}

func bothLimits(t *testing.T) {
	j := create(t, "")
	want := job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}
	for range 2 {
		if err := j.SetLimits(want); err != nil {
			t.Fatal(err)
		}
		if l, err := j.Limits(); err != nil || l.Flags != want.Flags && !winetest.OnWine() { // which says 0
			t.Errorf("Limits: %+v, %v; want %+v", l, err, want)
		}
		want.Flags = 0
	}
	for name, l := range map[string]job.Limits{
		"unknown flag":       {Flags: 1 << 20},
		"no process":         {Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS},
		"no memory":          {Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY},
		"no process memory":  {Flags: job.JOB_OBJECT_LIMIT_PROCESS_MEMORY},
		"no time":            {Flags: job.JOB_OBJECT_LIMIT_PROCESS_TIME},
		"no job time":        {Flags: job.JOB_OBJECT_LIMIT_JOB_TIME},
		"no processor":       {Flags: job.JOB_OBJECT_LIMIT_AFFINITY},
		"OOMGroup by itself": {OOMGroup: true},
	} {
		wantCode(t, name, j.SetLimits(l), job.ERROR_INVALID_PARAMETER)
	}
	for name, c := range map[string]job.CPURateControl{
		"unknown flag": {Flags: 1 << 10},
		"no ENABLE":    {Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, CPURate: 1},
		"no rate":      {Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP},
		"weight of 10": {Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, Weight: 10},
	} {
		wantCode(t, name, j.SetCPURate(c), job.ERROR_INVALID_PARAMETER)
	}
}

// What has been set is told again. Where a limit is not to be had it is refused.
func bothLimitsAreTold(t *testing.T) {
	for name, l := range map[string]job.Limits{
		"JobMemoryLimit":          {Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 1 << 30},
		"ProcessMemoryLimit":      {Flags: job.JOB_OBJECT_LIMIT_PROCESS_MEMORY, ProcessMemoryLimit: 1 << 30},
		"ActiveProcessLimit":      {Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: 100},
		"PerProcessUserTimeLimit": {Flags: job.JOB_OBJECT_LIMIT_PROCESS_TIME, PerProcessUserTimeLimit: time.Minute},
		"Affinity":                {Flags: job.JOB_OBJECT_LIMIT_AFFINITY, Affinity: []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			j := create(t, "")
			lack(t, j.SetLimits(l), name)
			got, err := j.Limits()
			if err != nil {
				t.Fatal(err)
			}
			if winetest.OnWine() && got.Flags&^job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE == 0 {
				t.Skip("Wine 8 takes the limit and forgets it")
			}
			if got.Flags != l.Flags || got.JobMemoryLimit != l.JobMemoryLimit || got.ProcessMemoryLimit != l.ProcessMemoryLimit ||
				got.ActiveProcessLimit != l.ActiveProcessLimit || got.PerProcessUserTimeLimit != l.PerProcessUserTimeLimit ||
				!slices.Equal(got.Affinity, l.Affinity) {
				t.Errorf("%+v, want %+v", got, l)
			}
		})
	}
	t.Run("CPURate", func(t *testing.T) {
		j := create(t, "")
		const enable = job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE
		for _, c := range []job.CPURateControl{
			job.CPUs(0.5),
			{Flags: enable | job.JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, Weight: 7},
			{Flags: enable | job.JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE, MaxRate: 5000},
			{},
		} {
			lack(t, j.SetCPURate(c), "CPU rate control")
			if got, err := j.CPURate(); got != c || err != nil {
				t.Errorf("%+v, %v; want %+v", got, err, c)
			}
		}
	})
}

func bothActiveProcessLimit(t *testing.T) {
	if winetest.OnWine() {
		t.Skip("Wine 8 takes the limit and forgets it")
	}
	j := create(t, "")
	// Linux counts threads, and the test binary has some.
	limit := uint32(1)
	if runtime.GOOS == "linux" {
		limit = 30
	}
	lack(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: limit}), "limit of processes")
	var err error
	for range 40 {
		p := memberParams("stay", nil, nil, createprocess.JobList(j))
		in, stdin, e := os.Pipe()
		if e != nil {
			t.Fatal(e)
		}
		defer stdin.Close()
		p.StartupInfo.StdInput = in
		pi, e := createprocess.CreateProcess(p)
		in.Close()
		if err = e; err != nil {
			break
		}
		defer pi.Close()
	}
	if !errors.Is(err, createprocess.ERROR_NOT_ENOUGH_QUOTA) {
		t.Errorf("the process too many: %v", err)
	}
	if err := j.Terminate(0); err != nil {
		t.Error(err)
	}
	waitEmpty(t, j)
}

func bothJobMemoryLimit(t *testing.T) {
	if winetest.OnWine() {
		t.Skip("Wine 8 takes the limit and forgets it")
	}
	j := create(t, "")
	lack(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 128 << 20}), "limit of memory")
	pi, _, _ := startMember(t, "memory", createprocess.JobList(j))
	if code := exitCode(t, pi.Process); code == 0 {
		t.Error("512 MiB fit into 128")
	}
}

func bothNotify(t *testing.T) {
	j := create(t, "")
	messages, stop, err := j.Notify()
	if err != nil {
		t.Fatal(err)
	}
	second, stopSecond, err := j.Notify()
	if err != nil {
		t.Fatal(err)
	}
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	stdin.Close()
	exitCode(t, pi.Process)
	for _, want := range []job.Notification{
		{Message: job.JOB_OBJECT_MSG_NEW_PROCESS, ProcessID: pi.ProcessID},
		{Message: job.JOB_OBJECT_MSG_EXIT_PROCESS, ProcessID: pi.ProcessID},
		{Message: job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO},
	} {
		for name, ch := range map[string]<-chan job.Notification{"first": messages, "second": second} {
			select {
			case got := <-ch:
				if got != want {
					t.Errorf("%s: %v %d, want %v %d", name, got.Message, got.ProcessID, want.Message, want.ProcessID)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s: %v does not come", name, want.Message)
			}
		}
	}
	stop()
	stop() // is no mistake
	if name := job.Message(99).String(); name != "message 99" {
		t.Errorf("a message that has no name: %q", name)
	}
	if _, open := <-messages; open {
		t.Error("the channel is open after stop")
	}
	// The other one goes on, also when the handle is closed while a process runs.
	again, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	exitCode(t, again.Process)
	if got := <-second; got.Message != job.JOB_OBJECT_MSG_NEW_PROCESS || got.ProcessID != again.ProcessID {
		t.Errorf("after stop of the other: %v %d", got.Message, got.ProcessID)
	}
	stopSecond()
}

// Who listens again hears nothing of what has happened meanwhile.
func bothNotifyAgain(t *testing.T) {
	j := create(t, "")
	for range 3 {
		messages, stop, err := j.Notify()
		if err != nil {
			t.Fatal(err)
		}
		pi, _, _ := startMember(t, "exit", createprocess.JobList(j))
		exitCode(t, pi.Process)
		for got := range messages {
			if got.ProcessID != 0 && got.ProcessID != pi.ProcessID {
				t.Errorf("%v of process %d, not %d", got.Message, got.ProcessID, pi.ProcessID)
			}
			if got.Message == job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO {
				stop()
			}
		}
		// Nobody hears of this one.
		unheard, _, _ := startMember(t, "exit", createprocess.JobList(j))
		exitCode(t, unheard.Process)
		waitEmpty(t, j)
	}
}

func bothAbnormalExit(t *testing.T) {
	if winetest.OnWine() {
		t.Skip("Wine 8 calls no end abnormal")
	}
	j := create(t, "")
	messages, stop, err := j.Notify()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	pi, _, _ := startMember(t, "stay", createprocess.JobList(j))
	if err := pi.Process.Terminate(0xC0000005); err != nil {
		t.Fatal(err)
	}
	for got := range messages {
		if got.Message == job.JOB_OBJECT_MSG_EXIT_PROCESS && runtime.GOOS == "linux" {
			break // there TerminateProcess is a signal like any other
		}
		if got.Message == job.JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS {
			if got.ProcessID != pi.ProcessID {
				t.Errorf("process %d, not %d", got.ProcessID, pi.ProcessID)
			}
			break
		}
		if got.Message == job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO {
			t.Error("the end has not been told as an abnormal one")
			break
		}
	}
}

func bothFreeze(t *testing.T) {
	j := create(t, "")
	if runtime.GOOS == "windows" {
		_, err := j.Frozen()
		wantCode(t, "Frozen", err, job.ERROR_NOT_SUPPORTED)
		wantCode(t, "Thaw", j.Thaw(), job.ERROR_NOT_SUPPORTED)
		wantCode(t, "Freeze", j.Freeze(), job.ERROR_NOT_SUPPORTED)
		return
	}
	pi, stdin, _ := startMember(t, "stay", createprocess.JobList(j))
	if err := j.Freeze(); err != nil {
		t.Fatal(err)
	}
	if is, err := j.Frozen(); !is || err != nil {
		t.Errorf("Frozen: %v, %v", is, err)
	}
	stdin.Close()
	if r, err := createprocess.WaitForSingleObject(pi.Process, 50*time.Millisecond); r != createprocess.WAIT_TIMEOUT {
		t.Errorf("a frozen process ends: %v, %v", r, err)
	}
	if err := j.Thaw(); err != nil {
		t.Fatal(err)
	}
	if is, err := j.Frozen(); is || err != nil {
		t.Errorf("Frozen: %v, %v", is, err)
	}
	if code := exitCode(t, pi.Process); code != 5 {
		t.Errorf("exit code %d", code)
	}
}

// More processes than fit into the first answer's room on Windows.
func bothManyProcesses(t *testing.T) {
	const n = 70
	j := create(t, "")
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var want []int
	for range n {
		pi, err := createprocess.CreateProcess(memberParams("stay", in, nil, createprocess.JobList(j)))
		if err != nil {
			t.Fatal(err)
		}
		defer pi.Close()
		want = append(want, pi.ProcessID)
	}
	in.Close()
	slices.Sort(want)
	if got, err := j.ProcessIDs(); !slices.Equal(got, want) || err != nil {
		t.Errorf("ProcessIDs: %v, %v; want %v", got, err, want)
	}
	stdin.Close()
	waitEmpty(t, j)
}

func bothSecurityAttributes(t *testing.T) {
	_, err := job.Create("", &job.SecurityAttributes{SecurityDescriptor: []byte{1, 2, 3}})
	if runtime.GOOS == "windows" {
		wantCode(t, "a descriptor that is none", err, job.ERROR_INVALID_PARAMETER)
	} else {
		wantCode(t, "SecurityDescriptor", err, job.ERROR_NOT_SUPPORTED)
		_, err = job.Create("", &job.SecurityAttributes{InheritHandle: true})
		wantCode(t, "InheritHandle", err, job.ERROR_NOT_SUPPORTED)
	}
}
