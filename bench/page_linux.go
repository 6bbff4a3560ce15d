package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What -write replaces stands between these lines of the page.
const (
	pageBegin = "<!-- go run ./bench -write: begin -->\n"
	pageEnd   = "<!-- go run ./bench -write: end -->\n"
)

// writePage puts the results into a page in the place of those that it has.
func writePage(path string, results []result, runs int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err = replaceResults(text, markdown(results, runs))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o666)
}

// replaceResults changes what stands between the two lines.
func replaceResults(page []byte, results string) ([]byte, error) {
	before, rest, begun := strings.Cut(string(page), pageBegin)
	_, after, ended := strings.Cut(rest, pageEnd)
	if !begun || !ended {
		return nil, fmt.Errorf("it does not have the lines %q and %q", strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	return []byte(before + pageBegin + results + pageEnd + after), nil
}

// markdown is where and when it was measured, and the tables.
func markdown(results []result, runs int) string {
	var b strings.Builder
	var system unix.Utsname
	unix.Uname(&system)
	fmt.Fprintf(&b, "\n%d processors (%s), Linux %s, %s, medians of %d runs, %s:\n", runtime.NumCPU(), runtime.GOARCH,
		unix.ByteSliceToString(system.Release[:]), runtime.Version(), runs, time.Now().UTC().Format(time.DateOnly))
	for _, t := range tables(results) {
		fmt.Fprintf(&b, "\n| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
		for _, row := range t.rows {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
	}
	b.WriteString("\n")
	for _, r := range results {
		if r.what != "" {
			fmt.Fprintf(&b, "- %s: %s\n", r.Name, r.what)
		}
	}
	b.WriteString("\n")
	return b.String()
}
