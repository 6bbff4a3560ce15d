package main

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// askSecret asks on the console.
func askSecret(message string, echo bool, buffer []byte) ([]byte, error) {
	fmt.Fprint(os.Stderr, message)
	if echo {
		return readLine(os.Stdin, buffer)
	}
	secret, err := term.ReadPassword(int(os.Stdin.Fd()))
	defer clear(secret)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return nil, err
	}
	if len(secret) > len(buffer) {
		return nil, errTooLong
	}
	return buffer[:copy(buffer, secret)], nil
}
