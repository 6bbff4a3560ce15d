package createprocess

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reaper collects the processes that no waiter collects directly, and reads what
// is printed on the consoles that nobody looks at. It needs one
// epoll descriptor and one goroutine, however many processes there are, and no
// goroutine while there are none.
//
// A new process is not watched at once: most that are waited for end before
// that would have paid. It is put on the list of the young. It is watched when
// somebody waits for it longer, when its handles are closed, and at the latest
// when it grows up (grownUp); a timer, one for all, sees to that.
//
// What epoll says is a hint and no more. The descriptor may have been closed
// meanwhile, and its number given to another process: so the reaper asks the
// process itself (object.poll), which may answer that it runs.
//
// Locks are taken in this order: object.mu, then reaper.mu.
type reaper struct {
	mu      sync.Mutex
	young   *object           // the one that was created last; linked by next and prev
	timer   bool              // a timer runs that will look at the young
	watched map[int32]watched // by descriptor
	epoll   *os.File          // nil before the first process is watched
	conn    syscall.RawConn
	running bool
}

// watched is a process or a heldConsole.
type watched interface {
	// poll does what is to be done, and tells whether it has been the last time.
	poll() bool
}

var theReaper = reaper{watched: make(map[int32]watched)}

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
	if o.pollLocked() || o.watched || o.noPidfd {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.add(o.pidfd, o); err != nil {
		return err
	}
	o.watched = true
	r.unlink(o)
	return nil
}

// add has w polled when fd has something to be read. The caller holds r.mu.
func (r *reaper) add(fd int, w watched) error {
	if err := r.open(); err != nil {
		return err
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := r.control(unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return systemError("epoll_ctl", "", err)
	}
	r.watched[int32(fd)] = w
	if !r.running {
		r.running = true
		r.epoll.SetReadDeadline(time.Time{})
		go r.run()
	}
	return nil
}

// remove takes back add. The descriptor is taken out of the epoll set by hand,
// since closing it does not do that while a fork of somebody else has a copy.
// The caller holds r.mu.
func (r *reaper) remove(fd int) {
	r.control(unix.EPOLL_CTL_DEL, fd, nil)
	delete(r.watched, int32(fd))
	if len(r.watched) == 0 {
		r.epoll.SetReadDeadline(time.Unix(0, 1)) // wakes run, which ends
	}
}

// hold keeps a console, and reads what is printed on it, until no process has it.
func (r *reaper) hold(h *heldConsole) error {
	conn, err := h.console.SyscallConn()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := conn.Control(func(fd uintptr) {
		h.fd = int(fd)
		err = r.add(h.fd, h)
	}); e != nil {
		return e
	}
	return err
}

// drop closes a console that is held. It may be called again.
func (r *reaper) drop(h *heldConsole) {
	r.mu.Lock()
	if r.watched[int32(h.fd)] == h {
		r.remove(h.fd)
	}
	r.mu.Unlock()
	h.console.Close()
}

// forget takes o, which has ended, from those that are young or watched. The
// caller holds o.mu.
func (r *reaper) forget(o *object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unlink(o)
	if o.watched {
		o.watched = false
		r.remove(o.pidfd)
	}
}

// open makes the epoll descriptor. It stays open for good, like the runtime's own.
func (r *reaper) open() error {
	if r.epoll != nil {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return systemError("epoll_create", "", err)
	}
	// As a file that does not block it becomes part of the runtime's poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return systemError("epoll_create", "", err)
	}
	epoll := os.NewFile(uintptr(fd), "epoll")
	conn, err := epoll.SyscallConn()
	if err != nil {
		epoll.Close()
		return systemError("epoll_create", "", err)
	}
	r.epoll, r.conn = epoll, conn
	return nil
}

func (r *reaper) control(op, fd int, event *unix.EpollEvent) (err error) {
	if e := r.conn.Control(func(epoll uintptr) { err = unix.EpollCtl(int(epoll), op, fd, event) }); e != nil {
		return e
	}
	return err
}

// run collects until nobody is left.
func (r *reaper) run() {
	for {
		// It returns when stopped has said so, or with the deadline that forget sets.
		r.conn.Read(r.collect)
		if r.stopped() {
			return
		}
	}
}

// collect polls all that epoll names, until it names none. It tells
// whether the reaper may stop.
func (r *reaper) collect(epoll uintptr) (done bool) {
	var events [128]unix.EpollEvent
	for {
		n, err := unix.EpollWait(int(epoll), events[:], 0)
		switch {
		case err == unix.EINTR:
			continue
		case n <= 0:
			return r.idle()
		}
		for _, e := range events[:n] {
			if w := r.lookup(e.Fd); w != nil {
				w.poll()
			}
		}
	}
}

func (r *reaper) lookup(fd int32) watched {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.watched[fd]
}

func (r *reaper) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.watched) == 0
}

// stopped ends the goroutine if there is nobody to watch.
func (r *reaper) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.watched) == 0 {
		r.running = false
		return true
	}
	r.epoll.SetReadDeadline(time.Time{})
	return false
}
