package security

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// SID identifies a user, a group or another principal ([MS-DTYP] 2.4.2). SIDs
// are equal if == says so. The zero value is no SID.
//
// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/
type SID struct {
	// packet is the binary form: revision, the number of sub-authorities, six
	// bytes of authority, and four for each sub-authority.
	packet string
}

const (
	maxSubAuthorities = 15
	minSIDSize        = 12
)

// NewSID is S-1-authority-subAuthorities. It panics where there is no such SID:
// with an authority of more than 48 bits, or without 1 to 15 sub-authorities.
func NewSID(authority uint64, subAuthorities ...uint32) SID {
	if authority >= 1<<48 || len(subAuthorities) == 0 || len(subAuthorities) > maxSubAuthorities {
		panic("security: NewSID: there is no such SID")
	}
	packet := binary.BigEndian.AppendUint64(nil, authority)
	packet[0], packet[1] = 1, byte(len(subAuthorities))
	for _, sub := range subAuthorities {
		packet = binary.LittleEndian.AppendUint32(packet, sub)
	}
	return SID{string(packet)}
}

// UnixUser is the SID of the Unix user with this number: S-1-22-1-uid, as Samba
// has it.
func UnixUser(uid uint32) SID { return NewSID(22, 1, uid) }

// UnixGroup is the SID of the Unix group with this number: S-1-22-2-gid.
func UnixGroup(gid uint32) SID { return NewSID(22, 2, gid) }

// UnixUser is the number of the Unix user that the SID is made of, if it is one's.
func (s SID) UnixUser() (uid uint32, ok bool) { return s.relativeTo(NewSID(22, 1)) }

// UnixGroup is the number of the Unix group that the SID is made of, if it is one's.
func (s SID) UnixGroup() (gid uint32, ok bool) { return s.relativeTo(NewSID(22, 2)) }

// IsZero says that s is no SID.
func (s SID) IsZero() bool { return s.packet == "" }

// Authority is the identifier authority: 5 of S-1-5-18.
func (s SID) Authority() uint64 {
	if s.IsZero() {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(s.packet)) & (1<<48 - 1)
}

// SubAuthorities are the numbers behind the authority: 18 of S-1-5-18.
func (s SID) SubAuthorities() []uint32 {
	var subs []uint32
	for i := 8; i < len(s.packet); i += 4 {
		subs = append(subs, binary.LittleEndian.Uint32([]byte(s.packet[i:])))
	}
	return subs
}

// relative is s with one more sub-authority; ok if there is room for it.
func (s SID) relative(rid uint32) (_ SID, ok bool) {
	subs := s.SubAuthorities()
	if len(subs) == 0 || len(subs) == maxSubAuthorities {
		return SID{}, false
	}
	return NewSID(s.Authority(), append(subs, rid)...), true
}

// relativeTo is the last sub-authority of s, if what is in front of it is domain.
func (s SID) relativeTo(domain SID) (rid uint32, ok bool) {
	n := len(s.packet) - 4
	if n != len(domain.packet) || s.packet[2:n] != domain.packet[2:] {
		return 0, false
	}
	return binary.LittleEndian.Uint32([]byte(s.packet[n:])), true
}

// String is the text form: S-1-5-18. That of no SID is empty. An authority of
// more than 32 bits is written in hexadecimal.
func (s SID) String() string {
	if s.IsZero() {
		return ""
	}
	text := "S-1-" + strconv.FormatUint(s.Authority(), 10)
	if s.Authority() >= 1<<32 {
		text = fmt.Sprintf("S-1-0x%012x", s.Authority())
	}
	for _, sub := range s.SubAuthorities() {
		text += "-" + strconv.FormatUint(uint64(sub), 10)
	}
	return text
}

// MarshalText is String.
func (s SID) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSID; an empty text is no SID.
func (s *SID) UnmarshalText(text []byte) (err error) {
	*s = SID{}
	if len(text) > 0 {
		*s, err = ParseSID(string(text))
	}
	return err
}

// ParseSID reads a SID as text, or SDDL's abbreviation of one, as
// ConvertStringSidToSid does: "S-1-5-32-544", "S-1-0x5-32-544", "BA". Upper and
// lower case are the same. ErrInvalidSID.
func ParseSID(text string, options ...Option) (SID, error) {
	p := newParser("SID", text, options)
	sid, err := p.sid()
	if err == nil && p.pos < len(text) {
		err = p.wrong(ErrInvalidSID, "%s stands behind the SID", p.quote(text[p.pos:]))
	}
	if err != nil {
		return SID{}, err
	}
	return sid, nil
}

// MarshalBinary is the binary form. ErrInvalidSID for the zero value, which has none.
func (s SID) MarshalBinary() ([]byte, error) {
	if s.IsZero() {
		return nil, &Error{"SID", 0, "there is none", ErrInvalidSID}
	}
	return []byte(s.packet), nil
}

// UnmarshalBinary reads the binary form, of which there must be no more and no
// less. ErrInvalidSID.
func (s *SID) UnmarshalBinary(data []byte) error {
	sid, reason := readSID(data)
	if reason == "" && len(sid.packet) != len(data) {
		reason = fmt.Sprintf("it has %d bytes, and there are %d", len(sid.packet), len(data))
	}
	if reason != "" {
		return &Error{"SID", 0, reason, ErrInvalidSID}
	}
	*s = sid
	return nil
}

// readSID reads the SID that data begins with; reason says what is wrong with it.
func readSID(data []byte) (_ SID, reason string) {
	if len(data) < minSIDSize {
		return SID{}, fmt.Sprintf("a SID has %d bytes at least, and there are %d", minSIDSize, len(data))
	}
	if data[0] != 1 {
		return SID{}, fmt.Sprintf("the SID's revision is %d, not 1", data[0])
	}
	if data[1] == 0 || data[1] > maxSubAuthorities {
		return SID{}, fmt.Sprintf("the SID has %d sub-authorities, not 1 to %d", data[1], maxSubAuthorities)
	}
	size := 8 + 4*int(data[1])
	if size > len(data) {
		return SID{}, fmt.Sprintf("the SID has %d bytes, and there are %d", size, len(data))
	}
	return SID{string(data[:size])}, ""
}

// sid reads a SID or an abbreviation.
func (p *parser) sid() (SID, error) {
	rest := p.text[p.pos:]
	if len(rest) >= 2 && strings.EqualFold(rest[:2], "S-") {
		return p.numericSID()
	}
	if len(rest) < 2 {
		return SID{}, p.wrong(ErrInvalidSID, "a SID is missing")
	}
	name := strings.ToUpper(rest[:2])
	if sid, ok := abbreviated[name]; ok {
		p.pos += 2
		return sid, nil
	}
	if rid, ok := domainRIDs[name]; ok {
		if p.domain.IsZero() {
			return SID{}, p.wrong(ErrInvalidSID, "%s is a SID of a domain, and no domain is given", name)
		}
		sid, ok := p.domain.relative(rid)
		if !ok {
			return SID{}, p.wrong(ErrInvalidSID, "%s: the domain's SID %s is too long to be one", name, p.domain)
		}
		p.pos += 2
		return sid, nil
	}
	if end := strings.IndexAny(rest, ";()"); end >= 0 {
		rest = rest[:end]
	}
	return SID{}, p.wrong(ErrInvalidSID, "%s is neither a SID nor an abbreviation of one", p.quote(rest))
}

// numericSID reads S-1-authority-sub-authorities.
func (p *parser) numericSID() (SID, error) {
	p.pos += len("S-")
	if !strings.HasPrefix(p.text[p.pos:], "1-") {
		return SID{}, p.wrong(ErrInvalidSID, "a SID begins with S-1-")
	}
	p.pos += len("1-")
	authority, err := p.sidNumber(true)
	if err != nil {
		return SID{}, err
	}
	var subs []uint32
	for p.pos < len(p.text) && p.text[p.pos] == '-' {
		if len(subs) == maxSubAuthorities {
			return SID{}, p.wrong(ErrInvalidSID, "a SID has %d sub-authorities at most", maxSubAuthorities)
		}
		p.pos++
		sub, err := p.sidNumber(false)
		if err != nil {
			return SID{}, err
		}
		subs = append(subs, uint32(sub))
	}
	if len(subs) == 0 {
		return SID{}, p.wrong(ErrInvalidSID, "the SID has no sub-authority")
	}
	return NewSID(authority, subs...), nil
}

// sidNumber reads a number of 32 bits or, if it is the authority, in
// hexadecimal one of 48.
func (p *parser) sidNumber(authority bool) (uint64, error) {
	base, digits, limit := uint64(10), "0123456789", uint64(1<<32)
	begin := p.pos
	if rest := p.text[p.pos:]; authority && len(rest) > 2 && strings.EqualFold(rest[:2], "0x") {
		base, digits, limit = 16, "0123456789abcdefABCDEF", 1<<48
		p.pos += 2
	}
	first := p.pos
	var n uint64
	for ; p.pos < len(p.text); p.pos++ {
		d := strings.IndexByte(digits, p.text[p.pos])
		if d < 0 {
			break
		}
		if d >= 16 {
			d -= 6
		}
		if n = n*base + uint64(d); n >= limit {
			p.pos = begin
			return 0, p.wrong(ErrInvalidSID, "a number in the SID is too large")
		}
	}
	if p.pos == first {
		return 0, p.wrong(ErrInvalidSID, "a number is missing in the SID")
	}
	return n, nil
}
