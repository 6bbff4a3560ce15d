package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestStatistics(t *testing.T) {
	if m := median([]float64{9, 1, 5}); m != 5 {
		t.Errorf("median %g", m)
	}
	if m := median([]float64{4, 1, 3, 2}); m != 2.5 {
		t.Errorf("median %g", m)
	}
	var list []float64
	for i := range 100 {
		list = append(list, float64(100-i))
	}
	for q, want := range map[float64]float64{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := quantile(list, q); got != want {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
	if got := quantile([]float64{7}, 0.99); got != 7 {
		t.Errorf("of one: %g", got)
	}
}

// runsOf are two runs with the same figures.
func runsOf(r row, figure func(peer, name string) float64) []map[string]map[string]float64 {
	run := make(map[string]map[string]float64)
	for _, p := range r.peers() {
		run[p] = map[string]float64{"us": figure(p, "us")}
		for _, f := range figures[r.task.Kind] {
			run[p][f.Name] = figure(p, f.Name)
		}
	}
	return []map[string]map[string]float64{run, run}
}

// TestBars: each bar of each row is met, and missed, as its figures are.
func TestBars(t *testing.T) {
	for _, r := range rows {
		for _, b := range r.bars {
			if b.against != "" && !slices.Contains(r.peers(), b.against) {
				t.Errorf("%s: there is no %s to compare with", r.name, b.against)
			}
			if (b.figure == "") != (r.task.Kind == "") {
				t.Errorf("%s: a bar for %q", r.name, b.figure)
			}
		}
		for _, test := range []struct {
			ours float64
			ok   bool
		}{{1, true}, {1e6, false}} {
			result := r.summary(runsOf(r, func(peer, _ string) float64 {
				if peer == "ours" {
					return test.ours
				}
				return 100
			}))
			if len(result.Bars) != len(r.bars) {
				t.Errorf("%s: %d bars, want %d", r.name, len(result.Bars), len(r.bars))
			}
			for _, b := range result.Bars {
				if b.OK != test.ok {
					t.Errorf("%s: %v of %g", r.name, b, b.Value)
				}
			}
		}
	}
}

// TestJSON: the names that readers know, and null where there is nothing.
func TestJSON(t *testing.T) {
	var results []result
	for _, r := range rows {
		results = append(results, r.summary(runsOf(r, func(string, string) float64 { return 2 })))
	}
	var b strings.Builder
	if err := writeJSON(&b, results); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(b.String()), &list); err != nil {
		t.Fatal(err)
	}
	for i, object := range list {
		peers := rows[i].peers()
		for key, want := range map[string]bool{
			"ours_us": true, "os_exec_us": true,
			"posix_spawn_us": slices.Contains(peers, "posix_spawn"), "floor_us": slices.Contains(peers, "floor"),
		} {
			value, there := object[key]
			if !there || want != (value == 2.0) {
				t.Errorf("%s: %s is %v", rows[i].name, key, value)
			}
		}
		if figures, _ := object["figures"].([]any); (len(figures) > 0) != (rows[i].task.Kind != "") {
			t.Errorf("%s: figures %v", rows[i].name, figures)
		}
	}
}

// TestTables: a row of each kind, for people and for the page.
func TestTables(t *testing.T) {
	var results []result
	for _, r := range rows {
		results = append(results, r.summary(runsOf(r, func(string, string) float64 { return 20000 })))
	}
	results = append(results, result{Name: sampleRow, Ours: 4000, Wine: 40000})
	var b strings.Builder
	if err := writeText(&b, results); err != nil {
		t.Fatal(err)
	}
	page := markdown(results, 9)
	for _, text := range []string{b.String(), page} {
		for _, r := range append(rows, row{name: sampleRow}) {
			if !strings.Contains(text, r.name) {
				t.Errorf("%s is missing in\n%s", r.name, text)
			}
		}
		for _, word := range []string{"MISSED ≤ 0.65 os/exec, ok ≤ 1 posix_spawn", "noticed ms", "ours / Wine", "0.10"} {
			if !strings.Contains(text, word) {
				t.Errorf("%q is missing in\n%s", word, text)
			}
		}
	}
	for _, table := range tables(results) {
		for _, row := range table.rows {
			if len(row) != len(table.head) {
				t.Errorf("%q has %d cells, want %d", row, len(row), len(table.head))
			}
		}
	}
}

func TestReplaceResults(t *testing.T) {
	page := "before\n" + pageBegin + "old\n" + pageEnd + "after\n"
	got, err := replaceResults([]byte(page), "new\n")
	if want := strings.Replace(page, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for _, page := range []string{"", pageBegin, pageEnd + pageBegin} {
		if _, err := replaceResults([]byte(page), "new\n"); err == nil {
			t.Errorf("%q: no error", page)
		}
	}
}

// TestPlot: the plot is XML, and has a line and all marks of each peer, also if
// something could not be measured.
func TestPlot(t *testing.T) {
	for _, missing := range []bool{false, true} {
		drawn := slices.Clone(curves)
		marks := 0
		for i := range drawn {
			drawn[i].points = make(map[string][]float64)
			for _, p := range plotted {
				for j := range drawn[i].at {
					us := float64(50 + 100*j)
					if missing && j > 1 {
						us = math.NaN()
					} else {
						marks++
					}
					drawn[i].points[p.peer] = append(drawn[i].points[p.peer], us)
				}
			}
		}
		text := svg(drawn)
		if strings.Contains(text, "NaN") {
			t.Error("it has figures that are none")
		}
		decoder := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		circles := strings.Count(text, "<circle ")
		if want := marks/len(plotted) + 1; circles != want { // one is in the legend
			t.Errorf("%d points, want %d", circles, want)
		}
	}
}

func TestNiceStep(t *testing.T) {
	for highest, want := range map[float64]float64{0: 1, 9: 1, 10: 1, 65: 10, 120: 20, 640: 100, 1000: 100, 1100: 200} {
		if got := niceStep(highest); got != want || highest/got > 10 {
			t.Errorf("%g: %g, want %g", highest, got, want)
		}
	}
}
