package sim

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	"tritop/triton/pb"
)

// config is the effective configuration, as Triton completes it.
func (m *modelDef) config() *pb.ModelConfig {
	c := &pb.ModelConfig{Name: m.name, Backend: m.platform(), MaxBatchSize: 16,
		VersionPolicy: &pb.ModelVersionPolicy{PolicyChoice: &pb.ModelVersionPolicy_Latest_{Latest: &pb.ModelVersionPolicy_Latest{NumVersions: 1}}},
		Input:         []*pb.ModelInput{{Name: "INPUT0", DataType: pb.DataType_TYPE_FP32, Dims: []int64{-1}}},
		Output:        []*pb.ModelOutput{{Name: "OUTPUT0", DataType: pb.DataType_TYPE_FP32, Dims: []int64{-1}}}}
	if len(m.versions) > 1 {
		specific := &pb.ModelVersionPolicy_Specific{}
		for _, v := range m.versions {
			specific.Versions = append(specific.Versions, int64(v))
		}
		c.VersionPolicy = &pb.ModelVersionPolicy{PolicyChoice: &pb.ModelVersionPolicy_Specific_{Specific: specific}}
	}
	if len(m.steps) > 0 {
		c.Backend, c.Platform = "", "ensemble"
		c.ModelTransactionPolicy = &pb.ModelTransactionPolicy{}
		c.SchedulingChoice = &pb.ModelConfig_EnsembleScheduling{EnsembleScheduling: m.chain()}
		return c
	}
	pinned := &pb.ModelOptimizationPolicy_PinnedMemoryBuffer{Enable: true}
	c.Optimization = &pb.ModelOptimizationPolicy{InputPinnedMemory: pinned, OutputPinnedMemory: pinned}
	c.DefaultModelFilename = "model.py"
	c.InstanceGroup = []*pb.ModelInstanceGroup{{Name: m.name + "_0", Kind: pb.ModelInstanceGroup_KIND_CPU, Count: 1}}
	if m.gpu {
		c.InstanceGroup[0].Kind, c.InstanceGroup[0].Gpus = pb.ModelInstanceGroup_KIND_GPU, []int32{0, 1}
	}
	return c
}

// chain leads INPUT0 through every step to OUTPUT0.
func (m *modelDef) chain() *pb.ModelEnsembling {
	e, from := &pb.ModelEnsembling{}, "INPUT0"
	for i, s := range m.steps {
		to := "OUTPUT0"
		if i < len(m.steps)-1 {
			to = fmt.Sprintf("t%d", i)
		}
		e.Step = append(e.Step, &pb.ModelEnsembling_Step{ModelName: s, ModelVersion: -1,
			InputMap: map[string]string{"INPUT0": from}, OutputMap: map[string]string{"OUTPUT0": to}})
		from = to
	}
	return e
}

// configJSON prints a configuration as Triton's HTTP API does: with all defaults,
// and with plain numbers where protobuf's JSON has strings of digits.
func configJSON(c *pb.ModelConfig) ([]byte, error) {
	raw, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("print the configuration of %s: %w", c.GetName(), err)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("print the configuration of %s: %w", c.GetName(), err)
	}
	plainNumbers("", v)
	if o, ok := v.(map[string]any); ok { // two lists that our .proto does without
		o["batch_input"], o["batch_output"] = []any{}, []any{}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("print the configuration of %s: %w", c.GetName(), err)
	}
	return out, nil
}

// wide are the fields of 64 bits, which protobuf's JSON prints as strings.
var wide = map[string]bool{"dims": true, "versions": true, "model_version": true, "shape": true}

// plainNumbers turns strings of digits under the wide keys into numbers, in place.
func plainNumbers(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = plainNumbers(k, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = plainNumbers(key, inner)
		}
	case string:
		if wide[key] {
			return json.Number(v)
		}
	}
	return v
}
