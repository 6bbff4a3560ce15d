package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
)

// A job's state is a file in a directory of the user's own. Every handle keeps
// it open with a shared lock (flock(2)), which the kernel gives back however the
// program ends: who gets the exclusive lock has the last handle, or comes after
// it. The directory's own lock is held while files come and go, and while one is
// rewritten.

// state is what the programs that have a handle to the job share.
type state struct {
	Name    string         `json:"name,omitempty"`
	Cgroup  cgroupfs.Dir   `json:"cgroup,omitempty"` // none: the job is a walk over the tree
	Leaf    int            `json:"leaf,omitempty"`
	Home    cgroupfs.Dir   `json:"home,omitempty"` // the creator's own, where those go that break away
	Parents []string       `json:"parents,omitempty"`
	Limits  Limits         `json:"limits"`
	CPU     CPURateControl `json:"cpu"`
	Roots   []root         `json:"roots,omitempty"`   // of a walk
	Alive   int            `json:"alive,omitempty"`   // how many of them were when they were looked through last
	Subtree *root          `json:"subtree,omitempty"` // of a walk: the process that has adopted all that is below it
}

// root is a process that was created in the job or assigned to it.
type root struct {
	PID   int           `json:"pid"`
	Start time.Duration `json:"start"` // after the boot: the number may be given to another one
}

// stateDir is the directory of the user's jobs.
type stateDir struct {
	path string
	lock *os.File
}

// stateHome is where the directory may be, the best first.
func stateHome() []string {
	if testHome != "" {
		return []string{testHome}
	}
	uid := os.Geteuid()
	fallback := filepath.Join("/tmp", "createprocess-"+strconv.Itoa(uid))
	if uid == 0 {
		return []string{"/run/createprocess", fallback}
	}
	homes := []string{filepath.Join("/run/user", strconv.Itoa(uid), "createprocess"), fallback}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		homes = slices.Insert(homes, 1, filepath.Join(dir, "createprocess"))
	}
	return homes
}

// testHome and testTag keep tests apart from what else there is on the machine.
var testHome, testTag string

// openStates opens and locks the directory of the user, which is made if need be,
// where that is possible.
func openStates() (d *stateDir, err error) {
	var first error
	for _, home := range stateHome() {
		if d, err = openStatesIn(home); err == nil || !refused(err) {
			return d, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// openStatesOf opens and locks the directory that a state file is in.
func openStatesOf(f *os.File) (*stateDir, error) {
	return openStatesIn(filepath.Dir(filepath.Dir(f.Name())))
}

func openStatesIn(home string) (*stateDir, error) {
	path := filepath.Join(home, "jobs")
	if err := faultAt("state", path); err != nil {
		return nil, err
	}
	for _, dir := range []string{home, path} {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		// What somebody else has made, or may write to, cannot be trusted.
		var st unix.Stat_t
		if err := unix.Lstat(dir, &st); err != nil {
			return nil, &fs.PathError{Op: "lstat", Path: dir, Err: err}
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
			return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.EPERM}
		}
	}
	lock, err := os.OpenFile(filepath.Join(path, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(lock, unix.LOCK_EX); err != nil {
		lock.Close()
		return nil, err
	}
	return &stateDir{path, lock}, nil
}

func (d *stateDir) close() { d.lock.Close() }

func flock(f *os.File, how int) error {
	if err := faultAt("flock", f.Name()); err != nil {
		return err
	}
	for {
		err := unix.Flock(int(f.Fd()), how)
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return &fs.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
	}
}

// fileOf is the name of the file: that of a named job is made of its name, which
// may have any character in it.
func fileOf(name string) string {
	if name == "" {
		return "a" + randomID()
	}
	sum := sha256.Sum256([]byte(strings.TrimPrefix(name, `Local\`)))
	return "n" + hex.EncodeToString(sum[:10])
}

func randomID() string {
	var b [10]byte
	rand.Read(b[:])
	return testTag + hex.EncodeToString(b[:])
}

// errGone says that the job was the last handle's, which is being closed.
var errGone = errors.New("the job is being ended by the close of its last handle")

// open opens a job's file with the shared lock. fs.ErrNotExist: there is none.
func (d *stateDir) open(id string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(d.path, id), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(f, unix.LOCK_SH|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errGone
		}
		return nil, err
	}
	return f, nil
}

// create makes a job's file, with the shared lock.
func (d *stateDir) create(id string, s *state) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(d.path, id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	err = flock(f, unix.LOCK_SH|unix.LOCK_NB)
	if err == nil {
		err = s.write(f)
	}
	if err != nil {
		os.Remove(f.Name())
		f.Close()
		return nil, err
	}
	return f, nil
}

// ids are the jobs that there are.
func (d *stateDir) ids() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	var ids []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}

// readState may meet a rewrite by another program, and then looks again. What
// stands behind the state is left from a longer one.
func readState(f *os.File) (s *state, err error) {
	for range 100 {
		s = new(state)
		if err = json.NewDecoder(io.NewSectionReader(f, 0, 1<<20)).Decode(s); err == nil {
			return s, nil
		}
		if errors.Is(err, os.ErrClosed) {
			return nil, err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil, fmt.Errorf("%s: %w", f.Name(), err)
}

// write is called with the directory's lock held.
func (s *state) write(f *os.File) error {
	if err := faultAt("save", f.Name()); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(text, 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(text)))
}

// sweep removes what programs that were killed have left: files of jobs that
// nobody has a handle to and that have no process, and their cgroups. A job that
// was to be ended with its last handle is ended.
//
// A job's cgroup goes after those of the jobs that are nested in it: so this is
// done again as long as it gets on.
func (d *stateDir) sweep() {
	for again := true; again; {
		again = false
		ids, _ := d.ids()
		for _, id := range ids {
			again = d.sweepOne(id) || again
		}
	}
}

// sweepOne tells whether there is no such job, if need be by removing what is left
// of one.
func (d *stateDir) sweepOne(id string) (gone bool) {
	f, err := os.OpenFile(filepath.Join(d.path, id), os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	if flock(f, unix.LOCK_EX|unix.LOCK_NB) != nil {
		return false
	}
	if isRemoved(f) {
		return true
	}
	s, err := readState(f)
	if err != nil {
		// It was killed while it wrote: there is no process yet, or nobody knows.
		return os.Remove(f.Name()) == nil
	}
	b := s.backend(id, f)
	if s.Limits.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0 {
		b.kill(nil)
	}
	if populated, err := b.populated(); populated || err != nil {
		return false
	}
	return s.remove(f) == nil
}

// isRemoved tells whether the file has been, since it was opened.
func isRemoved(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// remove removes the cgroup and the file of a job that has no process. The
// caller has the exclusive lock.
func (s *state) remove(f *os.File) error {
	if s.Cgroup != "" {
		if err := removeCgroup(s.Cgroup); err != nil {
			return err
		}
	}
	return os.Remove(f.Name())
}

// sweepNowAndThen sweeps before a program's first job, and again later.
func (d *stateDir) sweepNowAndThen() {
	last, at := lastSweep.Load(), time.Now().UnixNano()
	if last == 0 || at-last > int64(time.Minute) {
		lastSweep.Store(at)
		d.sweep()
	}
}

// lastSweep is guarded by the directory's lock, but for the race detector.
var lastSweep atomic.Int64
