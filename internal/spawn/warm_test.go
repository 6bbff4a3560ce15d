//go:build linux && (amd64 || arm64)

package spawn

import (
	"testing"
	"time"
)

func TestWarm(t *testing.T) {
	image := &Request{Path: t.Name(), Dir: "/"}
	elsewhere := &Request{Path: t.Name(), Dir: "/tmp"}
	now := time.Minute
	if image.isWarm(now) {
		t.Error("an image is warm that was never loaded")
	}
	image.remember(now, now+quick/2)
	if !image.isWarm(now + quick) {
		t.Error("an image is not warm that was loaded quickly")
	}
	if elsewhere.isWarm(now + quick) {
		t.Error("an image is warm in a directory that has not been entered")
	}
	if image.isWarm(now + lately + quick) {
		t.Error("an image is warm that was not loaded lately")
	}
	later := now + lately/2
	image.remember(later, later+quick/2)
	if !image.isWarm(now + lately + quick) {
		t.Error("loading an image again does not keep it warm")
	}
	image.remember(later, later+quick)
	if image.isWarm(later + quick) {
		t.Error("an image is warm that took long to load")
	}
}
