package query

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// columns are those of a table of servers.
func columns() []Field {
	return []Field{
		{Name: "region"}, {Name: "state"}, {Name: "since", Numeric: true, Unit: Seconds},
		Titled("RPS", true), Titled("ERR %", true), Titled("QUEUE ms", true), Titled("MEM GiB", true), Titled("RPS TREND", false), {Name: "heap", Numeric: true, Unit: Bytes},
	}
}

// record is a row: a name and a value for each column.
type record struct {
	name   string
	values map[string]Value
}

func (r *record) Name() string { return r.name }

func (r *record) Field(i int) Value { return r.values[columns()[i].Name] }

func text(s string) Value    { return Value{Text: s, Known: true} }
func number(v float64) Value { return Value{Number: v, Known: true, Numeric: true} }
func passes(q *Query) string {
	var out []string
	for _, r := range fleet() {
		if q.Match(r) {
			out = append(out, r.name)
		}
	}
	return strings.Join(out, " ")
}

func fleet() []*record {
	return []*record{
		{"eu1-gpu-03", map[string]Value{"region": text("eu1"), "state": text("says ready, cannot infer"), "since": number(190), "rps": number(4823), "err": number(2.54), "queue": number(5.17), "mem": number(10.5), "heap": number(3 << 30)}},
		{"us1-gpu-11", map[string]Value{"region": text("us1"), "state": text("ready"), "since": number(3600), "rps": number(64), "err": number(0.04), "queue": number(1500), "mem": number(80), "heap": number(512)}},
		{"Straße-K", map[string]Value{"region": text(""), "state": text("hung"), "since": number(5), "rps": number(0), "err": number(0), "queue": number(0)}},
		{"lost", map[string]Value{"state": text("no data")}},
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	const eu, us, st, lost = "eu1-gpu-03", "us1-gpu-11", "Straße-K", "lost"
	for in, want := range map[string][]string{
		"":    {eu, us, st, lost},
		" \t": {eu, us, st, lost},

		"gpu":            {eu, us},
		"GPU-03":         {eu},
		"gpu 03":         {eu},
		"1":              {eu, us},
		"eu1|lost":       {eu, lost},
		"eu1 | lost":     {eu, lost},
		"eu1|us1 gpu-1":  {us},
		"gpu eu1 | lost": {eu}, // a | binds closer than a blank
		"STRASSE":        nil,
		"STRAßE":         {st},
		"\u212a":         {st}, // the sign of Kelvin is a K
		`"gpu-1"`:        {us},
		`"eu1-gpu`:       {eu}, // still being typed
		`""`:             {eu, us, st, lost},

		"e1g3": {eu}, "eug3": {eu}, "egpu": {eu}, "eu-g3": {eu}, "u1g1": {us}, "eg": nil, "131": nil, "e3": nil, "up3": nil, "e1p3": nil, "ug1": {us}, "us1g11": {us}, `"e1g3"`: nil,

		"!gpu":         {st, lost},
		"!!gpu":        {eu, us},
		"!eu1 gpu":     {us},
		"! eu1":        {us, st, lost},
		"! eu1 gpu-03": {us, st, lost},
		"! !eu1":       {eu},
		"! eu1|lost":   {us, st},
		"!eu1|lost":    {us, st, lost},

		"region=eu1": {eu}, "region=EU1": {eu}, "REGION==eu1": {eu}, "reg=eu1": {eu}, "region=eu": nil, "region=*1": {eu, us}, "region=e*": {eu}, "region=*": {eu, us, st},
		"region=*u*1": {eu, us}, "region=*e*1": {eu}, "region=**": {eu, us, st}, `region="*1"`: nil, `region=""`: {st},
		"region=eu1|us1": {eu, us}, "region!=eu1": {us, st}, "!region=eu1": {us, st}, "!region!=eu1": {eu}, "region!=eu1|us1": {st}, "!region=eu1|us1": {st},
		"region=eu1|state=hung": {eu, st}, "region=eu1|!gpu": {eu, st, lost}, `region=eu1|"us1"`: {eu, us}, "region=eu1 | us1": {eu, us}, "region=eu1| lost": {eu, lost},
		"region=?": {lost}, "region=-": {lost}, "region!=?": {eu, us, st}, "!region=?": {eu, us, st}, "region=?|eu1": {eu, lost}, "region!=?|eu1": {us, st},
		`region="?"`: nil, `state="says ready, cannot infer"`: {eu}, "state~ready": {eu, us}, "state=~READY": {eu, us}, "state!~ready": {st, lost}, `state~"ready, c"`: {eu}, "state~srci": nil, `state~"srci"`: nil,

		"err>1": {eu}, "er>1": {eu}, "err<1": {us, st}, "!err>1": {us, st}, "err>=0.04": {eu, us}, "err<=0": {st}, "err>1%": {eu}, "e>1": {eu}, "! err>1": {us, st},
		"err=2.5": {eu}, "err=2.54": {eu}, "err=2.6": nil, "err=3": {eu}, "err!=2.5": {us, st}, "err=?": {lost}, "err=-": {lost}, "err=0|?": {us, st, lost}, "err=0.00": {st}, "err>-1": {eu, us, st}, "err=0.0|2.5": {eu, us, st},
		"rps>4k": {eu}, "rps=4.8k": {eu}, "rps=4.9k": nil, "rps<0.001M": {us, st}, "rps=64": {us}, "rpstrend=?": {eu, us, st, lost},
		"queue>1s": {us}, "queue=1.5s": {us}, "queue>5ms": {eu, us}, "queue>5": {eu, us}, "queue=5.2": {eu}, "queue>100us": {eu, us}, "queue<100µs": {st},
		"since>3m": {eu, us}, "since=3m10s": {eu}, "since>3m10s": {us}, "since<1h": {eu, st}, "since=1h": {us}, "since>500ms": {eu, us, st}, "since>4": {eu, us, st},
		"mem>10": {eu, us}, "mem>20GiB": {us}, "mem<11264MiB": {eu}, "heap>1GiB": {eu}, "heap=512B": {us}, "heap<1KiB": {us},
		"gpu err>1 region=eu1": {eu}, "region=eu1 err<1 | queue>5": {eu},
	} {
		q, err := Parse(in, columns())
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := passes(&q); got != strings.Join(want, " ") {
			t.Errorf("%q passes %q, want %q", in, got, strings.Join(want, " "))
		}
		if q.Text() != strings.TrimSpace(in) || q.Empty() != (strings.TrimSpace(in) == "") {
			t.Errorf("%q: text %q, empty %v", in, q.Text(), q.Empty())
		}
	}
}

func TestTheZeroQueryLetsEverythingThrough(t *testing.T) {
	t.Parallel()
	var q Query
	if !q.Empty() || q.Text() != "" || passes(&q) != "eu1-gpu-03 us1-gpu-11 Straße-K lost" {
		t.Errorf("empty %v, text %q, passes %q", q.Empty(), q.Text(), passes(&q))
	}
}

// A value that cannot be compared is as if it were not known.
func TestANumberThatIsNoneComparesWithNothing(t *testing.T) {
	t.Parallel()
	for _, v := range []Value{{Known: true, Text: "5/6"}, number(math.NaN())} {
		r := &record{"n", map[string]Value{"err": v}}
		for _, in := range []string{"err>0", "err<=0", "err=0", "err!=0", "!err>0", "! err>0"} {
			if q, err := Parse(in, columns()); err != nil || q.Match(r) {
				t.Errorf("%s of %v: %v", in, v, err)
			}
		}
	}
}

func TestErrorsSayWhereWhyAndWhatNext(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		at           int
		reason, hint string
	}{
		"!":                               {1, "a word is missing after !", ""},
		"! ":                              {2, "a word is missing after !", "invert all"},
		"a ! b":                           {3, "a word is missing after !", "only at the beginning"},
		"a !":                             {3, "a word is missing after !", ""},
		"!|a":                             {1, "a word is missing after !", ""},
		"|a":                              {0, "a word is missing before |", ""},
		"ä | | b":                         {4, "a word is missing before |", ""},
		"a |":                             {3, "a word is missing after |", ""},
		"a|":                              {2, "a word is missing after |", ""},
		"x er=>1":                         {5, `">1" is no number`, ""},
		"x erx>1":                         {2, `no column is named "erx"`, "did you mean err;"},
		"zebra=1":                         {0, `no column is named "zebra"`, "columns: region state since rps err"},
		"a=b":                             {0, `no column is named "a"`, "in quotes it is looked for as it stands"},
		"trend=?":                         {0, `no column is named "trend"`, ""},
		"s>1":                             {0, `"s" begins more than one column: since state`, "type more"},
		">5":                              {0, "a column is missing before >", "without blanks: since>1"},
		"err > 1":                         {4, "a column is missing before >", "without blanks: since>1"},
		"!=x":                             {1, "a column is missing before =", "without blanks: region=text"},
		"err>":                            {4, "a value is missing after >", "without blanks: err>1"},
		"err> 1":                          {4, "a value is missing after >", "without blanks: err>1"},
		"region=":                         {7, "a value is missing after =", "region=text"},
		"region=eu1|":                     {11, "a word is missing after |", ""},
		"region=|eu1":                     {7, "a value is missing after =", ""},
		"err>x":                           {4, `"x" is no number`, "5%; err=? finds the rows without data"},
		"err>1|x":                         {6, `"x" is no number`, ""},
		"err>1,5":                         {4, `"1,5" has a unit that this column does not have`, "0.5"},
		"err>1.2.3":                       {4, `"1.2.3" is no number`, ""},
		"err>--1":                         {4, `"--1" is no number`, ""},
		"err>5ms":                         {4, "has a unit that this column does not have", "5%"},
		"rps>5%":                          {4, "has a unit that this column does not have", "5k, 5M"},
		"rps>5k5":                         {4, "is no number", ""},
		"since>5m3":                       {6, "is no number", ""},
		"err>?":                           {4, `"?" is no number`, "err=?"},
		`err>"1"`:                         {4, "is no number", ""},
		"err~5":                           {3, "has numbers, which ~ does not look in", "< <= > >="},
		"region>eu1":                      {6, "has words, which > does not compare", "= != ~"},
		`"a b"c`:                          {5, "a blank is missing after the quotes", ""},
		`region="a b"c`:                   {12, "a blank is missing after the quotes", ""},
		"a\x1b[2J":                        {1, "a character that cannot be shown (U+001B)", ""},
		"ä\xff":                           {1, "a byte that is no character", "UTF-8"},
		"a\u202eb":                        {1, "U+202E", ""},
		"err>1e":                          {4, "unit", ""},
		"err>" + strings.Repeat("9", 400): {4, "is no number", ""},
	} {
		_, err := Parse(in, columns())
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if e.At != want.at || !strings.Contains(e.Reason, want.reason) || !strings.Contains(e.Hint, want.hint) {
			t.Errorf("%q: %d %q, hint %q; want %d %q %q", in, e.At, e.Reason, e.Hint, want.at, want.reason, want.hint)
		}
	}
}

// What a hostile paste holds ends in an error or a query, at once.
func TestHostileTexts(t *testing.T) { // not parallel: it counts allocations
	megabyte := strings.Repeat("err>1|", 1<<20/6)
	_, err := Parse(megabyte, columns())
	var e *Error
	if !errors.As(err, &e) || e.At != Limit || !strings.Contains(e.Reason, "longer than 1000") {
		t.Errorf("%v", err)
	}
	if n := testing.AllocsPerRun(5, func() { _, _ = Parse(megabyte, nil) }); n > 10 {
		t.Errorf("%v allocations for a megabyte that is refused", n)
	}
	long := &record{strings.Repeat("ab-", 50_000), map[string]Value{"region": text(strings.Repeat("a", 150_000))}}
	for _, in := range []string{strings.Repeat("!", Limit-1) + "x", strings.Repeat("a", Limit), strings.Repeat("a|", Limit/2-1) + "a", "region=" + strings.Repeat("*a", 50) + "b", strings.Repeat("a-", 30) + "x"} {
		q, err := Parse(in, columns())
		if err != nil {
			t.Errorf("%.20s: %v", in, err)
		}
		q.Match(long)
	}
}

// What docs/filter.md shows is read as it stands there.
func TestTheExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n")
	block, rest, _ := strings.Cut(rest, "```\n")
	var examples []string
	for line := range strings.Lines(block) {
		example, _, _ := strings.Cut(line, "  ")
		examples = append(examples, strings.TrimSpace(example))
	}
	_, more, _ := strings.Cut(rest, "More examples:")
	for i, piece := range strings.Split(more, "`") {
		if i%2 == 1 {
			examples = append(examples, piece)
		}
	}
	if len(examples) < 15 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	for _, e := range examples {
		if q, err := Parse(e, columns()); err != nil || q.Empty() && e != "" {
			t.Errorf("%q: %v", e, err)
		}
	}
}
