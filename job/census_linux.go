package job

// census counts the processes that have been in a job, as far as this program
// knows of them. Their numbers do not tell that: they are given again.
type census struct {
	total uint32
	known map[int]sighting
	left  int // how many were known after the last list
	looks int
}

// sighting is of a process that is, or was not long ago, in the job.
type sighting struct {
	look      int // the last that had begun
	announced bool
}

// announce counts a process that has just been put into the job, unless a look was
// quicker.
func (c *census) announce(pid int) {
	if s, is := c.known[pid]; !is || s.announced {
		c.total++
	}
	c.note(pid, sighting{c.looks, true})
}

// see counts a process that has been found.
func (c *census) see(pid int) {
	s, is := c.known[pid]
	if !is {
		c.total++
	}
	c.note(pid, sighting{c.looks, s.announced})
}

func (c *census) note(pid int, s sighting) {
	if c.known == nil {
		c.known = make(map[int]sighting)
	}
	c.known[pid] = s
}

// isLarge tells whether a list is due, by which those are forgotten that have ended:
// where nobody asks for one, what is created in a job would be known for ever.
func (c *census) isLarge() bool { return len(c.known) >= 2*c.left+knownAlways }

const knownAlways = 1000

// begin is called before all that are in the job are listed.
func (c *census) begin() (look int) {
	c.looks++
	return c.looks
}

// list counts the processes of a list, and forgets those that had been known
// before it was begun and are not in it.
func (c *census) list(look int, pids []int) {
	for _, pid := range pids {
		c.see(pid)
	}
	for pid, s := range c.known {
		if s.look < look {
			delete(c.known, pid)
		}
	}
	c.left = len(c.known)
}
