//go:build linux

package service

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// slowdown makes who fails to log on wait before the next attempt, longer each
// time: both who asks and, less, whoever asks for that user. A success changes
// nothing: else one who knows one password could try for another at full speed.
// What it remembers fades, and is bounded.
type slowdown struct {
	mu      sync.Mutex
	entries map[string]*failures
	turns   map[uint32]*turn
}

type failures struct {
	count int
	last  time.Time
}

// turn lets the logons of one caller come one after the other: else they could
// all be tried before the first has failed.
type turn struct {
	ch    chan struct{}
	users int
}

const (
	firstDelay     = 250 * time.Millisecond
	mostForCaller  = 8 * time.Second
	mostForUser    = 2 * time.Second // a user must not be kept out by who fails on purpose
	fades          = 10 * time.Minute
	mostRemembered = 4096
)

func callerKey(uid uint32) string { return "caller " + strconv.FormatUint(uint64(uid), 10) }
func userKey(name string) string  { return "user " + name }

// enter waits for the caller's turn, and until it may try; leave gives the turn
// to the next one.
func (s *slowdown) enter(ctx context.Context, uid uint32, name string) (leave func(), err error) {
	s.mu.Lock()
	if s.turns == nil {
		s.turns = make(map[uint32]*turn)
	}
	t := s.turns[uid]
	if t == nil {
		t = &turn{ch: make(chan struct{}, 1)}
		s.turns[uid] = t
	}
	t.users++
	s.mu.Unlock()
	gone := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(s.turns, uid)
		}
	}
	select {
	case t.ch <- struct{}{}:
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
	leave = func() {
		<-t.ch
		gone()
	}
	now := time.Now()
	wait := max(s.delay(callerKey(uid), mostForCaller, now), s.delay(userKey(name), mostForUser, now))
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			leave()
			return nil, ctx.Err()
		}
	}
	return leave, nil
}

// delay is how long it is until the next attempt may begin.
func (s *slowdown) delay(key string, most time.Duration, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.entries[key]
	if f == nil || now.Sub(f.last) > fades {
		return 0
	}
	d := most
	if f.count < 10 {
		d = min(most, firstDelay<<(f.count-1))
	}
	return max(0, f.last.Add(d).Sub(now))
}

// failed remembers a failed logon.
func (s *slowdown) failed(uid uint32, name string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = make(map[string]*failures)
	}
	for _, key := range [...]string{callerKey(uid), userKey(name)} {
		f := s.entries[key]
		if f == nil || now.Sub(f.last) > fades {
			f = new(failures)
			s.makeRoom(now)
			s.entries[key] = f
		}
		f.count++
		f.last = now
	}
}

// makeRoom forgets what has faded or, if nothing has, what is oldest.
func (s *slowdown) makeRoom(now time.Time) {
	if len(s.entries) < mostRemembered {
		return
	}
	oldest := ""
	for key, f := range s.entries {
		if now.Sub(f.last) > fades {
			delete(s.entries, key)
		} else if oldest == "" || f.last.Before(s.entries[oldest].last) {
			oldest = key
		}
	}
	if len(s.entries) >= mostRemembered {
		delete(s.entries, oldest)
	}
}
