//go:build !linux

// Command bench measures what a spawn costs on Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: its peers are Linux programs; there is nothing to compare with here")
	os.Exit(1)
}
