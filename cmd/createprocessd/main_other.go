//go:build !linux

// Command createprocessd is for Linux: Windows has such a service, Secondary Logon.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "createprocessd: it is for Linux; on Windows the service Secondary Logon does its work")
	os.Exit(1)
}
