package token

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

var (
	errNoAuthenticator = errors.New("nothing that checks passwords is linked in: import package token/pam")
	errNoUser          = errors.New("there is no such user")
)

// account is a user of the system's database.
type account struct {
	Account
	uid, gid uint32
	groups   []uint32
}

// Where the database is; tests put another one there.
var passwdFile, groupFile = "/etc/passwd", "/etc/group"

func lookupUser(name string) (*account, error) {
	if name == "" || strings.ContainsAny(name, ":\n\x00") || name[0] == '-' {
		return nil, errNoUser
	}
	return lookup(name, func(a *account) bool { return a.Name == name })
}

func lookupUserID(uid uint32) (*account, error) {
	return lookup(strconv.FormatUint(uint64(uid), 10), func(a *account) bool { return a.uid == uid })
}

// lookup finds a user in the files or, if it is not there, has getent look,
// which can ask what the C library can: LDAP, SSSD, systemd.
func lookup(key string, is func(*account) bool) (*account, error) {
	file, err := os.Open(passwdFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	a, err := findUser(file, is)
	if err == errNoUser {
		return lookupElsewhere(key, is)
	}
	if err != nil {
		return nil, err
	}
	file, err = os.Open(groupFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	a.groups, err = groupsOf(file, a.Name)
	return a, err
}

// lookupElsewhere is lookup by getent(1). It is a program of the C library's,
// and loads what this one must not.
func lookupElsewhere(key string, is func(*account) bool) (*account, error) {
	line, err := getent("passwd", key)
	if err != nil {
		return nil, errNoUser
	}
	a, err := findUser(strings.NewReader(line), is)
	if err != nil {
		return nil, err
	}
	// "name  1 2 3"
	line, err = getent("initgroups", a.Name)
	if err != nil {
		return nil, err
	}
	for _, field := range strings.Fields(strings.TrimPrefix(line, a.Name)) {
		gid, err := number(field)
		if err != nil {
			return nil, err
		}
		a.groups = append(a.groups, gid)
	}
	return a, nil
}

var getent = func(database, key string) (string, error) {
	out, err := exec.Command("/usr/bin/getent", "--", database, key).Output()
	return string(out), err
}

// findUser reads a passwd file up to the user. A line that is none is passed over.
func findUser(r io.Reader, is func(*account) bool) (*account, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		// name:password:uid:gid:text:home:shell
		f := strings.Split(lines.Text(), ":")
		if len(f) < 7 || f[0] == "" || strings.ContainsAny(f[0][:1], "+-#") {
			continue
		}
		uid, uidErr := number(f[2])
		gid, gidErr := number(f[3])
		if uidErr != nil || gidErr != nil {
			continue
		}
		a := &account{Account: Account{Name: f[0], Home: f[5], Shell: f[6]}, uid: uid, gid: gid}
		if a.Shell == "" {
			a.Shell = "/bin/sh" // passwd(5)
		}
		if is(a) {
			return a, nil
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, errNoUser
}

// groupsOf reads the groups of a group file that have the user as a member.
func groupsOf(r io.Reader, user string) (groups []uint32, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24) // a group may have very many members
	for lines.Scan() {
		// name:password:gid:member,member
		f := strings.Split(lines.Text(), ":")
		if len(f) != 4 || f[0] == "" || strings.ContainsAny(f[0][:1], "+-#") || !slices.Contains(strings.Split(f[3], ","), user) {
			continue
		}
		if gid, err := number(f[2]); err == nil {
			groups = append(groups, gid)
		}
	}
	return groups, lines.Err()
}

// number reads a user's or a group's.
func number(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err == nil && n == noID {
		err = strconv.ErrRange
	}
	return uint32(n), err
}
