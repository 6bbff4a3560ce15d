package pam

// Config says how PAM is asked. The zero value is what LogonUser does.
type Config struct {
	// Service is PAM's name for who asks; "" is Service.
	Service string
	// ConfDir is where the services' files are; "" is where PAM looks.
	ConfDir string
	// Caller is who asks for the logon (PAM_RUSER).
	Caller string
	// Prompt answers what PAM asks beside the password; echo says whether what
	// is typed may be seen. The answer is wiped. nil: there is nobody to ask.
	Prompt func(message string, echo bool) ([]byte, error)
	// OneProcess: the token is for one process, whose session goes on where the
	// logon ends, so that modules have what they remember of it (a ticket, the
	// password to unlock a keyring with). The session must be opened.
	OneProcess bool
}
