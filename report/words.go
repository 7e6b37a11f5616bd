package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// table is a part of the report: the same in Markdown and HTML.
type table struct {
	title string
	head  []string
	rows  [][]string
	empty string // what is said where there are no rows
}

// tables are the report for people.
func (d *Document) tables() []table {
	out := []table{
		{title: "Verdicts", head: []string{"verdict", "for", "share"}, empty: "none recorded"},
		{title: "Service levels", head: []string{"objective", "model", "verdict", "value", "goal", "window", "source", "n", "budget left"}, empty: "no objective was judged at the end of the time"},
		{title: "Users' requests", head: []string{"model", "requests", "failures", "succeeded", "observed for"}, empty: "none recorded"},
		troubleTable("Violations", d.Violations), troubleTable("Health", d.Health),
		eventTable("Alerts", d.Alerts), eventTable("Events", d.Events),
	}
	for _, v := range d.Verdicts {
		out[0].rows = append(out[0].rows, []string{v.Verdict, lasted(&v.Seconds), percent(&v.Ratio, 2)})
	}
	for _, o := range d.Objectives {
		out[1].rows = append(out[1].rows, []string{o.Objective, o.Model, o.Verdict, known(o.Value, o.Unit, o.ValueWhy), sign(o.Op) + " " + known(&o.Target, o.Unit, ""),
			lasted(&o.Window), orDash(o.Source), strconv.FormatUint(o.N, 10), budget(&o)})
	}
	for _, r := range d.Requests {
		succeeded := percent(r.Success, 4)
		if r.Success == nil {
			succeeded = r.Why
		}
		out[2].rows = append(out[2].rows, []string{r.Name, strconv.FormatUint(r.Requests, 10), strconv.FormatUint(r.Failures, 10), succeeded, lasted(&r.Observed)})
	}
	if d.EventsLeft > 0 {
		out[6].title += fmt.Sprintf(" (the last %d; %d more are not listed)", len(d.Events), d.EventsLeft)
	}
	for _, act := range []string{"Failovers", "Rollouts", "Scaling"} {
		out = append(out, table{title: act, empty: "none recorded"})
	}
	return out
}

func troubleTable(title string, all []trouble) table {
	t := table{title: title, head: []string{"from (UTC)", "for", "what", "how", "verdict", "detail"}, empty: "none recorded"}
	for _, x := range all {
		length := lasted(x.Lasted)
		if x.Lasted == nil {
			length = x.LastWhy
		}
		t.rows = append(t.rows, []string{clock(x.From), length, x.Object, x.Words, x.Verdict, x.Detail})
	}
	return t
}

func eventTable(title string, all []event) table {
	t := table{title: title, head: []string{"at (UTC)", "kind", "what", "how", "detail"}, empty: "none recorded"}
	for _, e := range all {
		t.rows = append(t.rows, []string{clock(e.At), e.Kind, e.Object, e.Words, e.Detail})
	}
	return t
}

// sign is an operator as people write it.
func sign(op string) string {
	return strings.NewReplacer("<=", "≤", ">=", "≥").Replace(op)
}

func clock(at string) string { return strings.TrimSuffix(strings.Replace(at, "T", " ", 1), "Z") }

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func budget(l *level) string {
	if l.Budget == nil {
		return orDash(l.BudgetWhy)
	}
	return percent(l.Budget, 1)
}

// known writes a figure with its unit, or why there is none.
func known(v *float64, unit, why string) string {
	switch {
	case v == nil:
		return why
	case unit == "ratio":
		return percent(v, 4)
	case unit == "per_s":
		return strconv.FormatFloat(*v, 'g', 4, 64) + "/s"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64) + " ms"
}

func percent(v *float64, decimals int) string {
	if v == nil {
		return "-"
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(100**v, 'f', decimals, 64), "0"), ".") + " %"
}

func lasted(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	d := time.Duration(*seconds * float64(time.Second))
	if d >= time.Minute {
		d = d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond).String()
}

// headline says what it is about in a line.
func (d *Document) headline() string {
	return fmt.Sprintf("%s from %s to %s UTC; %s.", d.Fleet, clock(d.From), clock(d.At), d.Origin)
}

// verdictLine says how the fleet is at the end.
func (d *Document) verdictLine() string {
	if d.Reason == "" {
		return "At the end: " + d.Verdict + "."
	}
	return "At the end: " + d.Verdict + ", " + d.Reason + "."
}
