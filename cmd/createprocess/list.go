package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/job"
)

const listHelp = `List processes: all of them, or those that are named, by their numbers.

CPU is the processor time so far, as minutes:seconds.hundredths or, from an hour
on, hours:minutes:seconds. MEM is what is in physical memory, in units of 1024.
START is the time of today, or the day, or the year. On a terminal lines end
where the screen does. Characters that cannot be seen are shown as \n or \x1b.

--tree draws who has created whom; with a PID it shows that process and all that
it has made. A process whose parent has ended stands at the left. If there are
jobs with a name, JOB is those that the process is in.

--json prints an object a line: pid, parent_pid, name, user, uid, state, session,
terminal, threads, base_priority, cpu_user and cpu_kernel (seconds), memory
(bytes), start (RFC 3339), image, args, jobs (names). What the system does not
tell is null.

A PID that is not there is told of on standard error, and the exit status is 1.`

// exitMissing: not all that was asked for is there.
const exitMissing = 1

func listCommand() *cobra.Command {
	var asTree, asJSON bool
	cmd := &cobra.Command{
		Use:   "list [flags] [PID...]",
		Short: "List processes",
		Long:  listHelp,
		Example: `  createprocess list
  createprocess list --tree 4711
  createprocess list --json | jq 'select(.memory > 1e9) | .pid'`,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			var pids []int
			if len(args) > 0 {
				var err error
				if pids, err = parsePIDs(args); err != nil {
					return err
				}
			}
			list, err := lookAt(pids, asTree)
			if err != nil {
				return err
			}
			lines := make([]line, len(list))
			for i, d := range list {
				lines[i].details = d
			}
			if asTree {
				lines = forest(list)
			}
			if asTree || asJSON {
				addJobs(list)
			}
			if err := printList(lines, asJSON); err != nil {
				return otherError("WriteFile", "standard output", err)
			}
			return reportMissing(pids, list)
		},
	}
	cmd.Flags().BoolVar(&asTree, "tree", false, "draw who has created whom; with a PID, all below it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line")
	return cmd
}

// lookAt is the processes with these numbers, or all if there are none, in the
// order of their numbers; with below also all below them.
func lookAt(pids []int, below bool) ([]*details, error) {
	entries, err := createprocess.Snapshot()
	if err != nil {
		return nil, err
	}
	x, err := newExaminer()
	if err != nil {
		return nil, err
	}
	defer x.close()
	var list []*details
	for _, e := range entries {
		if len(pids) > 0 && !below && !slices.Contains(pids, e.ProcessID) {
			continue
		}
		d := newDetails(e)
		there, err := x.fill(d)
		if err != nil {
			return nil, err
		}
		if there {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *details) int { return cmp.Compare(a.PID, b.PID) })
	if len(pids) > 0 && below {
		list = descendants(list, pids)
	}
	return list, nil
}

// addJobs notes the jobs of the processes, where the system tells them.
func addJobs(list []*details) {
	jobs := make(map[int][]string)
	err := eachNamedJob(func(j *job.Job) error {
		pids, err := j.ProcessIDs()
		for _, pid := range pids {
			jobs[pid] = append(jobs[pid], j.Name())
		}
		return err
	})
	if err != nil {
		return
	}
	for _, d := range list {
		d.Jobs = append([]string{}, jobs[d.PID]...)
	}
}

func printList(lines []line, asJSON bool) error {
	w := bufio.NewWriter(os.Stdout)
	if asJSON {
		for _, l := range lines {
			printJSON(w, l.details)
		}
	} else if len(lines) > 0 {
		printTable(w, paperOf(os.Stdout), lines, time.Now())
	}
	return w.Flush()
}

// reportMissing says of each number that it is not in the list.
func reportMissing(pids []int, list []*details) error {
	var status error
	reported := make(map[int]bool)
	for _, pid := range pids {
		if reported[pid] || slices.ContainsFunc(list, func(d *details) bool { return d.PID == pid }) {
			continue
		}
		reported[pid] = true
		status = exitStatus(exitMissing)
		fmt.Fprintln(os.Stderr, failure(&createprocess.Error{
			Op:     "OpenProcess",
			Object: "process " + strconv.Itoa(pid),
			Code:   createprocess.ERROR_INVALID_PARAMETER,
			Err:    errors.New("no such process"),
		}))
	}
	return status
}
