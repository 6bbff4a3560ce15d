package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onTerminal runs the command on a terminal with so many columns and returns
// what it shows there.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) string {
	t.Helper()
	controller, name := openPTY(t)
	terminal, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "", args...)
	cmd.Env = append(append(cmd.Env, "NO_COLOR=", "TERM=xterm"), env...)
	cmd.Stdout = terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	var shown bytes.Buffer
	_, err = shown.ReadFrom(controller) // until nobody has the terminal open: EIO
	if !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

func TestListOnTerminal(t *testing.T) {
	pid := strconv.Itoa(startChild(t, strings.Repeat("日本 ", 100)).Process.Pid)
	for _, columns := range []uint16{1, 20, 79, 80, 81} {
		shown := onTerminal(t, columns, []string{"NO_COLOR=1"}, "list", "--tree", pid)
		if strings.Count(shown, "\n") != 2 || strings.Contains(shown, "\x1b") {
			t.Errorf("%d columns: %q", columns, shown)
		}
		for l := range strings.Lines(shown) {
			if width(strings.TrimSuffix(l, "\n")) > int(columns) {
				t.Errorf("%d columns: %q", columns, l)
			}
		}
	}
	if shown := onTerminal(t, 80, nil, "list", pid); !strings.HasPrefix(shown, "\x1b[1m") {
		t.Errorf("no colours: %q", shown)
	}
	if shown := onTerminal(t, 80, []string{"TERM=dumb"}, "list", pid); strings.Contains(shown, "\x1b") {
		t.Errorf("colours on a dumb terminal: %q", shown)
	}
	if a := run(t, "", "list", pid); !strings.Contains(a.stdout, strings.Repeat("日本 ", 99)) {
		t.Errorf("cut where there is no terminal: %q", a.stdout)
	}
}

// TestListStates: what it says of a process that is stopped, and of a zombie.
func TestListStates(t *testing.T) {
	cmd := startChild(t)
	pid := cmd.Process.Pid
	cmd.Process.Signal(syscall.SIGSTOP)
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatal(err, status)
	}
	d := find(listed(t, run(t, "", "list", "--json", strconv.Itoa(pid))), pid)
	cmd.Process.Signal(syscall.SIGCONT)
	if d == nil || *d.State != "stopped" || *d.UID != uint32(os.Geteuid()) {
		t.Errorf("%+v", d)
	}
	cmd.Process.Kill()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	a := run(t, "", "list", "--json", strconv.Itoa(pid))
	if d := find(listed(t, a), pid); d == nil || *d.State != "zombie" || d.Threads != 0 || d.Args != nil || d.Image != nil {
		t.Errorf("%+v", a)
	}
	comm := filepath.Base(self(t))
	if a := run(t, "", "list", strconv.Itoa(pid)); !strings.HasSuffix(a.stdout, "  ["+comm[:min(15, len(comm))]+"]\n") {
		t.Errorf("%+v", a)
	}
}

// TestListTerminal: the terminal and the session of a process that has one.
func TestListTerminal(t *testing.T) {
	controller, name := openPTY(t)
	terminal, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self(t), "x")
	cmd.Stdin = terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begin(t, cmd)
	terminal.Close()
	pid := cmd.Process.Pid
	a := run(t, "", "list", "--json", strconv.Itoa(pid))
	cmd.Process.Kill()
	cmd.Wait()
	controller.Close()
	d := find(listed(t, a), pid)
	if d == nil || d.Terminal == nil || "/dev/"+*d.Terminal != name || *d.Session != pid || !slices.Equal(d.Args, []string{self(t), "x"}) {
		t.Errorf("%+v, want %s", a, name)
	}
}

func TestTerminalName(t *testing.T) {
	for device, want := range map[uint32]string{
		136 << 8: "pts/0", 136<<8 | 255: "pts/255", 137<<8 | 1: "pts/257", 136<<8 | 1<<20: "pts/256",
		4<<8 | 1: "tty1", 4<<8 | 64: "ttyS0", 5<<8 | 1: "console", 229 << 8: "hvc0", 204<<8 | 64: "ttyAMA0", 188<<8 | 3: "188:3",
	} {
		if got := terminalName(device); got != want {
			t.Errorf("%#x: %q, want %q", device, got, want)
		}
	}
}

// TestListFull: output that cannot be written is a failure.
func TestListFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, flag := range []string{"--json", "--tree"} {
		cmd := command(t, "", "list", flag)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		err := cmd.Run()
		if want := "WriteFile failed (31): standard output: "; err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.HasPrefix(errs.String(), want) {
			t.Errorf("%s: %v, %s", flag, err, errs.String())
		}
	}
}

// TestListEvilNames: a line of the table is one line, whatever a process is called.
func TestListEvilNames(t *testing.T) {
	for _, name := range []string{"a) R (b", "line\nbreak", "\xff\x1b[2J", "\t"} {
		link := filepath.Join(t.TempDir(), name)
		if err := os.Symlink(self(t), link); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(link, "x")
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		begin(t, cmd)
		a := run(t, "", "list", strconv.Itoa(cmd.Process.Pid))
		j := run(t, "", "list", "--json", strconv.Itoa(cmd.Process.Pid))
		cmd.Process.Kill()
		cmd.Wait()
		if strings.Count(a.stdout, "\n") != 2 || !strings.HasSuffix(a.stdout, harmless(link)+" x\n") {
			t.Errorf("%q: %q", name, a.stdout)
		}
		if d := find(listed(t, j), cmd.Process.Pid); d == nil || d.ParentPID != os.Getpid() || d.Args[0] != strings.ToValidUTF8(link, "\ufffd") {
			t.Errorf("%q: %s", name, fmt.Sprint(j))
		}
	}
}
