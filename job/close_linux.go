package job

import (
	"context"
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

func (o *object) close(op string) error {
	defer o.supervise(false)
	last, err := o.isLast()
	if last && err == nil {
		err = o.end()
	}
	o.file.Close()
	o.letGo()
	return wrap(op, o.name, err)
}

// isLast tells whether this is the last handle. If it is, nobody can open the job
// any more; if it is not, it is closed when isLast returns, so that of two that
// are closed at once one is the last.
func (o *object) isLast() (bool, error) {
	d, err := openStatesOf(o.file)
	if err != nil {
		return false, err
	}
	defer d.close()
	err = flock(o.file, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		o.file.Close()
		return false, nil
	}
	return err == nil, err
}

// end is what the close of the last handle does.
func (o *object) end() error {
	s, err := readState(o.file)
	if err != nil {
		return err
	}
	if s.Limits.Flags&JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE != 0 {
		if err := killAndWait(o.backend); err != nil {
			return err
		}
	}
	populated, err := o.backend.populated()
	if err == nil && !populated {
		err = s.remove(o.file)
		if errors.Is(err, syscall.EBUSY) && hasNested(o.cgroup) {
			err = nil // it goes with the last that is nested in it, by the sweep
		}
	}
	return err
}

// killAndWait returns when nothing is left.
func killAndWait(b backend) error {
	if populated, err := b.populated(); err != nil || !populated {
		return err
	}
	if err := b.kill(nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.waitEmpty(ctx.Done()); err != nil {
		if errors.Is(err, errCancelled) {
			err = errors.New("what has been killed does not end")
		}
		return err
	}
	return nil
}
