// Package differential has tests only: they hold the Go API on Linux against
// Win32's functions. The C programs of testdata/win32 run under Wine; each has a
// Go function here that does the same through package createprocess, and the two
// must print the same lines; so must the C program itself, compiled with
// libcreateprocess and run on Linux.
//
// It is not for what has no counterpart in Win32: that is the root package's own
// tests' business. Where the two differ, the table in differences_linux_test.go
// and the section "Differences" of docs/semantics.md say so, with the reason.
//
//	testdata/win32/run FOLDER; DIFFERENTIAL_TRANSCRIPTS=FOLDER go test ./internal/differential
package differential
