package createprocess_test

import "testing"

// Linux has nothing of what wine_windows_test.go is about.
func onWine() bool { return false }

func tempDir(t testing.TB) string { return t.TempDir() }
