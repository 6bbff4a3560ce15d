package token

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/security"
)

const passwd = `# a comment:x:1:1::/:/
root:x:0:0:root:/root:/bin/bash
+nis::::::
short:x:1
alice:x:1000:100:Alice,,,:/home/alice:/bin/zsh
nobody:x:65534:65534::/nonexistent:
bad:x:four:5::/:/bin/sh
minus:x:4294967295:5::/:/bin/sh
alice:x:2000:200:the second one:/:/bin/sh
`

const group = `root:x:0:
users:x:100:
audio:x:29:pulse,alice
video:x:44:alice
bad:x:nine:alice
wide:x:44:alices,malice
docker:x:999:bob,alice
`

// withDatabase has the lookups read these files, and ask this getent.
func withDatabase(t *testing.T, ask func(database, key string) (string, error)) {
	t.Helper()
	dir := t.TempDir()
	oldPasswd, oldGroup, oldGetent := passwdFile, groupFile, getent
	t.Cleanup(func() { passwdFile, groupFile, getent = oldPasswd, oldGroup, oldGetent })
	passwdFile, groupFile, getent = filepath.Join(dir, "passwd"), filepath.Join(dir, "group"), ask
	for path, text := range map[string]string{passwdFile: passwd, groupFile: group} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func nowhere(string, string) (string, error) { return "", errors.New("exit status 2") }

func TestOfUser(t *testing.T) {
	withDatabase(t, nowhere)
	alice, err := OfUser("alice")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Unix{UID: 1000, GID: 100, Groups: []uint32{29, 44, 999}}); !reflect.DeepEqual(alice.Unix(), want) {
		t.Errorf("%+v, want %+v", alice.Unix(), want)
	}
	if want := (Account{Name: "alice", Home: "/home/alice", Shell: "/bin/zsh"}); alice.Account() != want {
		t.Errorf("%+v", alice.Account())
	}
	if alice.User() != security.UnixUser(1000) || alice.PrimaryGroup() != security.UnixGroup(100) || alice.Owner() != alice.User() {
		t.Errorf("user %v, group %v, owner %v", alice.User(), alice.PrimaryGroup(), alice.Owner())
	}
	env, err := alice.Environment(false)
	if want := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/alice", "USER=alice", "LOGNAME=alice", "SHELL=/bin/zsh"}; err != nil || !slices.Equal(env, want) {
		t.Errorf("%q, %v", env, err)
	}
	nobody, err := OfUser("nobody")
	if err != nil || nobody.Account().Shell != "/bin/sh" {
		t.Errorf("%+v, %v", nobody, err)
	}
	if byNumber, err := OfUserID(1000); err != nil || byNumber.Account().Name != "alice" {
		t.Errorf("%+v, %v", byNumber, err)
	}
	if stranger, err := OfUserID(4711); err != nil || stranger.Unix().GID != 4711 || stranger.Account() != (Account{}) {
		t.Errorf("%+v, %v", stranger, err)
	}
	for _, name := range []string{"", "bob", "bad", "minus", "short", "-h", "a:b", "alice\n", "#", "+nis", "# a comment"} {
		var e *Error
		if _, err := OfUser(name); !errors.As(err, &e) || e.Code != errorNoneMapped {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestElsewhere: who is not in the files is asked for with getent.
func TestElsewhere(t *testing.T) {
	initgroups := "carol                 5000 70000"
	withDatabase(t, func(database, key string) (string, error) {
		switch {
		case database == "passwd" && (key == "carol" || key == "5000"):
			return "carol:*:5000:5000:of LDAP:/home/carol:/bin/bash\n", nil
		case database == "initgroups" && key == "carol":
			return initgroups, nil
		}
		return nowhere(database, key)
	})
	for _, lookup := range []func() (*Token, error){
		func() (*Token, error) { return OfUser("carol") }, func() (*Token, error) { return OfUserID(5000) },
	} {
		carol, err := lookup()
		if err != nil || !slices.Equal(carol.Unix().Groups, []uint32{5000, 70000}) || carol.Account().Home != "/home/carol" {
			t.Errorf("%+v, %v", carol, err)
		}
	}
	initgroups = "carol all"
	if carol, err := OfUser("carol"); err == nil {
		t.Errorf("with groups that are none: %+v", carol.Unix())
	}
	passwdFile += ".gone"
	if _, err := OfUser("carol"); err == nil {
		t.Error("without the file, whose users come first, somebody is found")
	}
}

func FuzzFindUser(f *testing.F) {
	f.Add(passwd, "alice")
	f.Add("a:x:1:1::/:/\n", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		a, err := findUser(strings.NewReader(text), func(a *account) bool { return a.Name == name })
		if err == nil && (a.Name != name || a.uid == noID || a.gid == noID || a.Shell == "") {
			t.Errorf("%+v", a)
		}
	})
}

func FuzzGroupsOf(f *testing.F) {
	f.Add(group, "alice")
	f.Fuzz(func(t *testing.T, text, name string) {
		if groups, _ := groupsOf(strings.NewReader(text), name); slices.Contains(groups, noID) || len(groups) > strings.Count(text, ":")/3 {
			t.Errorf("%v", groups)
		}
	})
}
