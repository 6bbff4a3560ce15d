package createprocess

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// object is the process that handles stand for. It owns the system's two
// handles and counts who needs them: Process, Thread, and each call while it
// runs. The last one gone closes them, so that a Close never takes a handle
// away from a call that uses it. What a call may ask for after that — whether
// and how the process had ended — has been noted by then.
type object struct {
	pid int

	mu           sync.Mutex
	references   int            // 0: the handles are closed
	process      windows.Handle // of a child: with every access right
	thread       windows.Handle // of its primary thread; 0: not a child
	registration windows.Handle // of the wait; 0: nobody has waited yet
	key          uintptr        // the registration's, in endings
	ending       *ending        // told by the registered wait; nil: nobody has waited yet
	ended        bool
	code         uint32
	endErr       error // the process counts as ended, but its exit code is not known
}

func newObject(info *windows.ProcessInformation) *object {
	o := &object{pid: int(info.ProcessId), references: 1, process: info.Process, thread: info.Thread}
	// As with os.File: handles that are forgotten are closed by the collector.
	runtime.SetFinalizer(o, func(o *object) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.closeHandles()
	})
	return o
}

func (o *object) retain() { o.acquire() }

// acquire keeps the handles open until release. It fails if they are closed.
func (o *object) acquire() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.references == 0 {
		return false
	}
	o.references++
	return true
}

func (o *object) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.references--
	if o.references == 0 {
		o.pollLocked()
		o.closeHandles()
		runtime.SetFinalizer(o, nil)
	}
}

// closeHandles is called once, with o.mu held.
func (o *object) closeHandles() {
	if o.registration != 0 {
		unregisterWait(o.registration, o.key)
	}
	if o.thread != 0 {
		windows.CloseHandle(o.thread)
	}
	windows.CloseHandle(o.process)
	o.registration, o.thread, o.process = 0, 0, 0
}

func (o *object) name() string { return "process " + strconv.Itoa(o.pid) }

// poll tells whether the process has ended; after the last Close, whether it
// had ended by then.
func (o *object) poll() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pollLocked()
}

func (o *object) pollLocked() bool {
	if o.ended || o.process == 0 {
		return o.ended
	}
	event, err := windows.WaitForSingleObject(o.process, 0)
	switch {
	case err != nil:
		// The handle is not ours any more: somebody has closed it. To know
		// nothing is an end too, or the waiters would wait for ever.
		o.ended, o.endErr = true, systemError("Wait", o.name(), err)
	case event == windows.WAIT_OBJECT_0:
		o.ended = true
		if err := windows.GetExitCodeProcess(o.process, &o.code); err != nil {
			o.endErr = systemError("GetExitCodeProcess", o.name(), err)
		}
	}
	if o.ended && o.ending != nil {
		o.ending.signal.set() // whoever looks need not wait for the callback
	}
	return o.ended
}

// wait returns when the process has ended, or when ctx is done.
func (o *object) wait(ctx context.Context) error {
	if !o.acquire() {
		if o.poll() {
			return nil
		}
		return invalidHandle("Wait")
	}
	defer o.release()
	if o.poll() {
		return nil
	}
	if ctx.Err() != nil {
		return waitError(ctx)
	}
	ending, err := o.watch()
	if err != nil {
		return err
	}
	defer keepAwake().Stop()
	select {
	case <-ending.done:
		o.poll()
		return nil
	case <-ctx.Done():
		return waitError(ctx)
	}
}

// keepAwake is for those who wait for a callback. The runtime does not know of
// it, and would call a program that does nothing but wait for it deadlocked. A
// timer, even one that never fires, tells it that something is to come.
func keepAwake() *time.Timer { return time.AfterFunc(INFINITE, func() {}) }

// ending tells of the end of a process. It is not the object itself, which may
// be forgotten, and its handles closed, while the system waits for the process.
type ending struct {
	done   chan struct{}
	signal signal
}

func (e *ending) tell() {
	e.signal.set()
	close(e.done)
}

// endings are what is to be called when the system's waits end, by the number
// that the system hands back: it cannot be given a Go pointer to keep.
var (
	endings sync.Map // uintptr -> func()
	lastKey atomic.Uintptr
)

// onEnding is the one callback for all of them. Its second argument, which
// tells a timeout, is of no use: there is none.
var onEnding = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(key, _ uintptr) uintptr {
		if tell, ok := endings.LoadAndDelete(key); ok {
			tell.(func())()
		}
		return 0
	})
})

// registerWait has the system's thread pool, where one thread waits for many
// handles, call tell once when the handle is signaled.
func registerWait(handle windows.Handle, object string, tell func()) (registration windows.Handle, key uintptr, err error) {
	const (
		WT_EXECUTEINWAITTHREAD = 0x4 // the callback is short
		WT_EXECUTEONLYONCE     = 0x8
	)
	key = lastKey.Add(1)
	endings.Store(key, tell)
	ok, _, err := registerWaitForSingleObject.Call(uintptr(unsafe.Pointer(&registration)), uintptr(handle),
		onEnding(), key, windows.INFINITE, WT_EXECUTEINWAITTHREAD|WT_EXECUTEONLYONCE)
	if ok == 0 {
		endings.Delete(key)
		return 0, 0, systemError("RegisterWaitForSingleObject", object, err)
	}
	return registration, key, nil
}

// unregisterWait ends the system's wait; a handle must stay open until then. It
// tells whether that was in time. To wait here for a callback that runs takes
// no time: it needs no lock that anybody holds for long.
func unregisterWait(registration windows.Handle, key uintptr) bool {
	unregisterWaitEx.Call(uintptr(registration), uintptr(windows.InvalidHandle))
	_, ok := endings.LoadAndDelete(key)
	return ok
}

// watch has the system tell when the process ends. There is one registration
// however many wait, and it stays until the handles are closed.
func (o *object) watch() (*ending, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return o.ending, nil
	}
	e := &ending{done: make(chan struct{})}
	registration, key, err := registerWait(o.process, o.name(), e.tell)
	if err != nil {
		return nil, err
	}
	o.registration, o.key, o.ending = registration, key, e
	return e, nil
}

// exitCode is called when the process has ended.
func (o *object) exitCode() (uint32, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.code, o.endErr
}

func (o *object) terminate(code uint32) error {
	if !o.acquire() {
		return invalidHandle("TerminateProcess")
	}
	defer o.release()
	if o.poll() {
		return &Error{Op: "TerminateProcess", Object: o.name(), Code: ERROR_ACCESS_DENIED, Err: errors.New("the process has ended")}
	}
	if err := windows.TerminateProcess(o.process, code); err != nil {
		return systemError("TerminateProcess", o.name(), err)
	}
	return nil
}

func (o *object) times() (Times, error) {
	if !o.acquire() {
		return Times{}, invalidHandle("GetProcessTimes")
	}
	defer o.release()
	// Asked first: the exit time of a process that runs is undefined.
	ended := o.poll()
	var creation, exit, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(o.process, &creation, &exit, &kernel, &user); err != nil {
		return Times{}, systemError("GetProcessTimes", o.name(), err)
	}
	t := Times{Creation: time.Unix(0, creation.Nanoseconds()), Kernel: span(kernel), User: span(user)}
	if ended {
		t.Exit = time.Unix(0, exit.Nanoseconds())
	}
	return t, nil
}

// span is a FILETIME that is a length of time and not a date.
func span(t windows.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// processMemoryCounters is PROCESS_MEMORY_COUNTERS of psapi.h.
type processMemoryCounters struct {
	cb                         uint32
	pageFaultCount             uint32
	peakWorkingSetSize         uintptr
	workingSetSize             uintptr
	quotaPeakPagedPoolUsage    uintptr
	quotaPagedPoolUsage        uintptr
	quotaPeakNonPagedPoolUsage uintptr
	quotaNonPagedPoolUsage     uintptr
	pagefileUsage              uintptr
	peakPagefileUsage          uintptr
}

// resources has of reads and writes what GetProcessIoCounters counts: those of
// files, and also those of pipes and devices.
func (o *object) resources() (Resources, error) {
	if !o.acquire() {
		return Resources{}, invalidHandle("Resources")
	}
	defer o.release()
	var memory processMemoryCounters
	memory.cb = uint32(unsafe.Sizeof(memory))
	if ok, _, err := getProcessMemoryInfo.Call(uintptr(o.process), uintptr(unsafe.Pointer(&memory)), unsafe.Sizeof(memory)); ok == 0 {
		return Resources{}, systemError("GetProcessMemoryInfo", o.name(), err)
	}
	var io windows.IO_COUNTERS
	if ok, _, err := getProcessIoCounters.Call(uintptr(o.process), uintptr(unsafe.Pointer(&io))); ok == 0 {
		return Resources{}, systemError("GetProcessIoCounters", o.name(), err)
	}
	return Resources{
		Memory:     uint64(memory.workingSetSize),
		PeakMemory: uint64(memory.peakWorkingSetSize),
		PageFaults: uint64(memory.pageFaultCount),
		ReadBytes:  io.ReadTransferCount,
		WriteBytes: io.WriteTransferCount,
	}, nil
}
