package job

import "golang.org/x/sys/windows"

// LookAgain tells what Wait does about a list of processes that was made a moment
// ago: wait for one of them, look again, or neither, since none is left.
func (j *Job) LookAgain(ids []int) (wait, again bool) {
	process, timeout := firstOf(j.object.handle, ids)
	if process != 0 {
		windows.CloseHandle(process)
		return true, false
	}
	return false, timeout != 0
}
