//go:build linux

package service

import (
	"fmt"
	"sync"
	"time"

	"github.com/seed-f798aa80/createprocess"
)

// Limits are what all clients together may have, and each user.
type Limits struct {
	Connections, UserConnections int
	Processes, UserProcesses     int // that run
	Creations, UserCreations     int // under way, logons included

	Idle  time.Duration // for which a connection may ask for nothing before it has a process
	Write time.Duration // for which a client may not read its response
	Logon time.Duration // after which a worker that has not answered is ended
}

// DefaultLimits are what a machine can bear and a user will not need. A unit
// file allows for the descriptors: two for each connection, two for each process.
var DefaultLimits = Limits{
	Connections: 8192, UserConnections: 1024,
	Processes: 8192, UserProcesses: 1024,
	Creations: 64, UserCreations: 16,
	Idle: 10 * time.Second, Write: 5 * time.Second, Logon: 2 * time.Minute,
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct{ value, instead *int }{
		{&l.Connections, &DefaultLimits.Connections}, {&l.UserConnections, &DefaultLimits.UserConnections},
		{&l.Processes, &DefaultLimits.Processes}, {&l.UserProcesses, &DefaultLimits.UserProcesses},
		{&l.Creations, &DefaultLimits.Creations}, {&l.UserCreations, &DefaultLimits.UserCreations},
	} {
		if *f.value == 0 {
			*f.value = *f.instead
		}
	}
	for _, f := range []struct{ value, instead *time.Duration }{
		{&l.Idle, &DefaultLimits.Idle}, {&l.Write, &DefaultLimits.Write}, {&l.Logon, &DefaultLimits.Logon},
	} {
		if *f.value == 0 {
			*f.value = *f.instead
		}
	}
	return l
}

type limiter struct {
	connections, processes, creations quota

	mu   sync.Mutex
	away map[uint32]*away
}

// away is who has been turned away of late, and how often since that was said.
type away struct {
	times int
	said  time.Time
}

func (l *limiter) init(limits Limits) {
	l.connections.init("connections", limits.Connections, limits.UserConnections)
	l.processes.init("processes", limits.Processes, limits.UserProcesses)
	l.creations.init("creations under way", limits.Creations, limits.UserCreations)
	l.away = make(map[uint32]*away)
}

// turnedAway has it said at most once a second that a user has been turned
// away: a thousand connections shall not become a thousand lines.
func (l *limiter) turnedAway(uid uint32, say func(times int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.away[uid]
	if a == nil {
		if len(l.away) >= 1024 {
			clear(l.away)
		}
		a = new(away)
		l.away[uid] = a
	}
	a.times++
	if time.Since(a.said) > time.Second {
		say(a.times)
		a.times, a.said = 0, time.Now()
	}
}

// quota is how many of something all may have, and each user. Root has no
// limit of its own.
type quota struct {
	what      string
	all, user int

	mu    sync.Mutex
	taken int
	of    map[uint32]int // users who have none are not in it
}

func (q *quota) init(what string, all, user int) {
	q.what, q.all, q.user, q.of = what, all, user, make(map[uint32]int)
}

// take takes one: ERROR_NOT_ENOUGH_QUOTA (1816).
func (q *quota) take(uid uint32) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case uid != 0 && q.of[uid] >= q.user:
		return refusal(createprocess.ERROR_NOT_ENOUGH_QUOTA, "createprocessd", "", fmt.Sprintf("user %d has %d %s, which is the limit for a user", uid, q.of[uid], q.what))
	case q.taken >= q.all:
		return refusal(createprocess.ERROR_NOT_ENOUGH_QUOTA, "createprocessd", "", fmt.Sprintf("there are %d %s, which is the limit", q.taken, q.what))
	}
	q.taken++
	q.of[uid]++
	return nil
}

func (q *quota) giveBack(uid uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken--
	if q.of[uid]--; q.of[uid] == 0 {
		delete(q.of, uid)
	}
}
