package createprocess_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"golang.org/x/sys/windows"
)

// TestCloseClosesTheHandles: it is Close that does, and not the collector some
// time later.
func TestCloseClosesTheHandles(t *testing.T) {
	const n = 15
	wait(t, start(t, "exit", "0")) // opens whatever stays open for good
	for name, use := range map[string]func(p *Process) error{
		"unused": func(*Process) error { return nil },
		"waited for": func(p *Process) error {
			_, err := p.Wait(context.Background())
			return err
		},
	} {
		before := leaktest.Open()
		var all []*ProcessInformation
		for range n {
			pi, err := CreateProcess(Params{Args: []string{self(t), "0"}, Environment: as("exit")})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, pi)
			if err := use(pi.Process); err != nil {
				t.Error(err)
			}
		}
		if held := leaktest.Open() - before; held < n {
			t.Errorf("%s: %d handles for %d processes: the test tests nothing", name, held, n)
		}
		for _, pi := range all {
			if err := pi.Close(); err != nil {
				t.Error(err)
			}
		}
		if more := leaktest.Open() - before; more >= n {
			t.Errorf("%s: %d handles more after %d processes", name, more, n)
		}
		runtime.KeepAlive(all)
	}
}

// TestCreatorWithoutStandardFiles: there is nothing to hand on then, and
// nothing is. An empty handle list would mean all that is inheritable.
func TestCreatorWithoutStandardFiles(t *testing.T) {
	_, secret := pipe(t)
	if err := windows.SetHandleInformation(windows.Handle(secret.Fd()), windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		old, err := windows.GetStdHandle(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := windows.SetStdHandle(id, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { windows.SetStdHandle(id, old) })
	}
	for _, inherit := range []bool{false, true} {
		pi := create(t, Params{Args: []string{self(t), strconv.FormatUint(uint64(secret.Fd()), 10)}, Environment: as("write"), InheritHandles: inherit})
		if code := wait(t, pi); code == 0 {
			t.Errorf("InheritHandles %v: the child has an inheritable handle that is in no list", inherit)
		}
	}
}
