package createprocess_test

import (
	"fmt"
	"os"
	"strconv"
)

var childRoles = map[string]func(args []string) int{
	// Writes to the handle of that value.
	"write": func(args []string) int {
		n, _ := strconv.ParseUint(args[0], 0, 64)
		f := os.NewFile(uintptr(n), "handle")
		if f == nil {
			return 2
		}
		if _, err := f.WriteString("by value"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	},
}
