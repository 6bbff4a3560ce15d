//go:build linux

package cgroupfs

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestParseFlat(t *testing.T) {
	got := ParseFlat("populated 1\nfrozen 0\nnew_kind a b\nusage_usec 18446744073709551615\n\nno_number x\n")
	want := map[string]uint64{"populated": 1, "frozen": 0, "usage_usec": math.MaxUint64}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestParseNested(t *testing.T) {
	got := ParseNested("8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0\n253:0 rbytes=5 wbytes=max cost.usage=7\n9:0 \n")
	want := map[string]uint64{"rbytes": 15, "wbytes": 20, "rios": 1, "wios": 2, "dbytes": 0, "cost.usage": 7}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestParseMax(t *testing.T) {
	for text, want := range map[string]uint64{"max\n": Max, "0\n": 0, "65536\n": 65536} {
		if n, err := ParseMax(text); n != want || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "-1", "2G", "1 2", "18446744073709551616"} {
		if n, err := ParseMax(text); err == nil {
			t.Errorf("%q: %d", text, n)
		}
	}
}

func TestParsePIDs(t *testing.T) {
	if pids, err := ParsePIDs("1\n0\n4194304\n"); !slices.Equal(pids, []int{1, 4194304}) || err != nil {
		t.Errorf("%v, %v", pids, err)
	}
	for _, text := range []string{"-1\n", "x\n", "99999999999\n"} {
		if pids, err := ParsePIDs(text); err == nil {
			t.Errorf("%q: %v", text, pids)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	for text, want := range map[string][]int{"\n": nil, "0\n": {0}, "0-2,7\n": {0, 1, 2, 7}, "3,1": {3, 1}} {
		if list, err := ParseCPUs(text); !slices.Equal(list, want) || err != nil {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
	for _, text := range []string{"-", "1-", "2-1", "0-99999999", "a", ",", "0-60000,0-60000"} {
		if list, err := ParseCPUs(text); err == nil {
			t.Errorf("%q: %d processors", text, len(list))
		}
	}
}

func TestParseOwn(t *testing.T) {
	for text, want := range map[string]string{
		"0::/\n": "/",
		"4:memory:/a\n1:name=systemd:/b\n0::/user.slice/x:y\n": "/user.slice/x:y",
		"0::/gone (deleted)\n":                                 "/gone",
	} {
		if path, ok := ParseOwn(text); path != want || !ok {
			t.Errorf("%q: %q, %v", text, path, ok)
		}
	}
	for _, text := range []string{"", "4:memory:/a\n", "0::\n"} {
		if path, ok := ParseOwn(text); ok {
			t.Errorf("%q: %q", text, path)
		}
	}
}

func TestFind(t *testing.T) {
	mounts := ParseMounts(strings.Join([]string{
		`22 1 0:20 / /sys rw - sysfs sysfs rw`,
		`30 22 0:26 / /sys/fs/cgroup/uni\040fied rw,nosuid shared:9 - cgroup2 cgroup2 rw`,
		`31 22 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory`,
		`32 1 0:26 /docker/abc /mnt rw - cgroup2 cgroup2 rw`,
		`33`,
	}, "\n"))
	want := []Mount{{"/", "/sys/fs/cgroup/uni fied"}, {"/docker/abc", "/mnt"}}
	if !slices.Equal(mounts, want) {
		t.Fatalf("%v, want %v", mounts, want)
	}
	for _, c := range []struct {
		mounts []Mount
		cgroup string
		dir    string
		ok     bool
	}{
		{mounts, "/a/b", "/sys/fs/cgroup/uni fied/a/b", true},
		{mounts, "/", "/sys/fs/cgroup/uni fied", true},
		{mounts[1:], "/docker/abc", "/mnt", true},
		{mounts[1:], "/docker/abc/d", "/mnt/d", true},
		{mounts[1:], "/docker/abcd", "", false},
		{mounts[1:], "/", "", false},
		{mounts, "/../other", "", false},
		{nil, "/", "", false},
	} {
		if dir, _, ok := Find(c.mounts, c.cgroup); dir != c.dir || ok != c.ok {
			t.Errorf("%v: %q, %v", c, dir, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"populated 1\nfrozen 0\n", "8:0 rbytes=1 wbytes=2\n", "max\n", "12\n13\n", "0-3,7\n", "0::/a\n",
		`30 22 0:26 / /sys/fs/cgroup\040x rw shared:9 - cgroup2 cgroup2 rw`, `3 3 3 \1 \77777 - cgroup2 `,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ParseFlat(text)
		ParseNested(text)
		ParseMax(text)
		if pids, err := ParsePIDs(text); err == nil && slices.ContainsFunc(pids, func(n int) bool { return n <= 0 }) {
			t.Errorf("%q: %v", text, pids)
		}
		if list, err := ParseCPUs(text); err == nil {
			again, err := ParseCPUs(FormatCPUs(list))
			if err != nil || !slices.Equal(again, list) {
				t.Errorf("%q: %v, and again %v, %v", text, list, again, err)
			}
		}
		if path, ok := ParseOwn(text); ok && path[0] != '/' {
			t.Errorf("%q: %q", text, path)
		}
		Find(ParseMounts(text), text)
	})
}
