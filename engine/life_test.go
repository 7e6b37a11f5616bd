package engine

import (
	"fmt"
	"testing"
	"time"

	"tritop/counters"
	"tritop/model"
)

// A counter stands still until what was taken back has come again, and goes on
// over an unload and a load.
func TestALifeNeverGoesBack(t *testing.T) {
	t.Parallel()
	srv := &server{book: counters.NewBook(), replicas: make(map[counters.Key]*replica)}
	k := counters.Key{Model: "m", Version: "1"}
	t0 := time.Unix(1_700_000_000, 0)
	at := func(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }
	poll := func(s float64, ok, bad uint64) {
		srv.book.Poll(at(s), []model.Counters{{Model: "m", Version: "1", Success: model.Sum{Count: ok}, Fail: model.Sum{Count: bad}}})
	}
	want := func(when string, ok, bad uint64) {
		t.Helper()
		if u := srv.life(k).look(srv.book.Log(k)); u.Successes != ok || u.Failures != bad || !u.Since.Equal(at(0)) {
			t.Errorf("%s: %+v, want %d and %d", when, u, ok, bad)
		}
	}
	poll(0, 100, 5)
	want("the first look", 0, 0)
	poll(1, 103, 6)
	want("three and one", 3, 1)
	srv.book.Probed(at(1.1), 200*time.Millisecond, k, model.Yes) // one of the three
	want("one was a probe", 3, 1)
	poll(2, 104, 6)
	want("the next pays for it", 3, 1)
	poll(3, 106, 6)
	want("two more", 5, 1)
	poll(4, 2, 0)
	want("loaded anew", 7, 1)
	srv.book.Poll(at(5), nil)
	want("unloaded", 7, 1)
	poll(6, 4, 2)
	want("and loaded again", 11, 3)
}

func TestLivesOfVersionsThatAreGoneAreBounded(t *testing.T) {
	t.Parallel()
	srv := &server{replicas: map[counters.Key]*replica{{Model: "here"}: {}}}
	srv.life(counters.Key{Model: "here"}).users.Successes = 7
	for i := range 10 * spareLives {
		srv.life(counters.Key{Model: fmt.Sprint(i)})
	}
	if n := len(srv.lives); n > spareLives+2 || srv.life(counters.Key{Model: "here"}).users.Successes != 7 {
		t.Errorf("%d lives are kept, and that of the version that is there is %+v", n, srv.life(counters.Key{Model: "here"}))
	}
}
