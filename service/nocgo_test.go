//go:build linux && !cgo

package service

import "testing"

func TestNothing(t *testing.T) {
	t.Skip("the service is tested with cgo, which PAM needs: ./test service")
}
