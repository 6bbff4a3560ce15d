package exec_test

import "golang.org/x/sys/windows"

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
