package exec_test

import "unsafe"

func pointer(p *int32) unsafe.Pointer { return unsafe.Pointer(p) }
