package createprocess

// Thread is a handle to a process's primary thread. Its access rights are
// those of threads.
type Thread struct{ handle }

// MAXIMUM_SUSPEND_COUNT is how often a thread can be suspended.
const MAXIMUM_SUSPEND_COUNT = 127

func (t *Thread) use(op string, need AccessMask) (*object, error) {
	if t == nil {
		return nil, invalidHandle(op)
	}
	return t.handle.use(op, need)
}

// ID is the thread identifier ([GetThreadId]). On Linux a process's primary
// thread has the process's own.
//
// [GetThreadId]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getthreadid
func (t *Thread) ID() int { return t.id }

// Access is what the handle was granted.
func (t *Thread) Access() AccessMask { return t.access }

// Suspend stops the thread and adds one to its suspend count, whose previous
// value it returns ([SuspendThread]). Over MAXIMUM_SUSPEND_COUNT it fails with
// ERROR_SIGNAL_REFUSED (156). It needs THREAD_SUSPEND_RESUME.
//
// On Linux there is one count for the process, and all its threads stop
// (SIGSTOP). The count is kept by each program for itself.
//
// [SuspendThread]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-suspendthread
func (t *Thread) Suspend() (previous uint32, err error) {
	o, err := t.use("SuspendThread", THREAD_SUSPEND_RESUME)
	if err != nil {
		return 0, err
	}
	return o.suspendThread()
}

// Resume takes one from the suspend count, whose previous value it returns,
// and at 0 lets the thread go on ([ResumeThread]). A thread that is not suspended
// is no error: the answer is 0. It needs THREAD_SUSPEND_RESUME.
//
// [ResumeThread]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-resumethread
func (t *Thread) Resume() (previous uint32, err error) {
	o, err := t.use("ResumeThread", THREAD_SUSPEND_RESUME)
	if err != nil {
		return 0, err
	}
	return o.resumeThread()
}

// ExitCode is what [GetExitCodeThread] answers: STILL_ACTIVE (259) while the
// process runs, then its exit code. It needs THREAD_QUERY_LIMITED_INFORMATION.
//
// A primary thread can end before its process. On Linux its number stays the
// process's for as long as that runs; on both systems this module takes the
// thread for running until the process has ended.
//
// [GetExitCodeThread]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodethread
func (t *Thread) ExitCode() (uint32, error) {
	o, err := t.use("GetExitCodeThread", THREAD_QUERY_LIMITED_INFORMATION)
	if err != nil {
		return 0, err
	}
	if !o.poll() {
		return STILL_ACTIVE, nil
	}
	return o.exitCode()
}

func (t *Thread) waitable(op string) error {
	_, err := t.use(op, SYNCHRONIZE)
	return err
}

func (t *Thread) waitObject() waitObject { return t.object }

// Duplicate is another handle to the thread; see [Process.Duplicate].
func (t *Thread) Duplicate(access AccessMask, inherit bool) (*Thread, error) {
	d := new(Thread)
	if err := t.duplicate(&d.handle, &threadRights, access, inherit); err != nil {
		return nil, err
	}
	return d, nil
}

// Inheritable tells whether the handle is marked as one that a child may inherit.
func (t *Thread) Inheritable() (bool, error) { return t.inheritable() }

// SetInheritable marks the handle.
func (t *Thread) SetInheritable(inherit bool) error { return t.setInheritable(inherit) }

// Close closes the handle ([CloseHandle]). A second Close fails with
// ERROR_INVALID_HANDLE (6).
//
// [CloseHandle]: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-closehandle
func (t *Thread) Close() error {
	if t == nil {
		return invalidHandle("CloseHandle")
	}
	return t.close()
}
