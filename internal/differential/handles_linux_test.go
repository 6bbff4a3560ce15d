package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	. "github.com/seed-f798aa80/createprocess"
)

func suspend(t *transcript) {
	say := func(label string, do func() (uint32, error)) {
		n, err := do()
		t.count(label, n, err)
	}
	pi := t.start(CREATE_SUSPENDED, "exit", "7")
	t.wait("suspended, wait 50 ms", pi.Process, 50*time.Millisecond)
	t.exitCode("suspended, exit code", pi.Process)
	say("first suspend", pi.Thread.Suspend)
	say("second suspend", pi.Thread.Suspend)
	say("first resume", pi.Thread.Resume)
	say("second resume", pi.Thread.Resume)
	t.wait("still suspended, wait 20 ms", pi.Process, 20*time.Millisecond)
	say("third resume", pi.Thread.Resume)
	_, err := WaitForSingleObject(pi.Process, INFINITE)
	t.must(err)
	t.exitCode("exit code", pi.Process)
	_, err = pi.Thread.Resume()
	t.yes("resume after the end fails", err != nil)
	_, err = pi.Thread.Suspend()
	t.yes("suspend after the end fails", err != nil)
	t.must(pi.Close())

	pi = t.start(0, "sleep")
	say("resume of a running thread", pi.Thread.Resume)
	for range MAXIMUM_SUSPEND_COUNT - 1 {
		_, err = pi.Thread.Suspend()
		t.must(err)
	}
	say("suspend 127", pi.Thread.Suspend)
	say("suspend 128", pi.Thread.Suspend)
	say("resume 1", pi.Thread.Resume)
	weak, err := pi.Thread.Duplicate(SYNCHRONIZE, false)
	t.must(err)
	say("suspend without the right", weak.Suspend)
	say("resume without the right", weak.Resume)
	t.must(weak.Close())
	t.result("terminate while suspended", pi.Process.Terminate(8))
	t.finish("terminated while suspended", pi)

	pi = t.start(CREATE_SUSPENDED, "exit", "7")
	t.result("terminate one that never ran", pi.Process.Terminate(9))
	t.finish("terminated before it ran", pi)
}

func terminate(t *transcript) {
	for _, code := range []uint32{0, 1, 255, 256, 259, 0xC0000005, 0xFFFFFFFF} {
		label := func(what string) string { return fmt.Sprintf("%d, %s", code, what) }
		pi := t.start(0, "sleep")
		t.exitCode(label("running"), pi.Process)
		t.result(label("terminate"), pi.Process.Terminate(code))
		t.wait(label("wait"), pi.Process, INFINITE)
		t.exitCode(label("exit code"), pi.Process)
		t.result(label("terminate again"), pi.Process.Terminate(5))
		t.exitCode(label("exit code again"), pi.Process)
		t.must(pi.Close())
	}
	pi := t.start(0, "exit", "3")
	_, err := WaitForSingleObject(pi.Process, INFINITE)
	t.must(err)
	t.result("terminate one that has ended by itself", pi.Process.Terminate(4))
	t.finish("its exit code", pi)
	t.finish("terminates itself with 77", t.start(0, "self"))
}

func terminateChild(*transcript, []string) int {
	CurrentProcess().Terminate(77)
	return 1
}

func open(t *transcript) {
	pi := t.start(0, "sleep")
	for _, use := range []struct {
		name   string
		access AccessMask
	}{
		{"no right", 0},
		{"SYNCHRONIZE", SYNCHRONIZE},
		{"PROCESS_QUERY_LIMITED_INFORMATION", PROCESS_QUERY_LIMITED_INFORMATION},
		{"PROCESS_QUERY_INFORMATION", PROCESS_QUERY_INFORMATION},
		{"PROCESS_SET_INFORMATION", PROCESS_SET_INFORMATION},
		{"PROCESS_TERMINATE", PROCESS_TERMINATE},
		{"PROCESS_ALL_ACCESS", PROCESS_ALL_ACCESS},
		{"MAXIMUM_ALLOWED", MAXIMUM_ALLOWED},
	} {
		p, err := OpenProcess(use.access, false, pi.ProcessID)
		if err != nil {
			t.result(use.name, err)
			continue
		}
		t.wait(use.name+", wait", p, 0)
		t.exitCode(use.name+", exit code", p)
		_, err = p.Times()
		t.result(use.name+", times", err)
		_, err = p.PriorityClass()
		t.result(use.name+", priority class", err)
		t.result(use.name+", set priority class", p.SetPriorityClass(NORMAL_PRIORITY_CLASS))
		t.must(p.Close())
	}
	p, err := OpenProcess(SYNCHRONIZE, false, pi.ProcessID)
	t.must(err)
	t.result("terminate by SYNCHRONIZE", p.Terminate(2))
	t.yes("its number", pi.Process.ID() == pi.ProcessID)
	t.must(p.Close())
	p, err = OpenProcess(PROCESS_TERMINATE, false, pi.ProcessID)
	t.must(err)
	other, err := OpenProcess(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID)
	t.must(err)
	t.result("terminate by PROCESS_TERMINATE", p.Terminate(3))
	t.wait("the other handle, wait", other, INFINITE)
	t.exitCode("the other handle, exit code", other)
	t.exitCode("the creator's handle, exit code", pi.Process)
	t.must(p.Close())
	t.must(other.Close())
	p, err = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID)
	t.result("open one that has ended while a handle is left", err)
	if err == nil {
		t.must(p.Close())
	}
	t.must(pi.Close())

	_, err = OpenProcess(SYNCHRONIZE, false, 0)
	t.result("process 0", err)
	_, err = OpenProcess(SYNCHRONIZE, false, 0x7ffffffc)
	t.result("no such process", err)
}

func duplicates(t *transcript) {
	pi := t.start(0, "sleep")
	weak, err := pi.Process.Duplicate(SYNCHRONIZE|PROCESS_QUERY_LIMITED_INFORMATION, true)
	t.result("fewer rights", err)
	t.must(err)
	on, err := weak.Inheritable()
	t.flag("fewer rights, inheritable", on, err)
	t.result("fewer rights, terminate", weak.Terminate(1))
	t.exitCode("fewer rights, exit code", weak)
	t.yes("fewer rights, same process", weak.ID() == pi.ProcessID)
	more, err := weak.Duplicate(PROCESS_TERMINATE, false)
	t.result("more rights again", err)
	if err == nil {
		t.result("more rights, terminate", more.Terminate(21))
		t.must(more.Close())
	}
	same, err := weak.Duplicate(MAXIMUM_ALLOWED, false)
	t.result("the same rights", err)
	t.must(err)
	on, err = same.Inheritable()
	t.flag("the same rights, inheritable", on, err)
	t.result("the same rights, terminate", same.Terminate(1))
	t.must(pi.Process.Terminate(21))
	t.must(pi.Close())
	t.must(weak.Close())
	t.wait("the last handle, wait", same, INFINITE)
	t.exitCode("the last handle, exit code", same)
	t.must(same.Close())
	_, err = same.Duplicate(MAXIMUM_ALLOWED, false)
	t.result("of a closed handle", err)

	own, err := CurrentProcess().Duplicate(PROCESS_QUERY_LIMITED_INFORMATION, false)
	t.result("of the own process", err)
	t.must(err)
	t.exitCode("the own process, exit code", own)
	t.result("the own process, terminate", own.Terminate(1))
	t.result("the own process, close", own.Close())
	t.result("the own process, close again", own.Close())
}

func inheritable(t *transcript) {
	pi, err := t.try(Params{ApplicationName: t.image, CommandLine: "x exit 0", ProcessAttributes: &SecurityAttributes{InheritHandle: true}})
	t.must(err)
	on, err := pi.Process.Inheritable()
	t.flag("process", on, err)
	on, err = pi.Thread.Inheritable()
	t.flag("thread", on, err)
	t.result("mark the thread", pi.Thread.SetInheritable(true))
	on, err = pi.Thread.Inheritable()
	t.flag("thread, marked", on, err)
	t.result("unmark the process", pi.Process.SetInheritable(false))
	on, err = pi.Process.Inheritable()
	t.flag("process, unmarked", on, err)
	opened, err := OpenProcess(SYNCHRONIZE, true, pi.ProcessID)
	if err == nil {
		on, err = opened.Inheritable()
		t.flag("opened so", on, err)
		t.must(opened.Close())
	}
	t.finish("exit code", pi)
	t.result("mark a closed handle", pi.Process.SetInheritable(false))
	event, err := CreateEvent(&SecurityAttributes{InheritHandle: true}, true, false, "")
	t.result("an inheritable event", err)
	if err == nil {
		t.must(event.Close())
	}
}

func closeHandles(t *transcript) {
	pi := t.start(0, "sleep")
	other, err := OpenProcess(PROCESS_ALL_ACCESS, false, pi.ProcessID)
	t.must(err)
	t.result("close the process", pi.Process.Close())
	t.result("close the process again", pi.Process.Close())
	t.result("close the thread", pi.Thread.Close())
	t.result("close the thread again", pi.Thread.Close())
	t.wait("wait", pi.Process, 0)
	t.exitCode("exit code", pi.Process)
	t.result("terminate", pi.Process.Terminate(1))
	_, err = pi.Process.Times()
	t.result("times", err)
	_, err = pi.Process.ImageName()
	t.result("image name", err)
	n, err := pi.Thread.Suspend()
	t.count("suspend", n, err)
	n, err = pi.Thread.Resume()
	t.count("resume", n, err)

	t.wait("the process goes on", other, 0)
	t.result("and can be ended by another handle", other.Terminate(6))
	t.wait("and waited for", other, INFINITE)
	t.exitCode("and its exit code is", other)
	t.must(other.Close())
}

func current(t *transcript) {
	t.yes("its number", CurrentProcess().ID() == os.Getpid())
	t.exitCode("exit code", CurrentProcess())
	t.result("close", CurrentProcess().Close())
	t.result("close again", CurrentProcess().Close())
	t.wait("wait after that", CurrentProcess(), 0)
	class, err := CurrentProcess().PriorityClass()
	t.count("priority class", uint32(class), err)
	p, err := OpenProcess(SYNCHRONIZE, false, os.Getpid())
	t.result("open", err)
	t.must(err)
	t.wait("opened, wait", p, 0)
	t.result("opened, terminate", p.Terminate(1))
	t.exitCode("opened, exit code", p)
	t.must(p.Close())
}

func priorities(t *transcript) {
	classes := []CreationFlags{NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, IDLE_PRIORITY_CLASS}
	got := func(label string, p *Process) {
		class, err := p.PriorityClass()
		t.count(label, uint32(class), err)
	}
	for _, class := range classes {
		pi := t.start(class, "sleep")
		got(fmt.Sprintf("created with %d", uint32(class)), pi.Process)
		t.putAway(pi)
	}
	pi := t.start(0, "sleep")
	got("created without", pi.Process)
	for _, class := range classes {
		t.result(fmt.Sprintf("set %d", uint32(class)), pi.Process.SetPriorityClass(class))
		got(fmt.Sprintf("got after %d", uint32(class)), pi.Process)
	}
	for _, wrong := range []CreationFlags{0, CREATE_SUSPENDED, IDLE_PRIORITY_CLASS | NORMAL_PRIORITY_CLASS, 0x80000000} {
		t.result(fmt.Sprintf("set 0x%x", uint32(wrong)), pi.Process.SetPriorityClass(wrong))
	}
	got("got after those", pi.Process)
	t.putAway(pi)
	t.result("set by a closed handle", pi.Process.SetPriorityClass(NORMAL_PRIORITY_CLASS))
	_, err := pi.Process.PriorityClass()
	t.result("got by a closed handle", err)
}

func times(t *transcript) {
	pi := t.start(0, "sleep")
	now := time.Now()
	running, err := pi.Process.Times()
	t.result("running", err)
	t.yes("created by now", !running.Creation.After(now.Add(time.Second)))
	t.yes("created within the last minute", running.Creation.After(now.Add(-time.Minute)))
	t.must(pi.Process.Terminate(1))
	_, err = WaitForSingleObject(pi.Process, INFINITE)
	t.must(err)
	ended, err := pi.Process.Times()
	t.result("ended", err)
	t.yes("the creation stays", ended.Creation.Sub(running.Creation).Abs() < time.Second)
	t.yes("it has ended after its creation", !ended.Exit.Before(ended.Creation))
	t.yes("processor time is below a minute", ended.Kernel+ended.User < time.Minute)
	weak, err := pi.Process.Duplicate(SYNCHRONIZE, false)
	t.must(err)
	_, err = weak.Times()
	t.result("without the right", err)
	t.must(weak.Close())
	t.must(pi.Close())
	_, err = pi.Process.Times()
	t.result("closed handle", err)
	own, err := CurrentProcess().Times()
	t.result("own process", err)
	t.yes("the own process is older than its child", !own.Creation.After(running.Creation))
}

func toolhelp(t *transcript) {
	find := func(pid int) (e ProcessEntry, ok bool) {
		list, err := Snapshot()
		t.must(err)
		i := slices.IndexFunc(list, func(e ProcessEntry) bool { return e.ProcessID == pid })
		if i < 0 {
			return ProcessEntry{}, false
		}
		return list[i], true
	}
	pi := t.start(0, "sleep")
	mine, ok := find(os.Getpid())
	t.yes("the own process is listed", ok)
	child, ok := find(pi.ProcessID)
	t.yes("the child is listed", ok)
	t.yes("the child's parent is the creator", child.ParentProcessID == os.Getpid())
	t.yes("the creator's parent is not the child", mine.ParentProcessID != pi.ProcessID)
	t.yes("the child has threads", child.Threads >= 1)
	t.number("the child's base priority", uint32(child.BasePriority))
	t.yes("the image's name is the file's", child.ExeFile == filepath.Base(t.image))
	t.yes("it is the creator's", child.ExeFile == mine.ExeFile)
	t.putAway(pi)
	_, ok = find(pi.ProcessID)
	t.yes("the child is listed when it is gone", ok)
}
