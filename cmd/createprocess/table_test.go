package main

import (
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func sample() []line {
	return []line{
		{"", &details{PID: 1, ParentPID: 0, User: new("root"), State: new("sleeping"), CPUUser: new(60.0), CPUKernel: new(1.234),
			Memory: new(uint64(13 << 20)), Start: new(noon.Add(-25 * time.Hour)), command: "/sbin/init"}},
		{"├─ ", &details{PID: 4711, ParentPID: 1, User: new("ann"), State: new("running"), CPUUser: new(3600.0), CPUKernel: new(0.0),
			Memory: new(uint64(900 << 10)), Start: new(noon.Add(-time.Hour)), command: "vi 日本語.txt\x1b[2J"}},
		{"└─ ", &details{PID: 32768, ParentPID: 1, UID: new(uint32(1000)), State: new("zombie"), CPUUser: new(0.0), CPUKernel: new(0.0),
			Memory: new(uint64(0)), Start: new(noon.AddDate(-1, 0, 0)), command: "[x]"}},
		{"", &details{PID: 5, ParentPID: 4, command: "unknown.exe"}},
	}
}

const whole = `
  PID  PARENT  USER  STATE         CPU    MEM  START  COMMAND
    1       0  root  sleeping  1:01.23  13.0M  Nov22  /sbin/init
 4711       1  ann   running   1:00:00   900K  11:00  ├─ vi 日本語.txt\x1b[2J
32768       1  1000  zombie    0:00.00     0K   2025  └─ [x]
    5       4                                         unknown.exe
`

func draw(s paper) string {
	var b strings.Builder
	printTable(&b, s, sample(), noon)
	return b.String()
}

func TestTable(t *testing.T) {
	if got := draw(paper{}); got != whole[1:] {
		t.Errorf("\n%s\nwant%s", got, whole)
	}
	if got := draw(paper{columns: 200}); got != whole[1:] {
		t.Errorf("a wide screen:\n%s\nwant%s", got, whole)
	}
}

func TestTableIsCut(t *testing.T) {
	want := `
  PID  PARENT  USER  STATE         CPU    MEM  START  COMMAND
    1       0  root  sleeping  1:01.23  13.0M  Nov22  /sbin/in
 4711       1  ann   running   1:00:00   900K  11:00  ├─ vi 日
32768       1  1000  zombie    0:00.00     0K   2025  └─ [x]
    5       4                                         unknown.
`
	if got := draw(paper{columns: 62}); got != want[1:] {
		t.Errorf("\n%s\nwant%s", got, want)
	}
	for columns := 1; columns < 100; columns++ {
		for l := range strings.Lines(draw(paper{columns: columns})) {
			if l = strings.TrimSuffix(l, "\n"); width(l) > columns || !strings.Contains(whole, l) {
				t.Errorf("%d cells: %q", columns, l)
			}
		}
	}
	long := sample()[:1]
	long[0].User = new("DOMAIN\\" + strings.Repeat("ä", 30))
	var b strings.Builder
	printTable(&b, paper{columns: 100}, long, noon)
	if got := b.String(); !strings.Contains(got, "  DOMAIN\\"+strings.Repeat("ä", 13)+"  sleeping") {
		t.Errorf("a long user's name:\n%s", got)
	}
	b.Reset()
	printTable(&b, paper{}, long, noon)
	if got := b.String(); !strings.Contains(got, *long[0].User+"  sleeping") {
		t.Errorf("a long user's name, not on a screen:\n%s", got)
	}
}

func TestTableColours(t *testing.T) {
	got := draw(paper{columns: 62, colours: true})
	for _, part := range []string{"\x1b[1m  PID  \x1b[0m", "\x1b[32mrunning   \x1b[0m", "\x1b[31mzombie    \x1b[0m", "\x1b[2m├─ \x1b[0mvi 日\n"} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in %q", part, got)
		}
	}
	plain := got
	for _, sequence := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
		plain = strings.ReplaceAll(plain, sequence, "")
	}
	if want := draw(paper{columns: 62}); plain != want {
		t.Errorf("without colours:\n%s\nwant\n%s", plain, want)
	}
	stopped := &details{State: new("stopped")}
	if c := stateCell(stopped); c.style != yellow {
		t.Errorf("stopped: %+v", c)
	}
}

func TestCells(t *testing.T) {
	for cpu, want := range map[float64]string{0: "0:00.00", 0.014: "0:00.01", 59.994: "0:59.99", 59.996: "1:00.00", 3599.99: "59:59.99", 3599.996: "1:00:00", 360000: "100:00:00"} {
		if got := cpuText(&details{CPUUser: new(cpu), CPUKernel: new(0.0)}); got != want {
			t.Errorf("%v s: %q, want %q", cpu, got, want)
		}
	}
	for memory, want := range map[uint64]string{0: "0K", 4096: "4K", 999 << 10: "999K", 1000 << 10: "1.0M", 1 << 20: "1.0M", 99<<20 + 1: "99.0M", 512 << 20: "512M", 1 << 30: "1.0G", 3 << 39: "1.5T", 5000 << 40: "5000T"} {
		if got := memoryText(&details{Memory: new(memory)}); got != want {
			t.Errorf("%d bytes: %q, want %q", memory, got, want)
		}
	}
	zone := time.FixedZone("", 3600)
	if got := startText(&details{Start: new(noon.Add(-12*time.Hour - time.Minute))}, noon.In(zone)); got != "00:59" {
		t.Errorf("yesterday in UTC, today here: %q", got)
	}
}
