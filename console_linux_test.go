package createprocess_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	. "github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/console"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
)

// onTerminal says what a process needs to know of its terminal: whether 0, 1
// and 2 are one, whether it has a controlling one, its session and the
// foreground group as against its pid, and the size.
const onTerminal = `t=; for i in 0 1 2; do [ -t $i ] && t=$t$i; done
c=no; { : > /dev/tty; } 2> /dev/null && c=yes
set -- $(ps -o sid= -o tpgid= -p $$)
echo "terminals:$t controlling:$c session:$(($1 - $$)) foreground:$(($2 - $$)) size:$(stty size < /dev/tty)"`

func sh(script string) Params { return Params{Args: []string{"/bin/sh", "-c", script}} }

// TestControllingTerminal: semantics row "PSEUDOCONSOLE".
func TestControllingTerminal(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		c := newConsole(t)
		if err := c.Resize(console.Size{Columns: 99, Rows: 33}); err != nil {
			t.Fatal(err)
		}
		// One after the other: a console can be used again.
		for range 2 {
			pi := create(t, on(c, sh(onTerminal)))
			text, err := io.ReadAll(c)
			if want := "terminals:012 controlling:yes session:0 foreground:0 size:33 99\r\n"; string(text) != want || err != nil {
				t.Errorf("%q, %v, want %q", text, err, want)
			}
			if code := wait(t, pi); code != 0 {
				t.Errorf("exit code %d", code)
			}
		}
		// It is the session's own, not the creator's: nor is it inherited here.
		if _, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
			text, err := exec.Command("/bin/sh", "-c", "stty size < /dev/tty").Output()
			if strings.TrimSpace(string(text)) == "33 99" {
				t.Errorf("the creator has the child's terminal: %q, %v", text, err)
			}
		}
	})
}

// TestConsoleAndFiles: with STARTF_USESTDHANDLES the standard files are those
// that are given, and the console is the controlling terminal all the same.
func TestConsoleAndFiles(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		for name, p := range map[string]Params{"PSEUDOCONSOLE": on(newConsole(t), Params{}), "CREATE_NEW_CONSOLE": {CreationFlags: CREATE_NEW_CONSOLE}} {
			p.Args = []string{"/bin/sh", "-c", onTerminal}
			if got, want := output(t, p), "controlling:yes session:0 foreground:0 size:25 80\n"; !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "terminals: ") {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if spawn.InUse() == spawn.ForkExec {
			return // which leaves it open, as startForkExec says
		}
		if got := fds(t, Params{CreationFlags: CREATE_NEW_CONSOLE}); len(got) != 3 {
			t.Errorf("the child has %v", got)
		}
	})
}

// TestJobControl: a shell on a console has its jobs, as on any terminal.
func TestJobControl(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		c := newConsole(t)
		// A terminal that is not answered for so long is stuck.
		c.SetReadDeadline(time.Now().Add(30 * time.Second))
		p := on(c, Params{Args: []string{"/bin/bash", "--norc", "--noprofile", "--noediting", "-i"}})
		p.Environment = []string{"PATH=/usr/bin:/bin", "PS1=$((1+1))> ", "TERM=dumb"}
		pi := create(t, p)
		said := screen{console: c}
		expect := func(want string) { t.Helper(); said.expect(t, want) }
		send := func(text string) {
			t.Helper()
			if _, err := io.WriteString(c, text); err != nil {
				t.Fatal(err)
			}
		}
		expect("2> ")
		if strings.Contains(said.all, "job control") {
			t.Errorf("bash says %q", said.all)
		}
		// The job tells when it is in the foreground, and waits for input.
		const job = `sh -c 'echo run$((40+2)); read x; echo got-$x-$((1+1))'` + "\r"
		send(job)
		expect("run42")
		send("\x03") // Ctrl-C
		expect("2> ")
		send("echo status-$?\r")
		expect("status-130")
		expect("2> ")
		send("sleep 1000\r")
		waitForForeground(t, pi.ProcessID, "sleep")
		send("\x03")
		expect("2> ")
		send(job)
		expect("run42")
		send("\x1a") // Ctrl-Z
		expect("Stopped")
		expect("2> ")
		send("fg\r")
		expect("sh -c")
		waitForForeground(t, pi.ProcessID, "sh")
		send("word\r")
		expect("got-word-2")
		expect("2> ")
		send("exit 5\r")
		if code := wait(t, pi); code != 5 {
			t.Errorf("exit code %d", code)
		}
	})
}

// waitForForeground returns when a job of that name has the terminal: a key
// before that would be for the shell, or for what is not yet the job.
func waitForForeground(t *testing.T, shell int, job string) {
	t.Helper()
	for range 1000 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", shell))
		if err != nil {
			t.Fatal(err)
		}
		var state string
		var parent, group, session, tty, foreground int
		fmt.Sscan(string(text[strings.LastIndexByte(string(text), ')')+1:]), &state, &parent, &group, &session, &tty, &foreground)
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", foreground)); foreground != shell && string(name) == job+"\n" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the shell runs nothing")
}

// TestConsoleTaken: a session that has a console keeps it, from root too.
func TestConsoleTaken(t *testing.T) {
	c := newConsole(t)
	pi := create(t, on(c, sh("read x")))
	onEveryBackend(t, func(t *testing.T) {
		if _, err := CreateProcess(on(c, sh(":"))); !errors.Is(err, ERROR_ACCESS_DENIED) || !errors.Is(err, syscall.EPERM) {
			t.Errorf("%v, want ERROR_ACCESS_DENIED", err)
		}
	})
	io.WriteString(c, "\n")
	if code := wait(t, pi); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestClosedConsole: the child is hung up.
func TestClosedConsole(t *testing.T) {
	c := newConsole(t)
	pi := create(t, on(c, sh("echo ready; read x; sleep 1000")))
	(&screen{console: c}).expect(t, "ready")
	c.Close()
	wait(t, pi)
	if sig, err := pi.Process.Signal(); sig != syscall.SIGHUP || err != nil {
		t.Errorf("ended by %v, %v", sig, err)
	}
}

// TestNewConsoleTerminal: semantics row "CREATE_NEW_CONSOLE".
func TestNewConsoleTerminal(t *testing.T) {
	onEveryBackend(t, func(t *testing.T) {
		for want, edit := range map[string]func(p *Params){
			"25 80": func(*Params) {},
			"40 20": func(p *Params) {
				p.StartupInfo.Flags = STARTF_USECOUNTCHARS
				p.StartupInfo.XCountChars, p.StartupInfo.YCountChars = 20, 40
			},
		} {
			out := filepath.Join(t.TempDir(), "out")
			p := sh(`{ ` + onTerminal + `; } > "$0.new"; mv "$0.new" "$0"; [ -t 1 ]`)
			p.Args = append(p.Args, out)
			p.CreationFlags = CREATE_NEW_CONSOLE
			edit(&p)
			if code := wait(t, create(t, p)); code != 0 {
				t.Errorf("exit code %d", code)
			}
			text, err := os.ReadFile(out)
			if got := string(text); got != "terminals:02 controlling:yes session:0 foreground:0 size:"+want+"\n" || err != nil {
				t.Errorf("%q, %v, want the size %s", got, err, want)
			}
		}
	})
	// More is printed than there is room for in a terminal; nobody reads it.
	p := sh(`head -c 3000000 /dev/zero | tr '\0' x`)
	p.CreationFlags = CREATE_NEW_CONSOLE
	if code := wait(t, create(t, p)); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for name, s := range map[string]StartupInfo{
		"no columns": {Flags: STARTF_USECOUNTCHARS, YCountChars: 25},
		"too many":   {Flags: STARTF_USECOUNTCHARS, XCountChars: 1<<16 + 80, YCountChars: 25},
	} {
		p := Params{Args: []string{self(t)}, Environment: as("exit"), CreationFlags: CREATE_NEW_CONSOLE, StartupInfo: s}
		if _, err := refused(t, p); !errors.Is(err, ERROR_INVALID_PARAMETER) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNewConsoleWithoutFiles: a child that has closed them all is not hung up.
func TestNewConsoleWithoutFiles(t *testing.T) {
	p := sh(`exec <&- >&- 2>&-; sleep 0.2; { : > /dev/tty; } && exit 7`)
	p.CreationFlags = CREATE_NEW_CONSOLE
	if code := wait(t, create(t, p)); code != 7 {
		t.Errorf("exit code %#x", code)
	}
}

// TestNewConsoleOutlivesTheChild: it is there as long as a process has it.
func TestNewConsoleOutlivesTheChild(t *testing.T) {
	dir := t.TempDir()
	p := sh(`trap "" HUP; (while ! [ -e "$0/go" ]; do sleep 0.01; done
		head -c 300000 /dev/zero && echo "$?" > "$0/new" && mv "$0/new" "$0/out") & exit 0`)
	p.Args = append(p.Args, dir)
	p.CreationFlags = CREATE_NEW_CONSOLE
	pi := create(t, p)
	if code := wait(t, pi); code != 0 {
		t.Errorf("exit code %d", code)
	}
	pi.Close()
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if text, err := os.ReadFile(filepath.Join(dir, "out")); err == nil {
			if string(text) != "0\n" {
				t.Errorf("the process that is left has ended with %q", text)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the process that is left does not come to its end")
}

// TestManyNewConsoles: none is left, nor a goroutine for it; leaktest looks.
func TestManyNewConsoles(t *testing.T) {
	p := sh("echo $$")
	p.CreationFlags = CREATE_NEW_CONSOLE
	done := make(chan error)
	const n = 30
	for range n {
		go func() {
			pi, err := CreateProcess(p)
			if err == nil {
				_, err = WaitForSingleObject(pi.Process, INFINITE)
				pi.Close()
			}
			done <- err
		}()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestNewConsoleOutOfDescriptors: the real EMFILE, wherever it comes. Nothing is
// left of a console whose child could not be made.
func TestNewConsoleOutOfDescriptors(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	p := Params{Args: []string{"/bin/true"}, CreationFlags: CREATE_NEW_CONSOLE}
	wait(t, create(t, p)) // whatever stays open for good is open
	onEveryBackend(t, func(t *testing.T) {
		// The last console may take a moment to be let go of.
		settled := func(tries, enough int) (n int) {
			for range tries {
				if n = countFiles(t); n <= enough {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			return n
		}
		before := settled(10, 0)
		failures := 0
		for limit := uint64(1); limit < uint64(before)+20; limit++ {
			unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: old.Max}, nil)
			pi, err := CreateProcess(p)
			unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil)
			if err == nil {
				wait(t, pi)
				pi.Close()
				continue
			}
			failures++
			if !errors.Is(err, ERROR_TOO_MANY_OPEN_FILES) && !errors.Is(err, ERROR_INVALID_HANDLE) {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
		if failures == 0 {
			t.Error("no limit was low enough")
		}
		if after := settled(200, before); after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
}
