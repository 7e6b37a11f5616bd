package probe

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tritop/triton/pb"
)

// tensor is an input or output as metadata describes it.
func tensor(name, datatype string, shape ...int64) *pb.ModelMetadataResponse_TensorMetadata {
	return &pb.ModelMetadataResponse_TensorMetadata{Name: name, Datatype: datatype, Shape: shape}
}

// A model as a real Triton described it.
func TestDraftOfARecordedModel(t *testing.T) {
	t.Parallel()
	const goldens = "../../triton/testdata/goldens/"
	text, err := os.ReadFile(goldens + "model_metadata.json")
	if err != nil {
		t.Fatal(err)
	}
	meta := &pb.ModelMetadataResponse{}
	if err := protojson.Unmarshal(text, meta); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(goldens + "config/text_classifier.binpb")
	if err != nil {
		t.Fatal(err)
	}
	resp := &pb.ModelConfigResponse{}
	if err := proto.Unmarshal(raw, resp); err != nil {
		t.Fatal(err)
	}
	s, err := Draft(meta, resp.GetConfig())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(s.Inputs)
	if want := `[{"Name":"INPUT0","Datatype":"FP32","Shape":[1,4],"Data":[0.125,0.25,0.375,0.5],"Tolerance":0}]`; err != nil || s.Model != "text_classifier" || string(got) != want {
		t.Errorf("%s %s (%v), want %s", s.Model, got, err, want)
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	optional := func(names ...string) *pb.ModelConfig {
		c := &pb.ModelConfig{}
		for _, n := range names {
			c.Input = append(c.Input, &pb.ModelInput{Name: n, Optional: true})
		}
		return c
	}
	for name, c := range map[string]struct {
		inputs []*pb.ModelMetadataResponse_TensorMetadata
		config *pb.ModelConfig
		want   string // of the inputs: name datatype shape data
		why    string
	}{
		"every kind": {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("I", "INT64", -1, 2), tensor("B", "BOOL", 1), tensor("T", "BYTES", -1, 1), tensor("H", "FP16", 9)},
			want: "I INT64 [1 2] [1 1];B BOOL [1] [true];T BYTES [1 1] [tritop];H FP16 [9] [0.125 0.25 0.375 0.5 0.625 0.75 0.875 1 0.125]"},
		"optional ones are left out": {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "INT8", 1), tensor("B", "INT8", 1)}, config: optional("A"), want: "B INT8 [1] [1]"},
		"all are optional":           {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "INT8", 1), tensor("B", "INT8", 1)}, config: optional("A", "B"), want: "A INT8 [1] [1]"},
		"a scalar":                   {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "FP64")}, want: "A FP64 [] [0.125]"},
		"no inputs":                  {},
		"an unknown datatype":        {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "FP8", 1)}, why: `input A: unknown datatype "FP8"`},
		"an image":                   {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "FP32", -1, 3, 224, 224)}, why: "its shape [-1 3 224 224] is too large"},
		"an absurd shape":            {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "FP32", math.MaxInt64, math.MaxInt64)}, why: "too large"},
		"together too large":         {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("A", "FP32", 4000), tensor("B", "FP32", 4000)}, why: "input B: with 8000 values"},
		"no name":                    {inputs: []*pb.ModelMetadataResponse_TensorMetadata{tensor("", "FP32", 1)}, why: "it has no name"},
		"decoupled":                  {config: &pb.ModelConfig{ModelTransactionPolicy: &pb.ModelTransactionPolicy{Decoupled: true}}, why: "decoupled"},
		"sequences":                  {config: &pb.ModelConfig{SchedulingChoice: &pb.ModelConfig_SequenceBatching{SequenceBatching: &pb.ModelSequenceBatching{}}}, why: "sequences"},
	} {
		s, err := Draft(&pb.ModelMetadataResponse{Name: "m", Inputs: c.inputs}, c.config)
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
			continue
		}
		var got []string
		for _, in := range s.Inputs {
			got = append(got, strings.ReplaceAll(strings.Join([]string{in.Name, in.Datatype, text(in.Shape), text(in.Data)}, " "), ",", " "))
		}
		if g := strings.Join(got, ";"); err == nil && g != c.want {
			t.Errorf("%s: %s, want %s", name, g, c.want)
		}
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if string(b) == "null" {
		return "[]"
	}
	return strings.ReplaceAll(string(b), `"`, "")
}

// answer is one output as a server sends it.
func answer(t *testing.T, datatype string, data ...any) *pb.ModelInferResponse {
	t.Helper()
	out := Tensor{Name: "Y", Datatype: datatype, Shape: []int64{int64(len(data))}, Data: data}
	raw, err := out.encode()
	if err != nil && len(data) > 0 {
		t.Fatal(err)
	}
	return &pb.ModelInferResponse{ModelVersion: "1", RawOutputContents: [][]byte{raw},
		Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "Y", Datatype: datatype, Shape: out.Shape}}}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	many := make([]any, outputLimit+1)
	for i := range many {
		many[i] = 1
	}
	form := `[{"Name":"Y","Datatype":"FP32","Shape":[1],"Data":null,"Tolerance":0}]`
	for name, c := range map[string]struct {
		first, second *pb.ModelInferResponse
		want          string // expect
		note          string
	}{
		"the same":       {answer(t, "FP32", 0.1, -30.0), answer(t, "FP32", 0.1, -30.0), `[{"Name":"Y","Datatype":"","Shape":null,"Data":[0.1,-30],"Tolerance":0.03}]`, ""},
		"nearly":         {answer(t, "FP32", 1.0), answer(t, "FP32", 1.0005), `[{"Name":"Y","Datatype":"","Shape":null,"Data":[1],"Tolerance":0.001}]`, ""},
		"half":           {answer(t, "FP16", 0.3), answer(t, "FP16", 0.3), `[{"Name":"Y","Datatype":"","Shape":null,"Data":[0.3],"Tolerance":0.003}]`, ""},
		"zero":           {answer(t, "FP32", 0.0), answer(t, "FP32", 0.0), `[{"Name":"Y","Datatype":"","Shape":null,"Data":[0],"Tolerance":0.001}]`, ""},
		"whole":          {answer(t, "INT64", int64(9007199254740993)), answer(t, "INT64", int64(9007199254740993)), `[{"Name":"Y","Datatype":"","Shape":null,"Data":[9007199254740993],"Tolerance":0}]`, ""},
		"text":           {answer(t, "BYTES", "hé"), answer(t, "BYTES", "hé"), `[{"Name":"Y","Datatype":"","Shape":null,"Data":["hé"],"Tolerance":0}]`, ""},
		"another":        {answer(t, "FP32", 1.0), answer(t, "FP32", 2.0), form, "output Y: the same request was answered otherwise another time (element 0 is 2, want 1"},
		"another length": {answer(t, "FP32", 1.0), answer(t, "FP32", 1.0, 1.0), `[{"Name":"Y","Datatype":"FP32","Shape":null,"Data":null,"Tolerance":0}]`, "answered otherwise"},
		"not a number":   {answer(t, "FP32", math.NaN()), answer(t, "FP32", math.NaN()), form, "element 0 is NaN: only datatype and shape"},
		"no text":        {answer(t, "BYTES", "\xff"), answer(t, "BYTES", "\xff"), `[{"Name":"Y","Datatype":"BYTES","Shape":[1],"Data":null,"Tolerance":0}]`, "element 0 is no text"},
		"empty":          {answer(t, "FP32"), answer(t, "FP32"), `[{"Name":"Y","Datatype":"FP32","Shape":null,"Data":null,"Tolerance":0}]`, "it is empty"},
		"large":          {answer(t, "INT8", many...), answer(t, "INT8", many...), `null`, "left out, as it has 65 values, more than 64; nothing is expected: any answer passes"},
		"a long text":    {answer(t, "BYTES", strings.Repeat("x", 1025)), answer(t, "BYTES", ""), `null`, "more than 1024 bytes"},
	} {
		s, notes, err := Spec{Model: "m"}.Record(c.first, c.second)
		got, jsonErr := json.Marshal(s.Expect)
		if err != nil || jsonErr != nil || string(got) != c.want {
			t.Errorf("%s: %v %v\n%s, want\n%s", name, err, jsonErr, got, c.want)
		}
		if said := strings.Join(notes, "; "); !strings.Contains(said, c.note) || (c.note == "") != (said == "") {
			t.Errorf("%s: the notes are %q, want %q", name, said, c.note)
		}
		for _, resp := range []*pb.ModelInferResponse{c.first, c.second} {
			if err := s.Check("1", resp); err != nil {
				t.Errorf("%s: what was recorded fails its own probe: %v", name, err)
			}
		}
	}
	torn := answer(t, "FP32", 1.0)
	torn.RawOutputContents[0] = torn.RawOutputContents[0][:3]
	if _, _, err := (Spec{Model: "m"}).Record(torn); err == nil || !strings.Contains(err.Error(), "output Y: 3 bytes are no whole number of FP32") {
		t.Errorf("torn: %v", err)
	}
}

// Whatever a tolerance is made of, it has one digit and covers its share.
func TestOneDigit(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]float64{0.03: 0.03, 0.031: 0.04, 0.099: 0.1, 1: 1, 1234: 2000, 9e-10: 9e-10, 1e300: 1e300} {
		if got := oneDigit(in); got != want {
			t.Errorf("%v: %v, want %v", in, got, want)
		}
	}
	if got := oneDigit(5e-324); got < 5e-324 {
		t.Errorf("the smallest number: %v", got)
	}
}
