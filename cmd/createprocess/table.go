package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// paper is what a table is drawn on.
type paper struct {
	columns int // 0: as wide as it takes
	colours bool
}

// style is what a terminal is told in an SGR sequence; "" is nothing.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

type cell struct {
	text  string
	style style
}

// column is one of a table; the last is not filled up.
type column struct {
	title string
	right bool // numbers stand under each other
	most  int  // cells on a screen of limited width; 0: no limit
	cell  func(d *details) cell
}

// jobColumn is there if there is a job.
var jobColumn = column{"JOB", false, 20, func(d *details) cell { return cell{harmless(strings.Join(d.Jobs, ",")), plain} }}

func columnsAt(now time.Time) []column {
	return []column{
		{"PID", true, 0, func(d *details) cell { return cell{strconv.Itoa(d.PID), plain} }},
		{"PARENT", true, 0, func(d *details) cell { return cell{strconv.Itoa(d.ParentPID), plain} }},
		{"USER", false, 20, func(d *details) cell { return cell{userText(d), plain} }},
		{"STATE", false, 0, stateCell},
		{"CPU", true, 0, func(d *details) cell { return cell{cpuText(d), plain} }},
		{"MEM", true, 0, func(d *details) cell { return cell{memoryText(d), plain} }},
		{"START", true, 0, func(d *details) cell { return cell{startText(d, now), plain} }},
	}
}

const gap = "  "

// printTable draws the processes, each with its branch of the tree, if any, in
// front of its command.
func printTable(w io.Writer, s paper, lines []line, now time.Time) {
	columns := columnsAt(now)
	if slices.ContainsFunc(lines, func(l line) bool { return len(l.Jobs) > 0 }) {
		columns = append(columns, jobColumn)
	}
	rows := make([][]cell, 0, len(lines)+1)
	widths := make([]int, len(columns))
	add := func(row []cell) {
		for i := range columns {
			if most := columns[i].most; most > 0 && s.columns > 0 {
				row[i].text = cut(row[i].text, most)
			}
			widths[i] = max(widths[i], width(row[i].text))
		}
		rows = append(rows, row)
	}
	var titles []cell
	for _, c := range columns {
		titles = append(titles, cell{c.title, bold})
	}
	add(append(titles, cell{"COMMAND", bold}))
	for _, l := range lines {
		row := make([]cell, 0, len(columns)+2)
		for _, c := range columns {
			row = append(row, c.cell(l.details))
		}
		add(append(row, cell{l.branch, faint}, cell{harmless(l.command), plain}))
	}
	for _, row := range rows {
		for i := range columns {
			row[i].text = pad(row[i].text, widths[i], columns[i].right) + gap
		}
		io.WriteString(w, s.line(row))
	}
}

func pad(s string, to int, right bool) string {
	blanks := strings.Repeat(" ", to-width(s))
	if right {
		return blanks + s
	}
	return s + blanks
}

// line is the cells side by side, as far as there is room.
func (s paper) line(cells []cell) string {
	var b strings.Builder
	room := s.columns
	for _, c := range cells {
		text := c.text
		if s.columns > 0 {
			text = cut(text, room)
			room -= width(text)
		}
		if s.colours && c.style != plain && text != "" {
			b.WriteString("\x1b[" + string(c.style) + "m" + text + "\x1b[0m")
		} else {
			b.WriteString(text)
		}
		if len(text) < len(c.text) {
			break // a narrower one must not slip into the last cell
		}
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

func userText(d *details) string {
	switch {
	case d.User != nil:
		return harmless(*d.User)
	case d.UID != nil:
		return strconv.FormatUint(uint64(*d.UID), 10)
	}
	return ""
}

func stateCell(d *details) cell {
	if d.State == nil {
		return cell{}
	}
	c := cell{harmless(*d.State), plain}
	switch c.text {
	case "running":
		c.style = green
	case "zombie", "disk":
		c.style = red
	case "stopped", "traced":
		c.style = yellow
	}
	return c
}

// cpuText is the processor time, in the program and in the kernel, as
// minutes:seconds.hundredths, and from an hour on as hours:minutes:seconds.
func cpuText(d *details) string {
	if d.CPUUser == nil || d.CPUKernel == nil {
		return ""
	}
	hundredths := int64((*d.CPUUser+*d.CPUKernel)*100 + 0.5)
	seconds := hundredths / 100
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d.%02d", seconds/60, seconds%60, hundredths%100)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// memoryText has three digits at least where there are, in units of 1024.
func memoryText(d *details) string {
	if d.Memory == nil {
		return ""
	}
	n, unit := float64(*d.Memory)/1024, 'K'
	for _, next := range "MGT" {
		if n < 999.5 {
			break
		}
		n, unit = n/1024, next
	}
	if n < 99.95 && unit != 'K' {
		return fmt.Sprintf("%.1f%c", n, unit)
	}
	return fmt.Sprintf("%.0f%c", n, unit)
}

// startText is the time if that was today, the day if it was this year, or the year.
func startText(d *details, now time.Time) string {
	if d.Start == nil {
		return ""
	}
	start := d.Start.In(now.Location())
	switch {
	case start.Year() != now.Year():
		return start.Format("2006")
	case start.YearDay() != now.YearDay():
		return start.Format("Jan02")
	}
	return start.Format("15:04")
}
