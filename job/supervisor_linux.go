package job

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

// A job with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE ends with its last handle, also if
// the program that has it is killed by SIGKILL, which no program can catch. So a
// program with such a job has a supervisor: a process that waits for the
// program's end, and then for the lock of each job that it has been told of.
//
// It is the program's own image again, in which this package's init takes over:
// no other file has to be there, and the copy of a large program's memory that a
// fork would keep is not. There is one for all jobs of a program, and none while
// it has no such job.
//
// PR_SET_PDEATHSIG would be less, and does less: it is about the children of one
// thread only, and a child may switch it off.

const (
	supervisorName = "createprocess-job-supervisor" // the first argument, by which init knows it
	supervisorFile = 3                              // the socket to the program
)

func init() {
	if len(os.Args) == 1 && os.Args[0] == supervisorName {
		os.Exit(supervise())
	}
}

// supervise is the supervisor.
func supervise() int {
	signal.Ignore()
	socket := os.NewFile(supervisorFile, "socket")
	if _, err := socket.Write([]byte{'\n'}); err != nil {
		return 1
	}
	jobs := make(map[string]int)
	lines := bufio.NewScanner(socket)
	for lines.Scan() {
		verb, path, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "watch":
			jobs[path]++
		case "forget":
			if jobs[path]--; jobs[path] == 0 {
				delete(jobs, path)
			}
		}
	}
	// The program has ended, or has no such job any more.
	var all sync.WaitGroup
	for path := range jobs {
		all.Go(func() { endWithLastHandle(path) })
	}
	all.Wait()
	return 0
}

// endWithLastHandle ends the job, once no program has a handle to it.
func endWithLastHandle(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return // it has been removed
	}
	defer f.Close()
	if flock(f, unix.LOCK_EX) != nil || isRemoved(f) {
		return
	}
	s, err := readState(f)
	if err != nil || s.Limits.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE == 0 {
		return
	}
	b := s.backend(idOf(path), f)
	// A process that the program was about to create does not know yet that it
	// belongs to the walk: so that looks again.
	for quiet := 0; quiet < 5; quiet++ {
		populated, err := b.populated()
		if populated || err != nil {
			quiet = 0
			if b.kill(nil) != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
		if s.Cgroup != "" && !populated && err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.remove(f)
}

func idOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// supervisor is the program's side.
type supervisor struct {
	mu     sync.Mutex
	jobs   map[string]int // state files; how many handles
	socket *os.File
	child  spawn.Child
}

var theSupervisor = supervisor{jobs: make(map[string]int)}

// pid is 0 if there is no supervisor.
func (s *supervisor) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket == nil {
		return 0
	}
	return s.child.PID
}

// supervise has the job looked after while this handle is open, or not any more.
func (o *object) supervise(yes bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.supervised == yes {
		return nil
	}
	if !yes {
		theSupervisor.forget(o.file.Name())
	} else if err := theSupervisor.watch(o.file.Name()); err != nil {
		return err
	}
	o.supervised = yes
	return nil
}

func (s *supervisor) watch(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[path]++
	err := s.tell("watch", path)
	if err != nil {
		// There is none, or somebody has killed it.
		s.stop()
		if err = s.start(); err == nil {
			for path, handles := range s.jobs {
				for range handles {
					if err == nil {
						err = s.tell("watch", path)
					}
				}
			}
		}
	}
	if err != nil {
		s.drop(path)
	}
	return err
}

func (s *supervisor) tell(verb, path string) error {
	if s.socket == nil {
		return os.ErrClosed
	}
	_, err := s.socket.WriteString(verb + " " + path + "\n")
	return err
}

func (s *supervisor) forget(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell("forget", path)
	s.drop(path)
}

func (s *supervisor) drop(path string) {
	if s.jobs[path]--; s.jobs[path] == 0 {
		delete(s.jobs, path)
	}
	if len(s.jobs) == 0 {
		s.stop()
	}
}

func (s *supervisor) stop() {
	if s.socket == nil {
		return
	}
	s.socket.Close()
	s.socket = nil
	for unix.Waitid(unix.P_PID, s.child.PID, nil, unix.WEXITED|unix.WALL, nil) == unix.EINTR {
	}
	if s.child.Pidfd >= 0 {
		unix.Close(s.child.Pidfd)
	}
}

// isProgram tells whether this is a Go program, which can be started again as a
// supervisor, and not a library in a program that cannot.
func isProgram() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return true
	}
	for _, s := range info.Settings {
		if s.Key == "-buildmode" {
			return s.Value == "exe" || s.Value == "pie"
		}
	}
	return true
}

func (s *supervisor) start() error {
	const op = "supervise"
	what := JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE.String()
	if err := faultAt(op, what); err != nil {
		return err
	}
	image := engine.SupervisorImage
	if image == "" && isProgram() {
		image = "/proc/self/exe"
	}
	if image == "" {
		return unsupported(op, what, "it takes a program that is written in Go, and this is a library in another one")
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	socket := os.NewFile(uintptr(fds[0]), "supervisor")
	// The jobs that this program is in are its own, too.
	env := []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}
	if value, ok := os.LookupEnv(Variable); ok {
		env = append(env, Variable+"="+value)
	}
	child, err := spawn.Start(&spawn.Request{
		Path: image,
		Argv: spawn.NewStrings([]string{supervisorName}),
		Envv: spawn.NewStrings(env),
		Dir:  "/",
		Files: []spawn.File{
			{Source: spawn.Null, Target: 0}, {Source: spawn.Null, Target: 1}, {Source: spawn.Null, Target: 2},
			{Source: fds[1], Target: supervisorFile},
		},
		Session: true, // a terminal's signals are not for it
	})
	unix.Close(fds[1])
	if err != nil {
		socket.Close()
		return fmt.Errorf("start the supervisor: %w", err)
	}
	s.socket, s.child = socket, child
	// Before it has said that it is there, it is not what it should be.
	unix.SetsockoptTimeval(fds[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: int64(patience / time.Second)})
	var hello [1]byte
	if _, err := io.ReadFull(socket, hello[:]); err != nil {
		unix.Kill(child.PID, unix.SIGKILL)
		s.stop()
		return fmt.Errorf("the supervisor does not answer: %w", err)
	}
	return nil
}
