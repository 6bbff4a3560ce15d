package createprocess

import (
	"context"
	"fmt"
	"io/fs"
)

// Errno is a Win32 error code, as GetLastError has it. The names and numbers
// are those of Microsoft's page [System Error Codes]; here are those that
// this module answers with. Compare with errors.Is:
//
//	errors.Is(err, createprocess.ERROR_FILE_NOT_FOUND)
//
// An Errno is also, with errors.Is, what package io/fs calls fs.ErrNotExist,
// fs.ErrPermission, fs.ErrClosed, and what package context calls
// context.Canceled and context.DeadlineExceeded, where it means that.
//
// [System Error Codes]: https://learn.microsoft.com/windows/win32/debug/system-error-codes
type Errno uint32

const (
	ERROR_SUCCESS                Errno = 0
	ERROR_FILE_NOT_FOUND         Errno = 2
	ERROR_PATH_NOT_FOUND         Errno = 3
	ERROR_TOO_MANY_OPEN_FILES    Errno = 4
	ERROR_ACCESS_DENIED          Errno = 5
	ERROR_INVALID_HANDLE         Errno = 6
	ERROR_NOT_ENOUGH_MEMORY      Errno = 8
	ERROR_GEN_FAILURE            Errno = 31
	ERROR_SHARING_VIOLATION      Errno = 32
	ERROR_NOT_SUPPORTED          Errno = 50
	ERROR_INVALID_PARAMETER      Errno = 87
	ERROR_CALL_NOT_IMPLEMENTED   Errno = 120
	ERROR_SIGNAL_REFUSED         Errno = 156
	ERROR_ALREADY_EXISTS         Errno = 183
	ERROR_BAD_EXE_FORMAT         Errno = 193
	ERROR_FILENAME_EXCED_RANGE   Errno = 206
	ERROR_DIRECTORY              Errno = 267
	ERROR_IO_PENDING             Errno = 997
	ERROR_SERVICE_NOT_ACTIVE     Errno = 1062
	ERROR_IO_DEVICE              Errno = 1117
	ERROR_CANCELLED              Errno = 1223
	ERROR_INVALID_OWNER          Errno = 1307
	ERROR_NO_LOGON_SERVERS       Errno = 1311
	ERROR_PRIVILEGE_NOT_HELD     Errno = 1314
	ERROR_LOGON_FAILURE          Errno = 1326
	ERROR_ACCOUNT_RESTRICTION    Errno = 1327
	ERROR_PASSWORD_EXPIRED       Errno = 1330
	ERROR_ACCOUNT_DISABLED       Errno = 1331
	ERROR_NONE_MAPPED            Errno = 1332
	ERROR_INVALID_ACL            Errno = 1336
	ERROR_INVALID_SID            Errno = 1337
	ERROR_INVALID_SECURITY_DESCR Errno = 1338
	ERROR_LOGON_TYPE_NOT_GRANTED Errno = 1385
	ERROR_TIMEOUT                Errno = 1460
	ERROR_ACCOUNT_EXPIRED        Errno = 1793
	ERROR_NOT_ENOUGH_QUOTA       Errno = 1816
	ERROR_PASSWORD_MUST_CHANGE   Errno = 1907
	ERROR_CANT_RESOLVE_FILENAME  Errno = 1921
)

var errnos = map[Errno]struct{ name, text string }{
	ERROR_SUCCESS:                {"ERROR_SUCCESS", "success"},
	ERROR_FILE_NOT_FOUND:         {"ERROR_FILE_NOT_FOUND", "no such file"},
	ERROR_PATH_NOT_FOUND:         {"ERROR_PATH_NOT_FOUND", "no such path"},
	ERROR_TOO_MANY_OPEN_FILES:    {"ERROR_TOO_MANY_OPEN_FILES", "too many open files"},
	ERROR_ACCESS_DENIED:          {"ERROR_ACCESS_DENIED", "access denied"},
	ERROR_INVALID_HANDLE:         {"ERROR_INVALID_HANDLE", "the handle is closed or was never open"},
	ERROR_NOT_ENOUGH_MEMORY:      {"ERROR_NOT_ENOUGH_MEMORY", "not enough memory"},
	ERROR_GEN_FAILURE:            {"ERROR_GEN_FAILURE", "the system failed in a way that has no Win32 code"},
	ERROR_SHARING_VIOLATION:      {"ERROR_SHARING_VIOLATION", "the file is in use"},
	ERROR_NOT_SUPPORTED:          {"ERROR_NOT_SUPPORTED", "not supported"},
	ERROR_INVALID_PARAMETER:      {"ERROR_INVALID_PARAMETER", "invalid parameter"},
	ERROR_CALL_NOT_IMPLEMENTED:   {"ERROR_CALL_NOT_IMPLEMENTED", "the system does not have this call"},
	ERROR_SIGNAL_REFUSED:         {"ERROR_SIGNAL_REFUSED", "the thread is suspended too often"},
	ERROR_ALREADY_EXISTS:         {"ERROR_ALREADY_EXISTS", "it exists already"},
	ERROR_BAD_EXE_FORMAT:         {"ERROR_BAD_EXE_FORMAT", "not an executable image"},
	ERROR_FILENAME_EXCED_RANGE:   {"ERROR_FILENAME_EXCED_RANGE", "too long"},
	ERROR_DIRECTORY:              {"ERROR_DIRECTORY", "not a directory"},
	ERROR_IO_PENDING:             {"ERROR_IO_PENDING", "it is still under way"},
	ERROR_SERVICE_NOT_ACTIVE:     {"ERROR_SERVICE_NOT_ACTIVE", "the service is not there"},
	ERROR_IO_DEVICE:              {"ERROR_IO_DEVICE", "input/output error"},
	ERROR_CANCELLED:              {"ERROR_CANCELLED", "cancelled"},
	ERROR_INVALID_OWNER:          {"ERROR_INVALID_OWNER", "the caller may not make this the owner"},
	ERROR_NO_LOGON_SERVERS:       {"ERROR_NO_LOGON_SERVERS", "who could check the password does not answer"},
	ERROR_PRIVILEGE_NOT_HELD:     {"ERROR_PRIVILEGE_NOT_HELD", "a privilege is missing"},
	ERROR_LOGON_FAILURE:          {"ERROR_LOGON_FAILURE", "the user name or the password is wrong"},
	ERROR_ACCOUNT_RESTRICTION:    {"ERROR_ACCOUNT_RESTRICTION", "the account may not log on like this"},
	ERROR_PASSWORD_EXPIRED:       {"ERROR_PASSWORD_EXPIRED", "the password has expired"},
	ERROR_ACCOUNT_DISABLED:       {"ERROR_ACCOUNT_DISABLED", "the account is locked"},
	ERROR_NONE_MAPPED:            {"ERROR_NONE_MAPPED", "there is no such account"},
	ERROR_INVALID_ACL:            {"ERROR_INVALID_ACL", "the access control list is malformed"},
	ERROR_INVALID_SID:            {"ERROR_INVALID_SID", "the SID is malformed"},
	ERROR_INVALID_SECURITY_DESCR: {"ERROR_INVALID_SECURITY_DESCR", "the security descriptor is malformed"},
	ERROR_LOGON_TYPE_NOT_GRANTED: {"ERROR_LOGON_TYPE_NOT_GRANTED", "the account may not log on here"},
	ERROR_TIMEOUT:                {"ERROR_TIMEOUT", "the time is up"},
	ERROR_ACCOUNT_EXPIRED:        {"ERROR_ACCOUNT_EXPIRED", "the account has expired"},
	ERROR_NOT_ENOUGH_QUOTA:       {"ERROR_NOT_ENOUGH_QUOTA", "a quota is used up"},
	ERROR_PASSWORD_MUST_CHANGE:   {"ERROR_PASSWORD_MUST_CHANGE", "the password must be changed first"},
	ERROR_CANT_RESOLVE_FILENAME:  {"ERROR_CANT_RESOLVE_FILENAME", "too many symbolic links"},
}

// Name is the code's name in the SDK, such as ERROR_DIRECTORY; "" if this
// module has none for it.
func (e Errno) Name() string { return errnos[e].name }

// Error is the name and the number: "ERROR_DIRECTORY (267)".
func (e Errno) Error() string {
	if n := e.Name(); n != "" {
		return fmt.Sprintf("%s (%d)", n, uint32(e))
	}
	return fmt.Sprintf("Win32 error %d", uint32(e))
}

// Is makes errors.Is find the errors of packages io/fs and context.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ERROR_FILE_NOT_FOUND || e == ERROR_PATH_NOT_FOUND
	case fs.ErrPermission:
		return e == ERROR_ACCESS_DENIED || e == ERROR_PRIVILEGE_NOT_HELD
	case fs.ErrClosed:
		return e == ERROR_INVALID_HANDLE
	case context.Canceled:
		return e == ERROR_CANCELLED
	case context.DeadlineExceeded:
		return e == ERROR_TIMEOUT
	}
	return false
}
