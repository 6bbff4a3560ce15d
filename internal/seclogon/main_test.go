//go:build linux

package seclogon

import (
	"os"
	"testing"

	"github.com/seed-f798aa80/createprocess/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }
