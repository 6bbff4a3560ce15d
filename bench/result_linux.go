package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// result has the names that readers of -json know. PosixSpawn and Floor are null
// where there is nothing of that kind to measure.
type result struct {
	Name       string   `json:"name"`
	Ours       float64  `json:"ours_us"`
	OSExec     float64  `json:"os_exec_us,omitempty"`
	PosixSpawn *float64 `json:"posix_spawn_us"`
	Floor      *float64 `json:"floor_us"`
	Wine       float64  `json:"wine_us,omitempty"`    // of the row "sample", which has no other
	Sudo       float64  `json:"sudo_us,omitempty"`    // of the row "logon"
	Runuser    float64  `json:"runuser_us,omitempty"` // of the row "logon"
	Figures    []figure `json:"figures,omitempty"`    // of a row that has more than microseconds for a spawn
	Bars       []passed `json:"bars,omitempty"`

	*treeResult // of the row "tree", whose Ours is both of its times

	what string
}

// figure is one that a row has besides microseconds for a spawn.
type figure struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Ours   float64 `json:"ours"`
	OSExec float64 `json:"os_exec"`
}

// passed is a bar, and whether the row is within it.
type passed struct {
	Figure  string  `json:"figure,omitempty"`
	Value   float64 `json:"value"` // the ratio, if Against is there
	Limit   float64 `json:"limit"`
	Against string  `json:"against,omitempty"`
	OK      bool    `json:"ok"`
}

// String is "ok ≤ 0.65 os/exec", with the figure's name where a row has several.
func (p passed) String() string {
	words := []string{"MISSED"}
	if p.OK {
		words[0] = "ok"
	}
	if p.Figure != "" {
		words = append(words, p.Figure)
	}
	words = append(words, fmt.Sprintf("≤ %g", p.Limit))
	if p.Against != "" {
		words = append(words, strings.ReplaceAll(p.Against, "os_exec", "os/exec"))
	}
	return strings.Join(words, " ")
}

// summary makes a row's result of its runs: the medians, by peer and figure.
func (r row) summary(runs []map[string]map[string]float64) result {
	of := func(peer, figure string) float64 {
		list := make([]float64, len(runs))
		for i, run := range runs {
			list[i] = run[peer][figure]
		}
		return median(list)
	}
	result := result{Name: r.name, what: r.what}
	main := "us"
	if r.task.Kind != "" {
		main = figures[r.task.Kind][0].Name
		for _, f := range figures[r.task.Kind] {
			f.Ours, f.OSExec = of("ours", f.Name), of("os_exec", f.Name)
			result.Figures = append(result.Figures, f)
		}
	}
	result.Ours, result.OSExec = of("ours", main), of("os_exec", main)
	for _, peer := range r.peers() {
		switch us := of(peer, main); peer {
		case "posix_spawn":
			result.PosixSpawn = &us
		case "floor":
			result.Floor = &us
		}
	}
	for _, b := range r.bars {
		p := passed{Figure: b.figure, Limit: b.limit, Against: b.against}
		name := b.figure
		if name == "" {
			name = main
		}
		p.Value = of("ours", name)
		if b.against != "" {
			p.Value /= of(b.against, name)
		}
		p.OK = p.Value <= p.Limit
		result.Bars = append(result.Bars, p)
	}
	return result
}

// table is a piece of the results, for people.
type table struct {
	head []string
	rows [][]string
}

// tables are the results as tables: of spawns, of what is not one spawn's
// time, of the sample, of logons and of trees. An empty one is left out.
func tables(results []result) []table {
	spawns := table{head: []string{"row", "ours µs", "os/exec µs", "posix_spawn µs", "floor µs", "ours / os/exec", "ours / posix_spawn", "ours / sequential", "bars"}}
	others := table{head: []string{"row", "figure", "ours", "os/exec", "ours / os/exec", "bars"}}
	sample := table{head: []string{"row", "ours µs", "Wine µs", "ours / Wine"}}
	logons := table{head: []string{"row", "ours µs", "sudo µs", "runuser µs", "ours / sudo", "ours / runuser", "bars"}}
	trees := table{head: []string{"row", "with", "create µs", "end µs", "survive"}}
	for _, r := range results {
		switch {
		case r.treeResult != nil:
			trees.rows = append(trees.rows, r.lines()...)
		case r.Sudo > 0:
			logons.rows = append(logons.rows, []string{r.Name, number(r.Ours), number(r.Sudo), number(r.Runuser),
				ratio(r.Ours, r.Sudo), ratio(r.Ours, r.Runuser), r.verdict("")})
		case r.Wine > 0:
			sample.rows = append(sample.rows, []string{r.Name, number(r.Ours), number(r.Wine), ratio(r.Ours, r.Wine)})
		case r.Figures != nil:
			name := r.Name
			for _, f := range r.Figures {
				unit, ours, theirs := f.Unit, f.Ours, f.OSExec
				if unit == "µs" && min(ours, theirs) >= 10000 {
					unit, ours, theirs = "ms", ours/1e3, theirs/1e3
				}
				others.rows = append(others.rows, []string{name, strings.TrimSpace(f.Name + " " + unit), number(ours), number(theirs),
					ratio(f.Ours, f.OSExec), r.verdict(f.Name)})
				name = ""
			}
		default:
			line := []string{r.Name, number(r.Ours), number(r.OSExec), "-", "-", ratio(r.Ours, r.OSExec), "-", "-", r.verdict("")}
			if r.PosixSpawn != nil {
				line[3], line[6] = number(*r.PosixSpawn), ratio(r.Ours, *r.PosixSpawn)
			}
			if r.Floor != nil {
				line[4] = number(*r.Floor)
			}
			if results[0].Name == "sequential" {
				line[7] = ratio(r.Ours, results[0].Ours)
			}
			spawns.rows = append(spawns.rows, line)
		}
	}
	var list []table
	for _, t := range []table{spawns, others, sample, logons, trees} {
		if t.rows != nil {
			list = append(list, t)
		}
	}
	return list
}

// verdict is the bars of one of the row's figures.
func (r result) verdict(figure string) string {
	var words []string
	for _, p := range r.Bars {
		if p.Figure == figure {
			p.Figure = ""
			words = append(words, p.String())
		}
	}
	return strings.Join(words, ", ")
}

func number(f float64) string {
	if f >= 1000 || f == float64(int(f)) {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.1f", f)
}

func ratio(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

func writeText(w io.Writer, results []result) error {
	for i, t := range tables(results) {
		if i > 0 {
			fmt.Fprintln(w)
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, strings.Join(t.head, "\t"))
		for _, row := range t.rows {
			fmt.Fprintln(tw, strings.Join(row, "\t"))
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, results []result) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(results)
}
