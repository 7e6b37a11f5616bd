package probe

import (
	"strings"
	"testing"

	"tritop/triton/pb"
)

func TestFits(t *testing.T) {
	t.Parallel()
	c := &pb.ModelConfig{Input: []*pb.ModelInput{{Name: "A", DataType: pb.DataType_TYPE_STRING, Dims: []int64{-1, 2}}}, Output: []*pb.ModelOutput{{Name: "B", DataType: pb.DataType_TYPE_FP32, Dims: []int64{3}}}}
	batched := &pb.ModelConfig{MaxBatchSize: 4, Input: []*pb.ModelInput{{Name: "A", DataType: pb.DataType_TYPE_STRING, Dims: []int64{2}}}}
	in := func(name, datatype string, shape ...int64) Spec {
		return Spec{Inputs: []Tensor{{Name: name, Datatype: datatype, Shape: shape}}}
	}
	for name, tc := range map[string]struct {
		spec   Spec
		config *pb.ModelConfig
		want   string
	}{
		"fits":          {in("A", "BYTES", 9, 2), c, ""},
		"batch":         {in("A", "BYTES", 9, 2), batched, ""},
		"no batch":      {in("A", "BYTES", 2), batched, "input A: shape [2], the model has [-1 2]"},
		"size":          {in("A", "BYTES", 9, 3), c, "input A: shape [9 3], the model has [-1 2]"},
		"datatype":      {in("A", "FP32", 9, 2), c, "input A: datatype FP32, the model has BYTES"},
		"name":          {in("C", "FP32", 9, 2), c, "input C: the model has none of that name"},
		"nothing named": {in("A", "FP32", 9, 2), &pb.ModelConfig{}, ""},
		"output":        {Spec{Expect: []Tensor{{Name: "B", Shape: []int64{4}}}}, c, "expected output B: shape [4], the model has [3]"},
		"any output":    {Spec{Expect: []Tensor{{Name: "B"}}}, c, ""},
	} {
		err := tc.spec.Fits(tc.config)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || err.Error() != tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestRightAndSame(t *testing.T) {
	t.Parallel()
	answer := func(raw ...string) *pb.ModelInferResponse {
		r := &pb.ModelInferResponse{ModelVersion: "1"}
		for i, x := range raw {
			r.Outputs = append(r.Outputs, &pb.ModelInferResponse_InferOutputTensor{Name: string(rune('A' + i)), Datatype: "UINT8", Shape: []int64{1}})
			r.RawOutputContents = append(r.RawOutputContents, []byte(x))
		}
		return r
	}
	s := Spec{Expect: []Tensor{{Name: "A", Data: []any{1}}, {Name: "B", Data: []any{9}}}}
	if right, first := s.Right("1", answer("\x01", "\x02")); right != 1 || first == nil || !strings.Contains(first.Error(), "output B") {
		t.Errorf("%d %v", right, first)
	}
	if right, first := s.Right("2", answer("\x01", "\x09")); right != 0 || first == nil {
		t.Errorf("another version: %d %v", right, first)
	}
	if !Same(answer("\x01"), answer("\x01")) || Same(answer("\x01"), answer("\x02")) || Same(answer("\x01"), answer("\x01", "\x01")) {
		t.Error("same")
	}
}
