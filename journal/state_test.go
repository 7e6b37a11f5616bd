package journal

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// State gives of some kinds what a replay of everything gives, whatever was trimmed
// into state files.
func TestStateOfSomeKinds(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	o.SegmentBytes, o.TotalBytes = 2000, 6000
	j := open(t, o)
	for n := range 200 {
		a := Record{Kind: KindAlert, Key: fmt.Sprint("a", n%7), Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}
		if n%31 == 0 {
			a.Data = nil
		}
		keep(t, j, note(n), a, Record{Kind: KindAck, Key: fmt.Sprint(n % 3), Data: json.RawMessage(`{}`)})
	}
	want, _ := state(t, o.Dir)
	got, err := State(Disk{}, o.Dir, KindAlert)
	done(t, err)
	if a, b := want.Of(KindAlert, when), got.Of(KindAlert, when); len(a) < 5 || !reflect.DeepEqual(a, b) || len(got.Of(KindAck, when)) > 0 {
		t.Errorf("%d alerts, want %d: %+v", len(b), len(a), b)
	}
	if none, err := State(Disk{}, t.TempDir(), KindAlert); err != nil || len(none.Of(KindAlert, time.Now())) > 0 {
		t.Errorf("of nothing: %v", err)
	}
}
