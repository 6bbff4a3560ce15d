package job_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// Trees that try to escape. Every process of a tree has a mark in its
// environment, by which what is left of it is found, whatever has become of it.
const markKey = "CREATEPROCESS_JOB_TEST_TREE"

func newMark() string { return fmt.Sprintf("%s=%d-%x", markKey, os.Getpid(), rand.Uint64()) }

// marked are the processes that have the mark, zombies excepted.
func marked(t testing.TB, mark string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		environ, err := os.ReadFile(f)
		if err == nil && bytes.Contains(environ, []byte(mark+"\x00")) {
			pids = append(pids, strings.Split(f, "/")[2])
		}
	}
	return pids
}

// rounds is how many times something random is tried.
func rounds(t testing.TB, key string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(key)); err == nil {
		return n
	}
	if testing.Short() {
		return max(usual/4, 1)
	}
	return usual
}

// treeRole is a process of a tree: it makes others, up to a budget of processes,
// and does what could keep it from being found or ended.
func treeRole(args []string) int {
	budget, seed := atoi(args[0])-1, uint64(atoi(args[1]))
	r := rand.New(rand.NewPCG(seed, 1))
	if r.IntN(4) == 0 {
		signal.Ignore() // every one that it can
	}
	self, _ := os.Executable()
	for budget > 0 {
		share := 1 + r.IntN(budget)
		budget -= share
		c := exec.Command(self, strconv.Itoa(share), strconv.Itoa(r.IntN(1<<30)))
		c.Env = append(os.Environ(), childKey+"=tree")
		switch r.IntN(4) {
		case 0:
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		case 1:
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		}
		if c.Start() == nil && r.IntN(3) == 0 {
			go c.Wait()
		}
		time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
	}
	switch r.IntN(5) {
	case 0:
		return 0 // whose children become orphans
	case 1:
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case 2: // go on forking while the others are being killed
		for {
			if c := exec.Command("/bin/sleep", "0.01"); c.Start() == nil {
				c.Wait()
			}
		}
	}
	forever()
	return 0
}

var eaten [][]byte

func testRole(role string, args []string) int {
	switch role {
	case "tree":
		return treeRole(args)
	case "creator": // of a tree in a job, and a victim
		if args[0] == "walk" {
			job.WalkOnly()
		}
		j, err := job.Create("", nil)
		if err == nil {
			err = j.SetLimits(job.Limits{Flags: job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		self, _ := os.Executable()
		for i := range 3 {
			p := createprocess.Params{
				Args:        []string{self, args[1], args[2] + strconv.Itoa(i)},
				Environment: append([]string{childKey + "=tree"}, os.Environ()...),
			}
			p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
			if _, err := createprocess.CreateProcess(p); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
		forever()
	case "chains":
		return adoptedChains(atoi(args[0]))
	case "eat": // as many MiB
		for range atoi(args[0]) {
			mib := make([]byte, 1<<20)
			for i := range mib {
				mib[i] = 1
			}
			eaten = append(eaten, mib)
		}
		forever()
	case "move": // blocks of a file, past the kernel's cache
		if err := moveBlocks(args[0], args[1], atoi(args[2]), atoi(args[3])); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	case "bomb": // whose end is that nothing is left to make more
		self, _ := os.Executable()
		for {
			c := exec.Command(self)
			if c.Start() != nil {
				time.Sleep(time.Millisecond)
			}
		}
	default:
		fmt.Println("no such role:", role)
		return 99
	}
	return 0
}

func moveBlocks(way, file string, block, count int) error {
	f, err := os.OpenFile(file, os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	// What is mapped is aligned, as it must be.
	buf, err := unix.Mmap(-1, 0, block, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	for i := 0; i < count && err == nil; i++ {
		if way == "read" {
			_, err = f.ReadAt(buf, int64(i*block))
		} else {
			_, err = f.WriteAt(buf, int64(i*block))
		}
	}
	return err
}

func TestEscape(t *testing.T) {
	levels(t, func(t *testing.T) { escape(t, rounds(t, "CREATEPROCESS_JOB_TREES", 12)) })
}

// TestWithoutCgroupKill is about Linux before 5.14: the cgroup is frozen, and what
// is in it killed one by one.
func TestWithoutCgroupKill(t *testing.T) {
	needCgroup(t)
	asked := 0
	defer job.InjectFault(func(step, object string) error {
		if step == "write" && strings.HasSuffix(object, "/cgroup.kill") {
			asked++
			return syscall.ENOENT
		}
		return nil
	})()
	const trees = 2
	escape(t, trees)
	if asked < trees {
		t.Errorf("cgroup.kill was written to %d times", asked)
	}
}

func escape(t *testing.T, trees int) {
	processes := 0
	for range trees {
		seed, budget := rand.IntN(1<<30), 1+rand.IntN(200)
		mark := newMark()
		p := params(t, "tree", strconv.Itoa(budget), strconv.Itoa(seed))
		p.Environment = append(p.Environment, mark)
		j := newJob(t, "")
		pi, err := createprocess.CreateProcess(in(p, j))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
		processes += len(marked(t, mark))
		if err := j.Terminate(77); err != nil {
			t.Errorf("tree %d of %d: %v", seed, budget, err)
		}
		if err := j.Wait(soon(t)); err != nil {
			t.Errorf("tree %d of %d: %v", seed, budget, err)
		}
		if left := marked(t, mark); len(left) > 0 {
			t.Errorf("tree %d of %d: processes %v are left", seed, budget, left)
		}
		pi.Process.Wait(soon(t))
		pi.Close()
		j.Close()
	}
	t.Logf("%d processes were alive when their trees were ended", processes)
}

// TestCreatorKilled kills the creator of a job at a random moment: nothing of the
// job may be left.
func TestCreatorKilled(t *testing.T) {
	levels(t, func(t *testing.T) {
		level := strings.ToLower(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:])
		processes := 0
		for range rounds(t, "CREATEPROCESS_JOB_KILLS", 12) {
			mark := newMark()
			p := params(t, "creator", level, strconv.Itoa(1+rand.IntN(30)), strconv.Itoa(rand.IntN(1<<20)))
			p.Environment = append(p.Environment, mark)
			pi, err := createprocess.CreateProcess(p)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
			processes += len(marked(t, mark))
			pi.Process.Terminate(1)
			pi.Process.Wait(soon(t))
			pi.Close()
			var left []string
			for range 1000 {
				if left = marked(t, mark); len(left) == 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if len(left) > 0 {
				t.Errorf("processes %v are left", left)
			}
		}
		t.Logf("%d processes were alive when their creators were killed", processes)
		waitForSupervisors(t)
	})
}

// waitForSupervisors waits until those of killed programs have ended, and with
// them the jobs. A job whose creator was killed before it had a supervisor has no
// process, and is swept.
func waitForSupervisors(t testing.TB) {
	t.Helper()
	for range 1000 {
		if err := job.Sweep(); err != nil {
			t.Error(err)
		}
		if len(job.StateFiles()) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("jobs %v are left", job.StateFiles())
}
