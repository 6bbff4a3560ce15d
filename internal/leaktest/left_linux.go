package leaktest

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// inherited are the descriptors that the test binary was started with.
var inherited = openFiles()

// left names what is left: a child, or an open file that the program did not
// have when it began. The pollers stay open for good.
func left() error {
	if err := children(); err != nil {
		return err
	}
	for fd, target := range openFiles() {
		_, had := inherited[fd]
		poller := strings.HasPrefix(target, "anon_inode:[event") || target == "anon_inode:inotify" // eventpoll, eventfd
		if !had && !poller {
			return fmt.Errorf("descriptor %s is left open: %s", fd, target)
		}
	}
	return nil
}

func children() error {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil)
	if err != unix.ECHILD {
		return fmt.Errorf("there are children left (waitid: %v, %+v)", err, info.Signo)
	}
	return nil
}

// Open is the number of descriptors that are open.
func Open() int { return len(openFiles()) }

func openFiles() map[string]string {
	files := make(map[string]string)
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil { // else it is the directory that was being read
			files[e.Name()] = target
		}
	}
	return files
}
