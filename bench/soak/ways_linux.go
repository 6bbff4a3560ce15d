package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	cp "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/bench/internal/images"
	"github.com/seed-f798aa80/createprocess/exec"
)

// way is one way to make processes, to wait for them and to end them. It tells
// how many it has made, those that could not be made among them.
type way struct {
	name   string
	weight int // how often it is gone, beside the others
	spawn  func(*fixture, *rand.Rand) (made int, err error)
	count  atomic.Int64
}

var ways = []*way{
	{name: "plain", weight: 40, spawn: plain},
	{name: "exit code", weight: 8, spawn: exitCode},
	{name: "inherited", weight: 4, spawn: inherited},
	{name: "suspended", weight: 4, spawn: suspended},
	{name: "suspended and killed", weight: 2, spawn: suspendedAndKilled},
	{name: "new group", weight: 4, spawn: newGroup},
	{name: "detached", weight: 4, spawn: detached},
	{name: "new console", weight: 1, spawn: newConsole},
	{name: "restricted", weight: 2, spawn: restricted},
	{name: "timeout", weight: 2, spawn: timeout},
	{name: "forgotten", weight: 4, spawn: forgotten},
	{name: "refused", weight: 8, spawn: refused},
	{name: "many", weight: 2, spawn: many},
	{name: "callback", weight: 4, spawn: callback},
	{name: "exec Run", weight: 8, spawn: execRun},
	{name: "exec Output", weight: 4, spawn: execOutput},
	{name: "exec canceled", weight: 2, spawn: execCanceled},
	{name: "exec Lines", weight: 2, spawn: execLines},
	{name: "exec refused", weight: 4, spawn: execRefused},
}

// fixture is what the ways need.
type fixture struct {
	dir                string
	noop, idle, output string // images
	text               string // a file that is none, and may be executed
	weights            []*way // each as often as its weight says
	canceled           atomic.Int64
}

func newFixture(dir string) (*fixture, error) {
	f := &fixture{dir: dir, text: filepath.Join(dir, "text")}
	var err error
	for _, b := range []struct {
		path  *string
		image images.Image
	}{{&f.noop, images.Noop}, {&f.idle, images.Idle}, {&f.output, images.Output}} {
		if *b.path, err = images.Build(dir, b.image); err != nil {
			return nil, err
		}
	}
	for _, w := range ways {
		f.weights = append(f.weights, slices.Repeat([]*way{w}, w.weight)...)
	}
	return f, os.WriteFile(f.text, []byte("no image"), 0o755)
}

func (f *fixture) choose(random *rand.Rand) *way { return f.weights[random.IntN(len(f.weights))] }

// counts is how many processes each way has made.
func (f *fixture) counts() string {
	var list []string
	for _, w := range ways {
		list = append(list, fmt.Sprintf("%s %d", w.name, w.count.Load()))
	}
	return strings.Join(list, ", ")
}

// ends waits for the process and compares its exit code.
func ends(pi *cp.ProcessInformation, want uint32) error {
	defer pi.Close()
	code, err := pi.Process.Wait(context.Background())
	if err == nil && code != want {
		err = fmt.Errorf("exit code %#x, want %#x", code, want)
	}
	return err
}

func plain(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop})
	if err != nil {
		return 0, err
	}
	return 1, ends(pi, 0)
}

// startIdle makes a process that lives until its input, which is the caller's, ends.
func (f *fixture) startIdle(p cp.Params) (pi *cp.ProcessInformation, input *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	p.ApplicationName = f.idle
	p.StartupInfo.UseStdHandles(r, nil, nil)
	if pi, err = cp.CreateProcess(p); err != nil {
		w.Close()
		return nil, nil, err
	}
	return pi, w, nil
}

func exitCode(f *fixture, random *rand.Rand) (int, error) {
	pi, input, err := f.startIdle(cp.Params{})
	if err != nil {
		return 0, err
	}
	code := byte(random.IntN(256))
	if _, err := input.Write([]byte{code}); err != nil {
		return 0, err
	}
	input.Close()
	return 1, ends(pi, uint32(code))
}

// inherited has the input go by the handle list as well. The child would not
// end if it had the other end of the pipe.
func inherited(f *fixture, random *rand.Rand) (int, error) {
	file, err := os.Open(f.text)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	p := cp.Params{InheritHandles: true, Environment: []string{"A=a"}, CurrentDirectory: f.dir}
	p.StartupInfo.Attributes = []cp.Attribute{cp.HandleList(cp.InheritedHandle{File: file, Number: 3 + random.IntN(200)})}
	pi, input, err := f.startIdle(p)
	if err != nil {
		return 0, err
	}
	input.Close()
	return 1, ends(pi, 0)
}

func suspended(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop, CreationFlags: cp.CREATE_SUSPENDED})
	if err != nil {
		return 0, err
	}
	if n, err := pi.Thread.Resume(); n != 1 || err != nil {
		return 0, fmt.Errorf("resumed: %d, %w", n, err)
	}
	return 1, ends(pi, 0)
}

func suspendedAndKilled(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop, CreationFlags: cp.CREATE_SUSPENDED})
	if err != nil {
		return 0, err
	}
	if err := pi.Process.Terminate(1 << 20); err != nil {
		return 0, err
	}
	return 1, ends(pi, 1<<20)
}

func newGroup(f *fixture, _ *rand.Rand) (int, error) {
	pi, input, err := f.startIdle(cp.Params{CreationFlags: cp.CREATE_NEW_PROCESS_GROUP})
	if err != nil {
		return 0, err
	}
	defer input.Close()
	if err := cp.GenerateConsoleCtrlEvent(cp.CTRL_C_EVENT, pi.ProcessID); err != nil {
		return 0, err
	}
	return 1, ends(pi, 0xC000013A) // STATUS_CONTROL_C_EXIT
}

func detached(f *fixture, random *rand.Rand) (int, error) {
	flags := []cp.CreationFlags{cp.DETACHED_PROCESS, cp.CREATE_NO_WINDOW, cp.IDLE_PRIORITY_CLASS}
	pi, err := cp.CreateProcess(cp.Params{Args: []string{f.noop, "a", "b"}, CreationFlags: flags[random.IntN(len(flags))]})
	if err != nil {
		return 0, err
	}
	return 1, ends(pi, 0)
}

func newConsole(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.output, CreationFlags: cp.CREATE_NEW_CONSOLE})
	if err != nil {
		return 0, err
	}
	return 1, ends(pi, 0)
}

func restricted(f *fixture, _ *rand.Rand) (int, error) {
	p := cp.Params{ApplicationName: f.noop}
	p.StartupInfo.Attributes = []cp.Attribute{
		{Key: cp.PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, Value: cp.MitigationPolicy{NoNewPrivileges: true}},
		{Key: cp.PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY, Value: cp.GroupAffinity{Mask: 1}},
	}
	pi, err := cp.CreateProcess(p)
	if err != nil {
		return 0, err
	}
	return 1, ends(pi, 0)
}

func timeout(f *fixture, random *rand.Rand) (int, error) {
	pi, input, err := f.startIdle(cp.Params{})
	if err != nil {
		return 0, err
	}
	defer input.Close()
	for range 2 {
		r, err := cp.WaitForSingleObject(pi.Process, time.Duration(random.IntN(3))*time.Millisecond)
		if r != cp.WAIT_TIMEOUT || err != nil {
			return 0, fmt.Errorf("%v, %w", r, err)
		}
	}
	if err := pi.Process.Terminate(42); err != nil {
		return 0, err
	}
	return 1, ends(pi, 42)
}

// forgotten closes the handles of a process that runs. Whoever opens one to
// another process must not get this one's.
func forgotten(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop})
	if err != nil {
		return 0, err
	}
	return 1, pi.Close()
}

// refused are processes that there will never be. Each counts.
func refused(f *fixture, random *rand.Rand) (int, error) {
	nowhere := filepath.Join(f.dir, "nowhere")
	cases := []struct {
		p    cp.Params
		want cp.Errno
	}{
		{cp.Params{ApplicationName: nowhere}, cp.ERROR_FILE_NOT_FOUND},
		{cp.Params{ApplicationName: f.dir}, cp.ERROR_ACCESS_DENIED},
		{cp.Params{ApplicationName: f.text}, cp.ERROR_BAD_EXE_FORMAT},
		{cp.Params{ApplicationName: f.noop, CurrentDirectory: nowhere}, cp.ERROR_DIRECTORY},
		{cp.Params{ApplicationName: f.text, CreationFlags: cp.CREATE_SUSPENDED}, cp.ERROR_BAD_EXE_FORMAT},
		{cp.Params{ApplicationName: nowhere, CreationFlags: cp.CREATE_NEW_CONSOLE}, cp.ERROR_FILE_NOT_FOUND},
		{cp.Params{ApplicationName: f.noop, CreationFlags: cp.DEBUG_PROCESS}, cp.ERROR_NOT_SUPPORTED},
	}
	c := cases[random.IntN(len(cases))]
	pi, err := cp.CreateProcess(c.p)
	var e *cp.Error
	switch {
	case err == nil:
		return 0, errors.Join(pi.Close(), fmt.Errorf("%+v: no error", c.p))
	case !errors.As(err, &e) || e.Code != c.want:
		return 0, fmt.Errorf("%w, want %v", err, c.want)
	}
	return 1, nil
}

func many(f *fixture, _ *rand.Rand) (int, error) {
	var handles []cp.Waitable
	for range 4 {
		pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop})
		if err != nil {
			return 0, err
		}
		defer pi.Close()
		handles = append(handles, pi.Process)
	}
	if r, err := cp.WaitForMultipleObjects(handles, true, cp.INFINITE); r != cp.WAIT_OBJECT_0 || err != nil {
		return 0, fmt.Errorf("%v, %w", r, err)
	}
	return len(handles), nil
}

func callback(f *fixture, _ *rand.Rand) (int, error) {
	pi, err := cp.CreateProcess(cp.Params{ApplicationName: f.noop})
	if err != nil {
		return 0, err
	}
	called := make(chan bool)
	if _, err := cp.RegisterWaitForSingleObject(pi.Process, cp.INFINITE, cp.WT_EXECUTEONLYONCE, func(late bool) { called <- late }); err != nil {
		return 0, err
	}
	if <-called {
		return 0, errors.New("a timeout without one")
	}
	return 1, ends(pi, 0)
}

func execRun(f *fixture, _ *rand.Rand) (int, error) { return 1, exec.Command(f.noop, "a").Run() }

func execOutput(f *fixture, _ *rand.Rand) (int, error) {
	out, err := exec.Command(f.output).Output()
	if err == nil && len(out) != 64<<10 {
		err = fmt.Errorf("%d bytes of output", len(out))
	}
	return 1, err
}

func execCanceled(f *fixture, _ *rand.Rand) (int, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := exec.CommandContext(ctx, f.idle)
	c.KillTree = f.canceled.Add(1)%8 == 1 // the first one, too: who waits for a job keeps a descriptor for good
	output := &exec.HeadTail{Head: 10, Tail: 10}
	c.Stdout, c.Stderr = output, output
	if _, err := c.StdinPipe(); err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, err
	}
	cancel()
	err := c.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Error() != "signal: killed" {
		return 0, fmt.Errorf("canceled: %w", err)
	}
	return 1, nil
}

func execLines(f *fixture, random *rand.Rand) (int, error) {
	c := exec.Command(f.output)
	leave := random.IntN(2) == 0
	for line, err := range c.Lines() {
		if err != nil || len(line) != 64<<10 {
			return 0, fmt.Errorf("a line of %d bytes, %w", len(line), err)
		}
		if leave {
			break
		}
	}
	return 1, nil
}

func execRefused(f *fixture, random *rand.Rand) (int, error) {
	c := exec.Command(f.text)
	if random.IntN(2) == 0 {
		c.Dir = f.text
	}
	if _, err := c.StdoutPipe(); err != nil {
		return 0, err
	}
	if err := c.Start(); err == nil {
		return 0, errors.New("no error")
	}
	return 1, nil
}
