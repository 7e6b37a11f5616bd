package ui

import (
	"fmt"
	"testing"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// BenchmarkRows is what a frame costs while the cursor moves through 30, 1,000
// and 10,000 rows of one snapshot: rows are worked out once per snapshot, so a
// frame should not know how many there are. What a new snapshot costs, with
// sorting and filtering, is told apart.
func BenchmarkRows(b *testing.B) {
	for _, view := range []string{"servers", "versions"} {
		b.Run(view, func(b *testing.B) { benchRows(b, view) })
	}
}

func benchRows(b *testing.B, name string) {
	sizes := []int{30, 1000, 10_000}
	screens := make([]*rowsScreen, len(sizes))
	for i, n := range sizes {
		screens[i] = newRowsScreen(b, name, n)
	}
	frames, news := make([][]time.Duration, len(sizes)), make([][]time.Duration, len(sizes))
	for b.Loop() {
		for i, s := range screens { // in turns
			frames[i] = append(frames[i], s.step())
			if len(frames[i])%64 == 1 {
				news[i] = append(news[i], s.news())
			}
		}
	}
	few := float64(quantile(frames[0], 0.5))
	for i, n := range sizes {
		b.ReportMetric(float64(quantile(frames[i], 0.5))/1e6, fmt.Sprintf("ms-frame-%d", n))
		b.ReportMetric(float64(quantile(news[i], 0.5))/1e6, fmt.Sprintf("ms-news-%d", n))
		if i > 0 {
			b.ReportMetric(float64(quantile(frames[i], 0.5))/few, fmt.Sprintf("x-30-rows-%d", n))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// rowsScreen is a screen on a table of many rows, sorted and filtered.
type rowsScreen struct {
	sc    *screen
	g     *grid.Grid
	snaps [2]*model.Snapshot // the same rows, twice
	moved int
}

func newRowsScreen(b *testing.B, name string, rows int) *rowsScreen {
	b.Helper()
	v, err := parseView(name)
	if err != nil {
		b.Fatal(err)
	}
	r := &rowsScreen{sc: newScreen(Options{Theme: themes.Default(false)})}
	r.sc.stack = append(r.sc.stack, openView(v))
	const around = 4 // header, crumbs, heading, footer
	r.sc.top().zoomed = true
	r.g = grid.New(200, 30+around, r.sc.opt.Theme, r.sc.glyphs())
	base, err := fleet("ready-lies", 0, 40*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	for i := range r.snaps {
		r.snaps[i] = manyRows(base, name, rows)
	}
	r.sc.draw(r.g, r.snaps[0])
	if got := len(r.sc.top().pane().rows); got != rows {
		b.Fatalf("%d rows, want %d", got, rows)
	}
	if err := r.sc.setFilter("!nosuchname"); err != nil {
		b.Fatal(err)
	}
	r.sc.press(r.snaps[0], "E")
	r.sc.press(r.snaps[0], "x")
	r.sc.draw(r.g, r.snaps[0])
	if span := r.sc.top().pane().span; span.N < 29 {
		b.Fatalf("%d rows are seen", span.N)
	}
	return r
}

// manyRows repeats the servers of a fleet under other names: a row each, or
// twenty model versions each.
func manyRows(base *model.Snapshot, name string, rows int) *model.Snapshot {
	s := *base
	s.Servers = nil
	each := 1
	if name == "versions" {
		each = 20
	}
	for n := 0; n < rows; n += each {
		srv := base.Servers[len(s.Servers)%len(base.Servers)]
		srv.Name = fmt.Sprintf("%s-%05d", srv.Name, n)
		var reps []model.Replica
		for k := range min(each, rows-n) {
			rep := srv.Replicas[k%len(srv.Replicas)]
			rep.Server, rep.Version = srv.Name, fmt.Sprint(k)
			reps = append(reps, rep)
		}
		srv.Replicas = reps
		s.Servers = append(s.Servers, srv)
	}
	return &s
}

// step moves the cursor and draws.
func (r *rowsScreen) step() time.Duration {
	key := "pgdown"
	if r.moved++; r.moved%2 == 0 {
		key = "down"
	}
	began := time.Now()
	r.sc.press(r.snaps[0], key)
	r.sc.draw(r.g, r.snaps[0])
	return time.Since(began)
}

// news draws a new snapshot with the same rows.
func (r *rowsScreen) news() time.Duration {
	r.snaps[0], r.snaps[1] = r.snaps[1], r.snaps[0]
	began := time.Now()
	r.sc.draw(r.g, r.snaps[0])
	return time.Since(began)
}
