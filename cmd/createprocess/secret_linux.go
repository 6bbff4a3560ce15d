package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// askSecret asks on the terminal, whatever the standard files are, and reads the
// answer into buffer. (Package term's ReadPassword leaves copies of it behind.)
// A signal that ends the command meanwhile leaves the terminal as it was.
func askSecret(message string, echo bool, buffer []byte) ([]byte, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errors.New("there is no terminal to ask on; --password-stdin reads it from standard input")
	}
	defer unix.Close(fd)
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	restore := func() { unix.IoctlSetTermios(fd, unix.TCSETSF, was) }
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, forwarded...)
	done := make(chan struct{})
	go func() {
		select {
		case sig := <-signals:
			restore()
			os.Exit(exitSignal + int(sig.(unix.Signal)))
		case <-done:
		}
	}()
	defer close(done)
	defer signal.Stop(signals)
	silent := *was
	if !echo {
		silent.Lflag = silent.Lflag&^unix.ECHO | unix.ECHONL
	}
	silent.Lflag |= unix.ICANON | unix.ISIG
	silent.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, unix.TCSETSF, &silent); err != nil {
		return nil, err
	}
	defer restore()
	if _, err := unix.Write(fd, []byte(message)); err != nil {
		return nil, err
	}
	return readLine(terminal(fd), buffer)
}

// terminal reads a descriptor without a buffer of its own.
type terminal int

func (t terminal) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(t), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, fmt.Errorf("the terminal has been closed, or Ctrl-D typed")
		default:
			return n, nil
		}
	}
}
