package createprocess

import (
	"fmt"
	"os"
	"strconv"
)

// The kernel keeps 8 bits of an exit code. The other 24 travel in the name of
// the process's first thread (comm, proc(5)), which the kernel keeps as long as
// nobody has collected the process, and which only the process itself can set.
// So no descriptor, no file and no agreement beforehand is needed, and nothing
// is left behind by a creator who does not look.
const exitMark = "\x01exit"

// ExitProcess ([Microsoft's page]) ends this program with a 32-bit exit code. Deferred functions do
// not run. Who waits for it with this module gets the whole code; everybody
// else on Linux gets its lowest 8 bits, or 255 where those are 0 and the code
// is not.
//
// [Microsoft's page]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess
func ExitProcess(code uint32) {
	if code > 0xff {
		// A failure, where there is no /proc, leaves the 8 bits.
		os.WriteFile("/proc/self/task/"+strconv.Itoa(os.Getpid())+"/comm", fmt.Appendf(nil, "%s%08x", exitMark, code), 0)
	}
	os.Exit(status8(code))
}

// status8 is what the kernel is given of the code.
func status8(code uint32) int {
	if code != 0 && code&0xff == 0 {
		return 0xff
	}
	return int(code & 0xff)
}

// exitCode32 is the whole exit code of a process that has ended with status and
// has not been collected; 0 if it has none but the status.
func exitCode32(pid, status int) uint32 {
	comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil || len(comm) != len(exitMark)+8+1 || string(comm[:len(exitMark)]) != exitMark {
		return 0
	}
	code, err := strconv.ParseUint(string(comm[len(exitMark):len(comm)-1]), 16, 32)
	if err != nil || status8(uint32(code)) != status {
		return 0
	}
	return uint32(code)
}
