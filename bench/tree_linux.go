package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/internal/procfs"
	"github.com/seed-f798aa80/createprocess/job"
)

// The row "tree" creates a tree of processes that know how to get away — double
// forks, sessions of their own — and ends it: a job beside setsid and kill of the
// process group. It tells what that costs, and how many survive it.

const (
	treeRow     = "tree"
	treeWhat    = "100 processes in a job and their end, against setsid and kill of the group"
	treeMembers = 100
	treeMark    = "CREATEPROCESS_BENCH_TREE"
)

// treeResult has the names that readers of -json know. Survived is a share, of
// all members of all runs.
type treeResult struct {
	Members       int     `json:"members"`
	Level         string  `json:"level"` // what the job is made of
	OursCreate    float64 `json:"ours_create_us"`
	OursEnd       float64 `json:"ours_end_us"`
	OursSurvived  float64 `json:"ours_survived"`
	GroupCreate   float64 `json:"group_create_us"`
	GroupEnd      float64 `json:"group_end_us"`
	GroupSurvived float64 `json:"group_survived"`
}

// treeRun is one tree: microseconds until it is there, and until it has been ended.
type treeRun struct{ create, end float64 }

// measureTree builds the two images into dir and runs one after the other.
func measureTree(dir string, runs int) (result, error) {
	r := &treeResult{Members: treeMembers}
	row := result{Name: treeRow, what: treeWhat, treeResult: r}
	_, file, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(file), "peers")
	for _, name := range []string{"tree", "group"} {
		out, err := exec.Command("cc", "-O2", "-static", "-o", filepath.Join(dir, name), filepath.Join(source, name+".c")).CombinedOutput()
		if err != nil {
			return row, fmt.Errorf("the peers in C need a compiler (apt-get install gcc libc6-dev): %w\n%s", err, out)
		}
	}
	var ours, group []treeRun
	survivors := map[string]int{}
	one := func(name string, run func(image, mark string) (treeRun, error)) (treeRun, error) {
		mark := fmt.Sprintf("%s=%s-%d-%d", treeMark, name, os.Getpid(), time.Now().UnixNano())
		result, err := run(filepath.Join(dir, "tree"), mark)
		left, leftErr := endMarked(mark)
		survivors[name] += left
		return result, errors.Join(err, leftErr)
	}
	for range runs {
		o, err := one("ours", func(image, mark string) (treeRun, error) { return treeInJob(image, mark, &r.Level) })
		if err != nil {
			return row, err
		}
		g, err := one("group", func(image, mark string) (treeRun, error) {
			return treeInGroup(filepath.Join(dir, "group"), image, mark)
		})
		if err != nil {
			return row, err
		}
		ours, group = append(ours, o), append(group, g)
	}
	figure := func(list []treeRun, of func(treeRun) float64) float64 {
		var values []float64
		for _, run := range list {
			values = append(values, of(run))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	create, end := func(t treeRun) float64 { return t.create }, func(t treeRun) float64 { return t.end }
	r.OursCreate, r.OursEnd = figure(ours, create), figure(ours, end)
	r.GroupCreate, r.GroupEnd = figure(group, create), figure(group, end)
	r.OursSurvived = float64(survivors["ours"]) / float64(runs*treeMembers)
	r.GroupSurvived = float64(survivors["group"]) / float64(runs*treeMembers)
	row.Ours = r.OursCreate + r.OursEnd
	return row, nil
}

// treeInJob times a job from its creation, and its end until it is empty.
func treeInJob(image, mark string, level *string) (t treeRun, err error) {
	begin := time.Now()
	j, err := job.Create("", nil)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	*level = j.Level().String()
	stdout, out, err := os.Pipe()
	if err != nil {
		return t, err
	}
	defer stdout.Close()
	p := createprocess.Params{Args: []string{image, strconv.Itoa(treeMembers)}, Environment: []string{mark}}
	p.StartupInfo.UseStdHandles(nil, out, os.Stderr)
	p.StartupInfo.Attributes = []createprocess.Attribute{createprocess.JobList(j)}
	pi, err := createprocess.CreateProcess(p)
	out.Close()
	if err != nil {
		return t, err
	}
	defer pi.Close()
	if _, err := stdout.Read(make([]byte, 64)); err != nil {
		return t, err
	}
	created := time.Now()
	if err := j.Terminate(1); err != nil {
		return t, err
	}
	if err := j.Wait(context.Background()); err != nil {
		return t, err
	}
	return treeRun{microseconds(created.Sub(begin)), microseconds(time.Since(created))}, nil
}

func treeInGroup(group, image, mark string) (t treeRun, err error) {
	cmd := exec.Command(group, image, strconv.Itoa(treeMembers))
	cmd.Env, cmd.Stderr = []string{mark}, os.Stderr
	out, err := cmd.Output()
	if err == nil {
		_, err = fmt.Sscan(string(out), &t.create, &t.end)
	}
	return t, err
}

// endMarked kills the processes that have the mark in their environment, and is
// how many there were. What has been killed already does not count.
func endMarked(mark string) (n int, err error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return 0, err
	}
	defer proc.Close()
	pids, err := proc.PIDs()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil || !slices.ContainsFunc(bytes.Split(text, []byte{0}), func(e []byte) bool { return string(e) == mark }) {
			continue
		}
		if status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status"); err != nil || isKilled(string(status)) {
			continue
		}
		n++
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			return n, err
		}
	}
	return n, nil
}

// isKilled tells whether a SIGKILL is on its way to the process.
func isKilled(status string) bool {
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		if name != "SigPnd" && name != "ShdPnd" {
			continue
		}
		if mask, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64); err == nil && mask&(1<<(unix.SIGKILL-1)) != 0 {
			return true
		}
	}
	return false
}

// lines are the row in the table.
func (r *treeResult) lines() [][]string {
	line := func(with string, create, end, survived float64) []string {
		return []string{treeRow, with, number(create), number(end), fmt.Sprintf("%.0f%%", 100*survived)}
	}
	return [][]string{
		line("job ("+r.Level+")", r.OursCreate, r.OursEnd, r.OursSurvived),
		line("setsid, kill of the group", r.GroupCreate, r.GroupEnd, r.GroupSurvived),
	}
}
