package probe

import (
	"math"
	"strings"
	"testing"

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
		"text":             {"1", "Y", "BYTES", raw(Tensor{Name: "Y", Datatype: "BYTES", Shape: []int64{2}, Data: []any{"a", "b"}}), "element 0 is a"},
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
	} {
		if err := c.s.Validate(); (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}
