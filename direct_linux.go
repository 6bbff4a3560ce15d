package createprocess

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A waiter that sleeps in the kernel, in a thread of its own, sees the end of
// a process with the least that can be done: no poller has to run first and
// wake another goroutine. Threads are dear, so that few waiters have a place
// for that. When none is free the waiter that has slept longest is sent to the
// reaper's epoll descriptor, where all who wait for long belong: a place is so
// free for the next one.
//
// There is no timeout: to set and clear a timer costs more, on a virtual
// machine, than all the rest of the wait.
type place struct {
	busy   bool
	since  time.Time
	kick   int // an eventfd that wakes the sleeper; 0: not made yet
	kicked bool
}

var places = struct {
	sync.Mutex
	list []place
}{
	// More than there are processors, because a waiter sleeps, and less than
	// would matter as a number of threads.
	list: make([]place, min(4*runtime.NumCPU(), 32)),
}

// restless is how long a waiter has its place for certain.
const restless = 2 * time.Millisecond

// takePlace is nil if there is none.
func takePlace() *place {
	now := time.Now()
	places.Lock()
	defer places.Unlock()
	var oldest *place
	for i := range places.list {
		p := &places.list[i]
		if !p.busy {
			if p.kick == 0 {
				fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
				if err != nil {
					return nil
				}
				p.kick = fd
			}
			p.busy, p.since = true, now
			return p
		}
		if oldest == nil || p.since.Before(oldest.since) {
			oldest = p
		}
	}
	if now.Sub(oldest.since) > restless {
		oldest.wake()
	}
	return nil
}

// wake wakes the sleeper. The caller holds the lock.
func (p *place) wake() {
	if !p.kicked {
		p.kicked = true
		unix.Write(p.kick, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (p *place) leave() {
	places.Lock()
	defer places.Unlock()
	if p.kicked {
		unix.Read(p.kick, make([]byte, 8))
		p.kicked = false
	}
	p.busy = false
}

// waitDirectly waits, if there is a place and nobody else waits so for o, until
// o has ended, or ctx is done, or the place is needed. It tells whether o has
// ended.
func (o *object) waitDirectly(ctx context.Context) bool {
	if ctx.Err() != nil {
		return o.poll()
	}
	p := takePlace()
	if p == nil {
		return o.poll()
	}
	defer p.leave()
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			// If it comes late it wakes another sleeper, who goes to the reaper.
			places.Lock()
			defer places.Unlock()
			if p.busy {
				p.wake()
			}
		})
		defer stop()
	}
	o.mu.Lock()
	if o.ended || o.direct || o.watch != nil || o.noPidfd {
		defer o.mu.Unlock()
		return o.pollLocked()
	}
	o.direct = true
	fds := [2]unix.PollFd{{Fd: int32(o.pidfd), Events: unix.POLLIN}, {Fd: int32(p.kick), Events: unix.POLLIN}}
	o.mu.Unlock()

	ppoll(fds[:])

	o.mu.Lock()
	defer o.mu.Unlock()
	o.direct = false
	if !o.pollLocked() {
		return false
	}
	o.doneWithPidfd()
	return true
}

// pollDirectly waits in a place until one of files is ready, and tells whether
// one is: it is not when there is no place, or another needs it. The last of
// files is free, for the place's own.
func pollDirectly(files []unix.PollFd) bool {
	p := takePlace()
	if p == nil {
		return false
	}
	defer p.leave()
	last := len(files) - 1
	files[last] = unix.PollFd{Fd: int32(p.kick), Events: unix.POLLIN}
	ppoll(files)
	return slices.ContainsFunc(files[:last], func(f unix.PollFd) bool { return f.Revents != 0 })
}

// ppoll waits without end.
func ppoll(files []unix.PollFd) {
	for {
		if _, err := unix.Ppoll(files, nil, nil); err != unix.EINTR {
			break
		}
	}
	reschedule()
}

// rescheduled is when a waiter last went through the scheduler, since epoch.
var (
	rescheduled atomic.Int64
	epoch       = time.Now()
)

// reschedule goes through the scheduler every now and then. A goroutine that
// creates and waits in a loop is in a system call almost all of the time, where
// the runtime's monitor cannot preempt it. After 10 ms the monitor takes the P
// from it instead, in every single call from then on, and each time wakes a
// thread for the P; until the goroutine has been rescheduled.
func reschedule() {
	now := int64(time.Since(epoch))
	if last := rescheduled.Load(); now-last > int64(time.Millisecond) && rescheduled.CompareAndSwap(last, now) {
		runtime.Gosched()
	}
}
