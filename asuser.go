package createprocess

import "github.com/seed-f798aa80/createprocess/token"

// CreateProcessAsUser creates a process that runs as the token's user, with the
// token's groups and privileges. See Microsoft's page on [CreateProcessAsUserW].
// Environment nil is the creator's, as in Win32; CreateEnvironmentBlock makes
// the user's own.
//
// On Linux the image and the directory are used as the user; the image's name
// is looked for as the creator. Who it has become is looked at in the child
// before the image runs. A session that the token has is opened first, and
// closed when the process has ended.
//
// Its errors are those of CreateProcess and ERROR_PRIVILEGE_NOT_HELD (1314): to
// become another user needs SeAssignPrimaryTokenPrivilege (CAP_SETUID and
// CAP_SETGID). The caller's own token and what it restricts to need none, but
// on Linux for a group that has been disabled (CAP_SETGID).
//
// [CreateProcessAsUserW]: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessasuserw
func CreateProcessAsUser(t *token.Token, p Params) (*ProcessInformation, error) {
	if err := t.Check("CreateProcessAsUser"); err != nil {
		return nil, tokenError(err)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.createAsUser(t)
}

// CreateEnvironmentBlock ([Microsoft's page]) is the environment of a token's user: on Linux HOME,
// USER, LOGNAME, SHELL and PATH. With inherit the creator's comes with it, and
// the user's counts.
//
// [Microsoft's page]: https://learn.microsoft.com/windows/win32/api/userenv/nf-userenv-createenvironmentblock
func CreateEnvironmentBlock(t *token.Token, inherit bool) ([]string, error) {
	env, err := t.Environment(inherit)
	if err != nil {
		return nil, tokenError(err)
	}
	return env, nil
}
