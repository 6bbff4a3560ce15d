package token

import (
	"errors"
	"os"
	"reflect"
	"testing"
)

func TestOfProcess(t *testing.T) {
	own, err := Current()
	if err != nil {
		t.Fatal(err)
	}
	read, err := OfProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Unix(), own.Unix()) || !reflect.DeepEqual(read.Security(), own.Security()) {
		t.Errorf("this process is %+v %+v, and by its number %+v %+v", own.Unix(), own.Security(), read.Unix(), read.Security())
	}
	var explained *Error
	if _, err := OfProcess(1 << 30); !errors.As(err, &explained) || explained.Code != errorInvalidParameter {
		t.Errorf("a process that is not there: %v", err)
	}
}

const status = "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t6 9 \nCapPrm:\t0000000000000003\nCapEff:\t0000000000000001\nNoNewPrivs:\t1\n"

func TestParseStatus(t *testing.T) {
	u, effective, err := parseStatus([]byte(status))
	if want := (Unix{UID: 2, GID: 6, Groups: []uint32{6, 9}, Capabilities: 3, NoNewPrivs: true}); err != nil || effective != 1 || !reflect.DeepEqual(u, want) {
		t.Errorf("%+v %v %v, want %+v", u, effective, err, want)
	}
	for _, text := range []string{
		"", "Uid:\t1\t2\t3\t4\n", "Uid:\t1\n" + status, "Gid:\t1\tx\t3\t4\n" + status, "Groups:\t-1\n" + status,
		"Groups:\t4294967295\n" + status, "CapPrm:\t\n" + status, "CapEff:\txyz\n" + status,
	} {
		if u, _, err := parseStatus([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, u)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(status))
	f.Add([]byte("Uid:\t1\t2\nGid"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, effective, err := parseStatus(text); err != nil && effective != 0 {
			t.Errorf("capabilities %v besides %v", effective, err)
		}
	})
}
