package job_test

import "testing"

func TestBothSystems(t *testing.T) { levels(t, bothSystems) }
