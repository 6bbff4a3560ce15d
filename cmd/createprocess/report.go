package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/seed-f798aa80/createprocess"
)

type createdEvent struct {
	Event string `json:"event"`
	PID   int    `json:"pid"`
	TID   int    `json:"tid"`
}

type errorEvent struct {
	Event   string `json:"event"`
	Code    uint32 `json:"code"`
	Name    string `json:"name"`
	Op      string `json:"op"`
	Object  string `json:"object,omitempty"`
	Message string `json:"message"`
}

// report is how a process has ended and what it has used. Times are in seconds.
type report struct {
	Event               string  `json:"event"`
	PID                 int     `json:"pid"`
	ExitCode            uint32  `json:"exit_code"`
	Signal              int     `json:"signal,omitempty"`
	TimedOut            bool    `json:"timed_out,omitempty"`
	Elapsed             float64 `json:"elapsed"`
	User                float64 `json:"user"`
	Kernel              float64 `json:"kernel"`
	PeakMemory          uint64  `json:"peak_memory"` // bytes
	PageFaults          uint64  `json:"page_faults"`
	MajorFaults         uint64  `json:"major_faults"`
	VoluntarySwitches   uint64  `json:"voluntary_switches"`
	InvoluntarySwitches uint64  `json:"involuntary_switches"`

	known bool // what follows Elapsed
}

func newReport(p *createprocess.Process, code uint32, timedOut bool) report {
	r := report{Event: "exited", PID: p.ID(), ExitCode: code, Signal: signalOf(p), TimedOut: timedOut}
	times, err := p.Times()
	resources, err2 := p.Resources()
	if err != nil || err2 != nil {
		return r
	}
	r.known = true
	r.Elapsed = times.Exit.Sub(times.Creation).Seconds()
	r.User, r.Kernel = times.User.Seconds(), times.Kernel.Seconds()
	r.PeakMemory = resources.PeakMemory
	r.PageFaults, r.MajorFaults = resources.PageFaults, resources.MajorFaults
	r.VoluntarySwitches, r.InvoluntarySwitches = resources.VoluntarySwitches, resources.InvoluntarySwitches
	return r
}

func (r report) print(out io.Writer) {
	if !r.known {
		fmt.Fprintln(out, "createprocess: the system does not tell what the process has used")
		return
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	duration := func(seconds float64) time.Duration {
		return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
	}
	fmt.Fprintf(w, "elapsed\t%v\n", duration(r.Elapsed))
	fmt.Fprintf(w, "user\t%v\n", duration(r.User))
	fmt.Fprintf(w, "kernel\t%v\n", duration(r.Kernel))
	fmt.Fprintf(w, "peak memory\t%.1f MiB\n", float64(r.PeakMemory)/(1<<20))
	fmt.Fprintf(w, "page faults\t%d, %d from disk\n", r.PageFaults, r.MajorFaults)
	fmt.Fprintf(w, "switches\t%d waiting, %d out of time\n", r.VoluntarySwitches, r.InvoluntarySwitches)
}
