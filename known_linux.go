package createprocess

import "sync"

// known has the object of each process that handles stand for and that has not
// ended as far as anybody has seen, so that all handles to one process share
// it: the code that one terminates it with is what the others tell, and there
// is one suspend count.
var known = processTable{objects: make(map[int]*object)}

// processTable's lock is taken last, and nothing is waited for while it is held.
type processTable struct {
	mu      sync.Mutex
	objects map[int]*object // by process identifier
}

// add takes the place of what has had the number before.
func (t *processTable) add(o *object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.objects[o.pid] = o
}

func (t *processTable) remove(o *object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.objects[o.pid] == o {
		delete(t.objects, o.pid)
	}
}

// find is the object of the process that has the number, which the caller
// releases; nil if there is none. A child keeps its number until its object is
// completed, and so removed; a stranger may have ended unseen and its number be
// another's, who is then not found.
func (t *processTable) find(pid int) *object {
	t.mu.Lock()
	o := t.objects[pid]
	if o != nil && !o.stranger {
		o.retain()
		t.mu.Unlock()
		return o
	}
	found := o != nil && o.retainStranger()
	t.mu.Unlock()
	switch {
	case !found:
		return nil
	case o.poll():
		o.release()
		return nil
	}
	return o
}

// retainStranger fails if the last reference has been released.
func (o *object) retainStranger() bool {
	for {
		n := o.references.Load()
		if n == 0 {
			return false
		}
		if o.references.CompareAndSwap(n, n+1) {
			return true
		}
	}
}
