package job_test

import (
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

func TestActiveProcessLimit(t *testing.T) {
	needController(t, "pids")
	j := newJob(t, "")
	ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: 1}))
	messages, stop, err := j.Notify()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	p := createprocess.Params{Args: []string{"sleep", "1000"}}
	a := spawned(t, in(p, j))
	_, err = createprocess.CreateProcess(in(p, j))
	if !errors.Is(err, createprocess.ERROR_NOT_ENOUGH_QUOTA) {
		t.Errorf("one too many: %v", err)
	}
	await(t, messages, job.JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, 0)
	ok(t, j.SetLimits(job.Limits{}))
	spawned(t, in(p, j))
	ok(t, j.Terminate(1))
	a.Process.Wait(soon(t))
}

// TestForkBomb: the limit holds it, and the job's end ends it.
func TestForkBomb(t *testing.T) {
	needController(t, "pids")
	j := newJob(t, "")
	const most = 150
	ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: most}))
	mark := newMark()
	p := params(t, "bomb")
	p.Environment = append(p.Environment, mark)
	pi := spawned(t, in(p, j))
	for {
		text, err := j.Cgroup().Read("pids.events")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(text, "max 0") {
			break
		}
		time.Sleep(time.Millisecond)
	}
	ok(t, j.Terminate(1))
	ok(t, j.Wait(soon(t)))
	if left := marked(t, mark); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	pi.Process.Wait(soon(t))
}

func TestJobMemoryLimit(t *testing.T) {
	needController(t, "memory")
	for _, group := range []bool{false, true} {
		t.Run(fmt.Sprintf("OOMGroup %v", group), func(t *testing.T) {
			j := newJob(t, "")
			messages, stop, err := j.Notify()
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 64 << 20, OOMGroup: group}))
			small := start(t, in(params(t, "stdin"), j))
			eater := spawned(t, in(params(t, "eat", "200"), j))
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // while the kernel looks for memory to take back
			defer cancel()
			if code, err := eater.Process.Wait(ctx); code != createprocess.ExitCodeOfSignal(unix.SIGKILL) || err != nil {
				t.Errorf("the eater: %#x, %v", code, err)
			}
			await(t, messages, job.JOB_OBJECT_MSG_JOB_MEMORY_LIMIT, 0)
			if group {
				if _, err := small.Process.Wait(soon(t)); err != nil {
					t.Error(err)
				}
			} else if ended, err := small.Process.Exited(); ended || err != nil {
				t.Errorf("the small one has ended: %v, %v", ended, err)
			}
			a, err := j.Accounting()
			if _, unknown := a.Unknown["PeakJobMemoryUsed"]; err != nil || !unknown && (a.PeakJobMemoryUsed < 32<<20 || a.PeakJobMemoryUsed > 65<<20) {
				t.Errorf("Accounting: %+v, %v", a, err)
			}
		})
	}
}

func TestProcessMemoryLimit(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, b := range spawn.Backends() {
			restore := spawn.SetBackend(b)
			j := newJob(t, "")
			l := job.Limits{Flags: job.JOB_OBJECT_LIMIT_PROCESS_MEMORY, ProcessMemoryLimit: 8 << 30}
			ok(t, j.SetLimits(l))
			p := createprocess.Params{Args: []string{"sh", "-c", "ulimit -v; read x"}}
			r := start(t, in(p, j))
			if r.line != strconv.Itoa(8<<20) {
				t.Errorf("%v: ulimit -v says %q", b, r.line)
			}
			// For those that are there already.
			q := start(t, createprocess.Params{Args: []string{"sh", "-c", "echo ready; read x; ulimit -v; read x"}})
			ok(t, j.Assign(q.Process))
			fmt.Fprintln(q.input)
			if line, _ := q.out.ReadString('\n'); line != strconv.Itoa(8<<20)+"\n" {
				t.Errorf("%v: ulimit -v of the assigned one says %q", b, line)
			}
			if got, err := j.Limits(); err != nil || got.Flags != l.Flags || got.ProcessMemoryLimit != l.ProcessMemoryLimit {
				t.Errorf("Limits: %+v, %v", got, err)
			}
			restore()
		}
	})
}

func TestProcessTimeLimit(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_PROCESS_TIME, PerProcessUserTimeLimit: 300 * time.Millisecond}))
		pi := spawned(t, in(createprocess.Params{Args: []string{"sh", "-c", "while :; do :; done"}}, j))
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
		defer cancel()
		if code, err := pi.Process.Wait(ctx); code != createprocess.ExitCodeOfSignal(unix.SIGKILL) || err != nil {
			t.Errorf("exit code %#x, %v", code, err)
		}
		times, err := pi.Process.Times()
		if total := times.Kernel + times.User; err != nil || total < 500*time.Millisecond || total > 5*time.Second {
			t.Errorf("it has used %v, %v", total, err)
		}
	})
}

func TestAffinityLimit(t *testing.T) {
	needController(t, "cpuset")
	j := newJob(t, "")
	ok(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_AFFINITY, Affinity: []int{0}}))
	r := start(t, in(params(t, "stdin"), j))
	if list, err := r.Process.Affinity(); err != nil || !slices.Equal(list, []int{0}) {
		t.Errorf("Affinity: %v, %v", list, err)
	}
	code(t, j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_AFFINITY, Affinity: []int{4000}}), job.ERROR_INVALID_PARAMETER)
	ok(t, j.SetLimits(job.Limits{}))
}

func TestCPURate(t *testing.T) {
	needController(t, "cpu")
	j := newJob(t, "")
	rate := job.CPUs(0.5)
	ok(t, j.SetCPURate(rate))
	if text, err := j.Cgroup().Read("cpu.max"); err != nil || text != "50000 100000\n" {
		t.Errorf("cpu.max: %q, %v", text, err)
	}
	if got, err := j.CPURate(); got != rate || err != nil {
		t.Errorf("CPURate: %+v, %v", got, err)
	}
	pi := spawned(t, in(createprocess.Params{Args: []string{"sh", "-c", "while :; do :; done"}}, j))
	for {
		text, err := j.Cgroup().Read("cpu.stat")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "nr_throttled") && !strings.Contains(text, "nr_throttled 0\n") {
			break
		}
		time.Sleep(time.Millisecond)
	}
	ok(t, j.Terminate(1))
	pi.Process.Wait(soon(t))
	ok(t, j.SetCPURate(job.CPURateControl{Flags: job.JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | job.JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, Weight: 9}))
	if text, err := j.Cgroup().Read("cpu.weight"); err != nil || text != "180\n" {
		t.Errorf("cpu.weight: %q, %v", text, err)
	}
	if text, err := j.Cgroup().Read("cpu.max"); err != nil || text != "max 100000\n" {
		t.Errorf("cpu.max: %q, %v", text, err)
	}
	ok(t, j.SetCPURate(job.CPURateControl{}))
	if a, err := j.Accounting(); err != nil || a.TotalUserTime == 0 {
		t.Errorf("Accounting: %+v, %v", a, err)
	}
}

func TestIORate(t *testing.T) {
	j := newJob(t, "")
	if j.Level() != job.LevelCgroup || !j.Has("io") {
		code(t, j.SetIORate(job.IORateControl{VolumeName: "/", MaxIops: 5}), job.ERROR_NOT_SUPPORTED, "io")
		lacks(t, "io", "there is no io controller")
	}
	code(t, j.SetIORate(job.IORateControl{VolumeName: "/nowhere", MaxIops: 5}), job.ERROR_FILE_NOT_FOUND)
	code(t, j.SetIORate(job.IORateControl{VolumeName: "/proc", MaxIops: 5}), job.ERROR_INVALID_PARAMETER)
	file := fileOnDisk(t, j)
	ok(t, j.SetIORate(job.IORateControl{VolumeName: file, MaxIops: 50, MaxBandwidth: 1 << 20}))
	text, err := j.Cgroup().Read("io.max")
	if err != nil {
		t.Fatal(err)
	}
	number, limits, _ := strings.Cut(text, " ")
	if limits != "rbps=1048576 wbps=1048576 riops=50 wiops=50\n" {
		t.Errorf("io.max: %q", text)
	}
	// The file is on a partition; the kernel limits the disk that it is of.
	disks, err := filepath.Glob("/sys/block/*/dev")
	if err != nil || !slices.ContainsFunc(disks, func(d string) bool { is, _ := os.ReadFile(d); return string(is) == number+"\n" }) {
		t.Errorf("%s is none of the disks %v, %v", number, disks, err)
	}
	ok(t, j.SetIORate(job.IORateControl{VolumeName: file}))
	if text, err := j.Cgroup().Read("io.max"); err != nil || text != "" {
		t.Errorf("io.max without a limit: %q, %v", text, err)
	}
	t.Run("Bandwidth", func(t *testing.T) {
		const limit, block, count = 1 << 20, 64 << 10, 40
		took, a := move(t, job.IORateControl{VolumeName: file, MaxBandwidth: limit}, file, block, count)
		held(t, "bytes read", a.ReadBytes, block*count, limit, took)
		held(t, "bytes written", a.WriteBytes, block*count, limit, took)
	})
	t.Run("Iops", func(t *testing.T) {
		const limit, block, count = 20, 4 << 10, 50
		took, a := move(t, job.IORateControl{VolumeName: file, MaxIops: limit}, file, block, count)
		held(t, "reads", a.ReadOperations, count, limit, took)
		held(t, "writes", a.WriteOperations, count, limit, took)
	})
}

// fileOnDisk is a file of a few MiB that can be read and written without the
// kernel's cache. /var/tmp is on a disk where /tmp may be memory.
func fileOnDisk(t *testing.T, j *job.Job) string {
	t.Helper()
	for _, dir := range []string{os.TempDir(), "/var/tmp"} {
		f, err := os.CreateTemp(dir, "createprocess-job-test")
		if err != nil {
			continue
		}
		defer f.Close()
		t.Cleanup(func() { os.Remove(f.Name()) })
		if err := j.SetIORate(job.IORateControl{VolumeName: f.Name()}); err != nil {
			code(t, err, job.ERROR_INVALID_PARAMETER) // it is on no disk
			continue
		}
		_, err = f.Write(make([]byte, 4<<20))
		if err = errors.Join(err, f.Sync()); err != nil {
			t.Fatal(err)
		}
		direct, err := os.OpenFile(f.Name(), os.O_RDWR|unix.O_DIRECT, 0)
		if err != nil {
			continue
		}
		direct.Close()
		return f.Name()
	}
	lacks(t, "disk", "neither the directory of temporary files nor /var/tmp is on a disk (in vm/run it is)")
	return ""
}

// move has one process read, and at the same time another one write, that many
// blocks in a job that is limited so.
func move(t *testing.T, c job.IORateControl, file string, block, count int) (time.Duration, job.Accounting) {
	t.Helper()
	j := newJob(t, "")
	ok(t, j.SetIORate(c))
	begin := time.Now()
	var movers []*createprocess.ProcessInformation
	for _, way := range []string{"read", "write"} {
		movers = append(movers, spawned(t, in(params(t, "move", way, file, strconv.Itoa(block), strconv.Itoa(count)), j)))
	}
	for _, m := range movers {
		if code, err := m.Process.Wait(soon(t)); code != 0 || err != nil {
			t.Fatalf("exit code %d, %v", code, err)
		}
	}
	a, err := j.Accounting()
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(begin), a
}

// held: at least that many have reached the disk, and no more than the limit
// allows in the time. The kernel counts in slices of a tenth of a second; a whole
// one is allowed for.
func held(t *testing.T, what string, got, atLeast, limit uint64, took time.Duration) {
	t.Helper()
	most := uint64(float64(limit) * (took.Seconds() + 1))
	if got < atLeast || got > most {
		t.Errorf("%d %s in %v; at least %d, at most %d", got, what, took, atLeast, most)
	}
	t.Logf("%d %s in %v, limit %d in a second", got, what, took, limit)
}

// TestLimitsStay: who manages the cgroup above, as systemd does its slices, cannot
// take the controller of a limit away.
func TestLimitsStay(t *testing.T) {
	for _, limit := range []struct {
		controller, file string
		set              func(j *job.Job) error
	}{
		{"memory", "memory.max", func(j *job.Job) error {
			return j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_JOB_MEMORY, JobMemoryLimit: 64 << 20})
		}},
		{"cpu", "cpu.max", func(j *job.Job) error { return j.SetCPURate(job.CPUs(0.5)) }},
		{"cpuset", "cpuset.cpus", func(j *job.Job) error {
			return j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_AFFINITY, Affinity: []int{0}})
		}},
	} {
		t.Run(limit.controller, func(t *testing.T) {
			needController(t, limit.controller)
			j := newJob(t, "")
			ok(t, limit.set(j))
			before, err := j.Cgroup().Read(limit.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Cgroup().Parent().Write("cgroup.subtree_control", "-"+limit.controller); err == nil {
				t.Error("the cgroup above has been told to keep the controller for itself")
			}
			if expected("systemd") {
				startUnit(t) // which it makes room for in that cgroup
			}
			if after, err := j.Cgroup().Read(limit.file); after != before || err != nil {
				t.Errorf("%s is %q, %v; it was %q", limit.file, after, err, before)
			}
			start(t, in(params(t, "stdin"), j)) // a cgroup that hands on may have no process

			// Where it cannot be kept the limit is not set.
			other := newJob(t, "")
			before, err = other.Cgroup().Read(limit.file)
			if err != nil {
				t.Fatal(err)
			}
			restore := job.InjectFault(func(step, object string) error {
				if step == "write" && object == string(other.Cgroup())+"/cgroup.subtree_control" {
					return syscall.EIO
				}
				return nil
			})
			err = limit.set(other)
			restore()
			if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "cgroup.subtree_control") {
				t.Errorf("the controller cannot be kept: %v", err)
			}
			if after, err := other.Cgroup().Read(limit.file); after != before || err != nil {
				t.Errorf("%s is %q, %v after a failure; it was %q", limit.file, after, err, before)
			}
		})
	}
}

// startUnit has the systemd that manages this process start and end a service.
func startUnit(t *testing.T) {
	t.Helper()
	args := []string{"--wait", "--quiet", "--property=CPUWeight=50", "true"}
	if os.Getuid() != 0 {
		args = append([]string{"--user"}, args...)
	}
	if out, err := exec.Command("systemd-run", args...).CombinedOutput(); err != nil {
		t.Errorf("systemd-run: %v: %s", err, out)
	}
}

// TestLimitsOfBoth: the outer job's limit holds in the inner one.
func TestLimitsOfBoth(t *testing.T) {
	needController(t, "pids")
	outer := newJob(t, "")
	ok(t, outer.SetLimits(job.Limits{
		Flags:              job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS | job.JOB_OBJECT_LIMIT_PROCESS_MEMORY,
		ActiveProcessLimit: 1, ProcessMemoryLimit: 1 << 33,
	}))
	inner, err := outer.Nest("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	ok(t, inner.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, ActiveProcessLimit: 100}))
	r := start(t, in(createprocess.Params{Args: []string{"sh", "-c", "ulimit -v; read x"}}, inner))
	if r.line != strconv.Itoa(1<<23) {
		t.Errorf("ulimit -v says %q", r.line)
	}
	_, err = createprocess.CreateProcess(in(createprocess.Params{Args: []string{"sleep", "1000"}}, inner))
	if !errors.Is(err, createprocess.ERROR_NOT_ENOUGH_QUOTA) {
		t.Errorf("one too many for the outer job: %v", err)
	}
	r.input.Close()
	r.Process.Wait(soon(t))
}

func TestAccounting(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		for range 3 {
			pi := spawned(t, in(createprocess.Params{Args: []string{"true"}}, j))
			if _, err := pi.Process.Wait(soon(t)); err != nil {
				t.Fatal(err)
			}
		}
		start(t, in(params(t, "stdin"), j))
		a, err := j.Accounting()
		if err != nil || a.ActiveProcesses != 1 || a.TotalProcesses != 4 {
			t.Errorf("%+v, %v", a, err)
		}
		if j.Level() == job.LevelCgroup && a.TotalUserTime+a.TotalKernelTime == 0 {
			t.Errorf("no time: %+v", a)
		}
		if j.Level() != job.LevelCgroup && a.Unknown["TotalUserTime"] == "" {
			t.Errorf("a walk that knows the time: %+v", a)
		}
	})
}

func TestNotify(t *testing.T) {
	levels(t, func(t *testing.T) {
		j := newJob(t, "")
		messages, stop, err := j.Notify()
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, in(params(t, "parent"), j))
		await(t, messages, job.JOB_OBJECT_MSG_NEW_PROCESS, r.ProcessID)
		await(t, messages, job.JOB_OBJECT_MSG_NEW_PROCESS, atoi(r.line)) // which it has made
		unix.Kill(atoi(r.line), unix.SIGKILL)
		// Both may be seen in one look, and then in any order.
		exited := map[int]bool{}
		for n := range messages {
			if n.Message == job.JOB_OBJECT_MSG_EXIT_PROCESS {
				exited[n.ProcessID] = true
			}
			if n.Message == job.JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO {
				break
			}
		}
		if !exited[r.ProcessID] || !exited[atoi(r.line)] || len(exited) != 2 {
			t.Errorf("of %d and %d have ended %v", r.ProcessID, atoi(r.line), exited)
		}
		pi := spawned(t, in(createprocess.Params{Args: []string{"sleep", "1000"}}, j))
		await(t, messages, job.JOB_OBJECT_MSG_NEW_PROCESS, pi.ProcessID)
		unix.Kill(pi.ProcessID, unix.SIGSEGV)
		pi.Process.Wait(soon(t))
		want := job.Notification{Message: job.JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS, ProcessID: pi.ProcessID}
		got := <-messages
		if !exitCodesAreKept() && got.Message == job.JOB_OBJECT_MSG_EXIT_PROCESS {
			got.Message = want.Message // the program has collected it before the listener looked
		}
		if got != want {
			t.Errorf("%v %d, want %v %d", got.Message, got.ProcessID, want.Message, want.ProcessID)
		}
		stop()
		for range messages {
		}
	})
}

// exitCodesAreKept: from Linux 6.15 on the kernel tells how a process has ended.
func exitCodesAreKept() bool {
	var u unix.Utsname
	unix.Uname(&u)
	var major, minor int
	fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	return major > 6 || major == 6 && minor >= 15
}

func spawned(t testing.TB, p createprocess.Params) *createprocess.ProcessInformation {
	t.Helper()
	pi, err := createprocess.CreateProcess(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pi.Close() })
	return pi
}

// await reads until there is that message.
func await(t testing.TB, messages <-chan job.Notification, m job.Message, pid int) {
	t.Helper()
	done := soon(t).Done()
	var before []job.Notification
	for {
		select {
		case n := <-messages:
			if n.Message == m && n.ProcessID == pid {
				return
			}
			before = append(before, n)
		case <-done:
			t.Fatalf("no %v of %d; there were %v", m, pid, before)
		}
	}
}
