package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a number of bytes, as a flag: 1048576, 512K, 1.5G. The units are
// powers of 1024.
type size uint64

func (s *size) Set(text string) error {
	const units = "KMGT"
	number, factor := text, 1.0
	if n := len(text); n > 0 {
		if at := strings.IndexByte(units, text[n-1]&^0x20); at >= 0 {
			number, factor = text[:n-1], math.Pow(1024, float64(at+1))
		}
	}
	for _, c := range number {
		if c != '.' && (c < '0' || c > '9') {
			number = ""
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value*factor >= math.MaxInt64 || factor == 1 && value != math.Trunc(value) {
		return fmt.Errorf("%q is not a size: it takes bytes, or a number with K, M, G or T behind it", text)
	}
	*s = size(value * factor)
	return nil
}

func (s *size) String() string { return strconv.FormatUint(uint64(*s), 10) }

func (s *size) Type() string { return "SIZE" }
