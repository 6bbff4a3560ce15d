package security

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Option is about how a text is read.
type Option func(*parser)

// InDomain gives the SID of the domain that the abbreviations DA, DU, LA and so
// on are of. Without it they are refused.
func InDomain(domain SID) Option { return func(p *parser) { p.domain = domain } }

type parser struct {
	what, text string
	pos        int
	domain     SID
}

func newParser(what, text string, options []Option) *parser {
	p := &parser{what: what, text: text}
	for _, o := range options {
		o(p)
	}
	return p
}

// wrong is the error that the text is wrong at the place where p is.
func (p *parser) wrong(err error, format string, args ...any) error {
	return &Error{p.what, p.pos, fmt.Sprintf(format, args...), err}
}

// quote is the beginning of a text.
func (p *parser) quote(text string) string {
	if len(text) > 20 {
		return strconv.Quote(text[:20]) + "…"
	}
	return strconv.Quote(text)
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// ParseSDDL reads a security descriptor as text, as
// ConvertStringSecurityDescriptorToSecurityDescriptor does ([MS-DTYP] 2.5.1):
// "O:BAG:SYD:P(A;;GA;;;SY)". The parts may come in any order, each once. White
// space between parts, ACEs and their fields is passed over, and upper and lower
// case are the same.
//
// Conditional ACEs (XA, XD, XU, ZA), resource attributes (RA), trust labels (TL)
// and access filters (FL) are refused (ErrNotSupported): their text is a
// language of its own, for claims that a Unix account has none of. In binary
// form they are kept as they are.
//
// ErrInvalidSecurityDescriptor, ErrInvalidACL, ErrInvalidSID.
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
func ParseSDDL(text string, options ...Option) (*SecurityDescriptor, error) {
	p := newParser("SDDL", text, options)
	sd := &SecurityDescriptor{}
	seen := map[byte]bool{}
	for p.space(); p.pos < len(text); p.space() {
		part := strings.ToUpper(text[p.pos : p.pos+1])[0]
		if strings.IndexByte("OGDS", part) < 0 || !strings.HasPrefix(text[p.pos+1:], ":") {
			return nil, p.wrong(ErrInvalidSecurityDescriptor, "%s is not O:, G:, D: or S:", p.quote(text[p.pos:]))
		}
		if seen[part] {
			return nil, p.wrong(ErrInvalidSecurityDescriptor, "%c: for a second time", part)
		}
		seen[part] = true
		p.pos += 2
		p.space()
		var err error
		switch part {
		case 'O':
			sd.Owner, err = p.sid()
		case 'G':
			sd.Group, err = p.sid()
		case 'D':
			sd.Control |= SE_DACL_PRESENT
			sd.DACL, err = p.acl(&sd.Control, daclFlagWords)
		case 'S':
			sd.Control |= SE_SACL_PRESENT
			sd.SACL, err = p.acl(&sd.Control, saclFlagWords)
		}
		if err != nil {
			return nil, err
		}
	}
	return sd, nil
}

// acl reads flags and ACEs. A list that is NULL is nil.
func (p *parser) acl(control *Control, flags []word[Control]) (*ACL, error) {
	null := false
	for p.space(); !null; p.space() {
		if p.skipWord(noAccessControl) {
			null = true
			continue
		}
		found := false
		for _, w := range flags {
			if p.skipWord(w.text) {
				*control |= w.value
				found = true
				break
			}
		}
		if !found {
			break
		}
	}
	acl := &ACL{}
	for p.pos < len(p.text) && p.text[p.pos] == '(' {
		if null {
			return nil, p.wrong(ErrInvalidACL, "%s has no ACEs", noAccessControl)
		}
		ace, err := p.ace()
		if err != nil {
			return nil, err
		}
		acl.ACEs = append(acl.ACEs, ace)
		p.space()
	}
	if null {
		return nil, nil
	}
	return acl, nil
}

// skipWord passes over a word, in upper or lower case, if it is next.
func (p *parser) skipWord(word string) bool {
	rest := p.text[p.pos:]
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	p.pos += len(word)
	return true
}

// ace reads (type;flags;rights;object;inherited object;SID).
func (p *parser) ace() (ace ACE, err error) {
	p.pos++
	name, err := p.field("type")
	if err != nil {
		return ace, err
	}
	var ok bool
	if ace.Type, ok = find(aceTypeWords, name.text); !ok {
		p.pos = name.offset
		if what, refused := find(refusedACETypes, name.text); refused {
			return ace, p.wrong(ErrNotSupported, "%s: %s is not read from SDDL", strings.ToUpper(name.text), what)
		}
		return ace, p.wrong(ErrInvalidACL, "%s is not a type of ACE", p.quote(name.text))
	}
	flags, err := p.field("flags")
	if err != nil {
		return ace, err
	}
	if ace.Flags, err = words(p, flags, "a flag of an ACE", aceFlagWords); err != nil {
		return ace, err
	}
	rights, err := p.field("rights")
	if err != nil {
		return ace, err
	}
	if ace.Mask, err = p.mask(rights); err != nil {
		return ace, err
	}
	for _, guid := range [...]*GUID{&ace.ObjectType, &ace.InheritedObjectType} {
		f, err := p.field("object")
		if err != nil {
			return ace, err
		}
		if *guid, err = p.guid(f, ace.Type); err != nil {
			return ace, err
		}
	}
	p.space()
	if ace.SID, err = p.sid(); err != nil {
		return ace, err
	}
	p.space()
	if !strings.HasPrefix(p.text[p.pos:], ")") {
		return ace, p.wrong(ErrInvalidACL, "a closing parenthesis is missing")
	}
	p.pos++
	return ace, nil
}

// field is a part of an ACE, and where it is.
type field struct {
	text   string
	offset int
}

// field reads what is in front of the next semicolon, and passes over that.
func (p *parser) field(what string) (field, error) {
	p.space()
	rest := p.text[p.pos:]
	end := strings.IndexAny(rest, ";()")
	if end < 0 || rest[end] != ';' {
		return field{}, p.wrong(ErrInvalidACL, "the ACE ends within its %s", what)
	}
	f := field{strings.TrimRight(rest[:end], " \t\r\n"), p.pos}
	p.pos += end + 1
	return f, nil
}

// words reads a field of two-letter words, one behind the other.
func words[T AccessMask | ACEFlags](p *parser, f field, what string, tables ...[]word[T]) (set T, err error) {
next:
	for i := 0; i < len(f.text); i += 2 {
		text := f.text[i:min(i+2, len(f.text))]
		for _, table := range tables {
			if value, ok := find(table, text); ok {
				set |= value
				continue next
			}
		}
		p.pos = f.offset + i
		return 0, p.wrong(ErrInvalidACL, "%s is not %s", p.quote(text), what)
	}
	return set, nil
}

// mask reads rights: words, or a number, which is hexadecimal with 0x and octal
// with 0 in front.
func (p *parser) mask(f field) (AccessMask, error) {
	if f.text == "" || f.text[0] < '0' || f.text[0] > '9' {
		return words(p, f, "an access right", rightWords, fileAndKeyWords, labelWords)
	}
	mask, ok := parseNumber(f.text)
	if !ok {
		p.pos = f.offset
		return 0, p.wrong(ErrInvalidACL, "%s is not a number of 32 bits", p.quote(f.text))
	}
	return AccessMask(mask), nil
}

func parseNumber(text string) (uint32, bool) {
	base := 10
	if len(text) > 2 && strings.EqualFold(text[:2], "0x") {
		base, text = 16, text[2:]
	} else if len(text) > 1 && text[0] == '0' {
		base, text = 8, text[1:]
	}
	n, err := strconv.ParseUint(text, base, 32)
	return uint32(n), err == nil
}

func (p *parser) guid(f field, t ACEType) (guid GUID, err error) {
	if f.text == "" {
		return guid, nil
	}
	here := p.pos
	p.pos = f.offset
	if !t.isObject() {
		return guid, p.wrong(ErrInvalidACL, "only an object ACE has an object type")
	}
	digits, err := hex.DecodeString(strings.ReplaceAll(f.text, "-", ""))
	if err != nil || len(digits) != len(guid) {
		return guid, p.wrong(ErrInvalidACL, "%s is not a GUID", p.quote(f.text))
	}
	for i, from := range [...]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		guid[i] = digits[from]
	}
	if !strings.EqualFold(guid.String(), f.text) {
		return guid, p.wrong(ErrInvalidACL, "%s is not a GUID", p.quote(f.text))
	}
	p.pos = here
	return guid, nil
}
