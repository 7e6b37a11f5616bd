package probe

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"tritop/triton/pb"
)

// inputLimit is the number of values that all inputs of a drafted probe may hold
// together: they stand in a configuration that people read.
const inputLimit = 4096

// outputLimit is the number of values of an output that is worth being expected
// one by one, and textLimit the bytes of its texts.
const outputLimit, textLimit = 64, 1024

// Draft makes a probe of a model out of its metadata and configuration. Each
// input that the model must have holds small values that are the same every
// time; variable dimensions are 1. It expects nothing yet: Record does. An error
// says why no single request can probe the model.
func Draft(meta *pb.ModelMetadataResponse, config *pb.ModelConfig) (Spec, error) {
	switch {
	case config.GetModelTransactionPolicy().GetDecoupled():
		return Spec{}, errors.New("the model is decoupled: it may answer one request any number of times, and a probe reads one answer")
	case config.GetSequenceBatching() != nil:
		return Spec{}, errors.New("the model works on sequences: a single request would open one and leave it open")
	}
	s, total := Spec{Model: meta.GetName()}, int64(0)
	for _, in := range needed(meta, config) {
		t, err := draftInput(in)
		if err != nil {
			return Spec{}, fmt.Errorf("input %s: %w", in.GetName(), err)
		}
		if total += int64(len(t.Data)); total > inputLimit {
			return Spec{}, fmt.Errorf("input %s: with %d values its inputs are too large for a line of a configuration (at most %d)", in.GetName(), total, inputLimit)
		}
		s.Inputs = append(s.Inputs, t)
	}
	return s, s.Validate()
}

// needed gives the inputs that are not optional; one, where all are.
func needed(meta *pb.ModelMetadataResponse, config *pb.ModelConfig) []*pb.ModelMetadataResponse_TensorMetadata {
	optional := make(map[string]bool)
	for _, in := range config.GetInput() {
		optional[in.GetName()] = in.GetOptional()
	}
	var out []*pb.ModelMetadataResponse_TensorMetadata
	for _, in := range meta.GetInputs() {
		if !optional[in.GetName()] {
			out = append(out, in)
		}
	}
	if len(out) == 0 && len(meta.GetInputs()) > 0 {
		out = meta.GetInputs()[:1]
	}
	return out
}

func draftInput(in *pb.ModelMetadataResponse_TensorMetadata) (Tensor, error) {
	t, n := Tensor{Name: in.GetName(), Datatype: in.GetDatatype()}, int64(1)
	if _, ok := width(t.Datatype); !ok {
		return t, unknownDatatype(t.Datatype)
	}
	for _, d := range in.GetShape() {
		d = max(d, 1) // -1: as many as the request has
		if n *= d; n > inputLimit || d > inputLimit {
			return t, fmt.Errorf("its shape %v is too large for a line of a configuration (at most %d values)", in.GetShape(), inputLimit)
		}
		t.Shape = append(t.Shape, d)
	}
	for i := range n {
		t.Data = append(t.Data, draftValue(t.Datatype, i))
	}
	return t, nil
}

// draftValue is a value that most models take: eighths are exact in every
// floating-point datatype; a 1 is an identifier, a length, a mask and a switch.
func draftValue(datatype string, i int64) any {
	switch datatype {
	case "BYTES":
		return "tritop"
	case "BOOL":
		return true
	case "FP16", "BF16", "FP32", "FP64":
		return float64(i%8+1) / 8
	}
	return 1
}

// Record gives the probe with what it is to expect: the first answer, as far as
// the others agree with it. Notes say of each output that is not expected in full
// why it is not.
func (s Spec) Record(first *pb.ModelInferResponse, others ...*pb.ModelInferResponse) (Spec, []string, error) {
	s.Expect = nil
	var notes []string
	for i, out := range first.GetOutputs() {
		var raw []byte
		if i < len(first.GetRawOutputContents()) {
			raw = first.GetRawOutputContents()[i]
		}
		got, err := decode(out, raw)
		if err != nil {
			return Spec{}, nil, fmt.Errorf("output %s: %w", out.GetName(), err)
		}
		t, expected, why := recordOutput(out, got, others)
		if why != "" {
			notes = append(notes, "output "+out.GetName()+": "+why)
		}
		if expected {
			s.Expect = append(s.Expect, t)
		}
	}
	if len(s.Expect) == 0 {
		notes = append(notes, "nothing is expected: any answer passes")
	}
	return s, notes, s.Validate()
}

// recordOutput gives what is to be expected of one output, and why it is not all.
func recordOutput(out *pb.ModelInferResponse_InferOutputTensor, got []any, others []*pb.ModelInferResponse) (t Tensor, expected bool, why string) {
	form := Tensor{Name: out.GetName(), Datatype: out.GetDatatype()}
	if shape := out.GetShape(); positive(shape) {
		form.Shape = shape
	}
	for _, other := range others {
		if checkOutput(form, other) != nil {
			form.Shape = nil // it varies
		}
	}
	switch {
	case len(got) > outputLimit:
		return form, false, fmt.Sprintf("left out, as it has %d values, more than %d", len(got), outputLimit)
	case textBytes(got) > textLimit:
		return form, false, fmt.Sprintf("left out, as its texts have more than %d bytes", textLimit)
	case len(got) == 0:
		return form, true, "it is empty: only datatype and shape are expected"
	}
	if odd := oddValue(got); odd != "" {
		return form, true, odd + ": only datatype and shape are expected"
	}
	t = Tensor{Name: form.Name, Data: make([]any, len(got))}
	for i, v := range got {
		t.Data[i] = briefest(out.GetDatatype(), v)
	}
	t.Tolerance = tolerance(out.GetDatatype(), t.Data)
	for _, other := range others {
		if err := checkOutput(t, other); err != nil {
			return form, true, "the same request was answered otherwise another time (" + err.Error() + "): only datatype and shape are expected"
		}
	}
	return t, true, ""
}

func positive(shape []int64) bool {
	for _, d := range shape {
		if d < 1 {
			return false
		}
	}
	return len(shape) > 0
}

func textBytes(got []any) (n int) {
	for _, v := range got {
		if s, ok := v.(string); ok {
			n += len(s)
		}
	}
	return n
}

// oddValue says what cannot be expected of an answer.
func oddValue(got []any) string {
	for i, v := range got {
		switch v := v.(type) {
		case string:
			if !utf8.ValidString(v) {
				return fmt.Sprintf("element %d is no text", i)
			}
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Sprintf("element %d is %v", i, v)
			}
		}
	}
	return ""
}

// tolerance is a thousandth of an output's largest value, a hundredth where its
// datatype holds few digits: as much as another GPU or library may differ. Whole
// numbers have none.
func tolerance(datatype string, got []any) float64 {
	share := map[string]float64{"FP64": 1e-3, "FP32": 1e-3, "FP16": 1e-2, "BF16": 1e-2}[datatype]
	largest := 0.0
	for _, v := range got {
		if f, ok := v.(float64); ok {
			largest = max(largest, math.Abs(f))
		}
	}
	if largest == 0 {
		largest = 1
	}
	if share == 0 {
		return 0
	}
	return oneDigit(share * largest)
}

// oneDigit rounds up to one digit that is not 0.
func oneDigit(f float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(f)))
	up := math.Ceil(f/step*(1-1e-9)) * step
	v, err := strconv.ParseFloat(strconv.FormatFloat(up, 'e', 0, 64), 64)
	if err != nil || v == 0 { // as small as numbers get
		return f
	}
	return v
}

// briefest gives the shortest number that a datatype holds as this one: 0.1 for
// what FP32 makes of 0.1.
func briefest(datatype string, v any) any {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	for digits := 1; digits < 17; digits++ {
		short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', digits, 64), 64)
		if err == nil && rounded(datatype, short) == f {
			return short
		}
	}
	return f
}
