package probe

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"tritop/triton/pb"
)

// Request makes the request of a probe for one version. id marks it as ours in
// the server's log.
func (s Spec) Request(version, id string) (*pb.ModelInferRequest, error) {
	req := &pb.ModelInferRequest{ModelName: s.Model, ModelVersion: version, Id: id}
	for _, t := range s.Inputs {
		raw, err := t.encode()
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", t.Name, err)
		}
		req.Inputs = append(req.Inputs, &pb.ModelInferRequest_InferInputTensor{Name: t.Name, Datatype: t.Datatype, Shape: t.Shape})
		req.RawInputContents = append(req.RawInputContents, raw)
	}
	for _, t := range s.Expect {
		req.Outputs = append(req.Outputs, &pb.ModelInferRequest_InferRequestedOutputTensor{Name: t.Name})
	}
	return req, nil
}

// Check compares an answer with what is expected. The error says what is wrong:
// which output, which element, what came and what was wanted.
func (s Spec) Check(version string, resp *pb.ModelInferResponse) error {
	if got := resp.GetModelVersion(); got != version {
		return fmt.Errorf("version %s was asked, version %q answered", version, got)
	}
	for _, want := range s.Expect {
		if err := checkOutput(want, resp); err != nil {
			return fmt.Errorf("output %s: %w", want.Name, err)
		}
	}
	return nil
}

func checkOutput(want Tensor, resp *pb.ModelInferResponse) error {
	for i, out := range resp.GetOutputs() {
		if out.GetName() != want.Name {
			continue
		}
		if err := checkForm(want, out); err != nil {
			return err
		}
		var raw []byte
		if i < len(resp.GetRawOutputContents()) {
			raw = resp.GetRawOutputContents()[i]
		}
		got, err := decode(out, raw)
		if err != nil {
			return err
		}
		if len(want.Data) == 0 {
			return nil
		}
		return compare(got, want, out.GetDatatype())
	}
	return fmt.Errorf("not in the answer")
}

// checkForm compares what is expected of datatype and shape.
func checkForm(want Tensor, out *pb.ModelInferResponse_InferOutputTensor) error {
	if want.Datatype != "" && want.Datatype != out.GetDatatype() {
		return fmt.Errorf("datatype %s, want %s", out.GetDatatype(), want.Datatype)
	}
	if len(want.Shape) > 0 && !slices.Equal(want.Shape, out.GetShape()) {
		return fmt.Errorf("shape %v, want %v", out.GetShape(), want.Shape)
	}
	return nil
}

func compare(got []any, want Tensor, datatype string) error {
	if len(got) != len(want.Data) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want.Data))
	}
	for i, w := range want.Data {
		if text, ok := w.(string); ok {
			if got[i] != text {
				return fmt.Errorf("element %d is %s, want %q", i, shown(got[i]), text)
			}
			continue
		}
		same, err := sameNumber(got[i], w, want.Tolerance, datatype)
		switch {
		case err != nil:
			return fmt.Errorf("element %d is %s, want %v", i, shown(got[i]), w)
		case !same && want.Tolerance == 0:
			return fmt.Errorf("element %d is %v, want %v", i, got[i], w)
		case !same:
			return fmt.Errorf("element %d is %v, want %v (tolerance %v)", i, got[i], w, want.Tolerance)
		}
	}
	return nil
}

// sameNumber compares whole numbers digit by digit, others as the output's
// datatype can hold them. NaN is what is expected only where NaN is expected.
func sameNumber(got, want any, tolerance float64, datatype string) (bool, error) {
	if strings.Contains(datatype, "INT") && tolerance == 0 {
		a, ok1 := integer(got)
		b, ok2 := integer(want)
		if ok1 && ok2 {
			return a == b, nil
		}
	}
	g, err := number(got)
	if err != nil {
		return false, err
	}
	n, err := number(want)
	if err != nil {
		return false, err
	}
	if r := rounded(datatype, n); g == n || g == r && !math.IsInf(r, 0) || math.IsNaN(g) && math.IsNaN(n) {
		return true, nil
	}
	return math.Abs(g-n) <= tolerance, nil
}

// shown quotes text, so that an answer cannot draw on the screen, and bounds it.
func shown(v any) string {
	s, ok := v.(string)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case len(s) > 64:
		return fmt.Sprintf("%q…", s[:64])
	}
	return fmt.Sprintf("%q", s)
}

// decode reads an output from its raw contents, or from typed contents where a
// server sends those.
func decode(out *pb.ModelInferResponse_InferOutputTensor, raw []byte) ([]any, error) {
	if raw == nil && out.GetContents() != nil {
		return decodeTyped(out.GetContents()), nil
	}
	datatype := out.GetDatatype()
	n, ok := width(datatype)
	switch {
	case !ok:
		return nil, fmt.Errorf("unknown datatype %q", datatype)
	case datatype == "BYTES":
		return decodeBytes(raw)
	case len(raw)%n != 0:
		return nil, fmt.Errorf("%d bytes are no whole number of %s", len(raw), datatype)
	}
	got := make([]any, 0, len(raw)/n)
	for ; len(raw) > 0; raw = raw[n:] {
		got = append(got, element(datatype, raw))
	}
	return got, nil
}

func element(datatype string, b []byte) any {
	le := binary.LittleEndian
	switch datatype {
	case "FP32":
		return float64(math.Float32frombits(le.Uint32(b)))
	case "FP64":
		return math.Float64frombits(le.Uint64(b))
	case "FP16":
		return halfValue(le.Uint16(b))
	case "BF16":
		return brainValue(le.Uint16(b))
	case "INT64":
		return int64(le.Uint64(b))
	case "UINT64":
		return le.Uint64(b)
	case "INT32":
		return float64(int32(le.Uint32(b)))
	case "UINT32":
		return float64(le.Uint32(b))
	case "INT16":
		return float64(int16(le.Uint16(b)))
	case "UINT16":
		return float64(le.Uint16(b))
	case "INT8":
		return float64(int8(b[0]))
	}
	return float64(b[0])
}

func decodeBytes(raw []byte) ([]any, error) {
	var got []any
	for len(raw) > 0 {
		if len(raw) < 4 || uint64(len(raw)-4) < uint64(binary.LittleEndian.Uint32(raw)) {
			return nil, fmt.Errorf("BYTES are cut off")
		}
		n := binary.LittleEndian.Uint32(raw)
		got = append(got, string(raw[4:4+n]))
		raw = raw[4+n:]
	}
	return got, nil
}

func decodeTyped(c *pb.InferTensorContents) []any {
	var got []any
	for _, v := range c.GetBoolContents() {
		n, _ := number(v) // a boolean always is one
		got = append(got, n)
	}
	for _, v := range c.GetInt64Contents() {
		got = append(got, v)
	}
	for _, v := range c.GetUint64Contents() {
		got = append(got, v)
	}
	got = append(got, floats(c.GetIntContents())...)
	got = append(got, floats(c.GetUintContents())...)
	got = append(got, floats(c.GetFp32Contents())...)
	got = append(got, floats(c.GetFp64Contents())...)
	for _, v := range c.GetBytesContents() {
		got = append(got, string(v))
	}
	return got
}

func floats[T int32 | uint32 | float32 | float64](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = float64(v)
	}
	return out
}
