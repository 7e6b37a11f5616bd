package alerts

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// truth is what a moment of the world may be, drawn at random.
type truth struct {
	view View
	no   map[string]bool // by alert name: the condition is known to be over
	yes  map[string]bool
}

func drawn(t *rapid.T) truth {
	pick := rapid.IntRange(0, 2) // over, holds, not known
	srv, obj, chk := pick.Draw(t, "server"), pick.Draw(t, "objective"), pick.Draw(t, "check")
	out := truth{no: map[string]bool{ServerDown: srv == 0, ObjectiveMissed: obj == 0, CheckFailing: chk == 0},
		yes: map[string]bool{ServerDown: srv == 1, ObjectiveMissed: obj == 1, CheckFailing: chk == 1}}
	out.view = []View{well, down, dark}[srv]
	out.view.Objectives = []View{objective(model.ObjectivePass, 10, 1000), objective(model.ObjectiveFail, 200, 1000), objective(model.ObjectiveNoData, 0, 0)}[obj].Objectives
	out.view.Checks = []View{check(model.CheckHealthy, ""), check(model.CheckUnhealthy, "3 in a row"), check(model.CheckUnknown, "")}[chk].Checks
	return out
}

// told follows the changes of each alert.
type told map[string][]Change

// I19: each firing is followed by exactly one resolved, after its condition ended;
// what nobody knows resolves nothing and fires nothing. A book that is made anew of
// what was kept, at any moment, goes on in the same way.
func TestLifeProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := start
		steady, restarted := New("prod", nil, nil, now), New("prod", nil, nil, now)
		changes := make(told)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w := drawn(t)
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			w.view.Now = now
			changes.add(t, steady.Follow(w.view), w)
			restarted.Follow(w.view)
			same(t, steady, restarted)
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				restarted = New("prod", reread(t, restarted.List()), nil, now)
			}
		}
		for range 3 { // all is well at last
			now = now.Add(aWhile)
			v := well
			v.Now, v.Objectives, v.Checks = now, objective(model.ObjectivePass, 10, 1000).Objectives, check(model.CheckHealthy, "").Checks
			changes.add(t, steady.Follow(v), truth{no: map[string]bool{ServerDown: true, ObjectiveMissed: true, CheckFailing: true}})
		}
		for key, of := range changes {
			if last := of[len(of)-1]; last.What != Resolved {
				t.Fatalf("%s was never resolved", key)
			}
		}
	})
}

// add fails the test where changes do not take turns, or happen without ground.
func (all told) add(t *rapid.T, changes []Change, w truth) {
	for _, c := range changes {
		key, name := c.Alert.Key(), c.Alert.Name()
		before := all[key]
		if (c.What == Fired) != (len(before)%2 == 0) {
			t.Fatalf("%s: change %d is %v", key, len(before)+1, c.What)
		}
		if _, ours := w.no[name]; ours && (c.What == Resolved && !w.no[name] || c.What == Fired && !w.yes[name]) {
			t.Fatalf("%s: %v without ground", key, c.What)
		}
		if c.What == Resolved && !c.Alert.Fired.Equal(before[len(before)-1].Alert.Fired) {
			t.Fatalf("%s: what is resolved fired at another time", key)
		}
		all[key] = append(before, c)
	}
}

// reread gives a list as it comes back from what was kept.
func reread(t *rapid.T, list []model.Alert) (out []model.Alert) {
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// same fails the test unless two books list the same. Alerts of missing data are
// left out: what had data before a restart is not known.
func same(t *rapid.T, a, b *Book) {
	lists := [2][]model.Alert{}
	for i, book := range []*Book{a, b} {
		lists[i] = slices.DeleteFunc(slices.Clone(book.List()), func(a model.Alert) bool { return a.Name() == CheckNoData || a.Name() == ObjectiveNoData })
		lists[i] = reread(t, lists[i]) // nil and empty alike
	}
	if len(lists[0])+len(lists[1]) > 0 && !reflect.DeepEqual(lists[0], lists[1]) {
		t.Fatalf("without restarts %+v\nwith them %+v", lists[0], lists[1])
	}
}
