// Package tree ends a process and all that it has made, where there is no job
// object around them. It is for those who did not create the tree as one; it
// cannot find a process whose parent has ended before it looks, unless on Linux
// the caller has become the subreaper of the tree (Adopt) before it grew.
//
//	err := tree.Kill(pid)
package tree
