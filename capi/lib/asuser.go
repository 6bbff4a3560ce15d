//go:build linux && cgo

package main

// #include "bridge.h"
import "C"

import (
	"unsafe"

	"github.com/seed-f798aa80/createprocess"
)

// createAs creates the process as who it is to run as.
func createAs(c *C.struct_cp_create, p createprocess.Params) (*createprocess.ProcessInformation, error) {
	p.ProcessAttributes = attributesWith(c.process_descriptor, c.process_descriptor_size)
	p.ThreadAttributes = attributesWith(c.thread_descriptor, c.thread_descriptor_size)
	if c.user != nil {
		if c.own_environment != 0 {
			p.Environment = nil
		}
		return createprocess.CreateProcessWithLogon(createprocess.Credentials{
			User: text(c.user), Domain: text(c.domain),
			// The C side's own memory: nothing of it stays here.
			Password: unsafe.Slice((*byte)(c.password), c.password_size),
		}, createprocess.LogonFlags(c.logon_flags), p)
	}
	if c.token == 0 {
		return createprocess.CreateProcess(p)
	}
	t := lookupToken(c.token).token
	if c.own_environment != 0 {
		var err error
		if p.Environment, err = t.Environment(false); err != nil {
			return nil, err
		}
	}
	return createprocess.CreateProcessAsUser(t, p)
}

// attributesWith has a descriptor; nil: the default one.
func attributesWith(descriptor unsafe.Pointer, size C.uint32_t) *createprocess.SecurityAttributes {
	if descriptor == nil {
		return nil
	}
	return &createprocess.SecurityAttributes{SecurityDescriptor: C.GoBytes(descriptor, C.int(size))}
}
