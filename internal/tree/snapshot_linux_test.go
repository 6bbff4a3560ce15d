package tree

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// snapshot is of processes by number: each one's parent.
func snapshot(parents map[int]int, marked map[string][]int) *Snapshot {
	s := &Snapshot{make(map[int]procfs.Stat), make(map[int][]int), marked}
	for pid, parent := range parents {
		s.stats[pid] = procfs.Stat{Parent: parent, Start: time.Duration(pid)}
		s.children[parent] = append(s.children[parent], pid)
	}
	return s
}

func TestIn(t *testing.T) {
	self := os.Getpid()
	// Numbers that this process has not.
	n := func(i int) int { return 1<<23 + i }
	parents := map[int]int{
		self: n(1), n(1): 1, 1: 0,
		n(10): self, n(11): n(10), n(12): n(11), n(13): n(11),
		n(20): 1, n(21): n(20),
		n(30): n(31), n(31): n(30), // as two looks at one moment might say
	}
	now := snapshot(parents, map[string][]int{"mark": {n(20), n(13), self, n(99)}})
	for what, c := range map[string]struct {
		selection Selection
		members   members
		want      []int
	}{
		"nothing":                   {},
		"a root":                    {selection: Selection{Roots: map[int]time.Duration{n(11): 0}}, want: []int{n(11), n(12), n(13)}},
		"a root by its start":       {selection: Selection{Roots: map[int]time.Duration{n(12): time.Duration(n(12))}}, want: []int{n(12)}},
		"a number given anew":       {selection: Selection{Roots: map[int]time.Duration{n(12): 7}}},
		"one that has ended":        {selection: Selection{Roots: map[int]time.Duration{n(98): 0}}},
		"below":                     {selection: Selection{Below: self}, want: []int{n(10), n(11), n(12), n(13)}},
		"below, but for one":        {selection: Selection{Below: self, Except: []int{n(11)}}, want: []int{n(10)}},
		"a mark":                    {selection: Selection{Mark: "mark"}, want: []int{n(13), n(20), n(21)}},
		"an exception with a mark":  {selection: Selection{Mark: "mark", Except: []int{n(20)}}, want: []int{n(13)}},
		"a root above this program": {selection: Selection{Roots: map[int]time.Duration{n(1): 0}}, want: []int{n(1)}},
		"init":                      {selection: Selection{Roots: map[int]time.Duration{1: 0}}},
		"two that are below each other": {selection: Selection{Roots: map[int]time.Duration{n(30): 0}},
			want: []int{n(30), n(31)}},
		"a member": {members: members{n(11): -1}, want: []int{n(11), n(12), n(13)}},
	} {
		if got := c.selection.in(now, c.members); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// TestLook: the marks of processes that are known to be in the tree are not asked for.
func TestLook(t *testing.T) {
	const variable = "CREATEPROCESS_TREE_TEST"
	c := exec.Command("sleep", "1000")
	c.Env = append(os.Environ(), variable+"=a:b")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	pid := c.Process.Pid
	now, err := Look(variable)
	if err != nil {
		t.Fatal(err)
	}
	start, err := Start(pid)
	if err != nil || now.Start(pid) != start || now.stats[pid].Parent != os.Getpid() {
		t.Errorf("%+v, started at %v, %v", now.stats[pid], start, err)
	}
	for _, mark := range []string{"a", "b"} {
		if !slices.Contains((&Selection{Mark: mark, Variable: variable}).In(now), pid) {
			t.Errorf("%s is not found", mark)
		}
	}
	now, err = look(variable, members{pid: -1}, nil)
	if err != nil || len(now.marked["a"]) != 0 || now.stats[pid].Start != start {
		t.Errorf("%v %+v, %v", now.marked, now.stats[pid], err)
	}
}

// TestTooFast: a process that is there at each look, and has ended when it is to be
// stopped, stands for those that are faster than the looks.
func TestTooFast(t *testing.T) {
	defer func(d time.Duration, open func(int) (int, error)) { patience, openListed = d, open }(patience, openListed)
	patience = 0
	openListed = func(int) (int, error) { return -1, syscall.ESRCH }
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	if err := Kill(c.Process.Pid); !errors.Is(err, errTooFast) {
		t.Error(err)
	}
}
