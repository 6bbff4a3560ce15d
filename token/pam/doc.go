// Package pam has token.LogonUser check passwords by PAM, as the service
// "createprocess" (pam.d/createprocess in cmd/createprocessd). It is imported
// for that, and for nothing else:
//
//	import _ "github.com/seed-f798aa80/createprocess/token/pam"
//
// It is the only package of this module that needs cgo. Without cgo, and on
// other systems than Linux, LogonUser answers ERROR_NOT_SUPPORTED (50) and says
// so.
//
// # Sessions
//
// A token that comes from here opens a session of PAM for each process that is
// created with it, and closes it when that has ended; WithSession(nil) makes it
// one that does not. Many modules
// change the process that opens the session (its limits, its control group, its
// keyring) and expect it to create the new one. A program that serves many
// users therefore opens no session itself: createprocessd has a process of its
// own for each.
//
// # Passwords
//
// What LogonUser is given is the caller's to wipe. PAM gets a copy, made in C
// by the binding straight from the caller's bytes: there is no Go string with a
// copy of it. PAM frees its copies, and as a rule wipes them first; to be sure,
// createprocessd sets GLIBC_TUNABLES so that freed memory is overwritten.
package pam

// Service is the name that PAM knows us by.
const Service = "createprocess"
