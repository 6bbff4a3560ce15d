package console

import (
	"errors"
	"os"
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
