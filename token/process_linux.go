package token

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// OfProcess is the token of a process: its effective user and groups, and its
// capabilities (proc_pid_status(5)). No such process is
// ERROR_INVALID_PARAMETER (87). The number may have become another process's
// meanwhile: who holds a handle looks afterwards whether its process has ended.
// Linux only.
func OfProcess(pid int) (*Token, error) {
	const op = "OpenProcessToken"
	name := strconv.Itoa(pid)
	text, err := os.ReadFile("/proc/" + name + "/status")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return nil, &Error{Op: op, Object: name, Code: errorInvalidParameter, Err: err}
	}
	if err != nil {
		return nil, &Error{Op: op, Object: name, Code: errorGenFailure, Err: err}
	}
	u, effective, err := parseStatus(text)
	if err != nil {
		return nil, &Error{Op: op, Object: name, Code: errorGenFailure, Err: err}
	}
	t, err := Of(u)
	if err == nil {
		t.setPrivileges(effective)
	}
	return t, err
}

// parseStatus reads what /proc/PID/status has of a process's credentials.
func parseStatus(text []byte) (u Unix, effective Capabilities, err error) {
	seen := 0
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(line, []byte{':'})
		words := bytes.Fields(value)
		var bad error
		switch string(key) {
		case "Uid", "Gid": // real, effective, saved, of files
			if len(words) != 4 {
				return u, 0, fmt.Errorf("%s has %d numbers", key, len(words))
			}
			var id uint32
			if id, bad = number(string(words[1])); key[0] == 'U' {
				u.UID = id
			} else {
				u.GID = id
			}
			seen++
		case "Groups":
			for _, w := range words {
				var gid uint32
				if gid, bad = number(string(w)); bad != nil {
					break
				}
				u.Groups = append(u.Groups, gid)
			}
			seen++
		case "CapPrm":
			u.Capabilities, bad = parseCapabilities(words)
			seen++
		case "CapEff":
			effective, bad = parseCapabilities(words)
			seen++
		case "NoNewPrivs":
			u.NoNewPrivs = len(words) == 1 && string(words[0]) == "1"
		}
		if bad != nil {
			return Unix{}, 0, fmt.Errorf("%s: %w", key, bad)
		}
	}
	if seen < 5 {
		return Unix{}, 0, errors.New("the file status has not all of Uid, Gid, Groups, CapPrm and CapEff")
	}
	return u, effective, nil
}

func parseCapabilities(words [][]byte) (Capabilities, error) {
	if len(words) != 1 {
		return 0, fmt.Errorf("%d words", len(words))
	}
	n, err := strconv.ParseUint(string(words[0]), 16, 64)
	return Capabilities(n), err
}
