package createprocess

// unsupportedFlags: whoever debugs a process needs functions that this module
// does not have, and would leave the child stopped for ever.
const unsupportedFlags = DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS
