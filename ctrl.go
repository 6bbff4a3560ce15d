package createprocess

import "strconv"

// CtrlEvent is an event of a console, as [handler functions] get it.
//
// [handler functions]: https://learn.microsoft.com/windows/console/handlerroutine
type CtrlEvent uint32

const (
	CTRL_C_EVENT     CtrlEvent = 0
	CTRL_BREAK_EVENT CtrlEvent = 1
)

// GenerateConsoleCtrlEvent ([Microsoft's page]) sends an event to a process group: to that of a
// process created with CREATE_NEW_PROCESS_GROUP by its process identifier, or
// to the caller's own by 0 (on Windows: to all who share its console).
//
// On Linux CTRL_C_EVENT is SIGINT and CTRL_BREAK_EVENT is SIGQUIT; a group that
// is not there is ERROR_INVALID_PARAMETER (87). On Windows a process that was
// created with CREATE_NEW_PROCESS_GROUP ignores CTRL_C_EVENT unless it has
// enabled it for itself.
//
// [Microsoft's page]: https://learn.microsoft.com/windows/console/generateconsolectrlevent
func GenerateConsoleCtrlEvent(event CtrlEvent, processGroup int) error {
	object := "process group " + strconv.Itoa(processGroup)
	switch {
	case event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT:
		return invalid("GenerateConsoleCtrlEvent", "event "+strconv.Itoa(int(event)), "neither CTRL_C_EVENT nor CTRL_BREAK_EVENT")
	case processGroup < 0 || processGroup == 1: // kill(-1) would be everybody
		return invalid("GenerateConsoleCtrlEvent", object, "there is no such group")
	}
	if err := event.generate(processGroup); err != nil {
		return systemError("GenerateConsoleCtrlEvent", object, err)
	}
	return nil
}
