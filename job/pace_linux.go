package job

import "time"

// pace is how often a listener looks for processes that nobody has told of: soon
// when something has changed, and more and more seldom while nothing does. Looking
// never takes more than a fiftieth of a processor's time, that of all listeners
// together while nothing happens, and that of each when something does.
type pace struct{ pause, soonest time.Duration }

const (
	lookSoonest = 20 * time.Millisecond
	lookLatest  = lookSoonest << 3 // 160 ms
	lookShare   = 50
)

// looked is told of a look: whether it found something new, what it took, and how
// many listeners there are.
func (p *pace) looked(found bool, took time.Duration, listeners int) {
	p.soonest = pauseOf(lookShare * took)
	if found {
		p.pause = p.soonest
		return
	}
	latest := max(lookLatest, pauseOf(lookShare*took*time.Duration(listeners)))
	p.pause = max(min(2*p.pause, latest), p.soonest)
}

// hurry is told of a change. It tells whether the next look is to be sooner.
func (p *pace) hurry() bool {
	if p.pause <= p.soonest {
		return false
	}
	p.pause = p.soonest
	return true
}

// wait is the time until the next look. All who have the same pause look at the
// same moment: so that they wake the processor up once, and walks share what they
// see.
func (p *pace) wait() time.Duration { return p.pause - time.Since(firstLook)%p.pause }

var firstLook = time.Now()

// pauseOf is the shortest pause that is not below least: a power of two of
// lookSoonest, so that they coincide.
func pauseOf(least time.Duration) time.Duration {
	pause := lookSoonest
	for pause < least {
		pause *= 2
	}
	return pause
}
