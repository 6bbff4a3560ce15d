//go:build linux

// Command init is what the kernel of vm/run starts, or systemd there: it makes a
// small system of the initramfs, unless systemd has done so, runs the test binaries
// in /tests, one after the other, and switches the machine off. Its last line is
// what vm/run looks for:
//
//	vm: 5 passed, 0 failed
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	passed, failed := 0, 0
	if err := errors.Join(prepare(), disk()); err != nil {
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
	if os.Getpid() != 1 {
		return nil
	}
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
	args := []string{"-test.v", "-test.short", "-test.timeout=900s"}
	flags, err := os.ReadFile("/tests/flags")
	if err != nil {
		fmt.Println("vm:", err)
		return 0, 1
	}
	args = append(args, strings.Fields(string(flags))...)
	tests, _ := filepath.Glob("/tests/*.test")
	for _, test := range tests {
		for _, w := range waysToRun(test) {
			name := strings.TrimSpace(filepath.Base(test) + " " + w.name)
			if err := w.runTest(test, args); err != nil {
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
