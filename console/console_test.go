package console

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
	"github.com/seed-f798aa80/createprocess/internal/winetest"
)

// The tests in this file run natively on Linux and, built for Windows, under
// Wine.

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

func create(t *testing.T, size Size) *PseudoConsole {
	t.Helper()
	c, err := Create(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestInvalidSizes(t *testing.T) {
	c := create(t, Default)
	for _, size := range []Size{{}, {80, 0}, {0, 25}, {1 << 15, 25}, {80, 1<<16 - 1}} {
		if made, err := Create(size); made != nil || !errors.Is(err, syscall.EINVAL) {
			t.Errorf("Create(%v): %v", size, err)
		}
		if err := c.Resize(size); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("Resize(%v): %v", size, err)
		}
	}
	if size, err := c.Size(); size != Default || err != nil {
		t.Errorf("Size = %v, %v", size, err)
	}
}

func TestResize(t *testing.T) {
	if winetest.OnWine() {
		t.Skip("Wine 8: ResizePseudoConsole is not implemented")
	}
	c := create(t, Default)
	want := Size{Columns: 132, Rows: 43}
	if err := c.Resize(want); err != nil {
		t.Fatal(err)
	}
	if size, err := c.Size(); size != want || err != nil {
		t.Errorf("Size = %v, %v", size, err)
	}
}

// TestReadDeadline: a reader gives up, and another one reads on.
func TestReadDeadline(t *testing.T) {
	c := create(t, Default)
	for {
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Read(make([]byte, 100))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil { // until then the console says what it begins with
			t.Fatal(err)
		}
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 100))
		for err == nil {
			_, err = c.Read(make([]byte, 100))
		}
		ended <- err
	}()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
}

// TestCloseAgainstReaders: whenever a reader comes, Close ends it. A reader that
// had seen the console open and had not asked the system yet was not ended once.
func TestCloseAgainstReaders(t *testing.T) {
	times := 100
	if testing.Short() {
		times = 10
	}
	for range times {
		c := create(t, Default)
		var wg sync.WaitGroup
		var begun atomic.Int32
		for range 4 {
			wg.Go(func() {
				begun.Add(1)
				for err := error(nil); !errors.Is(err, os.ErrClosed); {
					// Readers that give up at once come again and again.
					c.SetReadDeadline(time.Now().Add(50 * time.Microsecond))
					_, err = c.Read(make([]byte, 1))
				}
			})
		}
		for begun.Load() == 0 {
			runtime.Gosched()
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

// TestClose: one Close succeeds; whoever reads then, or asks later, is told so.
func TestClose(t *testing.T) {
	c := create(t, Default)
	var closes atomic.Int32
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			buf := make([]byte, 100)
			for {
				if _, err := c.Read(buf); err != nil {
					if !errors.Is(err, os.ErrClosed) {
						t.Errorf("Read: %v", err)
					}
					return
				}
			}
		})
	}
	for range 5 {
		wg.Go(func() {
			time.Sleep(10 * time.Millisecond) // the others read
			switch err := c.Close(); {
			case err == nil:
				closes.Add(1)
			case !errors.Is(err, os.ErrClosed):
				t.Errorf("Close: %v", err)
			}
		})
	}
	wg.Wait()
	if n := closes.Load(); n != 1 {
		t.Errorf("%d of 5 have closed it", n)
	}
	_, sizeErr := c.Size()
	_, readErr := c.Read(make([]byte, 1))
	_, writeErr := c.Write([]byte{'x'})
	for i, err := range []error{sizeErr, readErr, writeErr, c.Close(), c.Resize(Default), c.Attach(func(uintptr) error { return nil })} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%d: after Close: %v", i, err)
		}
	}
}
