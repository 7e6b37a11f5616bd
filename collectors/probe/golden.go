package probe

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tritop/triton/pb"
)

// Golden is a golden set: inputs of a model with the outputs that are right.
type Golden struct {
	Model string
	Cases []Spec // each with Expect; Every and Timeout are not used
}

// Validate says which case cannot be used, and why.
func (g Golden) Validate() error {
	if len(g.Cases) == 0 {
		return fmt.Errorf("a golden set of %s without cases", g.Model)
	}
	for i, c := range g.Cases {
		err := c.Validate()
		if err == nil && len(c.Expect) == 0 {
			err = errors.New("it expects nothing")
		}
		if err != nil {
			return fmt.Errorf("case %d: %w", i+1, err)
		}
	}
	return nil
}

// Right counts the expected outputs of an answer that are within their tolerance.
// first says what is wrong with the first other one; nil: none is.
func (s Spec) Right(version string, resp *pb.ModelInferResponse) (right int, first error) {
	for i := range s.Expect {
		one := s
		one.Expect = s.Expect[i : i+1]
		err := one.Check(version, resp)
		if err == nil {
			right++
		} else if first == nil {
			first = err
		}
	}
	return right, first
}

// Same says whether two answers to one request hold the same outputs.
func Same(a, b *pb.ModelInferResponse) bool {
	if len(a.GetOutputs()) != len(b.GetOutputs()) || len(a.GetRawOutputContents()) != len(b.GetRawOutputContents()) {
		return false
	}
	for i, out := range a.GetOutputs() {
		other := b.GetOutputs()[i]
		if out.GetName() != other.GetName() || out.GetDatatype() != other.GetDatatype() || !slices.Equal(out.GetShape(), other.GetShape()) {
			return false
		}
	}
	for i, raw := range a.GetRawOutputContents() {
		if !bytes.Equal(raw, b.GetRawOutputContents()[i]) {
			return false
		}
	}
	return true
}

// Fits says whether a model takes the inputs and gives the outputs of a case, by its
// configuration; the error names the tensor and what the model has instead. What the
// configuration does not name (a model that completes it by itself) is not judged.
func (s Spec) Fits(c *pb.ModelConfig) error {
	var inputs, outputs []form
	for _, t := range c.GetInput() {
		inputs = append(inputs, newForm(t, c.GetMaxBatchSize()))
	}
	for _, t := range c.GetOutput() {
		outputs = append(outputs, newForm(t, c.GetMaxBatchSize()))
	}
	for _, t := range s.Inputs {
		if err := t.fits(inputs); err != nil {
			return fmt.Errorf("input %s: %w", t.Name, err)
		}
	}
	for _, t := range s.Expect {
		if err := t.fits(outputs); err != nil {
			return fmt.Errorf("expected output %s: %w", t.Name, err)
		}
	}
	return nil
}

// form is what a model has of a tensor; -1 in a shape stands for any size.
type form struct {
	name, datatype string
	shape          []int64
}

func newForm(t interface {
	GetName() string
	GetDataType() pb.DataType
	GetDims() []int64
}, batch int32) form {
	f := form{name: t.GetName(), datatype: strings.TrimPrefix(t.GetDataType().String(), "TYPE_"), shape: t.GetDims()}
	if f.datatype == "STRING" {
		f.datatype = "BYTES"
	}
	if batch > 0 {
		f.shape = append([]int64{-1}, f.shape...)
	}
	return f
}

func (t Tensor) fits(all []form) error {
	if len(all) == 0 {
		return nil
	}
	i := slices.IndexFunc(all, func(f form) bool { return f.name == t.Name })
	if i < 0 {
		return errors.New("the model has none of that name")
	}
	f := all[i]
	if t.Datatype != "" && t.Datatype != f.datatype {
		return fmt.Errorf("datatype %s, the model has %s", t.Datatype, f.datatype)
	}
	fixed := func(want, got int64) bool { return want < 0 || want == got }
	if len(t.Shape) > 0 && !slices.EqualFunc(f.shape, t.Shape, fixed) {
		return fmt.Errorf("shape %v, the model has %v", t.Shape, f.shape)
	}
	return nil
}
