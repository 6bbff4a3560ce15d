package createprocess_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
	"golang.org/x/sys/windows"
)

func inheritable(t *testing.T, f *os.File) bool {
	t.Helper()
	is, err := IsInheritable(windows.Handle(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	// os.Pipe leaves it to whoever creates the process.
	for _, f := range []*os.File{r, w} {
		if err := windows.SetHandleInformation(windows.Handle(f.Fd()), windows.HANDLE_FLAG_INHERIT, 0); err != nil {
			t.Fatal(err)
		}
	}
	return r, w
}

// imageIn copies the test binary to a new directory.
func imageIn(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = winetest.TempDir(t)
	text, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestHandleList: semantics row "bInheritHandles, handle list". A handle keeps
// its value, is lent for the call only, and nothing else is inherited.
func TestHandleList(t *testing.T) {
	r, w := pipe(t)
	_, secret := pipe(t)
	if err := windows.SetHandleInformation(windows.Handle(secret.Fd()), windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT); err != nil {
		t.Fatal(err)
	}
	with := func(inherit bool, number uintptr, files ...InheritedHandle) uint32 {
		p := Params{Args: []string{self(t), strconv.FormatUint(uint64(number), 10)}, Environment: as("write"), InheritHandles: inherit}
		p.StartupInfo.UseStdHandles(nil, nil, nil)
		if files != nil {
			p.StartupInfo.Attributes = []Attribute{HandleList(files...)}
		}
		return wait(t, create(t, p))
	}
	var wg sync.WaitGroup
	const writers = 5 // at once, each of which lends the same handle
	for range writers {
		wg.Go(func() {
			if code := with(true, w.Fd(), InheritedHandle{File: w}); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
	wg.Wait()
	if inheritable(t, w) {
		t.Error("the handle is still inheritable")
	}
	for _, inherit := range []bool{false, true} {
		if code := with(inherit, secret.Fd()); code == 0 {
			t.Errorf("InheritHandles %v: an inheritable handle that is not in the list is inherited", inherit)
		}
	}
	if code := with(true, w.Fd(), InheritedHandle{File: secret}); code == 0 {
		t.Error("a handle that is not in the list is inherited")
	}
	if !inheritable(t, secret) {
		t.Error("a handle that had been inheritable is so no more")
	}
	w.Close()
	got, err := io.ReadAll(r)
	if want := strings.Repeat("by value", writers); string(got) != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestHandleListRefusals(t *testing.T) {
	_, w := pipe(t)
	for _, test := range []struct {
		list []InheritedHandle
		code Errno
		text string
	}{
		{[]InheritedHandle{{File: w, Number: 5}}, ERROR_NOT_SUPPORTED, "Number is 5"},
		{[]InheritedHandle{{File: w}, {File: w}}, ERROR_INVALID_PARAMETER, "twice"},
		{[]InheritedHandle{{}}, ERROR_INVALID_HANDLE, "HANDLE_LIST"},
		{[]InheritedHandle{{File: os.NewFile(uintptr(windows.CurrentThread()), "pseudo")}}, ERROR_INVALID_HANDLE, "HANDLE_LIST"},
		{[]InheritedHandle{{File: os.NewFile(0x7ffffffc, "none")}}, ERROR_INVALID_HANDLE, "HANDLE_LIST"},
	} {
		_, err := CreateProcess(Params{Args: []string{self(t), "0"}, Environment: as("exit"), InheritHandles: true,
			StartupInfo: StartupInfo{Attributes: []Attribute{HandleList(test.list...)}}})
		if !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v", test.list, err)
		}
	}
	if inheritable(t, w) {
		t.Error("a refusal has left the handle inheritable")
	}
}

// TestNoConsole: semantics row "STARTF_USESTDHANDLES absent", its second half.
func TestNoConsole(t *testing.T) {
	for _, flag := range []CreationFlags{DETACHED_PROCESS, CREATE_NO_WINDOW} {
		// It would wait for ever for the end of the creator's standard input.
		r, _ := pipe(t)
		old, err := windows.GetStdHandle(windows.STD_INPUT_HANDLE)
		if err != nil {
			t.Fatal(err)
		}
		if err := windows.SetStdHandle(windows.STD_INPUT_HANDLE, windows.Handle(r.Fd())); err != nil {
			t.Fatal(err)
		}
		pi, err := CreateProcess(Params{Args: []string{self(t)}, Environment: as("cat"), CreationFlags: flag})
		windows.SetStdHandle(windows.STD_INPUT_HANDLE, old)
		if err != nil {
			t.Fatal(err)
		}
		if code := wait(t, pi); code != 0 {
			t.Errorf("%v: exit code %d", flag, code)
		}
		pi.Close()
	}
}

// TestNames: semantics row "no application name". A bare name is looked for in
// PATH and nowhere else, with ".exe" if it has no extension.
func TestNames(t *testing.T) {
	dir := imageIn(t, "createprocess-test-image.exe")
	elsewhere := filepath.Dir(self(t))
	for _, test := range []struct {
		path, line string
		found      bool
	}{
		{dir, "createprocess-test-image", true},
		{dir, "createprocess-test-image.exe", true},
		{dir, `"createprocess-test-image"`, true},
		{elsewhere + ";" + dir + `\`, "CreateProcess-Test-Image.EXE", true},
		{elsewhere, "createprocess-test-image", false},
		{"", "createprocess-test-image.exe", false},
		{";.;" + elsewhere, "createprocess-test-image.exe", false},
		{elsewhere, `.\createprocess-test-image.exe`, true},
		{elsewhere, `./createprocess-test-image`, true},
		{elsewhere, dir + `\createprocess-test-image`, true},
		{dir, "createprocess-test", false},
		{dir, ".", false},
		{filepath.Dir(dir), filepath.Base(dir), false},
	} {
		t.Run(test.path+" "+test.line, func(t *testing.T) {
			t.Chdir(dir)
			t.Setenv("PATH", test.path)
			byArgs := Params{Args: []string{strings.Trim(test.line, `"`), "7"}, Environment: as("exit")}
			byLine := Params{CommandLine: test.line + " 7", Environment: as("exit")}
			for _, p := range []Params{byArgs, byLine} {
				pi, err := CreateProcess(p)
				if test.found != (err == nil) {
					t.Fatal(err)
				}
				if err == nil {
					if code := wait(t, pi); code != 7 {
						t.Errorf("exit code %d", code)
					}
					pi.Close()
				} else if !strings.Contains(err.Error(), "open "+strconv.Quote(strings.Trim(test.line, `"`))) {
					t.Error(err)
				}
			}
		})
	}
}

// TestBatchFile: what cmd.exe would take for a command of its own is refused.
func TestBatchFile(t *testing.T) {
	dir := imageIn(t, "a.exe")
	path := filepath.Join(dir, "test.BAT")
	if err := os.WriteFile(path, []byte("@exit 3\r\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ". ."} {
		for _, arg := range []string{"a&b", `"`, "%PATH%", "a\nb", "a|b", ">x"} {
			_, err := CreateProcess(Params{Args: []string{name, arg}})
			if !errors.Is(err, ERROR_INVALID_PARAMETER) || !strings.Contains(err.Error(), "cmd.exe") {
				t.Errorf("%s %q: %v", name, arg, err)
			}
		}
	}
	// The path is an argument too: cmd.exe would run what stands before the "&".
	_, err := CreateProcess(Params{ApplicationName: filepath.Join(dir, "a&b.bat")})
	if !errors.Is(err, ERROR_INVALID_PARAMETER) || !strings.Contains(err.Error(), "cmd.exe") {
		t.Error(err)
	}
	pi := create(t, Params{Args: []string{path, "a b", "c"}})
	if code := wait(t, pi); code != 3 {
		t.Errorf("exit code %d", code)
	}
}

// TestHandlesLeft: neither success nor failure leaves a handle, nor does an
// object that is forgotten.
func TestHandlesLeft(t *testing.T) {
	_, w := pipe(t)
	round := func() {
		p := Params{Args: []string{self(t), "0"}, Environment: as("exit"), InheritHandles: true}
		p.StartupInfo.UseStdHandles(nil, os.Stdout, nil)
		p.StartupInfo.Attributes = []Attribute{HandleList(InheritedHandle{File: w})}
		pi, err := CreateProcess(p)
		if err != nil {
			t.Fatal(err)
		}
		wait(t, pi)
		pi.Close()
		p.CurrentDirectory = self(t)
		if _, err := CreateProcess(p); err == nil {
			t.Fatal("a file as current directory")
		}
		p.CurrentDirectory = ""
		if pi, err = CreateProcess(p); err != nil {
			t.Fatal(err)
		}
		wait(t, pi) // and forgets it
	}
	for range 3 {
		round() // whatever the system and the runtime keep for good
	}
	settled := func() int {
		n := math.MaxInt
		for range 20 {
			runtime.GC()
			time.Sleep(5 * time.Millisecond)
			n = min(n, leaktest.Open())
		}
		return n
	}
	before := settled()
	for range 10 {
		round()
	}
	if after := settled(); after > before+5 {
		t.Errorf("%d handles more after 20 processes", after-before)
	}
}

// TestCloseRaces closes handles under the hands of those who use them.
func TestCloseRaces(t *testing.T) {
	for range 5 {
		pi, stop := running(t)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*time.Millisecond)
					defer cancel()
					_, err = pi.Process.Wait(ctx)
					if errors.Is(err, context.DeadlineExceeded) {
						err = nil
					}
				case 1:
					_, err = pi.Process.Times()
				case 2:
					_, err = pi.Process.Resources()
				case 3:
					_, err = pi.Process.ExitCode()
				}
				if err != nil && !errors.Is(err, ERROR_INVALID_HANDLE) {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if err := pi.Close(); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		stop()
	}
}

// TestManyWaitersFewThreads: who waits takes no thread.
func TestManyWaitersFewThreads(t *testing.T) {
	const n = 40
	var stops []func()
	var wg sync.WaitGroup
	before := threads(t)
	for i := range n {
		pi, stop := running(t)
		stops = append(stops, stop)
		wg.Go(func() {
			if code, err := pi.Process.Wait(context.Background()); code != 0 || err != nil {
				t.Errorf("%d: %d, %v", i, code, err)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	if more := threads(t) - before; more > 10 {
		t.Errorf("%d threads for %d waiters", more, n)
	}
	for _, stop := range stops {
		stop()
	}
	wg.Wait()
}

// TestManyEventsFewThreads: a registered wait, and a wait for one event, takes
// none, whether the events are many or one.
func TestManyEventsFewThreads(t *testing.T) {
	const n = 200
	one := event(t, true, false)
	events := []*Event{one}
	var waiting sync.WaitGroup
	before := threads(t)
	for range n {
		e := event(t, false, false)
		events = append(events, e)
		for _, e := range []*Event{e, one} {
			waiting.Add(1)
			register(t, e, INFINITE, WT_EXECUTEONLYONCE, func(bool) { waiting.Done() })
		}
		waiting.Go(func() { waitFor(t, one, INFINITE, WAIT_OBJECT_0) })
	}
	time.Sleep(100 * time.Millisecond)
	if more := threads(t) - before; more > n/63+10 {
		t.Errorf("%d threads for %d waits", more, 3*n)
	}
	set(t, events...)
	waiting.Wait()
}

// threads counts those of this process.
func threads(t *testing.T) (n int) {
	t.Helper()
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(snapshot)
	var entry windows.ThreadEntry32
	entry.Size = uint32(unsafe.Sizeof(entry))
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID == windows.GetCurrentProcessId() {
			n++
		}
	}
	if n == 0 {
		t.Fatal(fmt.Errorf("no thread of this process: %w", err))
	}
	return n
}
