package job

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	p := pace{lookSoonest, lookSoonest}
	if p.hurry() {
		t.Error("before the first look there is no hurry")
	}
	want := func(what string, pause time.Duration) {
		t.Helper()
		if p.pause != pause {
			t.Errorf("%s: the pause is %v, not %v", what, p.pause, pause)
		}
		if w := p.wait(); w <= 0 || w > p.pause {
			t.Errorf("%s: the wait is %v of %v", what, w, p.pause)
		}
	}
	const cheap = 10 * time.Microsecond
	p.looked(true, cheap, 1)
	want("something was found", lookSoonest)
	for range 3 {
		p.looked(false, cheap, 1)
	}
	want("nothing was found three times", 8*lookSoonest)
	for range 10 {
		p.looked(false, cheap, 1)
	}
	want("nothing for long", lookLatest)
	if !p.hurry() || p.hurry() {
		t.Error("a change makes it hurry once")
	}
	want("a change", lookSoonest)

	// A look that takes 10 ms may be taken twice in a second.
	p.looked(true, 10*time.Millisecond, 1)
	want("a dear look has found something", 640*time.Millisecond)
	if p.hurry() {
		t.Error("a dear look is hurried")
	}
	p.looked(false, 10*time.Millisecond, 1)
	want("a dear look has found nothing", 640*time.Millisecond)

	// A thousand cheap ones share what one may take, but not when there is a change.
	for range 20 {
		p.looked(false, cheap, 1000)
	}
	want("a thousand listeners", 640*time.Millisecond)
	p.looked(true, cheap, 1000)
	want("a thousand listeners, something found", lookSoonest)
}
