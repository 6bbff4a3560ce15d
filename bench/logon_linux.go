package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/seclogon"
)

// The row "logon" is of another kind, too: the wall time of creating a process
// that does nothing as another user and waiting for it, by a program that asks
// createprocessd, and by one that starts sudo or runuser. Nobody is asked for a
// password, since the creator is root: to check one takes as long as its hash is
// made to take, whoever does it.
const logonRow = "logon"

// logon is the service that has been started, and the user.
type logon struct {
	user       string
	uid, gid   uint32
	self, noop string // this program and the image, where the user can execute them
	sudo       string
	close      func()
}

// measureLogon measures the row, or says why it cannot.
func measureLogon(dir, noop string, o options) ([]result, error) {
	l, err := prepareLogon(dir, noop)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: left out: %v\n", logonRow, err)
		return nil, nil
	}
	defer l.close()
	spawns := 50
	if o.quick {
		spawns = 5
	}
	ours, sudo, runuser, err := l.run(o.runs, spawns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", logonRow, err)
	}
	bar := passed{Value: ours / sudo, Limit: 0.25, Against: "sudo"}
	bar.OK = bar.Value <= bar.Limit
	return []result{{Name: logonRow, what: "as another user, by createprocessd", Ours: ours, Sudo: sudo, Runuser: runuser, Bars: []passed{bar}}}, nil
}

// prepareLogon starts the service. The error says what is missing.
func prepareLogon(dir, noop string) (*logon, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("it needs root")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	l := &logon{user: nobody.Username, self: filepath.Join(dir, "bench"), noop: noop}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	l.uid, l.gid = uint32(uid), uint32(gid)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if out, err := exec.Command("cp", self, l.self).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cp: %w\n%s", err, out)
	}
	if l.sudo, err = exec.LookPath("sudo"); err != nil {
		return nil, errors.New("it needs sudo (apt-get install sudo)")
	}
	if _, err = exec.LookPath("runuser"); err != nil {
		return nil, errors.New("it needs runuser (apt-get install util-linux)")
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for the user
		return nil, err
	}
	daemon, socket := filepath.Join(dir, "createprocessd"), filepath.Join(dir, "socket")
	// Without cgo: no password is checked.
	build := exec.Command("go", "build", "-o", daemon, "github.com/seed-f798aa80/createprocess/cmd/createprocessd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	service := exec.Command(daemon, "--socket", socket)
	service.Stderr = io.Discard
	if err := service.Start(); err != nil {
		return nil, err
	}
	l.close = func() {
		service.Process.Signal(os.Interrupt)
		service.Wait()
	}
	os.Setenv(seclogon.SocketVariable, socket)
	for range 500 {
		var c net.Conn
		if c, err = net.Dial("unixpacket", socket); err == nil {
			c.Close()
			return l, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.close()
	return nil, err
}

// spawnByService creates a process as the user that this program runs as, which
// takes no password, through the service.
func spawnByService(image string) error {
	self, err := user.Current()
	if err != nil {
		return err
	}
	pi, err := createprocess.CreateProcessWithLogon(createprocess.Credentials{User: self.Username}, 0,
		createprocess.Params{ApplicationName: image, CurrentDirectory: "/"})
	if err != nil {
		return err
	}
	defer pi.Close()
	code, err := pi.Process.Wait(context.Background())
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}

// byService runs that as the user: microseconds.
func (l *logon) byService(spawns int) (float64, error) {
	text, err := json.Marshal(task{Image: l.noop, Spawners: 1, Spawns: spawns})
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(l.self, "-peer", "service", string(text))
	cmd.Dir, cmd.Stderr = "/", os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: l.uid, Gid: l.gid}}
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	var figures map[string]float64
	err = json.Unmarshal(out, &figures)
	return figures["us"], err
}

// byProgram runs a program for each process.
func byProgram(spawns int, args ...string) (float64, error) {
	begin := time.Now()
	for range spawns {
		if err := exec.Command(args[0], args[1:]...).Run(); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / 1e3 / float64(spawns), nil
}

// run measures each, the runs interleaved: microseconds.
func (l *logon) run(runs, spawns int) (ours, sudo, runuser float64, err error) {
	var figures [3][]float64
	for range runs {
		for i, measure := range []func() (float64, error){
			func() (float64, error) { return l.byService(10 * spawns) },
			func() (float64, error) { return byProgram(spawns, l.sudo, "-u", l.user, l.noop) },
			func() (float64, error) { return byProgram(spawns, "runuser", "-u", l.user, l.noop) },
		} {
			us, err := measure()
			if err != nil {
				return 0, 0, 0, err
			}
			figures[i] = append(figures[i], us)
		}
	}
	return median(figures[0]), median(figures[1]), median(figures[2]), nil
}
