package createprocess

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/poller"
)

// reaper collects the processes that no waiter collects directly, and reads what
// is printed on the consoles that nobody looks at. It needs no goroutine of its
// own: package poller has one for all that is watched, and none while nothing is.
//
// A new process is not watched at once: most that are waited for end before
// that would have paid. It is put on the list of the young. It is watched when
// somebody waits for it longer, when its handles are closed, and at the latest
// when it grows up (grownUp); a timer, one for all, sees to that.
//
// What the poller says is a hint and no more: the reaper asks the process itself
// (object.poll), which may answer that it runs.
//
// Locks are taken in this order: object.mu, then reaper.mu.
type reaper struct {
	mu    sync.Mutex
	young *object // the one that was created last; linked by next and prev
	timer bool    // a timer runs that will look at the young
}

var theReaper reaper

// grownUp is how long the zombie of a process may stay that nobody waits for
// though its handle is open. A shorter time would be felt: the timer wakes
// threads, and while they run the kernel spreads creator and children over the
// processors, which makes a spawn twice as dear.
const grownUp = time.Second

// adopt makes o the reaper's business.
func (r *reaper) adopt(o *object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.young, o.next = true, r.young
	if o.next != nil {
		o.next.prev = o
	}
	r.young = o
	r.startTimer()
}

func (r *reaper) startTimer() {
	if !r.timer {
		r.timer = true
		time.AfterFunc(grownUp, r.growUp)
	}
}

// unlink takes o from the list of the young, if it is there.
func (r *reaper) unlink(o *object) {
	if !o.young {
		return
	}
	if o.prev != nil {
		o.prev.next = o.next
	} else {
		r.young = o.next
	}
	if o.next != nil {
		o.next.prev = o.prev
	}
	o.young, o.next, o.prev = false, nil, nil
}

// growUp watches those of the young that are old enough.
func (r *reaper) growUp() {
	r.mu.Lock()
	r.timer = false
	var old []*object
	for o := r.young; o != nil; o = o.next {
		if time.Since(o.created) >= grownUp {
			old = append(old, o)
		}
	}
	if r.young != nil {
		// For those that are left, and for those that cannot be watched because
		// no descriptor or memory is left.
		r.startTimer()
	}
	r.mu.Unlock()
	for _, o := range old {
		if !o.poll() {
			r.watch(o)
		}
	}
}

// watch has o completed when its process ends.
func (r *reaper) watch(o *object) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pollLocked() || o.watch != nil || o.noPidfd {
		return nil
	}
	watch, err := poller.Add(o.pidfd, unix.EPOLLIN, func() { o.poll() })
	if err != nil {
		return systemError("epoll_ctl", "", err)
	}
	o.watch = watch
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unlink(o)
	return nil
}

// forget takes o, which has ended, from those that are young or watched. The
// caller holds o.mu.
func (r *reaper) forget(o *object) {
	r.mu.Lock()
	r.unlink(o)
	r.mu.Unlock()
	if o.watch != nil {
		o.watch.Remove()
		o.watch = nil
	}
}
