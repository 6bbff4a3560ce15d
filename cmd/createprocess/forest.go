package main

import "slices"

// line is a process and where it hangs: lines and blanks as wide as it is deep.
type line struct {
	branch string
	*details
}

// forest puts processes below their parents, each row of children in the order
// of the list. A process whose parent is not in the list is a root; where
// parents go round in a circle, the one that stands first is.
func forest(list []*details) []line {
	children := childrenOf(list)
	drawn := make(map[*details]bool)
	lines := make([]line, 0, len(list))
	var draw func(d *details, branch, below string)
	draw = func(d *details, branch, below string) {
		drawn[d] = true
		lines = append(lines, line{branch, d})
		row := slices.DeleteFunc(children[d], func(c *details) bool { return drawn[c] })
		for i, c := range row {
			if i < len(row)-1 {
				draw(c, below+"├─ ", below+"│  ")
			} else {
				draw(c, below+"└─ ", below+"   ")
			}
		}
	}
	for _, d := range children[nil] {
		draw(d, "", "")
	}
	for _, d := range list {
		if !drawn[d] {
			draw(d, "", "")
		}
	}
	return lines
}

// descendants are the processes with these numbers and all below them, in the
// order of the list.
func descendants(list []*details, pids []int) []*details {
	children := childrenOf(list)
	chosen := make(map[*details]bool)
	var choose func(d *details)
	choose = func(d *details) {
		if !chosen[d] {
			chosen[d] = true
			for _, c := range children[d] {
				choose(c)
			}
		}
	}
	for _, d := range list {
		if slices.Contains(pids, d.PID) {
			choose(d)
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(d *details) bool { return !chosen[d] })
}

// childrenOf are each process's children; those without a parent are nil's.
func childrenOf(list []*details) map[*details][]*details {
	byPID := make(map[int]*details, len(list))
	for _, d := range list {
		byPID[d.PID] = d
	}
	children := make(map[*details][]*details)
	for _, d := range list {
		parent := byPID[d.ParentPID]
		// Windows keeps the number of a parent that has ended, and another
		// process may have it by now: one that is younger than its child.
		if parent == d || parent != nil && parent.Start != nil && d.Start != nil && parent.Start.After(*d.Start) {
			parent = nil
		}
		children[parent] = append(children[parent], d)
	}
	return children
}
