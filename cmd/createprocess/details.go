package main

import (
	"time"

	"github.com/seed-f798aa80/createprocess"
)

// details are what list tells of a process, under the names that its --json
// has. What the system does not tell is nil.
//
// They are here and not in the root package: Win32 has no such call, each
// system fills another half of it, and what a program asks of a process it asks
// through a handle, whose access rights then count.
type details struct {
	PID          int        `json:"pid"`
	ParentPID    int        `json:"parent_pid"`
	Name         string     `json:"name"`
	User         *string    `json:"user"`
	UID          *uint32    `json:"uid"` // Linux
	State        *string    `json:"state"`
	Session      *int       `json:"session"`
	Terminal     *string    `json:"terminal"` // Linux
	Threads      int        `json:"threads"`
	BasePriority int        `json:"base_priority"`
	CPUUser      *float64   `json:"cpu_user"`   // seconds
	CPUKernel    *float64   `json:"cpu_kernel"` // seconds
	Memory       *uint64    `json:"memory"`     // bytes, in physical memory
	Start        *time.Time `json:"start"`
	Image        *string    `json:"image"`
	Args         []string   `json:"args"`
	Jobs         []string   `json:"jobs"` // the names of those that have one; Linux

	command string // for people: the command line, or what there is instead
}

func newDetails(e createprocess.ProcessEntry) *details {
	return &details{
		PID:          e.ProcessID,
		ParentPID:    e.ParentProcessID,
		Name:         e.ExeFile,
		Threads:      e.Threads,
		BasePriority: e.BasePriority,
		command:      e.ExeFile,
	}
}
