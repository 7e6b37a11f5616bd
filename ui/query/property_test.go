package query

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// wish is a term as it was meant, with what it says of a row by a second,
// simpler reckoning: 1 yes, -1 no, 0 not known.
type wish struct {
	text string
	says func(r *record) int
}

func bit(b bool) int {
	if b {
		return 1
	}
	return -1
}

// wishes draws a word or comparison.
func wishes(t *rapid.T) wish {
	w := atom(t)
	if rapid.Bool().Draw(t, "not") {
		says := w.says
		return wish{"!" + w.text, func(r *record) int { return -says(r) }}
	}
	return w
}

func atom(t *rapid.T) wish {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		word := rapid.SampledFrom([]string{"eu", "1", "gpu-", "lost", "x", "Ü"}).Draw(t, "word")
		return wish{word, func(r *record) int { return bit(strings.Contains(strings.ToLower(r.name), strings.ToLower(word))) }}
	case 1:
		region := rapid.SampledFrom([]string{"eu1", "US1", "nowhere"}).Draw(t, "region")
		return wish{"region=" + region, func(r *record) int {
			v := r.values["region"]
			if !v.Known {
				return 0
			}
			return bit(strings.EqualFold(v.Text, region))
		}}
	case 2:
		return wish{"err=?", func(r *record) int { return bit(!r.values["err"].Known) }}
	}
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">="}).Draw(t, "operator")
	limit := float64(rapid.IntRange(0, 8).Draw(t, "limit")) / 4
	return wish{"err" + op + strconv.FormatFloat(limit, 'f', -1, 64) + "%", func(r *record) int {
		v := r.values["err"]
		if !v.Known {
			return 0
		}
		return bit(map[string]bool{"<": v.Number < limit, "<=": v.Number <= limit, ">": v.Number > limit, ">=": v.Number >= limit}[op])
	}}
}

// rows draws a row; known: it has data in every column.
func rows(t *rapid.T, known bool) *record {
	r := &record{rapid.SampledFrom([]string{"eu1-gpu-03", "EU1", "lost", "", "ü-x"}).Draw(t, "name"), map[string]Value{}}
	for _, f := range columns() {
		v := Value{Numeric: f.Numeric, Known: known || rapid.Bool().Draw(t, f.Name+" known")}
		if f.Numeric {
			v.Number = float64(rapid.IntRange(0, 8).Draw(t, f.Name)) / 4
		} else {
			v.Text = rapid.SampledFrom([]string{"eu1", "us1", ""}).Draw(t, f.Name)
		}
		r.values[f.Name] = v
	}
	return r
}

// A query of any shape says what its terms say, put together by hand.
func TestQueriesMeanWhatTheirTermsMean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(wishes), 1, 3), 1, 3).Draw(t, "groups")
		not := rapid.Bool().Draw(t, "not")
		r := rows(t, false)
		var texts []string
		want := 1
		for _, g := range groups {
			best := -1
			var terms []string
			for _, w := range g {
				terms = append(terms, w.text)
				best = max(best, w.says(r))
			}
			want = min(want, best)
			texts = append(texts, strings.Join(terms, rapid.SampledFrom([]string{" | ", " |", "| "}).Draw(t, "bar")))
		}
		in := strings.Join(texts, " ")
		if not {
			in, want = "! "+in, -want
		}
		q, err := Parse(in, columns())
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if got := q.Match(r); got != (want == 1) {
			t.Fatalf("%q of %+v: %v, want %d", in, r, got, want)
		}
	})
}

// The inverse of a query passes exactly the other rows, where all is known; a
// row without data never passes both.
func TestTheInverseIsTheRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var terms []string
		for _, w := range rapid.SliceOfN(rapid.Custom(wishes), 1, 4).Draw(t, "terms") {
			terms = append(terms, w.text)
		}
		in := strings.Join(terms, rapid.SampledFrom([]string{" ", " | "}).Draw(t, "join"))
		known := rapid.Bool().Draw(t, "known")
		r := rows(t, known)
		q, err := Parse(in, columns())
		rest, err2 := Parse("! "+in, columns())
		if err != nil || err2 != nil {
			t.Fatalf("%q: %v %v", in, err, err2)
		}
		a, b := q.Match(r), rest.Match(r)
		if a && b || known && a == b {
			t.Fatalf("%q: %v, inverted %v, of %+v", in, a, b, r)
		}
	})
}

// FuzzParse: any text is a query or an error with a place; a query is read again
// from its text as the same one, and matches whatever row it is given.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a b", "! a|!b", `region="eu 1"|us* err>1% since=3m10s`, "queue!=?|-", "a ! b", "err>>1", "\x1b\xff", `""`, "!!!=~|"} {
		f.Add(s, "eu1-gpu-03")
	}
	f.Fuzz(func(t *testing.T, in, name string) {
		q, err := Parse(in, columns())
		if err != nil {
			fitToBeShown(t, in, err)
			return
		}
		again, err := Parse(q.Text(), columns())
		if err != nil || !reflect.DeepEqual(q, again) {
			t.Fatalf("%q: %+v, read again %+v %v", in, q, again, err)
		}
		r := &record{name, map[string]Value{"region": text(name), "err": number(float64(len(name)))}}
		rest, err := Parse("! "+in, columns())
		if err == nil && q.Match(r) && rest.Match(r) && !q.Empty() {
			t.Fatalf("%q and its inverse both pass %q", in, name)
		}
		Rank(in, []string{name, in}, nil)
	})
}

// fitToBeShown wants an error with a place in the text, and words of bounded
// length without what a terminal would not print.
func fitToBeShown(t *testing.T, in string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.At < 0 || e.At > utf8.RuneCountInString(in) || e.Reason == "" {
		t.Fatalf("%q: %#v", in, err)
	}
	if words := e.Reason + e.Hint; len(words) > 500 || strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("%q: %q", in, words)
	}
}

// Words of one or two letters match only what holds them, and abbreviations
// find few names that are not meant.
func TestAbbreviationsHaveFewFalseFriends(t *testing.T) {
	t.Parallel()
	var names []string
	for _, region := range []string{"eu1", "us1", "ap2"} {
		for i := range 20 {
			names = append(names, fmt.Sprintf("%s-gpu-%02d", region, i))
		}
	}
	names = append(names, "text_classifier", "bert-qa-latency", "resnet50_onnx", "llama3-70b-instruct", "embedding-large", "whisper_v3", "fraud-scorer", "rerank.ensemble")
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			for _, n := range names {
				p := word([]rune{a, b})
				if p.in(n) != strings.Contains(n, string([]rune{a, b})) {
					t.Fatalf("%c%c in %s", a, b, n)
				}
			}
		}
	}
	// Of all words of three letters, how many (name, word) pairs match that do not
	// hold the word?
	pairs, found := 0, 0
	for i := range 26 * 26 * 26 {
		w := []rune{'a' + rune(i/676), 'a' + rune(i/26%26), 'a' + rune(i%26)}
		p := word(w)
		for _, n := range names[len(names)-8:] {
			pairs++
			if p.in(n) && !strings.Contains(n, string(w)) {
				found++
			}
		}
	}
	if share := float64(found) / float64(pairs); share > 0.0005 {
		t.Errorf("%d of %d pairs, %.3f %%", found, pairs, share*100)
	}
}

// fastRow is a row as tables have them: its values are at hand.
type fastRow struct {
	name   string
	values [9]Value
}

func (r *fastRow) Name() string      { return r.name }
func (r *fastRow) Field(i int) Value { return r.values[i] }

func manyRows(n int) []fastRow {
	out := make([]fastRow, n)
	for i := range out {
		out[i] = fastRow{name: fmt.Sprintf("eu%d-gpu-%03d text_classifier_%d", i%3, i, i%20), values: [9]Value{text(fmt.Sprintf("eu%d", i%3)), text("ready")}}
		for j := 2; j < 9; j++ {
			out[i].values[j] = number(float64(i % 100))
		}
	}
	return out
}

func TestMatchingAllocatesNothing(t *testing.T) {
	table := manyRows(100)
	for _, in := range []string{"class region=eu1 err>50", `e1g3 !state~rdy | region=e*1 err!=?|3.5 "gpu"`, "! Ü"} {
		q, err := Parse(in, columns())
		if err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(10, func() {
			for i := range table {
				q.Match(&table[i])
			}
		})
		if n != 0 {
			t.Errorf("%q: %v allocations", in, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	table := manyRows(10_000)
	for _, in := range []string{"class region=eu1 err>50", "class_7 eu1 gpu", "ctxt7 e1g3 tcl"} {
		q, err := Parse(in, columns())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(in, " ", "+"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i := range table {
					q.Match(&table[i])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(table)), "ns/row")
		})
	}
}

func BenchmarkRank(b *testing.B) {
	var names []string
	for _, r := range manyRows(1000) {
		names = append(names, r.name)
	}
	out := make([]int, 0, len(names))
	b.ReportAllocs()
	for b.Loop() {
		out = Rank("e1g3", names, out)
	}
}
