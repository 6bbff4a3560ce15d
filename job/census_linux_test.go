package job

import "testing"

func TestCensus(t *testing.T) {
	var c census
	want := func(what string, total uint32, known int) {
		t.Helper()
		if c.total != total || len(c.known) != known {
			t.Errorf("%s: %d in all, %d known, want %d and %d", what, c.total, len(c.known), total, known)
		}
	}
	c.announce(10)
	c.announce(11)
	want("two are announced", 2, 2)
	c.list(c.begin(), []int{10, 11, 12})
	want("a third is found", 3, 3)
	c.list(c.begin(), []int{10, 12})
	want("one has ended", 3, 2)
	c.announce(10)
	want("a number is given again", 4, 2)
	c.announce(12)
	want("a look was quicker than who put it there", 4, 2)
	look := c.begin()
	c.announce(13)
	c.list(look, []int{10})
	want("one came after the look had begun", 5, 2)
	c.list(c.begin(), nil)
	want("all have ended", 5, 0)
}

// TestCensusIsBounded: it forgets who has ended though nobody asks for a list.
func TestCensusIsBounded(t *testing.T) {
	var c census
	for pid := range 10 * knownAlways {
		c.announce(pid)
		if c.isLarge() {
			c.list(c.begin(), []int{0, pid}) // the others have ended
		}
	}
	if c.total != 10*knownAlways || len(c.known) > knownAlways+4 {
		t.Errorf("%d in all, %d known", c.total, len(c.known))
	}
}
