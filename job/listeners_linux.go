package job

import "sync"

// listeners are this program's subscriptions, by the job: so that whatever handle
// a process is created or assigned by, all who listen to that job or to one that it
// is nested in hear of it at once.
var listeners = register{jobs: make(map[string]map[*subscription]struct{})}

type register struct {
	mu     sync.Mutex
	jobs   map[string]map[*subscription]struct{}
	number int // of subscriptions
}

func (r *register) add(s *subscription) {
	key := s.object.lineage()[0]
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.jobs[key] == nil {
		r.jobs[key] = make(map[*subscription]struct{})
	}
	r.jobs[key][s] = struct{}{}
	r.number++
}

func (r *register) remove(s *subscription) {
	if r.drop(s) == 0 {
		forgetLook()
	}
}

func (r *register) drop(s *subscription) (left int) {
	key := s.object.lineage()[0]
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.jobs[key], s)
	if len(r.jobs[key]) == 0 {
		delete(r.jobs, key)
	}
	r.number--
	return r.number
}

func (r *register) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.number
}

func (r *register) of(o *object) (list []*subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.number == 0 {
		return nil
	}
	for _, key := range o.lineage() {
		for s := range r.jobs[key] {
			list = append(list, s)
		}
	}
	return list
}

// lineage is what stands for the job, and for those that it is nested in.
func (o *object) lineage() []string {
	if o.cgroup == "" {
		return append([]string{o.id}, o.parents...)
	}
	var keys []string
	for in, is := o.cgroup, true; is; in, is = enclosing(in.Parent()) {
		keys = append(keys, string(in))
	}
	return keys
}

// announce tells of a process that is known to have come.
func (o *object) announce(pid int) {
	o.mu.Lock()
	o.census.announce(pid)
	large := o.census.isLarge()
	o.mu.Unlock()
	if large {
		o.processIDs("") // if it fails the next one tries again
	}
	for _, s := range listeners.of(o) {
		s.mu.Lock()
		if s.arrive(pid, true) {
			poke(s.soon)
		}
		s.mu.Unlock()
	}
}
