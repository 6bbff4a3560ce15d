package exec_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/exec"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

const onWindows = true

func systemChild(role string, args []string) int {
	switch role {
	case "startup": // what it was started with
		var info windows.StartupInfo
		if err := windows.GetStartupInfo(&info); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Printf("%x %d %s", info.Flags&windows.STARTF_USESHOWWINDOW, info.ShowWindow, windows.UTF16PtrToString(windows.GetCommandLine()))
	case "write": // to the handles
		for _, a := range args {
			h, _ := strconv.ParseUint(a, 0, 64)
			if _, err := windows.Write(windows.Handle(h), []byte("here")); err != nil {
				return 3
			}
		}
	case "mute": // tells whether it can say anything
		if _, err := os.Stdout.WriteString("out"); err != nil {
			return 3
		}
	case "parent's number":
		fmt.Print(os.Getppid())
	default:
		return 99
	}
	return 0
}

func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(h)
	event, _ := windows.WaitForSingleObject(h, 0)
	return event != windows.WAIT_OBJECT_0
}

// TestSysProcAttr: each field is known here; also one that a later Go adds.
func TestSysProcAttr(t *testing.T) {
	tests := map[string]func(*testing.T){
		"HideWindow":                 testHideWindow,
		"CmdLine":                    testCmdLine,
		"CreationFlags":              testCreationFlags,
		"Token":                      testToken,
		"ProcessAttributes":          testProcessAttributes,
		"ThreadAttributes":           testThreadAttributes,
		"NoInheritHandles":           testNoInheritHandles,
		"AdditionalInheritedHandles": testAdditionalInheritedHandles,
		"ParentProcess":              testParentProcess,
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[syscall.SysProcAttr]()) {
		test := tests[f.Name]
		if test == nil {
			t.Errorf("SysProcAttr.%s is not known here", f.Name)
			continue
		}
		t.Run(f.Name, test)
	}
}

// with is a command with these attributes.
func with(t *testing.T, sys syscall.SysProcAttr, role string, args ...string) *exec.Cmd {
	c := command(t, role, args...)
	c.SysProcAttr = &sys
	return c
}

func testHideWindow(t *testing.T) {
	for hide, want := range map[bool]string{false: "0 ", true: "1 0 "} {
		out, err := with(t, syscall.SysProcAttr{HideWindow: hide}, "startup").Output()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("HideWindow %v: %q, %v", hide, out, err)
		}
	}
}

func testCmdLine(t *testing.T) {
	const line = `"the program"  a "b  c`
	out, err := with(t, syscall.SysProcAttr{CmdLine: line}, "startup").Output()
	if err != nil || !strings.HasSuffix(string(out), " "+line) {
		t.Errorf("%q, %v", out, err)
	}
	if err := with(t, syscall.SysProcAttr{CmdLine: "a\x00b"}, "startup").Run(); err == nil {
		t.Error("a NUL is no error")
	}
}

func testCreationFlags(t *testing.T) {
	c := with(t, syscall.SysProcAttr{CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP}, "exit", "4")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if ended, err := createprocess.WaitForSingleObject(c.Process.Handle(), 200*time.Millisecond); ended != createprocess.WAIT_TIMEOUT {
		t.Errorf("a suspended process: %v, %v", ended, err)
	}
	if _, err := c.Process.Handle().Resume(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != 4 {
		t.Error(err)
	}
	for flags, name := range map[uint32]string{windows.DEBUG_PROCESS: "DEBUG_PROCESS", 1 << 31: "0x80000000"} {
		var e *fs.PathError
		err := with(t, syscall.SysProcAttr{CreationFlags: flags}, "exit", "0").Run()
		if !errors.As(err, &e) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func testToken(t *testing.T) {
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &own); err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	c := with(t, syscall.SysProcAttr{Token: syscall.Token(own)}, "echo", "as", "somebody")
	c.KillTree = true // a job goes with it
	if out, err := c.Output(); string(out) != "as somebody" {
		t.Errorf("%q, %v", out, err)
	}
	// The environment is the user's.
	c = with(t, syscall.SysProcAttr{Token: syscall.Token(own)}, "echo")
	c.Env = nil
	t.Setenv("CREATEPROCESS_EXEC_TEST_OWN", "1")
	if slices.Contains(c.Environ(), "CREATEPROCESS_EXEC_TEST_OWN=1") {
		t.Error("the environment is the creator's")
	}
	if err := with(t, syscall.SysProcAttr{Token: 0x7ffffffc}, "exit", "0").Run(); err == nil {
		t.Error("a handle that is none is no error")
	}
}

func testProcessAttributes(t *testing.T) {
	const sddl = "D:(A;;0x1fffff;;;WD)"
	sd, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := sd.ToAbsolute()
	if err != nil {
		t.Fatal(err)
	}
	for name, sd := range map[string]*windows.SECURITY_DESCRIPTOR{"self-relative": sd, "absolute": absolute} {
		sys := syscall.SysProcAttr{ProcessAttributes: attributesOf(sd)}
		c := with(t, sys, "stdin")
		end := ready(t, c)
		got, err := c.Process.Handle().SecurityDescriptor()
		if err != nil {
			t.Error(err)
		} else if got.DACL == nil || len(got.DACL.ACEs) != 1 || got.DACL.ACEs[0].Mask != 0x1fffff {
			t.Errorf("%s: %+v", name, got.DACL)
		}
		end()
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.KeepAlive(sd)
	}
	c := with(t, syscall.SysProcAttr{ProcessAttributes: &syscall.SecurityAttributes{InheritHandle: 1}}, "stdin")
	end := ready(t, c)
	if is, err := c.Process.Handle().Inheritable(); !is || err != nil {
		t.Errorf("InheritHandle: %v, %v", is, err)
	}
	end()
	c.Wait()
}

func testThreadAttributes(t *testing.T) {
	sd, err := windows.SecurityDescriptorFromString("D:(A;;0x1fffff;;;WD)")
	if err != nil {
		t.Fatal(err)
	}
	if err := with(t, syscall.SysProcAttr{ThreadAttributes: attributesOf(sd)}, "exit", "0").Run(); err != nil {
		t.Error(err)
	}
	sys := syscall.SysProcAttr{ThreadAttributes: &syscall.SecurityAttributes{SecurityDescriptor: uintptr(unsafe.Pointer(&noDescriptor))}}
	if err := with(t, sys, "exit", "0").Run(); err == nil || !strings.Contains(err.Error(), "SysProcAttr.ThreadAttributes:") {
		t.Errorf("a descriptor that is none: %v", err)
	}
	runtime.KeepAlive(sd)
}

var noDescriptor [8]uint64 // its revision is 0

func attributesOf(sd *windows.SECURITY_DESCRIPTOR) *syscall.SecurityAttributes {
	return &syscall.SecurityAttributes{SecurityDescriptor: uintptr(unsafe.Pointer(sd))}
}

func testNoInheritHandles(t *testing.T) {
	r, w := inheritablePipe(t)
	for none, code := range map[bool]int{false: 0, true: 3} {
		sys := syscall.SysProcAttr{NoInheritHandles: none, AdditionalInheritedHandles: []syscall.Handle{syscall.Handle(w.Fd())}}
		c := with(t, sys, "mute")
		out, err := c.Output()
		if c.ProcessState.ExitCode() != code || (len(out) == 0) != none {
			t.Errorf("NoInheritHandles %v: %q, %v", none, out, err)
		}
		c = with(t, sys, "write", fmt.Sprint(w.Fd()))
		if err := c.Run(); c.ProcessState.ExitCode() != code {
			t.Errorf("NoInheritHandles %v: %v", none, err)
		}
	}
	w.Close()
	if said, err := io.ReadAll(r); string(said) != "here" {
		t.Errorf("%q, %v", said, err)
	}
}

// inheritablePipe is one whose end to write to may be inherited.
func inheritablePipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	if err := windows.SetHandleInformation(windows.Handle(w.Fd()), windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT); err != nil {
		t.Fatal(err)
	}
	return r, w
}

func testAdditionalInheritedHandles(t *testing.T) {
	r, w := inheritablePipe(t)
	h := syscall.Handle(w.Fd())
	value := fmt.Sprint(w.Fd())
	// Only what is listed, and each once; no handle is none.
	if c := with(t, syscall.SysProcAttr{}, "write", value); c.Run() == nil {
		t.Error("a handle that is not listed is inherited")
	}
	if err := with(t, syscall.SysProcAttr{AdditionalInheritedHandles: []syscall.Handle{0, h, h}}, "write", value).Run(); err != nil {
		t.Error(err)
	}
	w.Close()
	if said, err := io.ReadAll(r); string(said) != "here" {
		t.Errorf("%q, %v", said, err)
	}
}

func testParentProcess(t *testing.T) {
	parent := command(t, "stdin")
	end := ready(t, parent)
	h, err := windows.OpenProcess(windows.PROCESS_CREATE_PROCESS|windows.PROCESS_DUP_HANDLE, false, uint32(parent.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(h)
	// No pipe: Wine 8 would not close the parent's duplicate of it.
	f, err := os.Create(filepath.Join(winetest.TempDir(t), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := with(t, syscall.SysProcAttr{ParentProcess: syscall.Handle(h)}, "parent's number")
	c.Stdout = f
	err = c.Run()
	out, _ := os.ReadFile(f.Name())
	if string(out) != strconv.Itoa(parent.Process.Pid) {
		t.Errorf("the parent is %q, not %d: %v", out, parent.Process.Pid, err)
	}
	end()
	if err := parent.Wait(); err != nil {
		t.Error(err)
	}
}

func TestWithHandle(t *testing.T) {
	c := command(t, "stdin")
	end := ready(t, c)
	called := false
	err := c.Process.WithHandle(func(handle uintptr) {
		called = true
		if pid, err := windows.GetProcessId(windows.Handle(handle)); int(pid) != c.Process.Pid {
			t.Errorf("a handle to process %d, %v", pid, err)
		}
	})
	if !called || err != nil {
		t.Error(called, err)
	}
	end()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// TestExtraFiles: they are refused, as os/exec refuses them on Windows.
func TestExtraFiles(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.ExtraFiles = []*os.File{os.Stdin}
	if err := c.Run(); !errors.Is(err, syscall.EWINDOWS) {
		t.Errorf("%v", err)
	}
}
