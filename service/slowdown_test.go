//go:build linux && cgo

package service

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestSlowdown(t *testing.T) {
	var s slowdown
	now := time.Unix(1000000, 0)
	delays := func(uid uint32, name string) string {
		return fmt.Sprint(s.delay(callerKey(uid), mostForCaller, now), " ", s.delay(userKey(name), mostForUser, now))
	}
	if got := delays(1, "alice"); got != "0s 0s" {
		t.Error(got)
	}
	for i, want := range []string{"250ms 250ms", "500ms 500ms", "1s 1s", "2s 2s", "4s 2s", "8s 2s", "8s 2s"} {
		s.failed(1, "alice", now)
		if got := delays(1, "alice"); got != want {
			t.Errorf("after failure %d: %s, not %s", i+1, got, want)
		}
	}
	for range 100 {
		s.failed(1, "alice", now)
	}
	// Another caller waits for that user only, and this caller for every user.
	if a, b := delays(2, "alice"), delays(1, "bob"); a != "0s 2s" || b != "8s 0s" {
		t.Error(a, b)
	}
	now = now.Add(7 * time.Second)
	if got := delays(1, "alice"); got != "1s 0s" {
		t.Error(got)
	}
	now = now.Add(fades)
	if got := delays(1, "alice"); got != "0s 0s" {
		t.Error(got)
	}
	s.failed(1, "alice", now)
	if got := delays(1, "alice"); got != "250ms 250ms" {
		t.Errorf("what is forgotten counts: %s", got)
	}
}

// TestSlowdownIsBounded: names that are not there cost no memory without end,
// and push out no one who fails all the time.
func TestSlowdownIsBounded(t *testing.T) {
	var s slowdown
	now := time.Unix(1000000, 0)
	for i := range mostRemembered + 300 {
		now = now.Add(time.Millisecond)
		s.failed(7, fmt.Sprint("name", i), now)
		if len(s.entries) > mostRemembered {
			t.Fatalf("%d entries", len(s.entries))
		}
	}
	if got := s.delay(callerKey(7), mostForCaller, now); got != mostForCaller {
		t.Errorf("who has failed all the time waits %v", got)
	}
}

// TestOneAtATime: a caller's logons come one after the other, and who waits for
// its turn can give up.
func TestOneAtATime(t *testing.T) {
	var s slowdown
	leave, err := s.enter(context.Background(), 1, "alice")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	waited := make(chan error)
	go func() {
		_, err := s.enter(ctx, 1, "bob")
		waited <- err
	}()
	other, err := s.enter(context.Background(), 2, "alice")
	if err != nil {
		t.Fatal(err)
	}
	other()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// To wait out a delay can be given up, too; and the turn is free then.
	leave()
	s.failed(1, "alice", time.Now().Add(time.Hour))
	if _, err := s.enter(ctx, 1, "alice"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(s.turns) != 0 {
		t.Errorf("%d turns are left", len(s.turns))
	}
}

func TestQuota(t *testing.T) {
	var q quota
	q.init("things", 3, 2)
	take := func(uid uint32, ok bool) {
		t.Helper()
		if err := q.take(uid); (err == nil) != ok {
			t.Errorf("user %d: %v", uid, err)
		}
	}
	take(1, true)
	take(1, true)
	take(1, false)
	take(2, true)
	take(2, false)
	take(0, false)
	q.giveBack(1)
	take(0, true)
	q.giveBack(0)
	q.giveBack(1)
	take(0, true) // root has no limit of its own
	take(0, true)
	if len(q.of) != 2 {
		t.Errorf("%v", q.of)
	}
}
