package exec

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// setting is the value of a setting of GODEBUG: that of the environment, or the
// one that the program was built with (//go:debug, go.mod).
func setting(name string) string {
	if value, ok := settingIn(os.Getenv("GODEBUG"), name); ok {
		return value
	}
	value, _ := settingIn(builtWith(), name)
	return value
}

// settingIn finds it in text like GODEBUG's, where the last one counts.
func settingIn(text, name string) (value string, found bool) {
	for setting := range strings.SplitSeq(text, ",") {
		if key, v, ok := strings.Cut(setting, "="); ok && key == name {
			value, found = v, true
		}
	}
	return value, found
}

var builtWith = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			return s.Value
		}
	}
	return ""
})

// reportLeak is GODEBUG=execwait=1, and 2: the program panics when it has lost a
// Cmd whose process it has neither waited for nor released. It is to find such a
// mistake, which costs nothing here and, with os/exec, a zombie.
func (c *Cmd) reportLeak() {
	level := setting("execwait")
	if level == "" {
		return
	}
	var stack []byte
	if level == "2" {
		stack = debug.Stack()
	}
	runtime.SetFinalizer(c, func(c *Cmd) {
		if c.Process == nil || c.ProcessState != nil || c.Process.use() == errReleased {
			return
		}
		hint := ""
		if stack != nil {
			os.Stderr.WriteString("GODEBUG=execwait=2: an exec.Cmd was lost that this goroutine has made:\n" + string(stack) + "\n")
		} else {
			hint = " (GODEBUG=execwait=2 tells where it was made)"
		}
		panic("exec: a Cmd with a process was lost without a call of Wait" + hint)
	})
}
