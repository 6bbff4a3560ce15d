package tree

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/procfs"
)

// Snapshot is one look at all processes that there are. It is for any number of
// selections, each of which takes no longer than its own tree is large.
type Snapshot struct {
	stats    map[int]procfs.Stat // of those that are alive
	children map[int][]int
	marked   map[string][]int // by the words of the variable
}

// Look takes a snapshot. Selections with a mark need their variable in it; "" is
// for those without. Of processes that the caller may not trace nobody knows the
// marks.
//
// A process of a tree that makes another one and ends does not hide the tree: see
// [procfs.Proc.EachPID].
func Look(variable string) (*Snapshot, error) { return look(variable, nil, nil) }

// look does not ask for the marks of processes that are known to be in the tree. If
// seen is not nil it is called for each process at once.
func look(variable string, known members, seen func(now *Snapshot, pid int)) (*Snapshot, error) {
	proc, err := procfs.OpenProc()
	if err != nil {
		return nil, fmt.Errorf("/proc: %w", err)
	}
	defer proc.Close()
	now := &Snapshot{make(map[int]procfs.Stat), make(map[int][]int), make(map[string][]int)}
	err = proc.EachPID(func(pid int) (ended bool, err error) {
		asked := variable
		if _, is := known[pid]; is {
			asked = ""
		}
		ended, err = now.add(proc, pid, asked)
		switch {
		case procfs.Gone(err):
			return true, nil
		case err != nil && !procfs.Hidden(err):
			return false, fmt.Errorf("process %d: %w", pid, err) // a part of the tree must not be overlooked
		case err == nil && !ended && seen != nil:
			seen(now, pid)
		}
		return ended, nil
	})
	if err != nil {
		return nil, fmt.Errorf("/proc: %w", err)
	}
	return now, nil
}

func (n *Snapshot) add(proc *procfs.Proc, pid int, variable string) (ended bool, err error) {
	p, err := proc.Open(pid)
	if err != nil {
		return false, err
	}
	defer p.Close()
	stat, err := p.Stat()
	if err != nil {
		return false, err
	}
	// A process whose first thread has ended looks like a zombie, too, as long as
	// others go on.
	if stat.State == 'X' || stat.State == 'Z' && stat.Threads < 2 {
		return true, nil
	}
	var marks []string
	if variable != "" && !stat.KernelThread {
		if marks, ended = p.Marks(variable); ended {
			return true, nil
		}
	}
	n.stats[pid] = stat
	n.children[stat.Parent] = append(n.children[stat.Parent], pid)
	for _, mark := range marks {
		n.marked[mark] = append(n.marked[mark], pid)
	}
	return false, nil
}

// Start is when a process of the snapshot was started, after the boot.
func (n *Snapshot) Start(pid int) time.Duration { return n.stats[pid].Start }

// In is those of the processes that belong to the selection.
func (s *Selection) In(now *Snapshot) []int { return s.in(now, nil) }

// in takes those for the selection's, too, that are in t, and what is below them.
func (s *Selection) in(now *Snapshot, t members) []int {
	seen := s.outside()
	var list []int
	take := func(pids ...int) {
		for _, pid := range pids {
			if _, alive := now.stats[pid]; alive && !seen[pid] {
				seen[pid] = true
				list = append(list, pid)
			}
		}
	}
	for pid, start := range s.Roots {
		if start == 0 || start == now.stats[pid].Start {
			take(pid)
		}
	}
	for pid := range t {
		take(pid)
	}
	if s.Mark != "" {
		take(now.marked[s.Mark]...)
	}
	if s.Below != 0 {
		take(now.children[s.Below]...)
	}
	for i := 0; i < len(list); i++ {
		take(now.children[list[i]]...)
	}
	slices.Sort(list)
	return list
}

// outside are those that are never in the selection.
func (s *Selection) outside() map[int]bool {
	pids := map[int]bool{os.Getpid(): true, 0: true, 1: true}
	for _, pid := range s.Except {
		pids[pid] = true
	}
	return pids
}

// has tells of the process that the snapshot has taken last whether it belongs to
// the selection by itself, or by a parent that is in t.
func (s *Selection) has(now *Snapshot, pid int, t members) bool {
	stat, alive := now.stats[pid]
	if !alive {
		return false
	}
	if start, is := s.Roots[pid]; is && (start == 0 || start == stat.Start) {
		return true
	}
	if marked := now.marked[s.Mark]; s.Mark != "" && len(marked) > 0 && marked[len(marked)-1] == pid {
		return true
	}
	_, known := t[stat.Parent]
	return known || s.Below != 0 && s.Below == stat.Parent
}

// Start is when the process was started, after the boot.
func Start(pid int) (time.Duration, error) {
	p, err := procfs.Open(pid)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	stat, err := p.Stat()
	return stat.Start, err
}
