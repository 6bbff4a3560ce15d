package createprocess_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/cmdline"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// These tests too run natively and under Wine.

// sleeper is a child that lives until the test ends.
func sleeper(t testing.TB, flags CreationFlags, attributes ...Attribute) *ProcessInformation {
	t.Helper()
	p := Params{Args: []string{self(t), "1h"}, Environment: as("sleep"), CreationFlags: flags}
	p.StartupInfo.Attributes = attributes
	pi := create(t, p)
	t.Cleanup(func() { end(t, pi.Process) })
	return pi
}

// end ends a process that is there for the test, and waits until it has ended.
func end(t testing.TB, p *Process) {
	t.Helper()
	if ended, err := p.Exited(); err != nil || ended {
		return
	}
	if err := p.Terminate(1); err != nil && !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Error(err)
	}
	p.Wait(context.Background())
}

// TestAccess: semantics row "access rights": every operation asks for its
// right, and for no other.
func TestAccess(t *testing.T) {
	pi := sleeper(t, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	operations := map[string]struct {
		need AccessMask
		do   func(p *Process) error
	}{
		"Wait":             {SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.Wait(ctx); return err }},
		"ExitCode":         {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.ExitCode(); return err }},
		"Exited":           {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.Exited(); return err }},
		"Times":            {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.Times(); return err }},
		"Resources":        {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.Resources(); return err }},
		"PriorityClass":    {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.PriorityClass(); return err }},
		"SetPriorityClass": {PROCESS_SET_INFORMATION, func(p *Process) error { return p.SetPriorityClass(BELOW_NORMAL_PRIORITY_CLASS) }},
		"Affinity":         {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.Affinity(); return err }},
		"SetAffinity":      {PROCESS_SET_INFORMATION, func(p *Process) error { return p.SetAffinity([]int{0}) }},
		"ImageName":        {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.ImageName(); return err }},
		"ParentID":         {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.ParentID(); return err }},
		"HandleCount":      {PROCESS_QUERY_LIMITED_INFORMATION, func(p *Process) error { _, err := p.HandleCount(); return err }},
		"WaitForSingleObject": {SYNCHRONIZE, func(p *Process) error {
			_, err := WaitForSingleObject(p, 0)
			return err
		}},
	}
	for name, op := range operations {
		for _, access := range []AccessMask{0, op.need, PROCESS_ALL_ACCESS &^ (op.need | PROCESS_QUERY_INFORMATION), PROCESS_ALL_ACCESS} {
			p, err := pi.Process.Duplicate(access, false)
			if err != nil {
				t.Fatal(err)
			}
			err = op.do(p)
			if denied := errors.Is(err, ERROR_ACCESS_DENIED); denied != (access&op.need != op.need) {
				t.Errorf("%s with %#x: %v", name, access, err)
			}
			p.Close()
		}
	}
	weak, err := pi.Process.Duplicate(SYNCHRONIZE, false)
	if err != nil {
		t.Fatal(err)
	}
	defer weak.Close()
	err = weak.Terminate(1)
	if !errors.Is(err, ERROR_ACCESS_DENIED) || !strings.Contains(err.Error(), "PROCESS_TERMINATE") {
		t.Errorf("Terminate: %v", err)
	}
	thread, err := pi.Thread.Duplicate(SYNCHRONIZE, false)
	if err != nil {
		t.Fatal(err)
	}
	defer thread.Close()
	if _, err := thread.Suspend(); !errors.Is(err, ERROR_ACCESS_DENIED) || !strings.Contains(err.Error(), "THREAD_SUSPEND_RESUME") {
		t.Errorf("Suspend: %v", err)
	}
	if _, err := thread.Resume(); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("Resume: %v", err)
	}
}

// TestDuplicate: semantics row "DuplicateHandle".
func TestDuplicate(t *testing.T) {
	pi := start(t, "exit", "7")
	weak, err := pi.Process.Duplicate(SYNCHRONIZE|PROCESS_QUERY_INFORMATION, true)
	if err != nil {
		t.Fatal(err)
	}
	if want := SYNCHRONIZE | PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION; weak.Access() != want {
		t.Errorf("access %#x, want %#x", weak.Access(), want)
	}
	if _, err := weak.Duplicate(PROCESS_TERMINATE, false); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("more rights: %v", err)
	}
	same, err := weak.Duplicate(MAXIMUM_ALLOWED, false)
	if err != nil {
		t.Fatal(err)
	}
	if same.Access() != weak.Access() || same.ID() != pi.ProcessID {
		t.Errorf("the same access is %#x of %d, not %#x of %d", same.Access(), same.ID(), weak.Access(), pi.ProcessID)
	}
	pi.Close()
	weak.Close()
	if code, err := same.Wait(context.Background()); err != nil || code != 7 {
		t.Errorf("the last handle: exit code %d, %v", code, err)
	}
	if err := same.Close(); err != nil {
		t.Error(err)
	}
	if _, err := same.Duplicate(0, false); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Errorf("of a closed handle: %v", err)
	}
}

// TestInheritable: semantics row "SECURITY_ATTRIBUTES".
func TestInheritable(t *testing.T) {
	pi := create(t, Params{Args: []string{self(t), "0"}, Environment: as("exit"),
		ProcessAttributes: &SecurityAttributes{InheritHandle: true}})
	wait(t, pi)
	if on, err := pi.Process.Inheritable(); !on || err != nil {
		t.Errorf("the process: %v, %v", on, err)
	}
	if on, err := pi.Thread.Inheritable(); on || err != nil {
		t.Errorf("the thread: %v, %v", on, err)
	}
	if err := pi.Thread.SetInheritable(true); err != nil {
		t.Error(err)
	}
	if on, _ := pi.Thread.Inheritable(); !on {
		t.Error("it is not marked")
	}
	pi.Close()
	if err := pi.Process.SetInheritable(false); !errors.Is(err, ERROR_INVALID_HANDLE) {
		t.Errorf("after Close: %v", err)
	}
}

// TestSuspended: semantics row "CREATE_SUSPENDED".
func TestSuspended(t *testing.T) {
	out := filepath.Join(winetest.TempDir(t), "out")
	file, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := Params{Args: []string{self(t), "a"}, Environment: as("args"), CreationFlags: CREATE_SUSPENDED}
	p.StartupInfo.UseStdHandles(nil, file, nil)
	pi := create(t, p)
	defer end(t, pi.Process)
	if result, err := WaitForSingleObject(pi.Process, 50*time.Millisecond); result != WAIT_TIMEOUT || err != nil {
		t.Fatalf("it runs: %v, %v", result, err)
	}
	if text, _ := os.ReadFile(out); len(text) > 0 {
		t.Errorf("it has run: %q", text)
	}
	for i, step := range []struct {
		do   func() (uint32, error)
		want uint32
	}{
		{pi.Thread.Suspend, 1}, {pi.Thread.Suspend, 2}, {pi.Thread.Resume, 3}, {pi.Thread.Resume, 2},
	} {
		if n, err := step.do(); n != step.want || err != nil {
			t.Errorf("step %d: count %d, want %d, %v", i, n, step.want, err)
		}
	}
	if result, _ := WaitForSingleObject(pi.Process, 20*time.Millisecond); result != WAIT_TIMEOUT {
		t.Error("it runs before its count is 0")
	}
	if n, err := pi.Thread.Resume(); n != 1 || err != nil {
		t.Errorf("the last Resume: %d, %v", n, err)
	}
	if code := wait(t, pi); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text, _ := os.ReadFile(out); string(text) != `["a"]`+"\n" {
		t.Errorf("it has written %q", text)
	}
}

// TestSuspendedAndKilled: one that never ran leaves nothing.
func TestSuspendedAndKilled(t *testing.T) {
	pi := sleeper(t, CREATE_SUSPENDED)
	if err := pi.Process.Terminate(77); err != nil {
		t.Fatal(err)
	}
	if code := wait(t, pi); code != 77 {
		t.Errorf("exit code %d", code)
	}
	if _, err := pi.Thread.Resume(); err == nil && runtime.GOOS == "linux" {
		t.Error("a process that has ended can be resumed")
	}
}

// TestSuspendedFailure: semantics row "CREATE_SUSPENDED": an image that cannot
// be loaded is CreateProcess's error.
func TestSuspendedFailure(t *testing.T) {
	_, err := refused(t, Params{Args: []string{filepath.Join(winetest.TempDir(t), "missing")}, CreationFlags: CREATE_SUSPENDED})
	if !errors.Is(err, ERROR_FILE_NOT_FOUND) {
		t.Error(err)
	}
}

// TestSuspendLimit: the count ends at MAXIMUM_SUSPEND_COUNT.
func TestSuspendLimit(t *testing.T) {
	pi := sleeper(t, 0)
	for i := range uint32(MAXIMUM_SUSPEND_COUNT) {
		if n, err := pi.Thread.Suspend(); n != i || err != nil {
			t.Fatalf("Suspend %d: %d, %v", i, n, err)
		}
	}
	if _, err := pi.Thread.Suspend(); !errors.Is(err, ERROR_SIGNAL_REFUSED) {
		t.Errorf("once too often: %v", err)
	}
	for i := uint32(MAXIMUM_SUSPEND_COUNT); i > 0; i-- {
		if n, err := pi.Thread.Resume(); n != i || err != nil {
			t.Fatalf("Resume: %d, want %d, %v", n, i, err)
		}
	}
	if n, err := pi.Thread.Resume(); n != 0 || err != nil {
		t.Errorf("not suspended: %d, %v", n, err)
	}
}

// TestSuspendProcess: the whole process, by whoever may.
func TestSuspendProcess(t *testing.T) {
	pi := start(t, "stdin")
	defer end(t, pi.Process)
	p, err := OpenProcess(PROCESS_SUSPEND_RESUME, false, pi.ProcessID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, do := range []func() (uint32, error){p.Suspend, p.Suspend, p.Resume, p.Resume} {
		if _, err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPriorityClass: semantics row "priority classes".
func TestPriorityClass(t *testing.T) {
	for _, class := range []CreationFlags{IDLE_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS,
		ABOVE_NORMAL_PRIORITY_CLASS, HIGH_PRIORITY_CLASS, REALTIME_PRIORITY_CLASS} {
		pi := sleeper(t, class)
		got, err := pi.Process.PriorityClass()
		if err != nil {
			t.Fatal(err)
		}
		if got != class && mayRaisePriority(class) && !winetest.OnWine() { // Wine 8 does not look at the flag
			t.Errorf("%v has become %v", class, got)
		}
		if err := pi.Process.SetPriorityClass(IDLE_PRIORITY_CLASS); err != nil {
			t.Errorf("SetPriorityClass: %v", err)
		}
		if got, err := pi.Process.PriorityClass(); got != IDLE_PRIORITY_CLASS || err != nil {
			t.Errorf("set to idle it is %v, %v", got, err)
		}
		end(t, pi.Process)
	}
	pi := sleeper(t, 0)
	for _, class := range []CreationFlags{0, IDLE_PRIORITY_CLASS | HIGH_PRIORITY_CLASS, CREATE_SUSPENDED} {
		if err := pi.Process.SetPriorityClass(class); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("%v: %v", class, err)
		}
	}
}

// TestAffinity: semantics row "GROUP_AFFINITY".
func TestAffinity(t *testing.T) {
	all, err := CurrentProcess().Affinity()
	if err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1]
	pi := sleeper(t, 0, affinityAttribute(t, last)...)
	if runtime.GOOS == "windows" { // under Wine 8 there is no such attribute
		if err := pi.Process.SetAffinity([]int{last}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := pi.Process.Affinity(); !slices.Equal(got, []int{last}) || err != nil {
		t.Errorf("affinity %v, want %v, %v", got, last, err)
	}
	if err := pi.Process.SetAffinity(all); err != nil {
		t.Error(err)
	}
	if got, err := pi.Process.Affinity(); !slices.Equal(got, all) || err != nil {
		t.Errorf("affinity %v, want %v, %v", got, all, err)
	}
	for _, list := range [][]int{nil, {-1}, {1 << 20}} {
		if err := pi.Process.SetAffinity(list); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("%v: %v", list, err)
		}
	}
}

// TestOpenProcess: semantics row "OpenProcess".
func TestOpenProcess(t *testing.T) {
	pi := start(t, "stdin")
	defer end(t, pi.Process)
	p, err := OpenProcess(MAXIMUM_ALLOWED, true, pi.ProcessID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Access()&PROCESS_TERMINATE == 0 || p.ID() != pi.ProcessID {
		t.Errorf("opened: %d with %#x", p.ID(), p.Access())
	}
	if on, err := p.Inheritable(); !on || err != nil {
		t.Errorf("Inheritable: %v, %v", on, err)
	}
	if code, err := p.ExitCode(); code != STILL_ACTIVE || err != nil {
		t.Errorf("ExitCode: %d, %v", code, err)
	}
	if err := p.Terminate(0xABCD1234); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(context.Background()); code != 0xABCD1234 || err != nil {
		t.Errorf("Wait: %#x, %v", code, err)
	}
	if ended, err := p.Exited(); !ended || err != nil {
		t.Errorf("Exited: %v, %v", ended, err)
	}
	if code := wait(t, pi); code != 0xABCD1234 {
		t.Errorf("the creator's handle: exit code %#x", code)
	}
	for _, pid := range []int{0, -1, 1<<31 - 4, 1 << 40} {
		if p, err := OpenProcess(SYNCHRONIZE, false, pid); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("process %d: %v, %v", pid, p, err)
		}
	}
}

// TestOpenedAndForgotten: a handle that is closed while the process runs leaves nothing.
func TestOpenedAndForgotten(t *testing.T) {
	pi := sleeper(t, 0)
	for range 100 {
		p, err := OpenProcess(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := WaitForSingleObject(p, time.Millisecond); result != WAIT_TIMEOUT || err != nil {
			t.Fatal(result, err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := CurrentProcess().HandleCount(); n > 300 && runtime.GOOS == "linux" || err != nil {
		t.Errorf("%d handles, %v", n, err)
	}
}

// TestQuery: semantics row "what a process tells of itself".
func TestQuery(t *testing.T) {
	pi := start(t, "stdin", "a b", `c"d`)
	defer end(t, pi.Process)
	p := pi.Process
	name, err := p.ImageName()
	if want := self(t); !strings.EqualFold(filepath.Base(name), filepath.Base(want)) || err != nil {
		t.Errorf("image name %q, want %q, %v", name, want, err)
	}
	line, err := p.CommandLine()
	// The kernel is still loading the image: at first what it shows is the creator's.
	creators, _ := CurrentProcess().CommandLine()
	for begin := time.Now(); (line == "" || line == creators) && err == nil && time.Since(begin) < 10*time.Second; line, err = p.CommandLine() {
		time.Sleep(time.Millisecond)
	}
	if args := cmdline.Split(line); !winetest.OnWine() && (err != nil || len(args) != 3 || args[1] != "a b" || args[2] != `c"d`) { // Wine 8 does not tell it
		t.Errorf("command line %q, %v", line, err)
	}
	if parent, err := p.ParentID(); parent != os.Getpid() || err != nil {
		t.Errorf("parent %d, want %d, %v", parent, os.Getpid(), err)
	}
	if n, err := p.HandleCount(); n < 3 && !winetest.OnWine() || err != nil { // Wine 8 says 0
		t.Errorf("%d handles, %v", n, err)
	}
	if r, err := p.Resources(); r.Memory == 0 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	opened, err := OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	mine, _ := p.Times()
	theirs, err := opened.Times()
	if d := mine.Creation.Sub(theirs.Creation).Abs(); d > time.Second || err != nil {
		t.Errorf("created at %v, and a stranger says %v, %v", mine.Creation, theirs.Creation, err)
	}
}

// TestCurrentProcess: semantics row "GetCurrentProcess".
func TestCurrentProcess(t *testing.T) {
	p := CurrentProcess()
	if p.ID() != os.Getpid() || p.Access() != PROCESS_ALL_ACCESS {
		t.Errorf("%d with %#x", p.ID(), p.Access())
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	if code, err := p.ExitCode(); code != STILL_ACTIVE || err != nil {
		t.Errorf("ExitCode: %d, %v", code, err)
	}
	if times, err := p.Times(); times.Creation.IsZero() || time.Since(times.Creation) > time.Hour || err != nil {
		t.Errorf("Times: %+v, %v", times, err)
	}
	if _, err := p.PriorityClass(); err != nil {
		t.Error(err)
	}
	d, err := p.Duplicate(PROCESS_QUERY_LIMITED_INFORMATION, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestExitProcess: semantics row "ExitProcess": all 32 bits.
func TestExitProcess(t *testing.T) {
	for _, want := range []string{"0", "1", "255", "256", "4294967295", "3221225477", "65536", "258"} {
		pi := start(t, "exitprocess", want)
		if got := wait(t, pi); strconv.FormatUint(uint64(got), 10) != want {
			t.Errorf("exit code %d, want %s", got, want)
		}
	}
}

// TestConsoleCtrlEvent: semantics row "GenerateConsoleCtrlEvent".
func TestConsoleCtrlEventRefusals(t *testing.T) {
	for _, err := range []error{
		GenerateConsoleCtrlEvent(7, 0),
		GenerateConsoleCtrlEvent(CTRL_C_EVENT, -1),
		GenerateConsoleCtrlEvent(CTRL_C_EVENT, 1),
	} {
		if !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Error(err)
		}
	}
}

// TestDuplicateInto: semantics row "DuplicateHandle".
func TestDuplicateInto(t *testing.T) {
	pi := sleeper(t, 0)
	into := CurrentProcess()
	value, err := pi.Process.DuplicateInto(into, SYNCHRONIZE, false)
	switch {
	case runtime.GOOS == "linux":
		if !errors.Is(err, ERROR_NOT_SUPPORTED) {
			t.Errorf("%d, %v", value, err)
		}
	case err != nil || value == 0:
		t.Errorf("%d, %v", value, err)
	default:
		closeValue(t, value)
	}
	weak, err := into.Duplicate(PROCESS_ALL_ACCESS&^PROCESS_DUP_HANDLE, false)
	if err != nil {
		t.Fatal(err)
	}
	defer weak.Close()
	if _, err := pi.Process.DuplicateInto(weak, SYNCHRONIZE, false); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("without PROCESS_DUP_HANDLE: %v", err)
	}
	if _, err := weak.DuplicateInto(into, PROCESS_DUP_HANDLE, false); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("more rights: %v", err)
	}
}

// TestThreadEnds: semantics row "thread handle".
func TestThreadEnds(t *testing.T) {
	pi := start(t, "stdin")
	defer end(t, pi.Process)
	if code, err := pi.Thread.ExitCode(); code != STILL_ACTIVE || err != nil {
		t.Errorf("ExitCode: %d, %v", code, err)
	}
	if result, err := WaitForSingleObject(pi.Thread, 0); result != WAIT_TIMEOUT || err != nil {
		t.Errorf("%v, %v", result, err)
	}
	if err := pi.Process.Terminate(7); err != nil {
		t.Fatal(err)
	}
	if result, err := WaitForMultipleObjects([]Waitable{pi.Process, pi.Thread}, true, time.Minute); result != WAIT_OBJECT_0 || err != nil {
		t.Errorf("the process and its thread: %v, %v", result, err)
	}
	if code, err := pi.Thread.ExitCode(); code != 7 || err != nil {
		t.Errorf("ExitCode: %d, %v", code, err)
	}
	weak, err := pi.Thread.Duplicate(THREAD_SUSPEND_RESUME, false)
	if err != nil {
		t.Fatal(err)
	}
	defer weak.Close()
	if result, err := WaitForSingleObject(weak, 0); result != WAIT_FAILED || !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("without SYNCHRONIZE: %v, %v", result, err)
	}
	if _, err := weak.ExitCode(); !errors.Is(err, ERROR_ACCESS_DENIED) {
		t.Errorf("without a right to query: %v", err)
	}
}

// TestEntryOpen: semantics row "OpenProcess": of a snapshot, the very process.
func TestEntryOpen(t *testing.T) {
	pi := sleeper(t, 0)
	entries, err := Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.ProcessID != pi.ProcessID {
			continue
		}
		p, err := e.Open(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if p.ID() != pi.ProcessID {
			t.Errorf("opened %d, want %d", p.ID(), pi.ProcessID)
		}
		end(t, pi.Process)
		if p, err := e.Open(SYNCHRONIZE, false); err == nil {
			ended, _ := p.Exited() // Windows keeps it while a handle is open
			p.Close()
			if !ended && runtime.GOOS == "linux" {
				t.Error("a process that has ended was opened")
			}
		} else if !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Error(err)
		}
		return
	}
	t.Error("the child is not in the snapshot")
}
