package probe

import (
	"encoding/binary"
	"fmt"
	"math"

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
		if want.Datatype != "" && want.Datatype != out.GetDatatype() {
			return fmt.Errorf("datatype %s, want %s", out.GetDatatype(), want.Datatype)
		}
		var raw []byte
		if i < len(resp.GetRawOutputContents()) {
			raw = resp.GetRawOutputContents()[i]
		}
		got, err := decode(out, raw)
		if err != nil {
			return err
		}
		return compare(got, want)
	}
	return fmt.Errorf("not in the answer")
}

func compare(got []any, want Tensor) error {
	if len(got) != len(want.Data) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want.Data))
	}
	for i, w := range want.Data {
		if text, ok := w.(string); ok {
			if got[i] != text {
				return fmt.Errorf("element %d is %q, want %q", i, got[i], text)
			}
			continue
		}
		g, ok := got[i].(float64)
		n, err := number(w)
		if !ok || err != nil {
			return fmt.Errorf("element %d is %v, want %v", i, got[i], w)
		}
		if same := math.IsNaN(g) && math.IsNaN(n) || g == n; !same && !(math.Abs(g-n) <= want.Tolerance) {
			return fmt.Errorf("element %d is %v, want %v (tolerance %v)", i, g, n, want.Tolerance)
		}
	}
	return nil
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

func element(datatype string, b []byte) float64 {
	le := binary.LittleEndian
	switch datatype {
	case "FP32":
		return float64(math.Float32frombits(le.Uint32(b)))
	case "FP64":
		return math.Float64frombits(le.Uint64(b))
	case "FP16":
		return halfValue(le.Uint16(b))
	case "BF16":
		return float64(math.Float32frombits(uint32(le.Uint16(b)) << 16))
	case "INT64":
		return float64(int64(le.Uint64(b)))
	case "UINT64":
		return float64(le.Uint64(b))
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
		n, _ := number(v)
		got = append(got, n)
	}
	got = append(got, floats(c.GetIntContents())...)
	got = append(got, floats(c.GetInt64Contents())...)
	got = append(got, floats(c.GetUintContents())...)
	got = append(got, floats(c.GetUint64Contents())...)
	got = append(got, floats(c.GetFp32Contents())...)
	got = append(got, floats(c.GetFp64Contents())...)
	for _, v := range c.GetBytesContents() {
		got = append(got, string(v))
	}
	return got
}

func floats[T int32 | int64 | uint32 | uint64 | float32 | float64](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = float64(v)
	}
	return out
}
