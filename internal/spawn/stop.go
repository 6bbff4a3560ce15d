//go:build linux

package spawn

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// stop takes a child that is traced by this thread (PTRACE_TRACEME), and that
// the kernel therefore stops when its image is loaded, and leaves it stopped as
// by SIGSTOP and traced no more. It returns when that is so, or when the child
// has ended.
//
// Nothing here waits in waitid for the stop to be reported: another part of
// the program that waits for any child may have taken the report.
func stop(pid int) {
	for !ended(pid) {
		_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(pid), 0, uintptr(unix.SIGSTOP), 0, 0)
		if errno == 0 {
			break
		}
		time.Sleep(stopPoll)
	}
	for !ended(pid) && !stopped(pid) {
		time.Sleep(stopPoll)
	}
}

const stopPoll = 20 * time.Microsecond

// ended tells whether the child has; it collects nothing. Of a child that it
// traces a thread is told that it has stopped, too, whether it asks or not.
func ended(pid int) bool {
	const cldExited, cldDumped = 1, 3 // CLD_KILLED is between them
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WALL|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == unix.ECHILD || err == nil && info.Code >= cldExited && info.Code <= cldDumped
}

// stopped tells whether the child is.
func stopped(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		// No /proc: the signal has been delivered, and the stop is on its way.
		return true
	}
	return bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" T"))
}
