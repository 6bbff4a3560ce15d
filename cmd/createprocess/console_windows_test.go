package main

import "testing"

// TestNewConsole: the child has a console with a window, which is not relayed.
func TestNewConsole(t *testing.T) {
	run(t, "exit", "run", "--new-console", self(t), "6").check(t, 6, "", "")
	run(t, "", "attach", "4").check(t, exitFailed, "", "attach failed (50): process 4: on Windows a new console has a window of its own\n")
}
