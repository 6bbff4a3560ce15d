//go:build linux

package cgroupfs

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/poller"
)

// Watch tells when files of a cgroup have changed (inotify(7), which the kernel
// serves for cgroup.events and its like), and when the cgroup is removed: with it
// goes what the kernel was about to tell of its files.
type Watch struct {
	changes chan struct{}
	keys    []watchKey
}

// NewWatch watches files of d. All but the first may be missing.
func NewWatch(d Dir, names ...string) (*Watch, error) {
	w := &Watch{changes: make(chan struct{}, 1)}
	for _, name := range names {
		err := inotify.add(w, d.file(name), "", unix.IN_MODIFY)
		if err != nil && !(err == unix.ENOENT && name != names[0]) {
			w.Close()
			return nil, &os.PathError{Op: "inotify_add_watch", Path: d.file(name), Err: err}
		}
	}
	if err := inotify.add(w, string(d.Parent()), filepath.Base(string(d)), unix.IN_DELETE); err != nil {
		w.Close()
		return nil, &os.PathError{Op: "inotify_add_watch", Path: string(d.Parent()), Err: err}
	}
	return w, nil
}

// Changes has something to be received when there has been a change since it was
// received from last. It is not closed.
func (w *Watch) Changes() <-chan struct{} { return w.changes }

// Close ends the watch. It may be called again.
func (w *Watch) Close() { inotify.remove(w) }

func (w *Watch) wake() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// watchKey is what an event is about: a file, or the entry of a directory that has
// that name.
type watchKey struct {
	number int32 // the kernel's watch descriptor
	name   string
}

// instance is the program's one inotify descriptor: a user may have no more than
// 128 of them as a rule, and to close one takes 10 ms. So it stays open for good.
type instance struct {
	mu      sync.Mutex
	fd      int // -1: none yet
	polled  *poller.Watch
	watches map[watchKey]map[*Watch]struct{}
	keys    map[int32]int // how many are of a number
}

var inotify = instance{fd: -1, watches: make(map[watchKey]map[*Watch]struct{}), keys: make(map[int32]int)}

func (i *instance) add(w *Watch, path, name string, mask uint32) error {
	if err := faultAt("watch", path); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.open(); err != nil {
		return err
	}
	n, err := unix.InotifyAddWatch(i.fd, path, mask)
	if err != nil {
		i.rest()
		return err
	}
	key := watchKey{int32(n), name}
	if i.watches[key] == nil {
		i.watches[key] = make(map[*Watch]struct{})
		i.keys[key.number]++
	}
	i.watches[key][w] = struct{}{}
	w.keys = append(w.keys, key)
	return nil
}

func (i *instance) remove(w *Watch) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, key := range w.keys {
		delete(i.watches[key], w)
		if len(i.watches[key]) > 0 {
			continue
		}
		delete(i.watches, key)
		if i.keys[key.number]--; i.keys[key.number] == 0 {
			delete(i.keys, key.number)
			unix.InotifyRmWatch(i.fd, uint32(key.number)) // EINVAL: the kernel has done so
		}
	}
	w.keys = nil
	i.rest()
}

// open is called with mu held, as rest is.
func (i *instance) open() (err error) {
	if i.fd < 0 {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return os.NewSyscallError("inotify_init1", err)
		}
		i.fd = fd
	}
	if i.polled == nil {
		i.polled, err = poller.Add(i.fd, unix.EPOLLIN, i.read)
	}
	return err
}

// rest has the descriptor left alone while nothing is watched.
func (i *instance) rest() {
	if len(i.watches) == 0 && i.polled != nil {
		i.polled.Remove()
		i.polled = nil
	}
}

// read wakes those that the events are about. The kernel gives whole events.
func (i *instance) read() {
	var buf [4096]byte
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		n, err := unix.Read(i.fd, buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return // EAGAIN: it is empty
		}
		i.tell(buf[:n])
	}
}

func (i *instance) tell(buf []byte) {
	for key, mask := range events(buf) {
		if mask&unix.IN_Q_OVERFLOW != 0 { // some are lost
			for _, all := range i.watches {
				wakeAll(all)
			}
		}
		wakeAll(i.watches[key])
	}
}

func wakeAll(all map[*Watch]struct{}) {
	for w := range all {
		w.wake()
	}
}

// events takes struct inotify_event apart: what each is about, and its mask.
func events(buf []byte) func(yield func(watchKey, uint32) bool) {
	return func(yield func(watchKey, uint32) bool) {
		for len(buf) >= unix.SizeofInotifyEvent {
			number := int32(binary.NativeEndian.Uint32(buf))
			mask := binary.NativeEndian.Uint32(buf[4:])
			length := binary.NativeEndian.Uint32(buf[12:])
			buf = buf[unix.SizeofInotifyEvent:]
			if uint64(length) > uint64(len(buf)) {
				return
			}
			name, _, _ := strings.Cut(string(buf[:length]), "\x00")
			buf = buf[length:]
			if !yield(watchKey{number, name}, mask) {
				return
			}
		}
	}
}
