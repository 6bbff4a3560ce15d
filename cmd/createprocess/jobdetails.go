package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-f798aa80/createprocess/job"
)

// jobDetails are what job list and job show tell, under the names that --json
// has. What the system does not tell, and a limit that is not set, is nil.
type jobDetails struct {
	Name           string   `json:"name"`
	Level          string   `json:"level"`
	Frozen         *bool    `json:"frozen"`
	Processes      []int    `json:"processes"`
	TotalProcesses uint32   `json:"total_processes"`
	CPUUser        *float64 `json:"cpu_user"`   // seconds
	CPUKernel      *float64 `json:"cpu_kernel"` // seconds
	Memory         *uint64  `json:"memory"`     // bytes
	PeakMemory     *uint64  `json:"peak_memory"`
	ReadBytes      *uint64  `json:"read_bytes"`
	WriteBytes     *uint64  `json:"write_bytes"`
	Limits         []string `json:"limits"`
	MemoryLimit    *uint64  `json:"memory_limit"`
	ProcessMemory  *uint64  `json:"process_memory_limit"`
	ProcessLimit   *uint32  `json:"process_limit"`
	CPURate        *uint32  `json:"cpu_rate"` // hundredths of a percent of all processors

	unknown map[string]string // what is not known, and why
}

// lookAtJob asks j. What a system or a level does not have is left out; any
// other failure is the answer.
func lookAtJob(j *job.Job) (*jobDetails, error) {
	pids, err := j.ProcessIDs()
	if err != nil {
		return nil, err
	}
	a, err := j.Accounting()
	if err != nil {
		return nil, err
	}
	l, err := j.Limits()
	if err != nil {
		return nil, err
	}
	d := &jobDetails{Name: j.Name(), Level: j.Level().String(), Processes: pids, TotalProcesses: a.TotalProcesses, unknown: a.Unknown}
	if d.Processes == nil {
		d.Processes = []int{}
	}
	known(&d.CPUUser, a.TotalUserTime.Seconds(), a.Unknown["TotalUserTime"])
	known(&d.CPUKernel, a.TotalKernelTime.Seconds(), a.Unknown["TotalKernelTime"])
	known(&d.Memory, a.MemoryUsed, a.Unknown["MemoryUsed"])
	known(&d.PeakMemory, a.PeakJobMemoryUsed, a.Unknown["PeakJobMemoryUsed"])
	known(&d.ReadBytes, a.ReadBytes, a.Unknown["ReadBytes"])
	known(&d.WriteBytes, a.WriteBytes, a.Unknown["WriteBytes"])
	switch frozen, err := j.Frozen(); {
	case err == nil:
		d.Frozen = &frozen
	case !errors.Is(err, job.ERROR_NOT_SUPPORTED):
		return nil, err
	}
	d.Limits = []string{}
	if l.Flags != 0 {
		d.Limits = strings.Split(l.Flags.String(), "|")
	}
	if l.Flags&job.JOB_OBJECT_LIMIT_JOB_MEMORY != 0 {
		d.MemoryLimit = &l.JobMemoryLimit
	}
	if l.Flags&job.JOB_OBJECT_LIMIT_PROCESS_MEMORY != 0 {
		d.ProcessMemory = &l.ProcessMemoryLimit
	}
	if l.Flags&job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS != 0 {
		d.ProcessLimit = &l.ActiveProcessLimit
	}
	// Wine 8 does not have it.
	if c, err := j.CPURate(); err == nil && c.CPURate != 0 {
		d.CPURate = &c.CPURate
	}
	return d, nil
}

func known[T any](field **T, value T, reason string) {
	if reason == "" {
		*field = &value
	}
}

// lookAtJobs is all jobs with a name that can be opened.
func lookAtJobs() (list []*jobDetails, err error) {
	err = eachNamedJob(func(j *job.Job) error {
		d, err := lookAtJob(j)
		if err == nil {
			list = append(list, d)
		}
		return err
	})
	return list, err
}

// eachNamedJob passes over those that end meanwhile.
func eachNamedJob(do func(*job.Job) error) error {
	names, err := job.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		j, err := job.Open(name)
		if errors.Is(err, job.ERROR_FILE_NOT_FOUND) {
			continue
		}
		if err != nil {
			return err
		}
		err = do(j)
		if err := errors.Join(err, j.Close()); err != nil {
			return err
		}
	}
	return nil
}

func printJobs(out io.Writer, list []*jobDetails) error {
	if len(list) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tLEVEL\tSTATE\tPROCESSES\tCPU\tMEM")
	for _, d := range list {
		usage := &details{CPUUser: d.CPUUser, CPUKernel: d.CPUKernel, Memory: d.Memory}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", harmless(d.Name), d.Level, d.state(), len(d.Processes), cpuText(usage), memoryText(usage))
	}
	return w.Flush()
}

func (d *jobDetails) state() string {
	switch {
	case len(d.Processes) == 0:
		return "empty"
	case d.Frozen != nil && *d.Frozen:
		return "frozen"
	}
	return "running"
}

func (d *jobDetails) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	line("name", "%s", harmless(d.Name))
	line("level", "%s", d.Level)
	line("state", "%s", d.state())
	pids := ""
	for _, pid := range d.Processes {
		pids += " " + strconv.Itoa(pid)
	}
	line("processes", "%d, %d so far%s", len(d.Processes), d.TotalProcesses, strings.TrimSuffix(":"+pids, ":"))
	duration := func(seconds *float64) time.Duration {
		return time.Duration(*seconds * float64(time.Second)).Round(time.Microsecond)
	}
	if d.CPUUser != nil && d.CPUKernel != nil {
		line("cpu", "%v in the programs, %v in the kernel", duration(d.CPUUser), duration(d.CPUKernel))
	}
	bytes := func(name string, n *uint64) {
		if n != nil {
			line(name, "%s", memoryText(&details{Memory: n}))
		}
	}
	bytes("memory", d.Memory)
	bytes("peak memory", d.PeakMemory)
	bytes("read", d.ReadBytes)
	bytes("written", d.WriteBytes)
	if len(d.Limits) > 0 {
		line("limits", "%s", strings.Join(d.Limits, " "))
	}
	bytes("memory limit", d.MemoryLimit)
	bytes("memory limit of each process", d.ProcessMemory)
	if d.ProcessLimit != nil {
		line("process limit", "%d", *d.ProcessLimit)
	}
	if d.CPURate != nil {
		line("cpu rate", "%.2f%% of all processors", float64(*d.CPURate)/100)
	}
	for _, field := range slices.Sorted(maps.Keys(d.unknown)) {
		line("not known", "%s: %s", field, d.unknown[field])
	}
	return w.Flush()
}
