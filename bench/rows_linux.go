package main

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/bench/internal/procfile"
)

// row is a situation in which a spawn is measured, or what spawns do to the
// rest of a program.
type row struct {
	name, what string
	task       task
	floor      bool // the floor means something: it does what the row does, and no more
	bars       []bar
}

// task is what one run of a peer does. The peers in Go get it as JSON.
type task struct {
	Kind        string // how it is measured: spawn, live, latency or scheduler
	API         string // what is called of package exec and of os/exec: run or output; "": CreateProcess and Run
	Image, Idle string // files of images: the one that is measured, and one that lives until its input ends
	Spawners    int
	Spawns      int // a run
	Files       int // open in the creator
	HeapMiB     int // touched by the creator
	Live        int // children that live meanwhile, each waited for
	Environment int // variables
	Time        int // in milliseconds, of the kinds that have no number of spawns
}

// bar is what a figure of ours must not exceed: so many times the same figure of
// somebody else, or, without against, so much.
type bar struct {
	figure  string // as in figures; "" is microseconds for a spawn
	limit   float64
	against string // ours, os_exec, posix_spawn
}

// The kinds of rows that have figures of their own, and the figures' names and
// units. The first one is the row's ours_us and os_exec_us in JSON.
var figures = map[string][]figure{
	"live": {
		{Name: "noticed", Unit: "µs"},
		{Name: "threads", Unit: ""},
		{Name: "memory", Unit: "KiB/child"},
		{Name: "created", Unit: "µs/child"},
	},
	"latency": {
		{Name: "p99", Unit: "µs"},
		{Name: "p50", Unit: "µs"},
	},
	"scheduler": {
		{Name: "worst", Unit: "µs"},
		{Name: "p99", Unit: "µs"},
	},
}

var rows = []row{
	{name: "sequential", what: "one after the other", floor: true,
		task: task{Spawners: 1, Spawns: 2000},
		bars: []bar{{limit: 0.65, against: "os_exec"}, {limit: 1, against: "posix_spawn"}}},
	{name: "parallel8", what: "8 spawners", floor: true,
		task: task{Spawners: 8, Spawns: 4000},
		bars: []bar{{limit: 0.5, against: "os_exec"}, {limit: 0.65, against: "posix_spawn"}}},
	{name: "files15000", what: "15,000 files open in the creator",
		task: task{Spawners: 1, Files: 15000, Spawns: 1000},
		bars: []bar{{limit: 0.1, against: "os_exec"}}},
	{name: "heap4g", what: "4 GiB of touched heap in the creator", floor: true,
		task: task{Spawners: 1, HeapMiB: 4096, Spawns: 1000}},
	{name: "env1000", what: "1,000 environment variables", floor: true,
		task: task{Spawners: 1, Environment: 1000, Spawns: 1000}},
	{name: "exec_run", what: "package exec: Run, beside os/exec's", floor: true,
		task: task{Spawners: 1, Spawns: 2000, API: "run"},
		bars: []bar{{limit: 0.75, against: "os_exec"}}},
	{name: "exec_output", what: "package exec: Output of a process that writes 64 KiB",
		task: task{Spawners: 1, Spawns: 2000, API: "output"},
		bars: []bar{{limit: 0.8, against: "os_exec"}}},
	{name: "exec_parallel", what: "the same, 32 goroutines",
		task: task{Spawners: 32, Spawns: 6400, API: "output"},
		bars: []bar{{limit: 0.6, against: "os_exec"}}},
	{name: "live10000", what: "10,000 live children, a goroutine waiting for each, and their end; os/exec: 5,000",
		task: task{Kind: "live", Live: 10000},
		bars: []bar{{"threads", 16, ""}, {"memory", 6, ""}, {"noticed", 1, "os_exec"}}},
	{name: "live5000", what: "the same, 5,000 children for both",
		task: task{Kind: "live", Live: 5000}},
	{name: "latency_under_load", what: "a spawn while 8 other spawners run",
		task: task{Kind: "latency", Spawners: 8, Time: 1000},
		bars: []bar{{"p99", 0.6, "os_exec"}}},
	{name: "scheduler", what: "how late a goroutine's timer is while 8 spawners run",
		task: task{Kind: "scheduler", Spawners: 8, Time: 1000},
		bars: []bar{{"worst", 1, "os_exec"}}},
}

// most is how many live children os/exec is given: it has a thread for each, and
// a Go program dies at 10,000.
const most = 5000

// forPeer is the row's task as one peer does it.
func (r row) forPeer(name string) task {
	t := r.task
	if name == "os_exec" {
		t.Live = min(t.Live, most)
	}
	return t
}

// shortened is the row as -quick measures it.
func (r row) shortened() row {
	r.task.Spawns = 8 * r.task.Spawners
	r.task.Live = min(r.task.Live, 20)
	r.task.HeapMiB = min(r.task.HeapMiB, 64)
	r.task.Time = min(r.task.Time, 50)
	r.bars = nil // so short a run says nothing of them
	return r
}

// peers are the names of those that can take part in the row.
func (r row) peers() []string {
	names := []string{"ours", "os_exec"}
	if r.task.API == "" && r.task.Kind == "" {
		names = append(names, "posix_spawn")
	}
	if r.floor {
		names = append(names, "floor")
	}
	return names
}

// impossible says why this machine cannot have the task; "" if it can.
func (t task) impossible() string {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); limit.Cur < uint64(max(t.Files, t.Live))+100 {
		return fmt.Sprintf("at most %d files may be open (ulimit -n)", limit.Cur)
	}
	needed := uint64(2*t.Live + 1000) // os/exec has a thread for each child
	if unix.Getrlimit(unix.RLIMIT_NPROC, &limit); limit.Cur < needed {
		return fmt.Sprintf("there may be at most %d processes and threads (ulimit -u)", limit.Cur)
	}
	if numbers, err := procfile.Number("/proc/sys/kernel/pid_max", ""); err == nil && uint64(numbers) < needed {
		return fmt.Sprintf("there are only %d numbers for processes and threads (sysctl kernel.pid_max)", numbers)
	}
	var info unix.Sysinfo_t
	unix.Sysinfo(&info)
	// A live child needs some 60 KiB of the kernel.
	if free := (info.Freeram + info.Bufferram) * uint64(info.Unit) >> 20; free < uint64(t.HeapMiB+t.Live/16)*5/4 {
		return "there is too little free memory"
	}
	return ""
}
