package createprocess

// unsupportedFlags are those that a program would rely on in vain. The others
// work, or ask for what is always so on Linux, or are about what Linux does not
// have and no program can tell: 16-bit subsystems, an error mode, a software
// restriction level.
const unsupportedFlags = DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS | CREATE_PROTECTED_PROCESS | CREATE_SECURE_PROCESS
