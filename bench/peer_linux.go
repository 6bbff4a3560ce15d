package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/bench/internal/images"
	ourexec "github.com/seed-f798aa80/createprocess/exec"
)

// peers are the programs that spawn: this one, in two roles, and two in C.
type peers struct {
	noop, idle, output string              // images
	argv               map[string][]string // by the peer's name
}

// buildPeers makes the images that are spawned and the peers in C.
func buildPeers(dir string) (*peers, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var posixSpawn, floor string
	p := new(peers)
	for _, b := range []struct {
		path  *string
		image images.Image
	}{
		{&p.noop, images.Noop}, {&p.idle, images.Idle}, {&p.output, images.Output},
		{&posixSpawn, images.PosixSpawn}, {&floor, images.Floor},
	} {
		if *b.path, err = images.Build(dir, b.image); err != nil {
			return nil, err
		}
	}
	p.argv = map[string][]string{
		"ours": {self, "-peer", "ours"}, "os_exec": {self, "-peer", "os_exec"},
		"posix_spawn": {posixSpawn}, "floor": {floor},
	}
	return p, nil
}

// run is one run of a peer: its figures by name. A spawn's microseconds are "us".
func (p *peers) run(name string, t task) (map[string]float64, error) {
	t.Image, t.Idle = p.noop, p.idle
	if t.API == "output" {
		t.Image = p.output
	}
	var args []string
	switch name {
	case "ours", "os_exec":
		text, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		args = []string{string(text)}
	default:
		args = []string{t.Image, t.Idle}
		for _, n := range []int{t.Spawners, t.Spawns, t.Files, t.HeapMiB, t.Live} {
			args = append(args, strconv.Itoa(n))
		}
	}
	argv := append(slices.Clone(p.argv[name]), args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	cmd.Env = os.Environ()
	for i := range t.Environment {
		cmd.Env = append(cmd.Env, fmt.Sprintf("BENCH_VARIABLE_%d=the value of variable %d", i, i))
	}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var figures map[string]float64
	if err := json.Unmarshal(out, &figures); err != nil {
		return nil, fmt.Errorf("%s: %w: %q", name, err, out)
	}
	return figures, nil
}

// bePeer is a run of one of the peers in Go.
func bePeer(name, text string) error {
	var t task
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return fmt.Errorf("-peer takes a task as JSON: %w", err)
	}
	l, known := map[string]library{"ours": ours, "os_exec": osExec, "service": {spawn: spawnByService}}[name]
	if !known {
		return fmt.Errorf("there is no peer %q", name)
	}
	measure := map[string]func(library, task) (map[string]float64, error){
		"": measureSpawn, "live": measureLive, "latency": measureLatency, "scheduler": measureScheduler,
	}[t.Kind]
	if measure == nil {
		return fmt.Errorf("there is no kind %q", t.Kind)
	}
	result, err := measure(l, t)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// library is what a peer in Go spawns with.
type library struct {
	spawn func(image string) error            // and waits
	api   map[string]func(image string) error // what else there is to call
	start func(image string, stdin *os.File) (wait func() error, err error)
}

var ours = library{
	spawn: func(image string) error {
		pi, err := createprocess.CreateProcess(createprocess.Params{ApplicationName: image})
		if err != nil {
			return err
		}
		defer pi.Close()
		return successful(pi.Process)
	},
	api: map[string]func(string) error{
		"run":    func(image string) error { return ourexec.Command(image).Run() },
		"output": func(image string) error { return whole(ourexec.Command(image).Output()) },
	},
	start: func(image string, stdin *os.File) (func() error, error) {
		p := createprocess.Params{ApplicationName: image}
		p.StartupInfo.UseStdHandles(stdin, os.Stderr, os.Stderr)
		pi, err := createprocess.CreateProcess(p)
		if err != nil {
			return nil, err
		}
		pi.Thread.Close()
		return func() error {
			defer pi.Process.Close()
			return successful(pi.Process)
		}, nil
	},
}

func successful(p *createprocess.Process) error {
	code, err := p.Wait(context.Background())
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}

var osExec = library{
	// The child has the creator's standard files, as it has of the others.
	spawn: func(image string) error {
		cmd := exec.Command(image)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		return cmd.Run()
	},
	api: map[string]func(string) error{
		"run":    func(image string) error { return exec.Command(image).Run() },
		"output": func(image string) error { return whole(exec.Command(image).Output()) },
	},
	start: func(image string, stdin *os.File) (func() error, error) {
		cmd := exec.Command(image)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, os.Stderr, os.Stderr
		return cmd.Wait, cmd.Start()
	},
}

// whole refuses an output that is not what the image writes.
func whole(output []byte, err error) error {
	if err == nil && len(output) != 64<<10 {
		err = fmt.Errorf("%d bytes of output", len(output))
	}
	return err
}

// measureSpawn is microseconds for a spawn, by so many spawners, in the
// situation that the task describes.
func measureSpawn(l library, t task) (map[string]float64, error) {
	spawn := l.spawn
	if t.API != "" {
		spawn = l.api[t.API]
	}
	for range t.Files {
		if _, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
			return nil, err
		}
	}
	memory := make([]byte, t.HeapMiB<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	defer runtime.KeepAlive(memory)
	children, err := populate(l, t.Idle, t.Live)
	if err != nil {
		return nil, err
	}
	us, err := timePerSpawn(t.Spawners, t.Spawns, func() error { return spawn(t.Image) })
	if err != nil {
		return nil, err
	}
	return map[string]float64{"us": us}, children.end()
}

// batch is how many spawns are timed together. The median of the batches is
// the run's figure: it leaves out the first ones, and what a busy host does to a few.
const batch = 50

func timePerSpawn(spawners, spawns int, spawn func() error) (us float64, err error) {
	if spawners == 1 {
		var figures []float64
		for range max(spawns/batch, 1) {
			begin := time.Now()
			for range batch {
				if err := spawn(); err != nil {
					return 0, err
				}
			}
			figures = append(figures, microseconds(time.Since(begin))/batch)
		}
		return median(figures), nil
	}
	var wg sync.WaitGroup
	errs := make(chan error, spawners)
	begin := time.Now()
	for range spawners {
		wg.Go(func() {
			for range spawns / spawners {
				if err := spawn(); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(begin)
	select {
	case err := <-errs:
		return 0, err
	default:
	}
	return microseconds(elapsed) / float64(spawns/spawners*spawners), nil
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func median(list []float64) float64 {
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

// quantile is the smallest figure that so many (0 to 1) are not above.
func quantile(list []float64, q float64) float64 {
	slices.Sort(list)
	return list[max(0, min(len(list)-1, int(q*float64(len(list))+0.5)-1))]
}

func raiseFileLimit() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max})
	}
}
