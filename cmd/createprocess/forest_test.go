package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// family is processes of "pid parent" pairs.
func family(pairs ...[2]int) []*details {
	var list []*details
	for _, p := range pairs {
		list = append(list, &details{PID: p[0], ParentPID: p[1]})
	}
	return list
}

func TestForest(t *testing.T) {
	for name, test := range map[string]struct {
		list []*details
		want string
	}{
		"nothing":                      {nil, ""},
		"one":                          {family([2]int{5, 1}), "5"},
		"the rows":                     {family([2]int{1, 0}, [2]int{2, 1}, [2]int{3, 2}, [2]int{4, 1}, [2]int{5, 4}, [2]int{6, 3}), "1\n├─ 2\n│  └─ 3\n│     └─ 6\n└─ 4\n   └─ 5"},
		"orphans":                      {family([2]int{7, 99}, [2]int{8, 7}, [2]int{9, 98}), "7\n└─ 8\n9"},
		"itself":                       {family([2]int{0, 0}, [2]int{4, 0}), "0\n└─ 4"},
		"a circle":                     {family([2]int{1, 0}, [2]int{5, 7}, [2]int{6, 5}, [2]int{7, 6}, [2]int{8, 6}), "1\n5\n└─ 6\n   ├─ 7\n   └─ 8"},
		"a pair":                       {family([2]int{5, 6}, [2]int{6, 5}), "5\n└─ 6"},
		"parent with a greater number": {family([2]int{3, 9}, [2]int{9, 0}), "9\n└─ 3"},
	} {
		var got []string
		for _, l := range forest(test.list) {
			got = append(got, fmt.Sprint(l.branch, l.PID))
		}
		if text := strings.Join(got, "\n"); text != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, text, test.want)
		}
	}
}

// TestYoungerParent: a process that began after its "child" has only got the
// number of the child's parent.
func TestYoungerParent(t *testing.T) {
	list := family([2]int{4, 0}, [2]int{5, 4}, [2]int{6, 4}, [2]int{7, 4})
	begin := time.Now()
	list[0].Start = new(begin)
	list[1].Start = new(begin.Add(-time.Second))
	list[2].Start = new(begin)
	var roots []int
	for _, l := range forest(list) {
		if l.branch == "" {
			roots = append(roots, l.PID)
		}
	}
	if !slices.Equal(roots, []int{4, 5}) {
		t.Errorf("roots %v", roots)
	}
}

func TestDescendants(t *testing.T) {
	list := family([2]int{1, 0}, [2]int{2, 1}, [2]int{3, 2}, [2]int{4, 1}, [2]int{5, 6}, [2]int{6, 5}, [2]int{7, 99})
	for _, test := range []struct{ pids, want []int }{
		{[]int{1}, []int{1, 2, 3, 4}},
		{[]int{2}, []int{2, 3}},
		{[]int{3, 2}, []int{2, 3}},
		{[]int{4, 7}, []int{4, 7}},
		{[]int{6}, []int{5, 6}},
		{[]int{8}, nil},
	} {
		var got []int
		for _, d := range descendants(list, test.pids) {
			got = append(got, d.PID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("below %v: %v, want %v", test.pids, got, test.want)
		}
	}
	if len(list) != 7 {
		t.Errorf("the list itself has been changed: %d", len(list))
	}
}
