package sla

import (
	"math"
	"testing"
	"time"

	"tritop/model"
)

func availability(target float64) *model.Objective {
	return &model.Objective{Name: "availability", Model: "m", Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: target, Window: 5 * time.Minute}
}

// drive lets an account live through so many seconds of so many requests each.
type drive struct {
	a  *Account
	at time.Time
}

func newDrive(at time.Time) *drive {
	d := &drive{NewAccount(), at}
	d.a.Look(at, 1)
	return d
}

func (d *drive) second(valid, bad int64) {
	d.at = d.at.Add(time.Second)
	d.a.Look(d.at, 1)
	d.a.Book(Increment{From: d.at.Add(-time.Second), To: d.at, Valid: valid, Bad: bad, Version: "3"})
}

func (d *drive) run(seconds int, valid, bad int64) {
	for range seconds {
		d.second(valid, bad)
	}
}

// Burn factors are budget × period / long window: control.md A8.
func TestBurnFactors(t *testing.T) {
	t.Parallel()
	want := map[string]float64{"page 5m": 60, "page 1h": 14.4, "page 6h": 6, "ticket 1d": 3, "ticket 3d": 1}
	for _, b := range newDrive(zero).a.Burns(availability(0.999)) {
		if math.Abs(b.Factor-want[b.Name]) > 1e-9 || b.Firing || b.Few {
			t.Errorf("%+v, want %g", b, want[b.Name])
		}
		if b.Name != "page 5m" && b.Short*12 != b.Long {
			t.Errorf("%s: %s is no twelfth of %s", b.Name, b.Short, b.Long)
		}
		delete(want, b.Name)
	}
	if len(want) > 0 {
		t.Errorf("there is no %v", want)
	}
}

// Of a total outage at 99.9 % people are told after 18 s, and by A8 alone after 52 s.
func TestTimeToFire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before int // seconds
		bad    int64
		rule   string
		least  int
		most   int
	}{
		{"outage, fast page", 2 * 3600, 100, "page 5m", 18, 20},
		{"outage, page", 2 * 3600, 100, "page 1h", 51, 53},
		{"1.5 % fail", 2 * 3600, 2, "page 1h", 2500, 2700}, // 2 % at 100/s: 0.0144 × 3600 / 0.02 = 2,592 s
	} {
		d := newDrive(zero)
		d.run(c.before, 100, 0)
		fired := 0
		for s := 1; s < 4000 && fired == 0; s++ {
			d.second(100, c.bad)
			for _, b := range d.a.Burns(availability(0.999)) {
				if b.Name == c.rule && b.Firing {
					fired = s
				}
			}
		}
		if fired < c.least || fired > c.most {
			t.Errorf("%s: fires after %d s, want %d to %d", c.name, fired, c.least, c.most)
		}
	}
}

// One failure of ten is no page, and neither is it silence.
func TestBurnsWaitForTheirCounts(t *testing.T) {
	t.Parallel()
	d := newDrive(zero)
	d.run(10, 1, 0)
	d.second(1, 1)
	for _, b := range d.a.Burns(availability(0.999)) {
		if b.Firing || !b.Few {
			t.Errorf("%+v", b)
		}
	}
	d = newDrive(zero)
	d.run(40, 1, 1)
	for _, b := range d.a.Burns(availability(0.999)) {
		if !b.Firing {
			t.Errorf("%s does not fire, though all fails, whatever is not covered", b.Name)
		}
	}
}

func near(f model.Figure, want float64) bool {
	return f.Known() && math.Abs(f.Value-want) <= 0.01*math.Abs(want)
}

// 1 h of 1,000 h at 10 % failures where 1 % may fail spends 1 % of the budget.
func TestABudgetByHand(t *testing.T) {
	t.Parallel()
	o := availability(0.99)
	o.Period = 1000 * time.Hour
	d := newDrive(zero)
	d.run(3600, 100, 10)
	b := d.a.Budget(o, d.at)
	if b.SLO.Valid != 360_000 || b.SLO.Bad != 36_000 || !near(b.SLO.Left, 0.99) || !near(b.SLO.Coverage, 1) {
		t.Errorf("SLO %+v", b.SLO)
	}
	if !near(b.Rate, 10) || !b.Ends || math.Abs(b.Left.Hours()-99) > 1 || b.Over != 5*time.Minute {
		t.Errorf("spent %v times as fast, over %s, ends in %s", b.Rate, b.Over, b.Left)
	}
	want := model.Spender{Begin: zero.Add(time.Second), End: d.at, Bad: 36_000, Version: "3", Share: 1}
	if len(b.Spenders) != 1 || b.Spenders[0] != want {
		t.Errorf("%+v, want %+v", b.Spenders, want)
	}
}

func TestAnHourAfterAFault(t *testing.T) {
	t.Parallel()
	o := availability(0.99)
	o.Period = 1000 * time.Hour
	d := newDrive(zero)
	d.run(3600, 100, 10)
	d.run(3600, 100, 0)
	if b := d.a.Budget(o, d.at); b.Ends && b.Rate.Value > 6 || !near(b.SLO.Left, 0.99) {
		t.Errorf("an hour later %+v", b)
	}
}

// The contract's budget begins anew with the month, the rolling one does not.
func TestTheTurnOfAMonth(t *testing.T) {
	t.Parallel()
	d := newDrive(time.Date(2026, 11, 30, 23, 50, 0, 0, time.UTC))
	d.run(599, 100, 10)
	last := d.a.Budget(availability(0.99), d.at)
	if last.SLA.Valid != 59_900 || last.SLA.Period != 30*day || !last.SLA.From.Equal(d.at.Add(-599*time.Second)) {
		t.Errorf("in November %+v", last.SLA)
	}
	d.run(601, 100, 0)
	b := d.a.Budget(availability(0.99), d.at)
	if b.SLA.Valid != 60_000 && b.SLA.Valid != 60_100 || b.SLA.Bad != 0 || b.SLA.Period != 31*day || !b.SLA.From.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("in December %+v", b.SLA)
	}
	if b.SLO.Valid != 120_000 || b.SLO.Bad != 5990 {
		t.Errorf("rolling %+v", b.SLO)
	}
}

// A hole over the turn of a month is shared by both.
func TestAHoleOverTheTurnOfAMonth(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	a := NewAccount()
	a.Look(begin, 1)
	end := begin.Add(4 * time.Minute)
	a.Look(end, 1)
	a.Book(Increment{From: begin, To: end, Valid: 4000, Bad: 40})
	n := len(a.months)
	if n != 2 || a.months[0].valid < 999 || a.months[0].valid > 1001 || a.months[0].valid+a.months[1].valid != 4000 || a.months[0].bad+a.months[1].bad != 40 {
		t.Errorf("%+v", a.months)
	}
}

// What half of the time was not seen has no budget, but an alert all the same.
func TestUncovered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		observed float64
		known    bool
	}{{1, true}, {0.6, true}, {0.4, false}, {0, false}} {
		a := NewAccount()
		at := zero
		for range 600 {
			at = at.Add(time.Second)
			a.Look(at, c.observed)
			a.Book(Increment{From: at.Add(-time.Second), To: at, Valid: 10, Bad: 1})
		}
		b := a.Budget(availability(0.999), at)
		if b.SLO.Left.Known() != c.known || b.SLA.Left.Known() != c.known || math.Abs(b.SLO.Coverage.Value-c.observed) > 0.01 {
			t.Errorf("%g was observed: %+v", c.observed, b.SLO)
		}
		if !b.Burns[0].Firing {
			t.Errorf("%g was observed, and no alert", c.observed)
		}
	}
}

// More failures leave less of a budget, and no failure all of it.
func TestBudgetsAreMonotone(t *testing.T) {
	t.Parallel()
	left := 2.0
	for bad := range int64(10) {
		d := newDrive(zero)
		d.run(60, 10, bad)
		b := d.a.Budget(availability(0.99), d.at).SLO.Left
		if !b.Known() || b.Value >= left || bad == 0 && b.Value != 1 {
			t.Errorf("%d of 10 fail: %+v left, with one less %g", bad, b, left)
		}
		left = b.Value
	}
}

func TestWhatSpentIt(t *testing.T) {
	t.Parallel()
	d := newDrive(zero)
	for i := range 100 {
		d.run(1, 1000, int64(1+i%50))
		d.run(301, 10, 0)
	}
	b := d.a.Budget(availability(0.99), d.at)
	if n := len(d.a.spending.episodes); n != episodesKept || len(b.Spenders) != spendersTold || b.Spenders[0].Bad != 50 || b.Spenders[1].Bad != 50 || b.Spenders[4].Bad != 48 {
		t.Errorf("%d episodes, %+v", n, b.Spenders)
	}
}

func TestNoBudget(t *testing.T) {
	t.Parallel()
	d := newDrive(zero)
	d.run(60, 10, 1)
	for _, o := range []*model.Objective{objective(model.MetricP99, model.AtMostOp, 100), availability(1), objective(model.MetricErrorRate, model.AtLeastOp, 0.5)} {
		if b := d.a.Budget(o, d.at); b != nil {
			t.Errorf("%s %s %g has %+v", o.Metric, o.Op, o.Target, b)
		}
	}
	if b := NewAccount().Budget(availability(0.99), zero); b != nil {
		t.Errorf("nothing was looked at: %+v", b)
	}
}
