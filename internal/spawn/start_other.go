//go:build linux && !amd64 && !arm64

package spawn

const bestBackend = ForkExec

func startVfork(r *Request, _ Backend) (Child, *Error) { return startForkExec(r) }
