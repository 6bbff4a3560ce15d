package security

import "slices"

// AccessCheck says whether a token may have the desired access to an object, as
// Win32's AccessCheck does: by [MS-DTYP] 2.5.3.2 and 2.5.3.3. Granted is what it
// gets: all that is desired, or, with MAXIMUM_ALLOWED among that, all that it may
// have besides; 0 if ok is false. Generic rights are mapped, both those that are
// desired and those in the object's ACEs.
//
//   - ACEs count in their order, and those that only are for inheritance do not.
//     For MAXIMUM_ALLOWED the order does not matter: what one ACE denies is not in
//     it, wherever that stands. What is desired besides goes by the order.
//   - No DACL: everything is allowed. An empty one: nothing, but for the next.
//   - The owner always has READ_CONTROL and WRITE_DAC, unless the DACL has an ACE
//     for OWNER RIGHTS (S-1-3-4), which then says what the owner has.
//   - ACCESS_SYSTEM_SECURITY needs SeSecurityPrivilege and nothing else;
//     WRITE_OWNER may come from SeTakeOwnershipPrivilege.
//   - A conditional ACE's condition is not known here: one that allows does not,
//     one that denies does. An object ACE for a part of the object is not about
//     the object: it allows nothing; but it denies.
//   - PRINCIPAL SELF (S-1-5-10) is nobody.
//   - A token with an integrity level may not do to an object above that what the
//     object's label forbids; an object without a label is of medium level and
//     forbids to write.
//
// Without a descriptor nothing is allowed.
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/4f1bbcbb-814a-4c70-a11e-2a5b8779a6f9
func AccessCheck(sd *SecurityDescriptor, token *Token, desired AccessMask, mapping GenericMapping) (granted AccessMask, ok bool) {
	if sd == nil {
		return 0, false
	}
	wanted := mapping.Map(desired &^ MAXIMUM_ALLOWED)

	// By privilege.
	if wanted&ACCESS_SYSTEM_SECURITY != 0 {
		if !slices.Contains(token.Privileges, SeSecurityPrivilege) {
			return 0, false
		}
		granted |= ACCESS_SYSTEM_SECURITY
	}
	if slices.Contains(token.Privileges, SeTakeOwnershipPrivilege) {
		granted |= wanted & WRITE_OWNER
	}

	walker := walk{sd, mapping, memberOf(token)}
	named, all := walker.allowed()
	if len(token.Restricted) > 0 {
		walker.has = func(sid SID, _ bool) bool { return slices.Contains(token.Restricted, sid) }
		restrictedNamed, restrictedAll := walker.allowed()
		named &= restrictedNamed
		all &= restrictedAll
	}
	ceiling := ceiling(sd, token, mapping)
	named &= ceiling
	all &= ceiling

	if wanted&^granted&^named != 0 {
		return 0, false
	}
	granted |= wanted
	if desired&MAXIMUM_ALLOWED != 0 {
		granted |= all
		return granted, granted != 0
	}
	return granted, true
}

// memberOf says whether a token has a SID, for an ACE that allows or one that denies.
func memberOf(token *Token) func(sid SID, deny bool) bool {
	return func(sid SID, deny bool) bool {
		if sid == token.User && (deny || !token.UserForDenyOnly) {
			return true
		}
		for _, g := range token.Groups {
			if g.SID != sid {
				continue
			}
			denyOnly := g.Attributes&SE_GROUP_USE_FOR_DENY_ONLY != 0
			if deny && denyOnly || !denyOnly && g.Attributes&SE_GROUP_ENABLED != 0 {
				return true
			}
		}
		return false
	}
}

// walk goes through the DACL for somebody who has some SIDs.
type walk struct {
	sd      *SecurityDescriptor
	mapping GenericMapping
	has     func(sid SID, deny bool) bool
}

// allowed is what may be had: named, each right that would be granted if it was
// asked for by name; and all, what MAXIMUM_ALLOWED stands for.
func (w walk) allowed() (named, all AccessMask) {
	dacl := w.sd.DACL
	if dacl == nil {
		return ^AccessMask(0), w.mapping.All
	}
	var implied AccessMask
	ownerACEs := slices.ContainsFunc(dacl.ACEs, func(a ACE) bool { return a.SID == OwnerRights && a.Flags&INHERIT_ONLY_ACE == 0 })
	if !ownerACEs && w.isOwner(false) {
		implied = READ_CONTROL | WRITE_DAC
	}
	// The first ACE about a right decides, for named.
	var decided, allow, deny AccessMask
	for i := range dacl.ACEs {
		allows, denies := w.ace(&dacl.ACEs[i])
		named |= allows &^ decided
		decided |= allows | denies
		allow |= allows
		deny |= denies
	}
	return named | implied, allow&^deny&^(ACCESS_SYSTEM_SECURITY|MAXIMUM_ALLOWED) | implied
}

func (w walk) isOwner(deny bool) bool { return !w.sd.Owner.IsZero() && w.has(w.sd.Owner, deny) }

// ace is what one ACE allows and denies.
func (w walk) ace(a *ACE) (allows, denies AccessMask) {
	if a.Flags&INHERIT_ONLY_ACE != 0 {
		return 0, 0
	}
	mask := w.mapping.Map(a.Mask)
	switch a.Type {
	case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
		if a.ObjectType != (GUID{}) {
			return 0, 0
		}
		fallthrough
	case ACCESS_ALLOWED_ACE_TYPE:
		if w.concerns(a.SID, false) {
			return mask, 0
		}
	case ACCESS_DENIED_ACE_TYPE, ACCESS_DENIED_OBJECT_ACE_TYPE, ACCESS_DENIED_CALLBACK_ACE_TYPE, ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE:
		if w.concerns(a.SID, true) {
			return 0, mask
		}
	}
	return 0, 0
}

// concerns says whether an ACE with the SID is about who asks.
func (w walk) concerns(sid SID, deny bool) bool {
	return w.has(sid, deny) || sid == OwnerRights && w.isOwner(deny)
}

// ceiling is what the object's integrity level leaves to the token ([MS-DTYP] 2.5.3.3).
func ceiling(sd *SecurityDescriptor, token *Token, mapping GenericMapping) AccessMask {
	level, ok := token.integrity()
	if !ok {
		return ^AccessMask(0)
	}
	label := ACE{Mask: SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, SID: mediumLevel}
	if sd.SACL != nil {
		for _, a := range sd.SACL.ACEs {
			if a.Type == SYSTEM_MANDATORY_LABEL_ACE_TYPE && a.Flags&INHERIT_ONLY_ACE == 0 {
				label = a
				break
			}
		}
	}
	if dominates(level, label.SID) {
		return ^AccessMask(0)
	}
	var left AccessMask
	for _, m := range [...]struct{ forbidden, rights AccessMask }{
		{SYSTEM_MANDATORY_LABEL_NO_READ_UP, mapping.Read},
		{SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, mapping.Write},
		{SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP, mapping.Execute},
	} {
		if label.Mask&m.forbidden == 0 {
			left |= m.rights
		}
	}
	if slices.Contains(token.Privileges, SeRelabelPrivilege) {
		left |= WRITE_OWNER
	}
	return left
}

// dominates says that level, an integrity level S-1-16-n, is at least other.
func dominates(level, other SID) bool {
	mine, theirs := level.SubAuthorities(), other.SubAuthorities()
	return level.Authority() == 16 && other.Authority() == 16 && len(mine) == 1 && len(theirs) == 1 && mine[0] >= theirs[0]
}
