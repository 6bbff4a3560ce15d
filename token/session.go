package token

// Session is what is opened before a process of a logon and closed after its
// end, of a token that was made for a logon with a profile: on Linux a session of
// PAM.
type Session interface {
	// Environment is what the session adds to the process's environment, or
	// puts in the place of what is there.
	Environment() []string
	// Close is called once, when the process has ended, or has not come to be.
	Close() error
}

// OpenSession opens the session of one process that is going to be made; nil
// if the token has none. CreateProcessAsUser calls it.
func (t *Token) OpenSession() (Session, error) {
	if err := t.Check("OpenSession"); err != nil || t.open == nil {
		return nil, err
	}
	return t.open(t)
}
