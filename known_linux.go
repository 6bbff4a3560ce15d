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

// add takes the place of what has had the number before. Who opens a process
// while it is being created does not take the child's.
func (t *processTable) add(o *object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before := t.objects[o.pid]; before == nil || before.stranger || !o.stranger {
		t.objects[o.pid] = o
	}
}

func (t *processTable) remove(o *object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.objects[o.pid] == o {
		delete(t.objects, o.pid)
	}
}

// find is the object of the process that has the number, which the caller
// releases; nil if there is none.
func (t *processTable) find(pid int) *object {
	t.mu.Lock()
	o := t.objects[pid]
	found := o != nil && o.retainUnlessGone()
	t.mu.Unlock()
	switch {
	case !found:
		return nil
	case o.poll() && (o.stranger || o.collectedByOthers()):
		// It has ended unseen, and the number may have been another's since.
		o.release()
		return nil
	}
	return o
}

// retainUnlessGone fails for a stranger whose last reference has been released.
func (o *object) retainUnlessGone() bool {
	for {
		n := o.references.Load()
		if n == 0 && o.stranger {
			return false
		}
		if o.references.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// collectedByOthers is called when the process has ended. A child that has been
// collected here has had its number until then.
func (o *object) collectedByOthers() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end.Collected || o.endErr != nil
}
