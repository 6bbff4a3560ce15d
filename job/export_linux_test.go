package job

import (
	"github.com/seed-f798aa80/createprocess/internal/cgroupfs"
)

// WalkOnly makes every new job a walk, until restore is called.
func WalkOnly() (restore func()) {
	old := walkOnly.Swap(true)
	return func() { walkOnly.Store(old) }
}

// InjectFault makes steps fail for which f answers an error.
func InjectFault(f func(step, object string) error) (restore func()) {
	old := fault.Swap(&f)
	undo := cgroupfs.InjectFault(f)
	return func() { fault.Store(old); undo() }
}

// Cgroup is the job's; "" for a walk.
func (j *Job) Cgroup() cgroupfs.Dir { return j.object.cgroup }

// Has tells whether the job can have the controller.
func (j *Job) Has(controller string) bool {
	has, err := take(j.object.cgroup, controller)
	return has && err == nil
}

// Known is how many processes the job's census knows.
func (j *Job) Known() int {
	j.object.mu.Lock()
	defer j.object.mu.Unlock()
	return len(j.object.census.known)
}

// File is the job's state file.
func (j *Job) File() string { return j.object.file.Name() }

// SupervisorPID is 0 if there is none.
func SupervisorPID() int { return theSupervisor.pid() }

// Place is where job cgroups are made; "" for nowhere.
func Place() cgroupfs.Dir {
	dir, _, err := place()
	if err != nil {
		return ""
	}
	return dir
}

// StateFiles are those of jobs that there are.
func StateFiles() []string {
	d, err := openStates()
	if err != nil {
		return nil
	}
	defer d.close()
	ids, _ := d.ids()
	return ids
}

// Sweep removes what killed programs have left.
func Sweep() error {
	d, err := openStates()
	if err != nil {
		return err
	}
	defer d.close()
	d.sweep()
	return nil
}

// UseForTests keeps the jobs of a test program and its children apart.
func UseForTests(home, tag string) { testHome, testTag = home, tag }
