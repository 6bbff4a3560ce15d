package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The row "sample" is of another kind: the wall time of Microsoft's sample
// program creating a child that does nothing, from its start to its end, built
// with libcreateprocess, and built by mingw-w64 and run by a Wine whose server
// runs already.
const sampleRow = "sample"

// measureSample is the row, if this machine has what it needs.
func measureSample(dir string, times int) ([]result, error) {
	s, err := prepareSample(dir)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: left out: %v\n", sampleRow, err)
		return nil, nil
	}
	defer s.close()
	ours, wine, err := s.run(times)
	if err != nil {
		return nil, err
	}
	return []result{{Name: sampleRow, what: "Microsoft's sample program", Ours: ours, Wine: wine}}, nil
}

// sample is the two commands.
type sample struct {
	ours, wine *exec.Cmd
	close      func()
}

// prepareSample builds both. The error says what is missing.
func prepareSample(dir string) (*sample, error) {
	_, file, _, _ := runtime.Caller(0)
	repository := filepath.Dir(filepath.Dir(file))
	source, err := sampleSource(repository)
	if err != nil {
		return nil, err
	}
	wine, err := firstOf("/usr/lib/wine/wine64", "wine64", "wine")
	if err != nil {
		return nil, errors.New("it needs Wine (apt-get install wine64)")
	}
	server, err := firstOf("/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver", "wineserver")
	if err != nil {
		return nil, errors.New("it needs Wine's server (apt-get install wine64)")
	}
	mingw, err := exec.LookPath("x86_64-w64-mingw32-gcc")
	if err != nil {
		return nil, errors.New("it needs mingw-w64 (apt-get install gcc-mingw-w64-x86-64)")
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	prefix := path("prefix")
	if err := os.WriteFile(path("sample.c"), []byte(source), 0o666); err != nil {
		return nil, err
	}
	if err := os.WriteFile(path("child.c"), []byte("int main(void) { return 0; }\n"), 0o666); err != nil {
		return nil, err
	}
	if err := os.Mkdir(path("wine"), 0o777); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "WINEDEBUG=-all", "WINEPREFIX="+path("wine"))
	for _, args := range [][]string{
		{filepath.Join(repository, "capi", "install"), prefix},
		{"cc", "-O2", "-fshort-wchar", "-I" + prefix + "/include/createprocess", path("sample.c"), "-o", path("sample"),
			"-L" + prefix + "/lib", "-Wl,-rpath," + prefix + "/lib", "-lcreateprocess_start", "-lcreateprocess"},
		{mingw, "-O2", "-w", path("sample.c"), "-o", path("sample.exe")},
		{mingw, "-O2", path("child.c"), "-o", path("child.exe")},
		{server, "-p"},
		{wine, "wineboot", "--init"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = env
		// The server and what it starts stay: their output must not be waited for.
		log, err := os.Create(path("log"))
		if err != nil {
			return nil, err
		}
		cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, dir
		err = cmd.Run()
		log.Close()
		if err != nil {
			out, _ := os.ReadFile(path("log"))
			return nil, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	stop := exec.Command(server, "-k")
	stop.Env = env
	s := &sample{
		ours:  exec.Command(path("sample"), path("noop")),
		wine:  exec.Command(wine, path("sample.exe"), "child.exe"),
		close: func() { stop.Run() },
	}
	s.wine.Env, s.wine.Dir = env, dir
	return s, nil
}

func firstOf(names ...string) (path string, err error) {
	for _, name := range names {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// sampleSource is the program on Microsoft's page, which is not in the repository.
func sampleSource(repository string) (string, error) {
	dir := os.Getenv("CREATEPROCESS_SEED")
	if dir == "" {
		dir = filepath.Join(repository, "..", "shared", "seed")
	}
	pages, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return "", err
		}
		if _, rest, ok := strings.Cut(string(text), "```cpp\n"); ok {
			source, _, _ := strings.Cut(rest, "```")
			return source, nil
		}
	}
	return "", fmt.Errorf("it needs Microsoft's sample page in %s (CREATEPROCESS_SEED names another directory)", dir)
}

// run times both, one after the other, so often.
func (s *sample) run(times int) (ours, wine float64, err error) {
	var figures [2][]float64
	for range times {
		for i, c := range []*exec.Cmd{s.ours, s.wine} {
			cmd := exec.Command(c.Path, c.Args[1:]...)
			cmd.Env, cmd.Dir = c.Env, c.Dir
			begin := time.Now()
			if out, err := cmd.Output(); len(out) > 0 {
				return 0, 0, fmt.Errorf("%s: %s %v", filepath.Base(c.Path), out, err)
			}
			figures[i] = append(figures[i], float64(time.Since(begin).Nanoseconds())/1e3)
		}
	}
	return median(figures[0]), median(figures[1]), nil
}
