//go:build linux

// Package poller tells when descriptors are ready: by one epoll descriptor and
// one goroutine for the whole program, however many descriptors there are, and
// without a goroutine while there are none. It is for what is waited for long and
// has something to say seldom; it reads nothing and closes nothing.
//
//	w, err := poller.Add(pidfd, unix.EPOLLIN|unix.EPOLLET, func() { ... })
//	...
//	w.Remove()
package poller

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Watch is a descriptor that is watched.
type Watch struct {
	fd     int
	number uint64
	ready  func()
}

// poller is the program's. What epoll says is found by a number that is never
// used again: a descriptor that has been closed meanwhile may be another's.
type poller struct {
	mu      sync.Mutex
	watches map[uint64]*Watch
	last    uint64   // number
	epoll   *os.File // nil before the first watch; it stays open for good
	conn    syscall.RawConn
	running bool
}

var one = poller{watches: make(map[uint64]*Watch)}

// Add has ready called when fd has one of events (EPOLLIN and its like): by the
// poller's goroutine, so that it must not wait for anything long. fd must stay
// open until Remove.
func Add(fd int, events uint32, ready func()) (*Watch, error) { return one.add(fd, events, ready) }

// Now calls those that are ready and that the poller's goroutine has not come to
// yet. It may call one that the goroutine calls at the same time.
func Now() { one.now() }

// Remove ends the watch. A call of ready that has begun is not waited for. It may
// be called again.
func (w *Watch) Remove() { one.remove(w) }

func (p *poller) add(fd int, events uint32, ready func()) (*Watch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(); err != nil {
		return nil, err
	}
	p.last++
	w := &Watch{fd, p.last, ready}
	event := unix.EpollEvent{Events: events, Fd: int32(w.number), Pad: int32(w.number >> 32)}
	if err := p.control(unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	p.watches[w.number] = w
	if !p.running {
		p.running = true
		p.epoll.SetReadDeadline(time.Time{})
		go p.run()
	}
	return w, nil
}

// remove takes the descriptor out of the epoll set by hand: closing it does not do
// that while a fork of somebody else has a copy.
func (p *poller) remove(w *Watch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watches[w.number] != w {
		return
	}
	p.control(unix.EPOLL_CTL_DEL, w.fd, nil)
	delete(p.watches, w.number)
	if len(p.watches) == 0 {
		p.epoll.SetReadDeadline(time.Unix(0, 1)) // wakes run, which ends
	}
}

func (p *poller) open() error {
	if p.epoll != nil {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		// As a file that does not block it becomes part of the runtime's poller.
		if err = unix.SetNonblock(fd, true); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		return os.NewSyscallError("epoll_create", err)
	}
	epoll := os.NewFile(uintptr(fd), "epoll")
	conn, err := epoll.SyscallConn()
	if err != nil {
		epoll.Close()
		return err
	}
	p.epoll, p.conn = epoll, conn
	return nil
}

func (p *poller) control(op, fd int, event *unix.EpollEvent) (err error) {
	if e := p.conn.Control(func(epoll uintptr) { err = unix.EpollCtl(int(epoll), op, fd, event) }); e != nil {
		return e
	}
	return err
}

func (p *poller) now() {
	p.mu.Lock()
	conn, some := p.conn, len(p.watches) > 0
	p.mu.Unlock()
	if some {
		conn.Control(func(epoll uintptr) { p.collect(epoll) })
	}
}

// run calls those that are ready, until there is no watch.
func (p *poller) run() {
	for {
		// It returns when collect says so, or with the deadline that remove sets.
		p.conn.Read(p.collect)
		p.mu.Lock()
		if len(p.watches) == 0 {
			p.running = false
			p.mu.Unlock()
			return
		}
		p.epoll.SetReadDeadline(time.Time{})
		p.mu.Unlock()
	}
}

// collect calls all that epoll names, until it names none. It tells whether there
// is no watch any more.
func (p *poller) collect(epoll uintptr) (done bool) {
	var events [128]unix.EpollEvent
	for {
		n, err := unix.EpollWait(int(epoll), events[:], 0)
		switch {
		case err == unix.EINTR:
			continue
		case n <= 0:
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.watches) == 0
		}
		for _, e := range events[:n] {
			if w := p.lookup(uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32); w != nil {
				w.ready()
			}
		}
	}
}

func (p *poller) lookup(number uint64) *Watch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.watches[number]
}
