// Package winetest is what tests need to know of Wine 8, under which the tests
// for Windows run.
package winetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// OnWine tells whether Windows is Wine. What Wine 8 lacks:
//
//   - GetProcessMemoryInfo and GetProcessIoCounters answer zeros for a process
//     that has ended.
//   - pcPriClassBase of a snapshot is a number of its own for the class: 2 is normal.
//   - ProcessCommandLineInformation: nobody is told another process's command line.
//   - ResizePseudoConsole is not implemented, and a child on a pseudo console has
//     no standard handles unless it is given some; by name it has the console.
//   - os.RemoveAll, and so t.TempDir: it has no FileDispositionInformationEx.
//   - A new process has NORMAL_PRIORITY_CLASS, whatever its creation flags say.
//   - GetProcessHandleCount answers 0.
//   - UpdateProcThreadAttribute refuses PROC_THREAD_ATTRIBUTE_GROUP_AFFINITY.
//   - DuplicateHandle with DUPLICATE_CLOSE_SOURCE leaves a handle of another
//     process open: with PROC_THREAD_ATTRIBUTE_PARENT_PROCESS a pipe has no end
//     before the parent has. So it is with os/exec.
//   - IsProcessInJob needs PROCESS_QUERY_INFORMATION.
//   - Now and then CreateProcess fails with 1359 if the caller's creator is just ending.
//   - Jobs have no limits but KILL_ON_JOB_CLOSE and the breakaway flags, no rates and
//     no abnormal ends (docs/job.md).
//   - bcryptprimitives.dll, without which no Go program starts: the prefix that
//     the tests run in must have one with ProcessPrng.
func OnWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

// TempDir is t.TempDir, also on Wine 8.
func TempDir(t testing.TB) string {
	if !OnWine() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "createprocess")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var paths []string
		filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			paths = append(paths, path)
			return err
		})
		for _, path := range slices.Backward(paths) {
			// An image is in use for a moment after its process has ended.
			for try := 0; os.Remove(path) != nil; try++ {
				if try == 50 {
					t.Errorf("%s is still in use", path)
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
	return dir
}
