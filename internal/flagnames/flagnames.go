// Package flagnames writes a set of flags as the SDK's names of them. It is for
// the String methods of such types, and for nothing that is read back.
package flagnames

import (
	"fmt"
	"strings"
)

// Table is the flags of a type, in the SDK's order.
type Table[F ~uint32] []struct {
	Flag F
	Name string
}

// String is the names, joined by "|"; bits without a name are in hexadecimal.
func (t Table[F]) String(flags F) string {
	var names []string
	for _, n := range t {
		if flags&n.Flag != 0 {
			names = append(names, n.Name)
			flags &^= n.Flag
		}
	}
	if flags != 0 || names == nil {
		names = append(names, fmt.Sprintf("0x%x", uint32(flags)))
	}
	return strings.Join(names, "|")
}

// All is all flags that have a name.
func (t Table[F]) All() (all F) {
	for _, n := range t {
		all |= n.Flag
	}
	return all
}
