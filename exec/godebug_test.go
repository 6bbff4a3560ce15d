package exec_test

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess/exec"
)

// lose is a program that loses a Cmd, after Wait or Release or neither.
func lose(how string) int {
	start(how)
	for range 100 { // the finalizer ends it, if one is to run
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return 0
}

//go:noinline
func start(how string) {
	c := exec.Command(os.Args[0], "0")
	c.Env = append(os.Environ(), childKey+"=exit")
	if err := c.Start(); err != nil {
		panic(err)
	}
	switch how {
	case "waited":
		c.Wait()
	case "released":
		c.Process.Release()
	}
}

// TestExecWait: GODEBUG=execwait finds a Cmd that was started and lost.
func TestExecWait(t *testing.T) {
	for _, test := range []struct{ setting, how, want string }{
		{"", "lost", ""},
		{"execwait=1", "waited", ""},
		{"execwait=1", "released", ""},
		{"execwait=1", "lost", "execwait=2 tells"},
		{"execwait=2", "lost", "exec_test.start"},
	} {
		c := command(t, "lose", test.how)
		c.Env = append(c.Env, "GODEBUG="+test.setting)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		err := c.Run()
		if test.want == "" {
			if err != nil {
				t.Errorf("%q, %s: %v\n%s", test.setting, test.how, err, &stderr)
			}
			continue
		}
		if err == nil || !strings.Contains(stderr.String(), "panic: exec: a Cmd") || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q, %s: %v, want %q in\n%s", test.setting, test.how, err, test.want, &stderr)
		}
	}
}
