//go:build linux && !cgo

package main

import "testing"

func TestNothing(t *testing.T) {
	t.Skip("createprocessd is tested with cgo, which PAM needs: ./test service")
}
