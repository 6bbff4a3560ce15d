// Package objectname says which names an event or a job may have, as Microsoft's
// page [Object Namespaces] has it. It knows no object.
//
//	if code, why := objectname.Check(`Local\build`); code != 0 { ... }
//
// [Object Namespaces]: https://learn.microsoft.com/windows/win32/termserv/kernel-object-namespaces
package objectname

import (
	"errors"
	"strings"
	"unicode/utf16"
)

const maxPath = 260 // UTF-16 units with the NUL, as MAX_PATH

var errNUL = errors.New("the name contains a NUL")

// Check is 0 for a name that an object may have. Else it is why it may not:
// ERROR_INVALID_PARAMETER (87) for a NUL, with the reason in words,
// ERROR_FILENAME_EXCED_RANGE (206) for one that is too long, ERROR_PATH_NOT_FOUND (3)
// for a backslash that is not that of Local\ or Global\ in front.
func Check(name string) (code uint32, why error) {
	bare, local := strings.CutPrefix(name, `Local\`)
	if !local {
		bare = strings.TrimPrefix(name, `Global\`)
	}
	switch {
	case strings.Contains(name, "\x00"):
		return 87, errNUL
	case len(utf16.Encode([]rune(name))) >= maxPath:
		return 206, nil
	case strings.Contains(bare, `\`):
		return 3, nil
	}
	return 0, nil
}
