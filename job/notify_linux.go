package job

import (
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
	"github.com/seed-f798aa80/createprocess/internal/pidfd"
	"github.com/seed-f798aa80/createprocess/internal/poller"
)

// subscription is one channel of Notify. The kernel tells at once that a process
// which is known has ended, that the job is empty, and that a limit is reached. It
// tells nobody who comes: what this program creates in the job or assigns to it is
// announced, and what is made there by others is found by looking (see [pace]). A
// process that comes and goes between two looks is never seen.
type subscription struct {
	object   *object
	messages chan Notification
	members  follower
	watch    *cgroupfs.Watch // nil for a walk
	now      chan struct{}   // has room for one: a look is due
	soon     chan struct{}   // the same: something has changed, and more may follow
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
	watch *poller.Watch
	late  *time.Timer // nil while it runs; then it is waited for its exit code
}

func (o *object) notify(op string) (<-chan Notification, func(), error) {
	members, err := o.backend.follow()
	if err != nil {
		return nil, nil, wrap(op, o.name, err)
	}
	s := &subscription{
		object: o, messages: make(chan Notification, notificationRoom), members: members,
		now: make(chan struct{}, 1), soon: make(chan struct{}, 1), stopped: make(chan struct{}),
		processes: make(map[int]*observed), counts: make(map[Message]uint64),
	}
	if o.cgroup != "" {
		if s.watch, err = cgroupfs.NewWatch(o.cgroup, "cgroup.events", "pids.events", "memory.events"); err != nil {
			return nil, nil, wrap(op, o.name, err)
		}
		s.readCounts(nil)
	}
	listeners.add(s)
	s.done.Go(s.run)
	return s.messages, sync.OnceFunc(s.stop), nil
}

func (s *subscription) stop() {
	listeners.remove(s)
	close(s.stopped)
	s.done.Wait()
	s.members.close()
	if s.watch != nil {
		s.watch.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for pid, p := range s.processes {
		s.forget(pid, p)
	}
	s.processes = nil
	close(s.messages)
}

// run looks when something has happened, and every now and then.
func (s *subscription) run() {
	var changes <-chan struct{}
	if s.watch != nil {
		changes = s.watch.Changes()
	}
	pace := pace{lookSoonest, lookSoonest}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		age := pace.pause / 2
		select {
		case <-s.stopped:
			return
		case <-s.soon:
			if pace.hurry() {
				timer.Reset(pace.wait())
			}
			continue
		case <-changes:
			s.readCounts(s.send)
		case <-s.now:
			age = 0
		case <-timer.C:
		}
		found, empty, took := s.look(age)
		pace.looked(found, took, listeners.count())
		// That somebody comes into an empty cgroup the kernel tells.
		if empty && s.watch != nil {
			timer.Stop()
			pace.pause = 2 * pace.soonest
		} else {
			timer.Reset(pace.wait())
		}
	}
}

// look is done by run alone. The list may be of that age.
func (s *subscription) look(age time.Duration) (found, empty bool, took time.Duration) {
	pids, took, err := s.members.pids(age)
	if err != nil {
		return false, false, took
	}
	var come []int
	s.mu.Lock()
	for _, pid := range pids {
		if s.arrive(pid, false) {
			come = append(come, pid)
		}
	}
	empty = len(pids) == 0 && len(s.processes) == 0
	if s.occupied && empty && age > 0 {
		// The list may be from before the last one came, who may have made another.
		s.mu.Unlock()
		return s.look(0)
	}
	if s.occupied && empty {
		s.occupied = false
		s.send(JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0)
	}
	s.mu.Unlock()
	s.object.mu.Lock()
	for _, pid := range come {
		s.object.census.see(pid)
	}
	s.object.mu.Unlock()
	return len(come) > 0, empty, took
}

// arrive tells of a process, if it is not known yet. One that has been announced
// is told of although it has ended meanwhile; one that is only listed has then been
// told of before, or never will be. If there is no descriptor or memory for it the
// next look tries again. The caller holds s.mu.
func (s *subscription) arrive(pid int, announced bool) bool {
	if s.processes == nil || s.processes[pid] != nil {
		return false
	}
	p, err := s.observe(pid, announced)
	if err != nil || p == nil {
		return false
	}
	s.processes[pid] = p
	s.occupied = true
	s.send(JOB_OBJECT_MSG_NEW_PROCESS, pid)
	return true
}

// observe is nil for a process that has ended, unless it was announced. The watch
// tells at the end, and again when the parent has collected it (Linux 6.9).
func (s *subscription) observe(pid int, announced bool) (*observed, error) {
	if err := faultAt("observe", pidText(pid)); err != nil {
		return nil, err
	}
	fd, err := pidfd.OpenListed(pid)
	if err != nil {
		return nil, err
	}
	p := &observed{pidfd: fd}
	if has, _ := pidfd.Poll(fd, time.Unix(0, 1)); !announced && (has || !s.members.is(pid)) {
		unix.Close(fd)
		return nil, nil
	}
	p.watch, err = poller.Add(fd, unix.EPOLLIN|unix.EPOLLET, func() { s.ended(pid, p, false) })
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return p, nil
}

// codeWithin is how long the exit code of a process is waited for, which its
// parent has to collect if that is not this program.
const codeWithin = time.Second

// ended tells of the end of a process when its exit code is known, or will not be.
func (s *subscription) ended(pid int, p *observed, late bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.processes[pid] != p {
		return
	}
	end, has, err := pidfd.Look(p.pidfd)
	if !has && err == nil && !late {
		if p.late == nil {
			p.late = time.AfterFunc(codeWithin, func() { s.ended(pid, p, true) })
		}
		return
	}
	s.forget(pid, p)
	message := JOB_OBJECT_MSG_EXIT_PROCESS
	if has && isAbnormal(end.Signal) {
		message = JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS
	}
	s.send(message, pid)
	if len(s.processes) == 0 {
		poke(s.now)
	} else {
		poke(s.soon)
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

// forget is called with s.mu held.
func (s *subscription) forget(pid int, p *observed) {
	p.watch.Remove()
	if p.late != nil {
		p.late.Stop()
	}
	unix.Close(p.pidfd)
	delete(s.processes, pid)
}

// send is not called after stop, which closes the channel.
func (s *subscription) send(m Message, pid int) {
	select {
	case s.messages <- Notification{m, pid}:
	default:
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
