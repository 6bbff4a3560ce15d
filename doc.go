// Package createprocess creates processes and owns them: Win32's CreateProcess
// and the system around it, native on Linux and over the real API on Windows.
// It is not a shell and reads no output; package exec (the os/exec API) is for
// those who want that.
//
// The shortest use runs a program and waits for it:
//
//	pi, err := createprocess.CreateProcess(createprocess.Params{Args: []string{"git", "gc"}})
//	if err != nil {
//		return err
//	}
//	defer pi.Close()
//	code, err := pi.Process.Wait(ctx)
//
// # What to expect
//
// A child runs independently of its creator. It gets no descriptor but its
// standard files and those that a HANDLE_LIST names. When it ends it is
// collected at once, whether or not anybody waits for it and whether or not
// its handles are open: there are no zombies. Ten thousand live children need
// no more threads than ten.
//
// Every failure is an [*Error] with the step that failed, what it was about,
// the Win32 code and the system's own errno.
//
// The names are Win32's; Microsoft's documentation says what they mean, and
// docs/semantics.md what they do on Linux.
package createprocess
