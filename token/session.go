package token

// Session is what is opened before a process of a logon and closed after its
// end: on Linux a session of PAM. A profile is asked for with
// LOGON_WITH_PROFILE.
type Session interface {
	// Environment is what the session adds to the process's environment, or
	// puts in the place of what is there.
	Environment() []string
	// Close is called once, when the process has ended, or has not come to be.
	Close() error
}

// WithSession is another token, the same, for whose processes open opens a
// session.
func (t *Token) WithSession(open func(*Token) (Session, error)) (*Token, error) {
	if err := t.Check("DuplicateToken"); err != nil {
		return nil, err
	}
	c, err := t.duplicate()
	if err == nil {
		c.open = open
	}
	return c, err
}

// OpenSession opens the session of one process that is going to be made; nil
// if the token has none. CreateProcessWithToken calls it.
func (t *Token) OpenSession() (Session, error) {
	if err := t.Check("OpenSession"); err != nil || t.open == nil {
		return nil, err
	}
	return t.open(t)
}
