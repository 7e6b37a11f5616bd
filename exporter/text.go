package exporter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// kind is the type of a family in the text.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
	summary   kind = "summary"
)

// text is what is written. A family is begun with its name; it is left out where
// it has no sample.
type text struct {
	out  []byte
	head []byte // of the family that was begun, until its first sample
	name string
}

// family begins a family.
func (t *text) family(name string, of kind, help string) {
	t.name = name
	t.head = append(t.head[:0], "# HELP "...)
	t.head = append(t.head, name...)
	t.head = append(t.head, ' ')
	t.head = append(t.head, help...)
	t.head = append(t.head, "\n# TYPE "...)
	t.head = append(t.head, name...)
	t.head = append(t.head, ' ')
	t.head = append(t.head, of...)
	t.head = append(t.head, '\n')
}

// sample writes one sample. A value that is no number is not known: none is written.
func (t *text) sample(labels string, v float64) { t.part("", labels, "", v) }

// part writes a sample of a family whose samples have names of their own; more are
// labels behind the others.
func (t *text) part(suffix, labels, more string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	t.out = append(t.out, t.head...)
	t.head = t.head[:0]
	t.out = append(t.out, t.name...)
	t.out = append(t.out, suffix...)
	if labels != "" || more != "" {
		t.out = append(t.out, '{')
		t.out = append(t.out, labels...)
		if labels != "" && more != "" {
			t.out = append(t.out, ',')
		}
		t.out = append(t.out, more...)
		t.out = append(t.out, '}')
	}
	t.out = append(t.out, ' ')
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		t.out = strconv.AppendInt(t.out, int64(v), 10)
	} else {
		t.out = strconv.AppendFloat(t.out, v, 'g', -1, 64)
	}
	t.out = append(t.out, '\n')
}

// figure writes a sample of a figure times a scale, where it is known.
func (t *text) figure(labels string, f model.Figure, scale float64) {
	if f.Known() {
		t.sample(labels, f.Value*scale)
	}
}

// count writes a sample of a whole number.
func (t *text) count(labels string, n uint64) { t.sample(labels, float64(n)) }

// sum writes a summary without quantiles: the times and how many they are.
func (t *text) sum(labels string, s model.Sum) {
	t.part("_sum", labels, "", float64(s.Ns)/1e9)
	t.part("_count", labels, "", float64(s.Count))
}

// durations writes a histogram of times.
func (t *text) durations(labels string, d *model.Durations) {
	if d == nil {
		return
	}
	edges := model.DurationEdges()
	n := uint64(0)
	for i, c := range d.Counts {
		n += c
		le := "+Inf"
		if i < len(edges) {
			le = strconv.FormatFloat(edges[i].Seconds(), 'g', -1, 64)
		}
		t.part("_bucket", labels, `le="`+le+`"`, float64(n))
	}
	t.part("_sum", labels, "", d.Sum.Seconds())
	t.part("_count", labels, "", float64(n))
}

// truth is 1 or 0.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// age is how old something is, in seconds.
func age(now, at time.Time) float64 { return max(0, now.Sub(at).Seconds()) }

// labels writes pairs of name and value as they stand between braces.
func labels(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i])
		b.WriteString(`="`)
		b.WriteString(escaped(pairs[i+1]))
		b.WriteByte('"')
	}
	return b.String()
}

// escaped makes a label's value of a text: what a line or its quotes would end is
// written as the format wants it, what is no text as �.
func escaped(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if !strings.ContainsAny(s, "\\\"\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}
