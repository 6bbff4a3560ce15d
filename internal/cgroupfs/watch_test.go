//go:build linux

package cgroupfs

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// directory stands for a cgroup: inotify tells of its files as of any other's.
func directory(t *testing.T) Dir {
	d := Dir(t.TempDir()).Child("group")
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cgroup.events", "pids.events"} {
		if err := os.WriteFile(d.file(name), []byte("0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func watch(t *testing.T, d Dir, names ...string) *Watch {
	t.Helper()
	w, err := NewWatch(d, names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func wantChange(t *testing.T, w *Watch) {
	t.Helper()
	select {
	case <-w.Changes():
	case <-time.After(20 * time.Second):
		t.Fatal("no change is told")
	}
}

func wantNone(t *testing.T, w *Watch) {
	t.Helper()
	select {
	case <-w.Changes():
		t.Error("a change is told")
	default:
	}
}

func TestWatch(t *testing.T) {
	d, other := directory(t), directory(t)
	both, events := watch(t, d, "cgroup.events", "pids.events", "memory.events"), watch(t, d, "cgroup.events")
	apart, last := watch(t, other, "cgroup.events"), watch(t, other, "pids.events")
	change := func(d Dir, name string) {
		t.Helper()
		if err := d.Write(name, "1"); err != nil {
			t.Fatal(err)
		}
	}
	// Events are told in their order: once the last is told, so are those before.
	change(d, "cgroup.events")
	wantChange(t, both)
	wantChange(t, events)
	change(d, "pids.events")
	change(other, "pids.events")
	wantChange(t, last)
	wantChange(t, both)
	wantNone(t, events)
	wantNone(t, apart)

	events.Close()
	events.Close()
	change(d, "cgroup.events")
	wantChange(t, both) // which has the same file
	wantNone(t, events)
}

// TestWatchRemoval: of the cgroups in one directory each watch is told of its own.
func TestWatchRemoval(t *testing.T) {
	parent := Dir(t.TempDir())
	first, second := parent.Child("first"), parent.Child("second")
	for _, d := range []Dir{first, second} {
		if err := d.Make(); err != nil {
			t.Fatal(err)
		}
	}
	w, x := watch(t, first), watch(t, second)
	if err := first.Remove(); err != nil {
		t.Fatal(err)
	}
	wantChange(t, w)
	wantNone(t, x)
	if err := second.Remove(); err != nil {
		t.Fatal(err)
	}
	wantChange(t, x)
	wantNone(t, w)
}

func TestWatchRefused(t *testing.T) {
	d := directory(t)
	if _, err := NewWatch(d, "missing", "cgroup.events"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the first file is missing: %v", err)
	}
	for _, path := range []string{d.file("cgroup.events"), string(d.Parent())} {
		restore := InjectFault(func(step, object string) error {
			if step == "watch" && object == path {
				return syscall.ENOSPC
			}
			return nil
		})
		_, err := NewWatch(d, "cgroup.events")
		restore()
		var e *fs.PathError
		if !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &e) || e.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	inotify.mu.Lock()
	defer inotify.mu.Unlock()
	if len(inotify.watches) != 0 || len(inotify.keys) != 0 || inotify.polled != nil {
		t.Errorf("left: %v %v", inotify.watches, inotify.keys)
	}
}

func TestOverflow(t *testing.T) {
	d := directory(t)
	w, x := watch(t, d, "cgroup.events"), watch(t, d, "pids.events")
	overflow := binary.NativeEndian.AppendUint32(nil, 0xffffffff) // wd -1
	overflow = binary.NativeEndian.AppendUint32(overflow, unix.IN_Q_OVERFLOW)
	inotify.mu.Lock()
	inotify.tell(append(overflow, make([]byte, 8)...))
	inotify.mu.Unlock()
	wantChange(t, w)
	wantChange(t, x)
}

// TestList is about a cgroup of the machine's: other directories do not count
// their links as cgroups do.
func TestList(t *testing.T) {
	own, _, err := Own()
	if err != nil || !own.Writable() {
		t.Skipf("this user may make no cgroup (version 2) in %q: %v", own, err)
	}
	d := own.Child("createprocess-list-test-" + filepath.Base(t.TempDir()))
	open := leaktest.Open()
	make := func(d Dir) {
		t.Helper()
		if err := d.Make(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Remove() })
	}
	make(d)
	l := NewList(d)
	defer l.Close()
	want := func(what string, groups int) {
		t.Helper()
		pids, err := l.PIDs()
		if err != nil || len(pids) != 0 || len(l.groups) != groups {
			t.Errorf("%s: %v in %d groups, %v", what, pids, len(l.groups), err)
		}
	}
	want("one", 1)
	make(d.Child("a"))
	want("one in it", 2)
	make(d.Child("a").Child("b"))
	want("one in that", 3)
	// One comes for one that goes: the number of links is the same.
	if err := d.Child("a").Child("b").Remove(); err != nil {
		t.Fatal(err)
	}
	make(d.Child("a").Child("c"))
	want("another one", 3)
	if _, err := os.Stat(string(l.groups[2].dir)); err != nil {
		t.Errorf("the list has a group that is not there: %v", err)
	}
	// And one of the same name.
	if err := d.Child("a").Child("c").Remove(); err != nil {
		t.Fatal(err)
	}
	make(d.Child("a").Child("c"))
	l.PIDs()
	want("the same once more", 3)
	for _, g := range l.groups {
		if _, err := l.read(g); err != nil {
			t.Errorf("%s: %v", g.dir, err)
		}
	}
	for _, d := range []Dir{d.Child("a").Child("c"), d.Child("a"), d} {
		if err := d.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	want("none", 0)
	l.Close()
	if n := leaktest.Open(); n != open {
		t.Errorf("%d descriptors, there were %d", n, open)
	}
}

func FuzzEvents(f *testing.F) {
	event := binary.NativeEndian.AppendUint32(nil, 7)
	event = binary.NativeEndian.AppendUint32(event, unix.IN_DELETE)
	event = binary.NativeEndian.AppendUint32(event, 0)
	event = binary.NativeEndian.AppendUint32(event, 4)
	event = append(event, "abc\x00"...)
	for key, mask := range events(event) {
		if key != (watchKey{7, "abc"}) || mask != unix.IN_DELETE {
			f.Errorf("%v %x", key, mask)
		}
	}
	f.Add(event)
	f.Add(event[:len(event)-1])
	f.Add(event[:15])
	f.Fuzz(func(t *testing.T, buf []byte) {
		n := 0
		for key := range events(buf) {
			n++
			if len(key.name) > len(buf) {
				t.Errorf("a name of %d bytes", len(key.name))
			}
		}
		if n > len(buf)/unix.SizeofInotifyEvent {
			t.Errorf("%d events in %d bytes", n, len(buf))
		}
	})
}
