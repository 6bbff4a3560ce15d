//go:build !windows

// Package winetest is what tests need to know of Wine 8, under which the tests
// for Windows run. Elsewhere it has nothing to say.
package winetest

import "testing"

// OnWine tells whether Windows is Wine.
func OnWine() bool { return false }

// TempDir is t.TempDir, also on Wine 8.
func TempDir(t testing.TB) string { return t.TempDir() }
