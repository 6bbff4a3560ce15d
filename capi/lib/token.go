//go:build linux && cgo

package main

// #include <stdlib.h>
// #include <string.h>
// #include "token_bridge.h"
import "C"

import (
	"runtime/cgo"
	"slices"
	"sync"
	"unsafe"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/environ"
	"github.com/seed-f798aa80/createprocess/security"
	"github.com/seed-f798aa80/createprocess/token"
)

const (
	notAllAssigned = 1300
	seEnabled      = 3 // SE_PRIVILEGE_ENABLED and SE_PRIVILEGE_ENABLED_BY_DEFAULT
)

// accessToken is what a token's handle of the C side stands for. Which
// privileges are enabled may change (AdjustTokenPrivileges), the rest does not.
type accessToken struct {
	mu         sync.Mutex
	token      *token.Token
	privileges []token.Privilege
	// own: it is this program's, whose capabilities are its threads' and cannot
	// be switched off here.
	own bool
}

func newAccessToken(t *token.Token, own bool) C.uintptr_t {
	return C.uintptr_t(cgo.NewHandle(&accessToken{token: t, privileges: t.Privileges(), own: own}))
}

func lookupToken(id C.uintptr_t) *accessToken { return cgo.Handle(id).Value().(*accessToken) }

// security is what counts in an access check.
func (a *accessToken) security() *security.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.token.Security()
	s.Privileges = nil
	for _, p := range a.privileges {
		if p.Enabled {
			s.Privileges = append(s.Privileges, p.ID)
		}
	}
	return s
}

//export cpgo_token_current
func cpgo_token_current(out *C.uintptr_t) C.uint32_t {
	t, err := token.Current()
	if err == nil {
		*out = newAccessToken(t, true)
	}
	return securityCode(err)
}

// cpgo_token_of_process is the token of another process: it has to be there
// still when it has been asked about.
//
//export cpgo_token_of_process
func cpgo_token_of_process(id C.uintptr_t, out *C.uintptr_t) C.uint32_t {
	p := lookup(id).process
	t, err := token.OfProcess(p.ID())
	if ended, e := exited(p); ended || e != nil {
		if e != nil {
			return code(e)
		}
		return C.uint32_t(createprocess.ERROR_INVALID_PARAMETER)
	}
	if err == nil {
		*out = newAccessToken(t, false)
	}
	return securityCode(err)
}

//export cpgo_token_duplicate
func cpgo_token_duplicate(id C.uintptr_t, out *C.uintptr_t) {
	a := lookupToken(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	*out = C.uintptr_t(cgo.NewHandle(&accessToken{token: a.token, privileges: slices.Clone(a.privileges)}))
}

//export cpgo_token_close
func cpgo_token_close(id C.uintptr_t) { cgo.Handle(id).Delete() }

func group(sid security.SID, attributes security.GroupAttributes) (g C.struct_cp_group) {
	writeSID(&g.sid, sid)
	g.attributes = C.uint32_t(attributes)
	return g
}

// array copies to memory of the C side's.
func array[T, U any](list []T, convert func(T) U) (*U, C.uint32_t) {
	if len(list) == 0 {
		return nil, 0
	}
	var one U
	p := C.malloc(C.size_t(uintptr(len(list)) * unsafe.Sizeof(one)))
	for i, to := range unsafe.Slice((*U)(p), len(list)) {
		to = convert(list[i])
		unsafe.Slice((*U)(p), len(list))[i] = to
	}
	return (*U)(p), C.uint32_t(len(list))
}

//export cpgo_token_read
func cpgo_token_read(id C.uintptr_t, out *C.struct_cp_token) C.uint32_t {
	a := lookupToken(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.token
	*out = C.struct_cp_token{user: group(t.User(), 0), owner: group(t.Owner(), 0), group: group(t.PrimaryGroup(), 0)}
	if t.Security().UserForDenyOnly {
		out.user.attributes = C.uint32_t(security.SE_GROUP_USE_FOR_DENY_ONLY)
	}
	if err := writeDescriptor(t.DefaultDescriptor(), &out.descriptor, &out.descriptor_size); err != nil {
		return securityCode(err)
	}
	out.groups, out.group_count = array(t.Groups(), func(g security.Group) C.struct_cp_group { return group(g.SID, g.Attributes) })
	out.restricted, out.restricted_count = array(t.Restricted(), func(s security.SID) C.struct_cp_group {
		return group(s, security.SE_GROUP_ORDINARY)
	})
	out.privileges, out.privilege_count = array(a.privileges, func(p token.Privilege) C.struct_cp_privilege {
		return C.struct_cp_privilege{C.uint32_t(p.ID), C.uint32_t(attributes(p))}
	})
	if slices.ContainsFunc(t.Groups(), func(g security.Group) bool {
		return g.SID == security.LocalSystem && g.Attributes&security.SE_GROUP_ENABLED != 0
	}) {
		out.elevated = 1
	}
	return 0
}

// attributes are a privilege's: what is enabled has always been.
func attributes(p token.Privilege) uint32 {
	if p.Enabled {
		return seEnabled
	}
	return 0
}

//export cpgo_token_restrict
func cpgo_token_restrict(id C.uintptr_t, r *C.struct_cp_restriction, out *C.uintptr_t) C.uint32_t {
	sids := func(list *C.struct_cp_group, n C.uint32_t) (sids []security.SID, err error) {
		for i := range n {
			sid, err := readSID(unsafe.Pointer(&unsafe.Slice(list, n)[i]))
			if err != nil {
				return nil, err
			}
			sids = append(sids, sid)
		}
		return sids, nil
	}
	restriction := token.Restriction{Flags: token.RestrictFlags(r.flags)}
	var err error
	if restriction.Disable, err = sids(r.disable, r.disable_count); err != nil {
		return securityCode(err)
	}
	if restriction.Restrict, err = sids(r.restrict_to, r.restrict_count); err != nil {
		return securityCode(err)
	}
	for _, p := range unsafe.Slice(r.remove, r.remove_count) {
		restriction.Delete = append(restriction.Delete, security.Privilege(p.id))
	}
	a := lookupToken(id)
	t, err := a.token.Restrict(restriction)
	if err != nil {
		return securityCode(err)
	}
	left := t.Privileges()
	a.mu.Lock()
	kept := slices.Clone(a.privileges)
	a.mu.Unlock()
	kept = slices.DeleteFunc(kept, func(p token.Privilege) bool {
		return !slices.ContainsFunc(left, func(l token.Privilege) bool { return l.ID == p.ID })
	})
	*out = C.uintptr_t(cgo.NewHandle(&accessToken{token: t, privileges: kept}))
	return 0
}

// cpgo_token_adjust does what AdjustTokenPrivileges does; all: to every
// privilege. before gets those that were changed, as they were, and there is
// room for as many as are wanted. The answer 1300 is no failure.
//
//export cpgo_token_adjust
func cpgo_token_adjust(id C.uintptr_t, all C.int, wanted *C.struct_cp_privilege, n C.uint32_t, before *C.struct_cp_privilege, changed *C.uint32_t) C.uint32_t {
	const enabled, removed = 2, 4
	a := lookupToken(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []C.struct_cp_privilege
	if all != 0 {
		for _, p := range a.privileges {
			list = append(list, C.struct_cp_privilege{id: C.uint32_t(p.ID)})
		}
	} else {
		list = slices.Clone(unsafe.Slice(wanted, n))
	}
	now := slices.Clone(a.privileges)
	*changed = 0
	var answer C.uint32_t
	for _, w := range list {
		i := slices.IndexFunc(now, func(p token.Privilege) bool { return uint32(p.ID) == uint32(w.id) })
		if i < 0 {
			answer = notAllAssigned
			continue
		}
		old := C.struct_cp_privilege{C.uint32_t(now[i].ID), C.uint32_t(attributes(now[i]))}
		switch {
		case w.attributes&removed != 0:
			now = slices.Delete(now, i, i+1)
		case now[i].Enabled == (w.attributes&enabled != 0):
			continue
		default:
			now[i].Enabled = !now[i].Enabled
		}
		if a.own {
			return C.uint32_t(createprocess.ERROR_NOT_SUPPORTED)
		}
		if before != nil {
			unsafe.Slice(before, len(list))[*changed] = old
		}
		*changed++
	}
	a.privileges = now
	return answer
}

//export cpgo_access_check
func cpgo_access_check(id C.uintptr_t, c *C.struct_cp_check) C.uint32_t {
	sd, err := readDescriptor(c.descriptor, c.descriptor_size)
	if err != nil {
		return securityCode(err)
	}
	if sd.Owner.IsZero() || sd.Group.IsZero() {
		return 1338
	}
	mapping := security.GenericMapping{
		Read: security.AccessMask(c.mapping[0]), Write: security.AccessMask(c.mapping[1]),
		Execute: security.AccessMask(c.mapping[2]), All: security.AccessMask(c.mapping[3]),
	}
	desired := security.AccessMask(c.desired)
	t := lookupToken(id).security()
	granted, ok := security.AccessCheck(sd, t, desired, mapping)
	c.granted, c.ok, c.used_count = C.uint32_t(granted), 0, 0
	if !ok {
		return 0
	}
	c.ok = 1
	for _, p := range []security.Privilege{security.SeSecurityPrivilege, security.SeTakeOwnershipPrivilege} {
		without := *t
		without.Privileges = slices.DeleteFunc(slices.Clone(t.Privileges), func(q security.Privilege) bool { return p == q })
		if less, _ := security.AccessCheck(sd, &without, desired, mapping); less != granted {
			const usedForAccess = 0x80000000
			c.used[c.used_count] = C.struct_cp_privilege{C.uint32_t(p), usedForAccess}
			c.used_count++
		}
	}
	return 0
}

//export cpgo_privilege_of_name
func cpgo_privilege_of_name(name *C.char, out *C.uint32_t) C.uint32_t {
	p, ok := token.LookupPrivilege(C.GoString(name))
	if !ok {
		return 1313 // ERROR_NO_SUCH_PRIVILEGE
	}
	*out = C.uint32_t(p)
	return 0
}

//export cpgo_privilege_name
func cpgo_privilege_name(p C.uint32_t, out **C.char) C.uint32_t {
	name := token.PrivilegeName(security.Privilege(p))
	if name == "" {
		return 1313
	}
	*out = C.CString(name)
	return 0
}

// cpgo_token_environment answers a block of UTF-8: the user's environment and, if
// it is not NULL, the creator's under it.
//
//export cpgo_token_environment
func cpgo_token_environment(id C.uintptr_t, creators **C.char, out **C.char, size *C.size_t) C.uint32_t {
	own, err := lookupToken(id).token.Environment(false)
	if err != nil {
		return securityCode(err)
	}
	list := environ.Set(list(nil, creators), own...)
	var block []byte
	for _, entry := range list {
		block = append(append(block, entry...), 0)
	}
	if len(list) == 0 {
		block = append(block, 0)
	}
	block = append(block, 0)
	*out, *size = (*C.char)(C.CBytes(block)), C.size_t(len(block))
	return 0
}

// cpgo_token_home answers the user's directory.
//
//export cpgo_token_home
func cpgo_token_home(id C.uintptr_t, out **C.char) C.uint32_t {
	home := lookupToken(id).token.Account().Home
	if home == "" {
		return C.uint32_t(createprocess.ERROR_FILE_NOT_FOUND)
	}
	*out = C.CString(home)
	return 0
}

// cpgo_token_of_user is the token of a user who has said the password.
//
//export cpgo_token_of_user
func cpgo_token_of_user(name *C.char, out *C.uintptr_t) C.uint32_t {
	t, err := token.OfUser(C.GoString(name))
	if err == nil {
		*out = newAccessToken(t, false)
	}
	return securityCode(err)
}
