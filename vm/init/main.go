//go:build linux

// Command init is what the kernel of vm/run starts: it makes a small system of
// the initramfs, runs the test binaries in /tests, one after the other, and
// switches the machine off. Its last line is what vm/run looks for:
//
//	vm: 5 passed, 0 failed
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	passed, failed := 0, 0
	if err := prepare(); err != nil {
		fmt.Println("vm:", err)
		failed++
	} else {
		passed, failed = runTests()
	}
	fmt.Printf("vm: %d passed, %d failed\n", passed, failed)
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// mounts are what the tests find on any machine.
var mounts = []struct{ kind, dir, options string }{
	{"proc", "/proc", ""},
	{"sysfs", "/sys", ""},
	{"devtmpfs", "/dev", ""},
	{"devpts", "/dev/pts", "ptmxmode=0666"},
	{"tmpfs", "/dev/shm", ""},
	{"tmpfs", "/tmp", "mode=1777"},
	{"tmpfs", "/run", ""},
	{"cgroup2", "/sys/fs/cgroup", ""},
}

func prepare() error {
	for _, m := range mounts {
		if err := os.MkdirAll(m.dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.dir, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.dir, err)
		}
	}
	if err := disk(); err != nil {
		return err
	}
	// The kernel's own limit is as low as 4096, hard and soft.
	limit := unix.Rlimit{Cur: 1024, Max: 1 << 20}
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
}

func runTests() (passed, failed int) {
	var uname unix.Utsname
	unix.Uname(&uname)
	fmt.Printf("vm: Linux %s %s\n", unix.ByteSliceToString(uname.Release[:]), unix.ByteSliceToString(uname.Machine[:]))
	args := []string{"-test.v", "-test.short", "-test.timeout=900s"}
	flags, err := os.ReadFile("/tests/flags")
	if err != nil {
		fmt.Println("vm:", err)
		return 0, 1
	}
	args = append(args, strings.Fields(string(flags))...)
	tests, _ := filepath.Glob("/tests/*.test")
	for _, test := range tests {
		for _, as := range waysToRun(test) {
			name := filepath.Base(test) + as.name
			// A session and a process that is not number 1, as tests are used to.
			cmd := exec.Command(test, append([]string{"-test.run=" + as.run}, args...)...)
			cmd.Dir = strings.TrimSuffix(test, ".test")
			cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "USER=" + as.user, "LANG=C.UTF-8",
				"CREATEPROCESS_JOB_TREES=2", "CREATEPROCESS_JOB_WAITS=10", "CREATEPROCESS_JOB_KILLS=3"}
			// Through pipes: the console is no terminal of theirs.
			console := struct{ io.Writer }{os.Stdout}
			cmd.Stdout, cmd.Stderr = console, console
			cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Credential: as.credential}
			if as.cgroup != nil {
				cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(as.cgroup.Fd())
			}
			if err := cmd.Run(); err != nil {
				fmt.Printf("vm: FAIL %s: %v\n", name, err)
				failed++
				continue
			}
			fmt.Printf("vm: ok   %s\n", name)
			passed++
		}
	}
	return passed, failed
}

// way is who runs a test, and where.
type way struct {
	name       string
	user       string
	credential *syscall.Credential
	cgroup     *os.File // nil: the root one
	run        string   // these tests; "": all
}

// asUser is what depends on who runs it.
const asUser = "^(TestBothSystems|TestTerminate|TestWait|TestNames|TestKillOnClose|TestEscape|TestActiveProcessLimit|TestJobMemoryLimit|TestCPURate|TestIORate)$"

// waysToRun: jobs are made of what the caller may do with cgroups.
func waysToRun(test string) []way {
	ways := []way{{user: "root"}}
	if filepath.Base(test) != "job.test" {
		return ways
	}
	const nobody = 65534
	user := &syscall.Credential{Uid: nobody, Gid: nobody}
	cgroup, err := delegate(nobody)
	if err != nil {
		fmt.Println("vm:", err)
		os.Exit(1) // the kernel says the rest
	}
	return append(ways,
		way{name: " as a user with a delegated cgroup", user: "nobody", credential: user, cgroup: cgroup, run: asUser + "/(Cgroup|OOMGroup|Bandwidth|Iops)"},
		way{name: " as a user without cgroups", user: "nobody", credential: user, run: asUser + "/Walk"})
}

// delegate gives a user a subtree of cgroups with all controllers, as systemd
// does, and opens the one for his first process.
func delegate(uid int) (*os.File, error) {
	const top, delegated = "/sys/fs/cgroup/", "/sys/fs/cgroup/delegated/"
	for _, controller := range []string{"cpu", "cpuset", "io", "memory", "pids"} {
		if err := os.WriteFile(top+"cgroup.subtree_control", []byte("+"+controller), 0); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(delegated+"main", 0o755); err != nil {
		return nil, err
	}
	for _, file := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "main", "main/cgroup.procs", "main/cgroup.threads", "main/cgroup.subtree_control"} {
		if err := os.Chown(delegated+file, uid, uid); err != nil {
			return nil, err
		}
	}
	return os.Open(delegated + "main")
}
