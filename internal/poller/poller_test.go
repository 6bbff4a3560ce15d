//go:build linux

package poller_test

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/poller"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

func pipe(t *testing.T) (read, write int) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

func add(t *testing.T, fd int) (*poller.Watch, <-chan struct{}) {
	called := make(chan struct{}, 100)
	w, err := poller.Add(fd, unix.EPOLLIN|unix.EPOLLET, func() { called <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	return w, called
}

func want(t *testing.T, called <-chan struct{}) {
	t.Helper()
	select {
	case <-called:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is told")
	}
}

func TestReady(t *testing.T) {
	for range 3 { // the goroutine ends in between
		r, w := pipe(t)
		defer unix.Close(r)
		defer unix.Close(w)
		watch, called := add(t, r)
		for range 3 {
			unix.Write(w, []byte{1})
			want(t, called)
		}
		watch.Remove()
		watch.Remove()
		unix.Write(w, []byte{1})
		// Another one, that is told after it would have been.
		r2, w2 := pipe(t)
		defer unix.Close(r2)
		defer unix.Close(w2)
		watch2, called2 := add(t, r2)
		unix.Write(w2, []byte{1})
		want(t, called2)
		watch2.Remove()
		select {
		case <-called:
			t.Error("told after Remove")
		default:
		}
	}
}

// TestReadyBefore: what is there already is told, too.
func TestReadyBefore(t *testing.T) {
	r, w := pipe(t)
	defer unix.Close(r)
	unix.Close(w)
	watch, called := add(t, r)
	defer watch.Remove()
	want(t, called)
}

// TestNumberUsedAgain: a descriptor that is closed in the middle of its own call,
// and whose number is given to another one, is not taken for it.
func TestNumberUsedAgain(t *testing.T) {
	r, w := pipe(t)
	watch, called := add(t, r)
	watch.Remove()
	unix.Close(r)
	unix.Close(w)
	r2, w2 := pipe(t)
	defer unix.Close(r2)
	defer unix.Close(w2)
	watch2, called2 := add(t, r2)
	defer watch2.Remove()
	unix.Write(w2, []byte{1})
	want(t, called2)
	watch.Remove() // of the old one, leaves the new one alone
	unix.Write(w2, []byte{1})
	want(t, called2)
	if len(called) != 0 {
		t.Error("the old one is called")
	}
}

func TestRefused(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := poller.Add(int(f.Fd()), unix.EPOLLIN, func() {}); err == nil {
		t.Error("a file can be watched")
	}
	if _, err := poller.Add(-1, unix.EPOLLIN, func() {}); err == nil {
		t.Error("a closed descriptor can be watched")
	}
}
