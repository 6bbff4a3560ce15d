package createprocess

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reaper collects the processes that no waiter collects directly. It needs one
// epoll descriptor and one goroutine, however many processes there are, and no
// goroutine while there are none.
//
// A new process is not watched at once: most that are waited for end before
// that would have paid. It is put on the list of the young, and a timer, one
// for all of them, hands those that are left to epoll.
//
// What epoll says is a hint and no more. The descriptor may have been closed
// meanwhile, and its number given to another process: so the reaper asks the
// process itself (object.poll), which may answer that it runs.
//
// Locks are taken in this order: object.mu, then reaper.mu.
type reaper struct {
	mu      sync.Mutex
	young   []*object
	timer   bool              // a timer runs that will take young
	watched map[int32]*object // by pidfd
	epoll   *os.File          // nil before the first process is watched
	conn    syscall.RawConn
	running bool
}

var theReaper = reaper{watched: make(map[int32]*object)}

// adopt makes o the reaper's business.
func (r *reaper) adopt(o *object) {
	r.mu.Lock()
	r.young = append(r.young, o)
	start := !r.timer
	r.timer = true
	r.mu.Unlock()
	if start {
		time.AfterFunc(youngFor, r.growUp)
	}
}

// growUp watches those of the young that are old enough.
func (r *reaper) growUp() {
	r.mu.Lock()
	young := r.young
	r.young = nil
	r.timer = false
	r.mu.Unlock()
	for _, o := range young {
		if !o.poll() && r.watch(o) != nil {
			// No descriptor or memory was left for that: try again.
			r.adopt(o)
		}
	}
}

// watch has o completed when its process ends.
func (r *reaper) watch(o *object) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || o.watched || o.noPidfd {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.open(); err != nil {
		return err
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(o.pidfd)}
	if err := r.control(unix.EPOLL_CTL_ADD, o.pidfd, &event); err != nil {
		return systemError("epoll_ctl", "", err)
	}
	r.watched[int32(o.pidfd)] = o
	o.watched = true
	if !r.running {
		r.running = true
		r.epoll.SetReadDeadline(time.Time{})
		go r.run()
	}
	return nil
}

// forget takes o, which has ended, from those that are watched. The caller
// holds o.mu. The descriptor is taken out of the epoll set by hand, since
// closing it does not do that while a fork of somebody else has a copy.
func (r *reaper) forget(o *object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.control(unix.EPOLL_CTL_DEL, o.pidfd, nil)
	delete(r.watched, int32(o.pidfd))
	o.watched = false
	if len(r.watched) == 0 {
		r.epoll.SetReadDeadline(time.Unix(0, 1)) // wakes run, which ends
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

// collect asks every process that epoll names, until it names none. It tells
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
			if o := r.lookup(e.Fd); o != nil {
				o.poll()
			}
		}
	}
}

func (r *reaper) lookup(fd int32) *object {
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
