package probe

import (
	"math"
	"strings"
	"testing"
	"time"

	"tritop/triton/pb"
)

func TestEveryDatatypeGoesThereAndBack(t *testing.T) {
	t.Parallel()
	for datatype, data := range map[string][]any{
		"BOOL": {true, false}, "INT8": {-128, 127}, "UINT8": {0, 255}, "INT16": {-32768, 32767}, "UINT16": {0, 65535},
		"INT32": {-2147483648, 2147483647}, "UINT32": {0, int64(4294967295)}, "INT64": {-9007199254740992, 9007199254740992},
		"UINT64": {0, uint64(9007199254740992)}, "FP16": {1.5, -65504.0}, "BF16": {1.5, -2.0}, "FP32": {0.25, -1e10}, "FP64": {math.Pi, -1e300},
		"BYTES": {"", "hé\x00llo"},
	} {
		t.Run(datatype, func(t *testing.T) {
			t.Parallel()
			in := Tensor{Name: "X", Datatype: datatype, Shape: []int64{2}, Data: data}
			raw, err := in.encode()
			if err != nil {
				t.Fatal(err)
			}
			resp := &pb.ModelInferResponse{ModelVersion: "3", RawOutputContents: [][]byte{raw},
				Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "X", Datatype: datatype, Shape: []int64{2}}}}
			s := Spec{Model: "m", Expect: []Tensor{{Name: "X", Datatype: datatype, Data: data, Tolerance: math.Abs(1e-7 * asFloat(data[1]))}}}
			if err := s.Check("3", resp); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func asFloat(v any) float64 { f, _ := number(v); return f }

func TestHalfPrecisionIsExactWhereItCanBe(t *testing.T) {
	t.Parallel()
	for h := range 1 << 16 {
		v := halfValue(uint16(h))
		if math.IsNaN(v) {
			continue
		}
		if got := halfBits(v); got != uint16(h) && v != 0 {
			t.Fatalf("%#04x → %v → %#04x", h, v, got)
		}
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	raw := func(t Tensor) []byte { b, _ := t.encode(); return b }
	fp := func(data ...any) []byte {
		return raw(Tensor{Name: "Y", Datatype: "FP32", Shape: []int64{int64(len(data))}, Data: data})
	}
	expect := Spec{Model: "m", Expect: []Tensor{{Name: "Y", Data: []any{1, 2.0}, Tolerance: 0.001}}}
	for name, c := range map[string]struct {
		version string
		output  string
		kind    string
		raw     []byte
		why     string
	}{
		"right":            {"1", "Y", "FP32", fp(1, 2.0005), ""},
		"wrong value":      {"1", "Y", "FP32", fp(1, 2.1), "output Y: element 1 is 2.09"},
		"not a number":     {"1", "Y", "FP32", fp(1, math.NaN()), "element 1 is NaN"},
		"too short":        {"1", "Y", "FP32", fp(1), "1 elements, want 2"},
		"torn":             {"1", "Y", "FP32", []byte{1, 2, 3}, "no whole number"},
		"another output":   {"1", "Z", "FP32", fp(1, 2), "output Y: not in the answer"},
		"another version":  {"2", "Y", "FP32", fp(1, 2), "version 1 was asked"},
		"unknown datatype": {"1", "Y", "FP8", fp(1, 2), "unknown datatype"},
		"text":             {"1", "Y", "BYTES", raw(Tensor{Name: "Y", Datatype: "BYTES", Shape: []int64{2}, Data: []any{"a", "b"}}), `element 0 is "a"`},
		"cut off text":     {"1", "Y", "BYTES", []byte{9, 0, 0, 0, 'x'}, "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := expect.Check("1", &pb.ModelInferResponse{ModelVersion: c.version, RawOutputContents: [][]byte{c.raw},
				Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: c.output, Datatype: c.kind}}})
			if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
				t.Fatalf("%v, want %q", err, c.why)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	in := func(datatype string, shape []int64, data ...any) Spec {
		return Spec{Model: "m", Inputs: []Tensor{{Name: "X", Datatype: datatype, Shape: shape, Data: data}}}
	}
	out := func(t Tensor) Spec { return Spec{Model: "m", Expect: []Tensor{t}} }
	for name, c := range map[string]struct {
		s   Spec
		why string
	}{
		"good":             {in("FP32", []int64{1, 2}, 1, 2), ""},
		"no model":         {Spec{}, "no model"},
		"bad version":      {Spec{Model: "m", Version: "3.0"}, "positive integer"},
		"unknown datatype": {in("FP31", []int64{1}, 1), "unknown datatype"},
		"too few":          {in("FP32", []int64{2, 2}, 1, 2), "holds 4 elements, data has 2"},
		"negative shape":   {in("FP32", []int64{-1}, 1), "positive dimensions"},
		"huge shape":       {in("FP32", []int64{1 << 40, 1 << 40}), "positive dimensions"},
		"out of range":     {in("INT8", []int64{1}, 200), "not a INT8"},
		"not whole":        {in("INT8", []int64{1}, 1.5), "not a INT8"},
		"text as number":   {in("FP32", []int64{1}, "x"), "not a number"},
		"number as text":   {in("BYTES", []int64{1}, 1), "not a string"},
		"too large":        {in("FP16", []int64{1}, 1e6), "too large for FP16"},
		"infinite":         {in("FP32", []int64{1}, math.Inf(1)), ""},
		"leading zero":     {Spec{Model: "m", Version: "007"}, "positive integer"},
		"too often":        {Spec{Model: "m", Every: time.Microsecond}, "at least 10ms"},
		"negative timeout": {Spec{Model: "m", Timeout: -1}, "negative"},
		"present is all":   {out(Tensor{Name: "Y"}), ""},
		"no output name":   {out(Tensor{Data: []any{1}}), "no name"},
		"odd tolerance":    {out(Tensor{Name: "Y", Tolerance: math.NaN()}), "tolerance"},
		"odd datatype":     {out(Tensor{Name: "Y", Datatype: "FP8"}), "unknown datatype"},
		"text expected":    {out(Tensor{Name: "Y", Datatype: "FP32", Data: []any{"x"}}), "not a number"},
		"shape and data":   {out(Tensor{Name: "Y", Datatype: "FP32", Shape: []int64{3}, Data: []any{1}}), "holds 3 elements"},
	} {
		if err := c.s.Validate(); (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

// 0.1 is another number in each datatype; identifiers above 2^53 are no floats.
func TestCompareKnowsWhatADatatypeCanHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		datatype   string
		sent, want any
		tolerance  float64
		ok         bool
	}{
		"a tenth in FP32":             {"FP32", 0.1, 0.1, 0, true},
		"a tenth in FP16":             {"FP16", 0.1, 0.1, 0, true},
		"a tenth in BF16":             {"BF16", 0.1, 0.1, 0, true},
		"another FP32":                {"FP32", 0.1000001, 0.1, 0, false},
		"within tolerance":            {"FP32", 0.1000001, 0.1, 1e-6, true},
		"NaN wanted":                  {"FP32", math.NaN(), math.NaN(), 0, true},
		"NaN for a number":            {"FP32", math.NaN(), 1, 1e300, false},
		"infinite for a large number": {"FP32", math.Inf(1), 1e300, 0, false},
		"infinite wanted":             {"FP64", math.Inf(-1), math.Inf(-1), 0, true},
		"a large identifier":          {"INT64", int64(9007199254740993), int64(9007199254740993), 0, true},
		"its neighbour":               {"INT64", int64(9007199254740993), int64(9007199254740992), 0, false},
		"the smallest":                {"INT64", int64(math.MinInt64), int64(math.MinInt64), 0, true},
		"the largest":                 {"UINT64", uint64(math.MaxUint64), uint64(math.MaxUint64), 0, true},
		"beside the largest":          {"UINT64", uint64(math.MaxUint64), uint64(math.MaxUint64 - 1), 0, false},
		"a whole number as a float":   {"INT32", 7, 7.0, 0, true},
		"a boolean":                   {"BOOL", true, 1, 0, true},
		"minus zero":                  {"FP32", math.Copysign(0, -1), 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := Tensor{Name: "X", Datatype: c.datatype, Shape: []int64{1}, Data: []any{c.sent}}
			raw, err := in.encode()
			if err != nil {
				t.Fatal(err)
			}
			s := Spec{Model: "m", Expect: []Tensor{{Name: "X", Data: []any{c.want}, Tolerance: c.tolerance}}}
			err = s.Check("1", &pb.ModelInferResponse{ModelVersion: "1", RawOutputContents: [][]byte{raw},
				Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "X", Datatype: c.datatype, Shape: []int64{1}}}})
			if (err == nil) != c.ok {
				t.Fatalf("%v, want ok %v", err, c.ok)
			}
		})
	}
}

func TestHalvesRoundToTheNearest(t *testing.T) {
	t.Parallel()
	for h := range 0x7bff {
		low, high := halfValue(uint16(h)), halfValue(uint16(h+1))
		middle := (low + high) / 2
		if got := halfBits(math.Nextafter(middle, 0)); float64(float32(math.Nextafter(middle, 0))) != middle && got != uint16(h) {
			t.Fatalf("just below the middle of %v and %v: %#04x", low, high, got)
		}
		if got, even := halfBits(middle), uint16(h+h&1); got != even {
			t.Fatalf("the middle of %v and %v: %#04x, want the even one %#04x", low, high, got, even)
		}
	}
	if got := brainValue(brainBits(1.01)); math.Abs(got-1.01) > 1.0/256 {
		t.Errorf("1.01 is %v in BF16", got)
	}
}

func TestAnAnswerOfAnotherFormIsWrong(t *testing.T) {
	t.Parallel()
	form := Tensor{Name: "Y", Datatype: "FP32", Shape: []int64{1, 2}}
	for name, c := range map[string]struct {
		datatype string
		shape    []int64
		why      string
	}{
		"as wanted":        {"FP32", []int64{1, 2}, ""},
		"another shape":    {"FP32", []int64{2, 1}, "shape [2 1], want [1 2]"},
		"another datatype": {"FP64", []int64{1, 2}, "datatype FP64, want FP32"},
	} {
		resp := &pb.ModelInferResponse{ModelVersion: "1", RawOutputContents: [][]byte{make([]byte, 8)},
			Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "Y", Datatype: c.datatype, Shape: c.shape}}}
		err := Spec{Model: "m", Expect: []Tensor{form}}.Check("1", resp)
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

// An answer comes from outside: whatever it holds, reading it ends in an error
// or in elements.
func FuzzCheck(f *testing.F) {
	f.Add("FP32", []byte{0, 0, 128, 63}, int64(1))
	f.Add("BYTES", []byte{1, 0, 0, 0, 'x', 9}, int64(2))
	f.Add("BYTES", []byte{255, 255, 255, 255}, int64(-1))
	f.Add("", []byte{}, int64(0))
	f.Fuzz(func(t *testing.T, datatype string, raw []byte, dim int64) {
		s := Spec{Model: "m", Expect: []Tensor{{Name: "Y", Data: []any{1.0}}}}
		_ = s.Check("1", &pb.ModelInferResponse{ModelVersion: "1", RawOutputContents: [][]byte{raw},
			Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "Y", Datatype: datatype, Shape: []int64{dim}}}})
	})
}
