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
	// The kernel's own limit is as low as 4096, hard and soft.
	limit := unix.Rlimit{Cur: 1024, Max: 1 << 20}
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
}

func runTests() (passed, failed int) {
	var uname unix.Utsname
	unix.Uname(&uname)
	fmt.Printf("vm: Linux %s %s\n", unix.ByteSliceToString(uname.Release[:]), unix.ByteSliceToString(uname.Machine[:]))
	args := []string{"-test.v", "-test.short", "-test.timeout=500s"}
	if skip, err := os.ReadFile("/tests/skip"); err == nil {
		args = append(args, "-test.skip="+strings.TrimSpace(string(skip)))
	}
	tests, _ := filepath.Glob("/tests/*.test")
	for _, test := range tests {
		// A session and a process that is not number 1, as tests are used to.
		cmd := exec.Command(test, args...)
		cmd.Dir = strings.TrimSuffix(test, ".test")
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "USER=root", "LANG=C.UTF-8"}
		// Through pipes: the console is no terminal of theirs.
		console := struct{ io.Writer }{os.Stdout}
		cmd.Stdout, cmd.Stderr = console, console
		cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
		if err := cmd.Run(); err != nil {
			fmt.Printf("vm: FAIL %s: %v\n", filepath.Base(test), err)
			failed++
			continue
		}
		fmt.Printf("vm: ok   %s\n", filepath.Base(test))
		passed++
	}
	return passed, failed
}
