//go:build !linux

// Command soak makes very many processes and looks for what is left of them, on Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "soak: what it counts is Linux's")
	os.Exit(1)
}
