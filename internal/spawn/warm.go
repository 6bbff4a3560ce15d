//go:build linux && (amd64 || arm64)

package spawn

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// A thread that sleeps in vfork may keep the P it runs Go with, or leave it to
// be taken by others (entersyscall). To leave it is always safe. But with as
// many spawners as there are Ps the runtime's monitor then takes one away
// almost every time, and starts a thread for it, only to find that the first
// is back: a quarter of the whole cost of a spawn. To keep it is what os/exec
// does; it holds up the garbage collector, and with it the program, for as
// long as the kernel needs to load the image: microseconds, if it is in
// memory, and for ever, if it is on a file server that does not answer.
//
// So the P is kept only for an image that has lately been loaded in no time.

// quick is the most that loading an image that is in memory takes, also on a
// machine that is busy; for so long the runtime lets any goroutine run.
const quick = 10 * time.Millisecond

// lately is how long the page cache is trusted not to have changed.
const lately = time.Second

// loaded remembers images that were loaded quickly: one for each hash value,
// so that it does not grow with the number of images.
var loaded [64]atomic.Pointer[quickly]

type quickly struct {
	path, dir string
	at        time.Duration // since epoch
}

var (
	seed  = maphash.MakeSeed()
	epoch = time.Now()
)

func slot(path string) *atomic.Pointer[quickly] {
	return &loaded[maphash.String(seed, path)%uint64(len(loaded))]
}

// isWarm tells whether the image was loaded quickly of late, from the same directory.
func (r *Request) isWarm(now time.Duration) bool {
	last := slot(r.Path).Load()
	return last != nil && now-last.at < lately && last.path == r.Path && last.dir == r.Dir
}

// remember notes how long it took to load the image.
func (r *Request) remember(begin, end time.Duration) {
	s := slot(r.Path)
	last := s.Load()
	known := last != nil && last.path == r.Path && last.dir == r.Dir
	switch {
	case end-begin >= quick:
		if known {
			s.CompareAndSwap(last, nil)
		}
	case !known || end-last.at > lately/4:
		s.Store(&quickly{r.Path, r.Dir, end})
	}
}
