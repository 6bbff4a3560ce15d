// Package agree holds the C functions that take command lines apart and put them
// together to the Go package that does the same. It has tests only; capi/check/run
// runs them.
package agree
