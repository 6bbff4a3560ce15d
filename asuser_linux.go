package createprocess

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/internal/spawn"
	"github.com/seed-f798aa80/createprocess/token"
)

func (p *Params) createAsUser(t *token.Token) (*ProcessInformation, error) {
	user, err := userOf(t)
	if err != nil {
		return nil, err
	}
	session, err := t.OpenSession()
	if err != nil {
		return nil, tokenError(err)
	}
	who := identity{user: user, noNewPrivs: t.Unix().NoNewPrivs, descriptor: t.DefaultDescriptor()}
	if session == nil {
		return p.createAs(who)
	}
	q := *p
	if add := session.Environment(); len(add) > 0 {
		if q.Environment == nil {
			q.Environment = environ.FromCreator()
		}
		q.Environment = environ.Set(q.Environment, add...)
	}
	if err := environ.Check(q.Environment); err != nil {
		session.Close()
		return nil, &Error{Op: "environment", Object: "session", Code: ERROR_INVALID_PARAMETER, Err: err}
	}
	// It may take its time, and whoever sees the end waits for nothing.
	who.atEnd = func() { go session.Close() }
	pi, err := q.createAs(who)
	if err != nil {
		session.Close()
	}
	return pi, err
}

// userOf is what the child has to do to become the token's user.
func userOf(t *token.Token) (*spawn.User, error) {
	current, err := token.Current()
	if err != nil {
		return nil, tokenError(err)
	}
	wanted, own := t.Unix(), current.Unix()
	u := &spawn.User{UID: wanted.UID, GID: wanted.GID, Groups: wanted.Groups}
	u.SetGroups = !slices.Equal(own.Groups, wanted.Groups)
	u.SetIDs = !hasIDs(wanted.UID, wanted.GID)
	need := token.Capabilities(0)
	if u.SetGroups {
		need |= 1 << unix.CAP_SETGID
	}
	if u.SetIDs {
		need |= 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	}
	held, err := token.HeldCapabilities()
	if err != nil {
		return nil, tokenError(err)
	}
	if missing := need &^ held.Effective; missing != 0 {
		return nil, &Error{Op: "CreateProcessAsUser", Object: t.User().String(), Code: ERROR_PRIVILEGE_NOT_HELD,
			Err: errors.New("this program lacks the capabilities " + missing.String())}
	}
	keep := wanted.Capabilities
	if gone := own.Capabilities &^ keep; u.SetIDs || gone != 0 {
		u.Capabilities = new(spawn.Capabilities)
		if wanted.UID == 0 || !u.SetIDs {
			u.Capabilities.Effective = uint64(held.Effective & keep)
			u.Capabilities.Permitted = uint64(held.Permitted & keep)
			u.Capabilities.Inheritable = uint64(held.Inheritable & keep)
		}
		u.NeverRoot = wanted.UID != 0 && u.Capabilities.Permitted>>unix.CAP_SETUID&1 == 0
		if wanted.UID == 0 && held.Effective>>unix.CAP_SETPCAP&1 != 0 {
			// Else root's image would get them back.
			for n := range uint(64) {
				if (held.Bounding&^keep)>>n&1 != 0 {
					u.Drop = append(u.Drop, n)
				}
			}
		}
	}
	return u, nil
}

// hasIDs tells whether all of this program's numbers are these.
func hasIDs(uid, gid uint32) bool {
	var r, e, s [2]int
	r[0], e[0], s[0] = unix.Getresuid()
	r[1], e[1], s[1] = unix.Getresgid()
	want := [2]int{int(uid), int(gid)}
	return r == want && e == want && s == want && os.Geteuid() == int(uid)
}
