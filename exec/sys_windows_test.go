package exec_test

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/seed-f798aa80/createprocess/exec"
)

const onWindows = true

func systemChild(string, []string) int { return 99 }

func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(h)
	event, _ := windows.WaitForSingleObject(h, 0)
	return event != windows.WAIT_OBJECT_0
}

// TestSysProcAttr: each field works, or is refused by name; also one that a
// later Go adds.
func TestSysProcAttr(t *testing.T) {
	works := map[string]syscall.SysProcAttr{
		"HideWindow":    {HideWindow: true},
		"CmdLine":       {CmdLine: `"the program" 0`},
		"CreationFlags": {CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | windows.BELOW_NORMAL_PRIORITY_CLASS},
	}
	refused := map[string]syscall.SysProcAttr{
		"Token":                      {Token: 1},
		"ProcessAttributes":          {ProcessAttributes: new(syscall.SecurityAttributes)},
		"ThreadAttributes":           {ThreadAttributes: new(syscall.SecurityAttributes)},
		"NoInheritHandles":           {NoInheritHandles: true},
		"AdditionalInheritedHandles": {AdditionalInheritedHandles: []syscall.Handle{1}},
		"ParentProcess":              {ParentProcess: 1},
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[syscall.SysProcAttr]()) {
		c := command(t, "exit", "0")
		if sys, ok := works[f.Name]; ok {
			c.SysProcAttr = &sys
			if err := c.Run(); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			continue
		}
		sys, ok := refused[f.Name]
		if !ok {
			t.Errorf("SysProcAttr.%s is not known here", f.Name)
			continue
		}
		c.SysProcAttr = &sys
		var e *fs.PathError
		if err := c.Run(); !errors.As(err, &e) || !strings.Contains(err.Error(), "SysProcAttr."+f.Name+":") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	c := command(t, "exit", "0")
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DEBUG_PROCESS}
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "DEBUG_PROCESS") {
		t.Errorf("CreationFlags with DEBUG_PROCESS: %v", err)
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
