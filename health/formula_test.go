package health

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFormula(t *testing.T) {
	t.Parallel()
	figures := map[string]float64{"a": 6, "b": 2, "_c1": -1, "none": math.NaN()}
	for text, want := range map[string]float64{
		"1": 1, " .5 ": 0.5, "1e-3*1000": 1, "2E2": 200, "a": 6, "a+b*2": 10, "(a+b)*2": 16, "a-b-1": 3, "a/b/3": 1, "-a+b": -4, "--a": 6, "a - -b": 8, "2*-_c1": 2,
		"min(a, b)": 2, "max(a,b,9)": 9, "mean(a,b,1)": 3, "min(a)": 6, "mean(min(a,b), max(1, 2)*2)": 3, "1-a/(a+b)": 0.25,
	} {
		f, err := ParseFormula(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if v, err := f.Value(figures); err != nil || v != want {
			t.Errorf("%q = %v %v, want %v", text, v, err, want)
		}
	}
	f, err := ParseFormula("b + a/(b + x) - a")
	if err != nil || strings.Join(f.Names(), " ") != "a b x" {
		t.Fatalf("%v %v", f.Names(), err)
	}
	if _, err := f.Value(figures); err == nil || !strings.Contains(err.Error(), "x has no value") {
		t.Errorf("%v", err)
	}
}

func TestFormulaWithoutResult(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a/(b-b)": "no number, with a = 6, b = 2", "none+1": "none has no value"} {
		f, err := ParseFormula(text)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := f.Value(map[string]float64{"a": 6, "b": 2, "none": math.NaN()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %v %v", text, v, err)
		}
	}
}

func TestFormulaErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		column int
		why    string
	}{
		"": {1, "it ends"}, "  ": {3, "it ends"}, "a +": {4, "it ends"}, "a b": {3, `"b" is too much`}, "(a + b": {1, "not closed"}, "a + (b * (c)": {5, "not closed"},
		"a + b)": {6, `")" is too much`}, "min a": {1, "min is a function"}, "min()": {5, `found ")"`}, "min(a,)": {7, `found ")"`}, "a $ b": {3, `"$" is too much`},
		"ü": {1, `found "ü"`}, "1 + ä*2": {5, `found "ä"`}, "1.2.3": {1, "is no number"}, "1e999": {1, "is no number"}, "a**b": {3, `found "*"`}, "(a b)": {4, `want )`},
		strings.Repeat("(", 60):    {51, "nested more than 50 deep"},
		strings.Repeat("-", 60):    {51, "nested more than 50 deep"},
		strings.Repeat("1+", 600):  {1, "longer than 1000 bytes"},
		"a\x1b[2J":                 {2, "too much"},
		strings.Repeat("min(", 60): {51 * 4, "nested"},
	} {
		_, err := ParseFormula(text)
		var e *FormulaError
		if !errors.As(err, &e) || !strings.Contains(e.Why, want.why) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v, want %q", text, err, want.why)
			continue
		}
		if want.column != 51*4 && e.Column != want.column {
			t.Errorf("%q: column %d, want %d", text, e.Column, want.column)
		}
	}
}

func TestFormulaNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a": true, "_x1": true, "": false, "1a": false, "min": false, "a-b": false, "ä": false, "a b": false} {
		if IsFormulaName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// A formula of random shape is worked out as the shape says, however it is written.
func TestFormulaAgainstItsOwnTree(t *testing.T) {
	t.Parallel()
	type tree struct {
		text  string
		value float64
	}
	rapid.Check(t, func(t *rapid.T) {
		var gen func(depth int) tree
		gen = func(depth int) tree {
			if depth == 0 || rapid.Bool().Draw(t, "leaf") {
				n := rapid.IntRange(1, 9).Draw(t, "n")
				return tree{string(rune('0' + n)), float64(n)}
			}
			a, b := gen(depth-1), gen(depth-1)
			switch rapid.SampledFrom([]string{"+", "-", "*", "/", "min", "max", "neg"}).Draw(t, "op") {
			case "+":
				return tree{"(" + a.text + "+" + b.text + ")", a.value + b.value}
			case "-":
				return tree{"(" + a.text + " - " + b.text + ")", a.value - b.value}
			case "*":
				return tree{"(" + a.text + "*" + b.text + ")", a.value * b.value}
			case "/":
				return tree{"(" + a.text + "/" + b.text + ")", a.value / b.value}
			case "min":
				return tree{"min(" + a.text + "," + b.text + ")", min(a.value, b.value)}
			case "max":
				return tree{"max(" + a.text + " , " + b.text + ")", max(a.value, b.value)}
			}
			return tree{"-(" + a.text + ")", -a.value}
		}
		want := gen(3)
		f, err := ParseFormula(want.text)
		if err != nil {
			t.Fatalf("%q: %v", want.text, err)
		}
		got, err := f.Value(nil)
		if noNumber := math.IsNaN(want.value) || math.IsInf(want.value, 0); noNumber != (err != nil) || !noNumber && got != want.value {
			t.Fatalf("%q = %v %v, want %v", want.text, got, err, want.value)
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"a+b", "mean(a, 1-b)", "((", "-", "1e5x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		formula, err := ParseFormula(text)
		var e *FormulaError
		if err != nil && (!errors.As(err, &e) || e.Column < 1) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil {
			figures := map[string]float64{}
			for _, n := range formula.Names() {
				figures[n] = 1
			}
			if v, err := formula.Value(figures); err == nil && math.IsNaN(v) {
				t.Fatalf("%q is no number and no error", text)
			}
		}
	})
}
