//go:build linux && !amd64 && !arm64

package createprocess

// auditArch is that of no architecture: internal/spawn has no way here to give a
// child a filter.
const auditArch = 0

var forks []uint32
