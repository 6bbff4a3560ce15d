package job

import (
	"errors"
	"os"
	"sync"

	"github.com/seed-f798aa80/createprocess/internal/tree"
)

func (o *object) adopt(op string) error {
	if o.cgroup != "" {
		return nil
	}
	adopter.Lock()
	defer adopter.Unlock()
	if adopter.by != nil && adopter.by != o {
		return &Error{Op: op, Object: o.name, Code: ERROR_ACCESS_DENIED, Err: errAdopted}
	}
	start, err := tree.Start(os.Getpid())
	if err == nil {
		err = tree.Adopt(true)
	}
	if err == nil {
		err = o.change(func(s *state) error {
			s.Subtree = &root{os.Getpid(), start}
			return nil
		})
	}
	if err == nil {
		adopter.by = o
	}
	return wrap(op, o.name, err)
}

var errAdopted = errors.New("this program has adopted another job's tree")

// adopter is the job that has this program's tree.
var adopter struct {
	sync.Mutex
	by *object
}

// letGo ends what adopt began.
func (o *object) letGo() {
	adopter.Lock()
	defer adopter.Unlock()
	if adopter.by == o {
		adopter.by = nil
		tree.Adopt(false)
	}
}
