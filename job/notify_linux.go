package job

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
)

// subscription is one channel of Notify. That the job is empty, and that a limit
// is reached, the kernel tells at once. It tells nobody who comes and goes: what
// this program creates in the job or assigns to it is announced, and what is made
// there by others is found by looking. A process that comes and goes between two
// looks is never seen.
type subscription struct {
	object   *object
	messages chan Notification
	watch    *cgroupfs.Watch // nil for a walk
	changed  chan struct{}
	stopped  chan struct{}
	done     sync.WaitGroup

	mu        sync.Mutex
	processes map[int]*observed // nil when stopped
	counts    map[Message]uint64
	occupied  bool
}

// observed is a process that has been told of.
type observed struct {
	pidfd int
	ended time.Time // zero while it runs; then its exit code may not be known yet
}

// codeWithin is how long the exit code of a process is waited for, which its
// parent has to collect.
const codeWithin = time.Second

func (o *object) notify(op string) (<-chan Notification, func(), error) {
	s := &subscription{
		object: o, messages: make(chan Notification, notificationRoom),
		changed: make(chan struct{}, 1), stopped: make(chan struct{}),
		processes: make(map[int]*observed), counts: make(map[Message]uint64),
	}
	if o.cgroup != "" {
		w, err := cgroupfs.NewWatch(o.cgroup, "cgroup.events", "pids.events", "memory.events")
		if err != nil {
			return nil, nil, wrap(op, o.name, err)
		}
		s.watch = w
		s.readCounts(nil)
		s.done.Go(s.follow)
	}
	o.mu.Lock()
	o.subscriptions = append(o.subscriptions, s)
	o.mu.Unlock()
	s.done.Go(s.look)
	return s.messages, sync.OnceFunc(s.stop), nil
}

func (s *subscription) stop() {
	o := s.object
	o.mu.Lock()
	for i, t := range o.subscriptions {
		if t == s {
			o.subscriptions = append(o.subscriptions[:i:i], o.subscriptions[i+1:]...)
			break
		}
	}
	o.mu.Unlock()
	close(s.stopped)
	if s.watch != nil {
		s.watch.Close()
	}
	s.done.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.processes {
		unix.Close(p.pidfd)
	}
	s.processes = nil
	close(s.messages)
}

// send is called with s.mu held.
func (s *subscription) send(m Message, pid int) {
	select {
	case s.messages <- Notification{m, pid}:
	default:
	}
}

// announce tells of a process that is known to have come.
func (o *object) announce(pid int) {
	o.mu.Lock()
	o.seen(pid)
	list := append([]*subscription(nil), o.subscriptions...)
	o.mu.Unlock()
	for _, s := range list {
		s.mu.Lock()
		s.arrive(pid)
		s.mu.Unlock()
	}
}

// arrive is called with s.mu held.
func (s *subscription) arrive(pid int) {
	if s.processes == nil || s.processes[pid] != nil {
		return
	}
	fd, err := pidfd.OpenListed(pid)
	if err != nil {
		return // it has ended, and is not known by this number any more
	}
	s.processes[pid] = &observed{pidfd: fd}
	s.occupied = true
	s.send(JOB_OBJECT_MSG_NEW_PROCESS, pid)
}

// follow hands on that the kernel has told of a change.
func (s *subscription) follow() {
	for s.watch.Next() == nil {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// look is done at every change, and every now and then.
func (s *subscription) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stopped:
			return
		case <-s.changed:
		case <-tick.C:
		}
		pids, err := s.object.backend.pids()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			if errors.Is(err, os.ErrClosed) {
				return
			}
			continue
		}
		s.object.mu.Lock()
		s.object.seen(pids...)
		s.object.mu.Unlock()
		s.mu.Lock()
		for _, pid := range pids {
			s.arrive(pid)
		}
		s.lookForEnds()
		if s.watch != nil {
			s.readCounts(s.send)
		}
		if s.occupied && len(pids) == 0 && len(s.processes) == 0 {
			s.occupied = false
			s.send(JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0)
		}
		s.mu.Unlock()
	}
}

func (s *subscription) lookForEnds() {
	for pid, p := range s.processes {
		if p.ended.IsZero() {
			if ended, _ := pidfd.Poll(p.pidfd, time.Unix(0, 1)); !ended {
				continue
			}
			p.ended = time.Now()
		}
		end, has, err := pidfd.Collected(p.pidfd)
		if !has && err == nil && time.Since(p.ended) < codeWithin {
			continue
		}
		message := JOB_OBJECT_MSG_EXIT_PROCESS
		if has && isAbnormal(end.Signal) {
			message = JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS
		}
		unix.Close(p.pidfd)
		delete(s.processes, pid)
		s.send(message, pid)
	}
}

// isAbnormal tells whether a signal stands for one of the exceptions that
// Microsoft's page lists for JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS.
func isAbnormal(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGABRT, syscall.SIGINT:
		return true
	}
	return false
}

// limitEvents are what the kernel counts.
var limitEvents = []struct {
	message   Message
	file, key string
}{
	{JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, "pids.events", "max"},
	{JOB_OBJECT_MSG_JOB_MEMORY_LIMIT, "memory.events", "max"},
}

// readCounts tells of those that have grown. The file that counts may be missing,
// as its controller is.
func (s *subscription) readCounts(tell func(Message, int)) {
	for _, e := range limitEvents {
		text, err := s.object.cgroup.Read(e.file)
		if err != nil {
			continue
		}
		n := cgroupfs.ParseFlat(text)[e.key]
		if n > s.counts[e.message] && tell != nil {
			tell(e.message, 0)
		}
		s.counts[e.message] = n
	}
}
