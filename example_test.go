package createprocess_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

// needsUnix leaves an example's output to the systems that have its programs.
func needsUnix(output string) bool {
	if runtime.GOOS == "windows" {
		fmt.Println(output)
		return true
	}
	return false
}

func Example() {
	if needsUnix("hello, process\nexit code 0") {
		return
	}
	p := createprocess.Params{CommandLine: `/bin/echo "hello, process"`}
	p.StartupInfo.UseStdHandles(nil, os.Stdout, os.Stderr)
	pi, err := createprocess.CreateProcess(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	code, err := pi.Process.Wait(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("exit code", code)
	// Output:
	// hello, process
	// exit code 0
}

// A failure says which step failed, what it was about, and why, in Win32's
// terms and in the system's.
func ExampleCreateProcess_errors() {
	if needsUnix("createprocess: open \"/nowhere/tool\": ERROR_FILE_NOT_FOUND (2): no such file or directory\ntrue true") {
		return
	}
	_, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"/nowhere/tool"}})
	fmt.Println(err)
	fmt.Println(errors.Is(err, createprocess.ERROR_FILE_NOT_FOUND), errors.Is(err, fs.ErrNotExist))
	// Output:
	// createprocess: open "/nowhere/tool": ERROR_FILE_NOT_FOUND (2): no such file or directory
	// true true
}

// A file is handed on by a HANDLE_LIST, under the number that the child knows
// it by. Nothing that is not listed reaches the child.
func ExampleHandleList() {
	if needsUnix("from the child") {
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	p := createprocess.Params{Args: []string{"/bin/sh", "-c", "echo from the child >&9"}, InheritHandles: true}
	p.StartupInfo.Attributes = []createprocess.Attribute{
		createprocess.HandleList(createprocess.InheritedHandle{File: w, Number: 9}),
	}
	pi, err := createprocess.CreateProcess(p)
	w.Close()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	text := make([]byte, 100)
	n, _ := r.Read(text)
	fmt.Print(string(text[:n]))
	// Output: from the child
}

// A wait for whichever comes first: one of the children, or an event that says
// that nobody is interested any more.
func ExampleWaitForMultipleObjects() {
	if needsUnix("quick has ended\nnobody waits any more") {
		return
	}
	enough, err := createprocess.CreateEvent(nil, true, false, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer enough.Close()
	names := []string{"slow", "quick"}
	var handles []createprocess.Waitable
	for _, seconds := range []string{"60", "0"} {
		pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"/bin/sleep", seconds}})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer pi.Close()
		defer pi.Process.Terminate(1)
		handles = append(handles, pi.Process)
	}
	handles = append(handles, enough)

	r, err := createprocess.WaitForMultipleObjects(handles, false, createprocess.INFINITE)
	if index, ok := r.Index(); ok {
		fmt.Println(names[index], "has ended")
	} else {
		fmt.Println(err)
	}
	enough.Set()
	// A process that has ended stays signaled, and the lowest index counts.
	r, _ = createprocess.WaitForMultipleObjects([]createprocess.Waitable{handles[0], enough}, false, time.Minute)
	if r == createprocess.WAIT_OBJECT_0+1 {
		fmt.Println("nobody waits any more")
	}
	// Output:
	// quick has ended
	// nobody waits any more
}

// An auto-reset event lets one wait through for each Set.
func ExampleCreateEvent() {
	turn, err := createprocess.CreateEvent(nil, false, true, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer turn.Close()
	for range 2 {
		r, _ := createprocess.WaitForSingleObject(turn, 0)
		fmt.Println(r == createprocess.WAIT_OBJECT_0)
	}
	// Output:
	// true
	// false
}

// A callback for the end of each child takes no goroutine while they run.
func ExampleRegisterWaitForSingleObject() {
	if needsUnix("exit code 3 false") {
		return
	}
	pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"/bin/sh", "-c", "exit 3"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	r, err := createprocess.RegisterWaitForSingleObject(pi.Process, time.Hour, createprocess.WT_EXECUTEONLYONCE, func(timedOut bool) {
		code, _ := pi.Process.ExitCode()
		fmt.Println("exit code", code, timedOut)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	createprocess.WaitForSingleObject(pi.Process, createprocess.INFINITE)
	if err := r.Unregister(true); err != nil {
		fmt.Println(err)
	}
	// Output: exit code 3 false
}

func ExampleWaitForSingleObject() {
	if needsUnix("it still runs\n0xc0000005 <nil>") {
		return
	}
	pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"/bin/sleep", "60"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	if r, _ := createprocess.WaitForSingleObject(pi.Process, 10*time.Millisecond); r == createprocess.WAIT_TIMEOUT {
		fmt.Println("it still runs")
	}
	pi.Process.Terminate(0xC0000005)
	createprocess.WaitForSingleObject(pi.Process, createprocess.INFINITE)
	code, err := pi.Process.ExitCode()
	fmt.Printf("%#x %v\n", code, err)
	// Output:
	// it still runs
	// 0xc0000005 <nil>
}

// A handle has the access that it was opened with, and nothing else can be done
// with it.
func ExampleOpenProcess() {
	if needsUnix("open: true\nmay end it: false") {
		return
	}
	pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"/bin/sleep", "1000"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	defer pi.Process.Terminate(1)
	p, err := createprocess.OpenProcess(createprocess.SYNCHRONIZE|createprocess.PROCESS_QUERY_LIMITED_INFORMATION, false, pi.ProcessID)
	fmt.Println("open:", err == nil)
	if err != nil {
		return
	}
	defer p.Close()
	fmt.Println("may end it:", !errors.Is(p.Terminate(1), createprocess.ERROR_ACCESS_DENIED))
	// Output:
	// open: true
	// may end it: false
}

// The child begins its life in a job, with all that it will make, and the job ends
// them together.
func ExampleJobList() {
	if needsUnix("exit code 7\nnothing is left: true") {
		return
	}
	j, err := job.Create("", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	p := createprocess.Params{Args: []string{"/bin/sh", "-c", "sleep 1000 & sleep 1000"}}
	p.StartupInfo.UseStdHandles(nil, nil, nil)
	p.StartupInfo.Attributes = append(p.StartupInfo.Attributes, createprocess.JobList(j))
	pi, err := createprocess.CreateProcess(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	if err := j.Terminate(7); err != nil {
		fmt.Println(err)
	}
	code, err := pi.Process.Wait(context.Background())
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("exit code", code)
	fmt.Println("nothing is left:", j.Wait(context.Background()) == nil)
	// Output:
	// exit code 7
	// nothing is left: true
}

// A process that is created suspended has run no instruction: its creator can set
// what is to hold from the first one on.
func ExampleThread_Resume() {
	if needsUnix("suspend count before: 1\nprocessors: [0]") {
		return
	}
	pi, err := createprocess.CreateProcess(createprocess.Params{
		Args:          []string{"/bin/sleep", "1000"},
		CreationFlags: createprocess.CREATE_SUSPENDED,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pi.Close()
	defer pi.Process.Terminate(1)
	if err := pi.Process.SetAffinity([]int{0}); err != nil {
		fmt.Println(err)
	}
	previous, err := pi.Thread.Resume()
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("suspend count before:", previous)
	processors, err := pi.Process.Affinity()
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("processors:", processors)
	// Output:
	// suspend count before: 1
	// processors: [0]
}

// Another user, whose password the caller has. On Linux the service createprocessd
// makes the process if the caller may not do so himself.
func ExampleCreateProcessWithLogon() {
	password := []byte("secret") // from a terminal or a file, and wiped afterwards
	defer clear(password)
	p := createprocess.Params{Args: []string{"id", "-un"}}
	p.StartupInfo.UseStdHandles(nil, os.Stdout, os.Stderr)
	pi, err := createprocess.CreateProcessWithLogon(createprocess.Credentials{User: "build", Password: password}, 0, p)
	switch {
	case errors.Is(err, createprocess.ERROR_LOGON_FAILURE):
		fmt.Println("there is no such user, or that is not the password")
		return
	case errors.Is(err, createprocess.ERROR_SERVICE_NOT_ACTIVE):
		fmt.Println("createprocessd does not run")
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	defer pi.Close()
	code, err := pi.Process.Wait(context.Background())
	fmt.Println(code, err)
}
