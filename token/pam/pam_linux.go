//go:build linux && cgo

package pam

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"unsafe"

	"github.com/msteinert/pam/v2"

	"github.com/seed-f798aa80/createprocess/token"
)

func init() { token.Register(new(Config).LogonUser) }

// LogonUser is token.LogonUser.
func (c *Config) LogonUser(name, domain string, password []byte, kind token.LogonType) (*token.Token, error) {
	switch kind {
	case token.LOGON32_LOGON_INTERACTIVE, token.LOGON32_LOGON_NETWORK, token.LOGON32_LOGON_BATCH,
		token.LOGON32_LOGON_SERVICE, token.LOGON32_LOGON_NETWORK_CLEARTEXT:
	default:
		return nil, failed("logon type "+strconv.Itoa(int(kind)), errorNotSupported, nil)
	}
	return c.logon(name, domain, password)
}

// Trusted is the token of a user whose password is not asked for: the caller
// may become that user without. The account is not checked either, as with
// runuser(1). Its sessions are PAM's, as those of LogonUser.
func (c *Config) Trusted(name string) (*token.Token, error) {
	t, err := token.OfUser(name)
	if err != nil {
		return nil, err
	}
	return t.WithSession(c.session(name)), nil
}

// logon checks user and password, and then the account.
func (c *Config) logon(name, domain string, password []byte) (*token.Token, error) {
	name, err := inDomain(name, domain)
	if err != nil {
		return nil, err
	}
	t, answers, err := c.start(name, password)
	if err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		answers.wipe()
		if !kept {
			t.End()
		}
	}()
	if err := t.Authenticate(pam.Silent | pam.DisallowNullAuthtok); err != nil {
		return nil, c.authenticationFailed(name, err)
	}
	if err := t.AcctMgmt(pam.Silent | pam.DisallowNullAuthtok); err != nil {
		return nil, accountFailed(name, err)
	}
	// A module may have mapped the user to another.
	user, err := t.GetItem(pam.User)
	if err != nil {
		return nil, failed(name, errorGenFailure, err)
	}
	tok, err := token.OfUser(user)
	if err != nil {
		// PAM knows the user, and the system's database does not.
		return nil, failed(name, errorLogonFailure, nil)
	}
	if c.OneProcess {
		kept = true
		return tok.WithSession(func(*token.Token) (token.Session, error) { return openSession(t, user) }), nil
	}
	return tok.WithSession(c.session(user)), nil
}

func (c *Config) start(name string, password []byte) (*pam.Transaction, *conversation, error) {
	service := c.Service
	if service == "" {
		service = Service
	}
	var t *pam.Transaction
	var err error
	conversation := &conversation{config: c, password: password}
	if c.ConfDir != "" {
		t, err = pam.StartConfDir(service, name, conversation, c.ConfDir)
	} else {
		t, err = pam.Start(service, name, conversation)
	}
	if err != nil {
		return nil, nil, failed(name, errorGenFailure, err)
	}
	if c.Caller != "" {
		if err := t.SetItem(pam.Ruser, c.Caller); err != nil {
			t.End()
			return nil, nil, failed(name, errorGenFailure, err)
		}
	}
	return t, conversation, nil
}

// conversation answers PAM's questions: the first one without echo with the
// password, the others by asking.
type conversation struct {
	config   *Config
	password []byte // nil: it has been given
	answers  [][]byte
}

// wipe clears the answers that were asked for. The password is the caller's.
func (c *conversation) wipe() {
	for _, a := range c.answers {
		clear(a)
	}
}

var errNobody = errors.New("there is nobody to ask")

// RespondPAM gives the library a string that shares the bytes of the password;
// the library copies it to C, and keeps none of it.
func (c *conversation) RespondPAM(style pam.Style, message string) (string, error) {
	switch style {
	case pam.ErrorMsg, pam.TextInfo:
		return "", nil
	case pam.PromptEchoOff:
		if c.password != nil {
			answer := c.password
			c.password = nil
			return share(answer)
		}
	case pam.PromptEchoOn:
	default:
		return "", errNobody
	}
	if c.config.Prompt == nil {
		return "", errNobody
	}
	answer, err := c.config.Prompt(message, style == pam.PromptEchoOn)
	if err != nil {
		return "", err
	}
	c.answers = append(c.answers, answer)
	return share(answer)
}

// share is the bytes as a string, without a copy. C would end it at a NUL.
func share(b []byte) (string, error) {
	if slices.Contains(b, 0) {
		return "", errors.New("there is a NUL in it")
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), nil
}

// session is a session of PAM's for one process.
type session struct {
	t           *pam.Transaction
	environment []string
}

func (c *Config) session(user string) func(*token.Token) (token.Session, error) {
	return func(*token.Token) (token.Session, error) {
		// The password has been forgotten: modules that need it in the session get none.
		t, _, err := c.start(user, nil)
		if err != nil {
			return nil, err
		}
		return openSession(t, user)
	}
}

func openSession(t *pam.Transaction, user string) (token.Session, error) {
	fail := func(err error) (token.Session, error) {
		t.End()
		return nil, &token.Error{Op: "open session", Object: user, Code: errorGenFailure, Err: err}
	}
	if err := t.SetCred(pam.EstablishCred | pam.Silent); err != nil {
		return fail(err)
	}
	if err := t.OpenSession(pam.Silent); err != nil {
		t.SetCred(pam.DeleteCred | pam.Silent)
		return fail(err)
	}
	environment, err := t.GetEnvList()
	if err != nil {
		t.CloseSession(pam.Silent)
		t.SetCred(pam.DeleteCred | pam.Silent)
		return fail(err)
	}
	s := &session{t: t}
	for name, value := range environment {
		s.environment = append(s.environment, name+"="+value)
	}
	slices.Sort(s.environment)
	return s, nil
}

func (s *session) Environment() []string { return s.environment }

// Close closes the session, takes back what it gave, and ends the transaction,
// whatever of that fails.
func (s *session) Close() error {
	return errors.Join(s.t.CloseSession(pam.Silent), s.t.SetCred(pam.DeleteCred|pam.Silent), s.t.End())
}

// inDomain is the name by which the system knows a user of a domain.
func inDomain(name, domain string) (string, error) {
	if name == "" {
		return "", failed(name, errorLogonFailure, nil)
	}
	if host, err := os.Hostname(); domain == "" || domain == "." || err == nil && domain == host {
		return name, nil
	}
	// As SSSD and winbind have it.
	return domain + `\` + name, nil
}
