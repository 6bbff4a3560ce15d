package security

import (
	"fmt"
	"strings"
)

// A letter pair, or more, of SDDL and what it stands for.
type word[T any] struct {
	text  string
	value T
}

// The order of the tables is that in which they are written.
var (
	aceTypeWords = []word[ACEType]{
		{"A", ACCESS_ALLOWED_ACE_TYPE}, {"D", ACCESS_DENIED_ACE_TYPE},
		{"OA", ACCESS_ALLOWED_OBJECT_ACE_TYPE}, {"OD", ACCESS_DENIED_OBJECT_ACE_TYPE},
		{"AU", SYSTEM_AUDIT_ACE_TYPE}, {"AL", SYSTEM_ALARM_ACE_TYPE},
		{"OU", SYSTEM_AUDIT_OBJECT_ACE_TYPE}, {"OL", SYSTEM_ALARM_OBJECT_ACE_TYPE},
		{"ML", SYSTEM_MANDATORY_LABEL_ACE_TYPE}, {"SP", SYSTEM_SCOPED_POLICY_ID_ACE_TYPE},
	}
	// Their data has a language of its own.
	refusedACETypes = []word[string]{
		{"XA", "a conditional ACE"}, {"XD", "a conditional ACE"}, {"XU", "a conditional ACE"}, {"ZA", "a conditional ACE"},
		{"RA", "a resource attribute"}, {"TL", "a process trust label"}, {"FL", "an access filter"},
	}
	aceFlagWords = []word[ACEFlags]{
		{"OI", OBJECT_INHERIT_ACE}, {"CI", CONTAINER_INHERIT_ACE}, {"NP", NO_PROPAGATE_INHERIT_ACE}, {"IO", INHERIT_ONLY_ACE},
		{"ID", INHERITED_ACE}, {"CR", CRITICAL_ACE_FLAG}, {"SA", SUCCESSFUL_ACCESS_ACE_FLAG}, {"FA", FAILED_ACCESS_ACE_FLAG},
	}
	rightWords = []word[AccessMask]{
		{"CC", 0x1}, {"DC", 0x2}, {"LC", 0x4}, {"SW", 0x8}, {"RP", 0x10}, {"WP", 0x20}, {"DT", 0x40}, {"LO", 0x80}, {"CR", 0x100},
		{"SD", DELETE}, {"RC", READ_CONTROL}, {"WD", WRITE_DAC}, {"WO", WRITE_OWNER},
		{"GA", GENERIC_ALL}, {"GX", GENERIC_EXECUTE}, {"GW", GENERIC_WRITE}, {"GR", GENERIC_READ},
	}
	labelWords = []word[AccessMask]{
		{"NW", SYSTEM_MANDATORY_LABEL_NO_WRITE_UP}, {"NR", SYSTEM_MANDATORY_LABEL_NO_READ_UP}, {"NX", SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP},
	}
	// The rights to files and registry keys stand for a whole mask.
	fileAndKeyWords = []word[AccessMask]{
		{"FA", 0x1f01ff}, {"FR", 0x120089}, {"FW", 0x120116}, {"FX", 0x1200a0},
		{"KA", 0xf003f}, {"KR", 0x20019}, {"KW", 0x20006}, {"KX", 0x20019},
	}
	daclFlagWords = []word[Control]{{"P", SE_DACL_PROTECTED}, {"AR", SE_DACL_AUTO_INHERIT_REQ}, {"AI", SE_DACL_AUTO_INHERITED}}
	saclFlagWords = []word[Control]{{"P", SE_SACL_PROTECTED}, {"AR", SE_SACL_AUTO_INHERIT_REQ}, {"AI", SE_SACL_AUTO_INHERITED}}
)

// noAccessControl stands for a list that is present and NULL.
const noAccessControl = "NO_ACCESS_CONTROL"

// find is the entry of the table with this text, in upper or lower case.
func find[T any](table []word[T], text string) (value T, ok bool) {
	for _, w := range table {
		if strings.EqualFold(w.text, text) {
			return w.value, true
		}
	}
	return value, false
}

// spell writes the bits of a set as words; rest is what there is no word for.
func spell[T AccessMask | ACEFlags | Control](table []word[T], set T) (text string, rest T) {
	for _, w := range table {
		if set&w.value != 0 {
			text += w.text
			set &^= w.value
		}
	}
	return text, set
}

// SDDL is the descriptor as text, such as ParseSDDL reads. The text has no place
// for RMControl and for what Control says besides that the lists are protected
// and inherited. ErrNotSupported for an ACE that has no text form here: see
// ParseSDDL. ErrInvalidACL for an ACE without a SID.
func (sd *SecurityDescriptor) SDDL() (string, error) {
	var b strings.Builder
	if !sd.Owner.IsZero() {
		b.WriteString("O:" + sd.Owner.SDDL())
	}
	if !sd.Group.IsZero() {
		b.WriteString("G:" + sd.Group.SDDL())
	}
	control := sd.control()
	for _, list := range []struct {
		prefix  string
		acl     *ACL
		present bool
		flags   []word[Control]
	}{
		{"D:", sd.DACL, control&SE_DACL_PRESENT != 0, daclFlagWords},
		{"S:", sd.SACL, control&SE_SACL_PRESENT != 0, saclFlagWords},
	} {
		if !list.present {
			continue
		}
		flags, _ := spell(list.flags, control)
		b.WriteString(list.prefix + flags)
		if list.acl == nil {
			b.WriteString(noAccessControl)
			continue
		}
		for i := range list.acl.ACEs {
			text, err := list.acl.ACEs[i].sddl()
			if err != nil {
				return "", &Error{"SDDL", b.Len(), fmt.Sprintf("%s ACE %d: %v", list.prefix[:1], i, err.reason), err.cause}
			}
			b.WriteString(text)
		}
	}
	return b.String(), nil
}

// formatError is why an ACE has no text.
type formatError struct {
	reason string
	cause  error
}

func (a *ACE) sddl() (string, *formatError) {
	var typeWord string
	for _, w := range aceTypeWords {
		if w.value == a.Type {
			typeWord = w.text
		}
	}
	if typeWord == "" {
		return "", &formatError{fmt.Sprintf("type 0x%02x has no text form here", uint8(a.Type)), ErrNotSupported}
	}
	if a.SID.IsZero() {
		return "", &formatError{"it has no SID", ErrInvalidACL}
	}
	flags, _ := spell(aceFlagWords, a.Flags)
	words := rightWords
	if a.Type == SYSTEM_MANDATORY_LABEL_ACE_TYPE {
		words = labelWords
	}
	rights, rest := spell(words, a.Mask)
	if rest != 0 {
		rights = fmt.Sprintf("0x%x", uint32(a.Mask))
	}
	for _, w := range fileAndKeyWords {
		if w.value == a.Mask {
			rights = w.text
			break
		}
	}
	var object, inherited string
	if a.Type.isObject() {
		object, inherited = a.ObjectType.sddl(), a.InheritedObjectType.sddl()
	}
	return "(" + strings.Join([]string{typeWord, flags, rights, object, inherited, a.SID.SDDL()}, ";") + ")", nil
}

func (g GUID) sddl() string {
	if g == (GUID{}) {
		return ""
	}
	return g.String()
}
