// Package probe is what a deep inference consists of: the request that is sent
// and the check of what comes back. It is pure; package collectors sends it.
//
// A deep probe is the only health that cannot lie: a server can say "ready"
// while every inference fails.
package probe

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Tensor is an input that is sent or an output that is expected.
type Tensor struct {
	Name      string
	Datatype  string // Triton's word: FP32, INT64, BYTES, …; may be empty in an expected output
	Shape     []int64
	Data      []any   // numbers, booleans or strings, in row-major order
	Tolerance float64 // of an expected output: the largest accepted difference
}

// Spec is one probe.
type Spec struct {
	Model   string
	Version string // empty: every READY version, each pinned
	Every   time.Duration
	Timeout time.Duration // 0: three times the usual p99, within 1.2 s and 10 s
	Inputs  []Tensor
	Expect  []Tensor
}

// shortest is the shortest interval that a probe may ask for.
const shortest = 10 * time.Millisecond

// Validate says what is wrong with a probe.
func (s Spec) Validate() error {
	if s.Model == "" {
		return errors.New("a probe names no model")
	}
	if s.Version != "" && !isVersion(s.Version) {
		return fmt.Errorf("version %q: want a positive integer", s.Version)
	}
	if s.Every != 0 && s.Every < shortest {
		return fmt.Errorf("every %s: want at least %s", s.Every, shortest)
	}
	if s.Timeout < 0 {
		return fmt.Errorf("timeout %s is negative", s.Timeout)
	}
	for _, t := range s.Inputs {
		if _, err := t.encode(); err != nil {
			return fmt.Errorf("input %s: %w", t.Name, err)
		}
	}
	for _, t := range s.Expect {
		if err := t.expectable(); err != nil {
			return fmt.Errorf("expected output %s: %w", t.Name, err)
		}
	}
	return nil
}

// isVersion says whether a text is a version as Triton lists it: Triton compares
// numbers, tritop compares what is listed, so no leading zeros.
func isVersion(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

// expectable says what is wrong with an expected output. What it leaves open
// (datatype, shape, data) is not checked in an answer.
func (t Tensor) expectable() error {
	if !(t.Tolerance >= 0) {
		return fmt.Errorf("tolerance %v is not a number of 0 or more", t.Tolerance)
	}
	if t.Datatype != "" && len(t.Shape) > 0 && len(t.Data) > 0 {
		_, err := t.encode()
		return err
	}
	if t.Name == "" {
		return errNoName
	}
	if _, ok := width(t.Datatype); !ok && t.Datatype != "" {
		return unknownDatatype(t.Datatype)
	}
	for i, v := range t.Data {
		if _, isText := v.(string); isText && t.Datatype == "" {
			continue
		}
		if _, err := appendElement(nil, cmp.Or(t.Datatype, "FP64"), v); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

var errNoName = errors.New("it has no name")

func unknownDatatype(d string) error {
	return fmt.Errorf("unknown datatype %q: want one of BOOL, INT8 … INT64, UINT8 … UINT64, FP16, BF16, FP32, FP64, BYTES", d)
}

// width is the size of an element in bytes; 0 for BYTES; ok is false for an unknown datatype.
func width(datatype string) (n int, ok bool) {
	switch datatype {
	case "BOOL", "INT8", "UINT8":
		return 1, true
	case "INT16", "UINT16", "FP16", "BF16":
		return 2, true
	case "INT32", "UINT32", "FP32":
		return 4, true
	case "INT64", "UINT64", "FP64":
		return 8, true
	case "BYTES":
		return 0, true
	}
	return 0, false
}

// encode gives the raw contents of a tensor: little-endian, row-major.
func (t Tensor) encode() ([]byte, error) {
	if t.Name == "" {
		return nil, errNoName
	}
	if _, ok := width(t.Datatype); !ok {
		return nil, unknownDatatype(t.Datatype)
	}
	want := int64(1)
	for _, d := range t.Shape {
		if d < 1 || want > 1<<24/d {
			return nil, fmt.Errorf("shape %v: want positive dimensions and at most 16 Mi elements", t.Shape)
		}
		want *= d
	}
	if int64(len(t.Data)) != want {
		return nil, fmt.Errorf("shape %v holds %d elements, data has %d", t.Shape, want, len(t.Data))
	}
	var out []byte
	for i, v := range t.Data {
		var err error
		if out, err = appendElement(out, t.Datatype, v); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out, nil
}

func appendElement(out []byte, datatype string, v any) ([]byte, error) {
	switch datatype {
	case "BYTES":
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a string", v)
		}
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(s))), s...), nil
	case "FP16", "BF16", "FP32", "FP64":
		f, err := number(v)
		if err != nil {
			return nil, err
		}
		return appendFloat(out, datatype, f)
	}
	n, ok := integer(v)
	if !ok {
		if _, err := number(v); err != nil {
			return nil, err
		}
	}
	bytes, _ := width(datatype)
	if !ok || !n.fits(datatype, bytes) {
		return nil, fmt.Errorf("%v is not a %s", v, datatype)
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n.bits())
	return append(out, b[:bytes]...), nil
}

func appendFloat(out []byte, datatype string, f float64) ([]byte, error) {
	if math.IsInf(rounded(datatype, f), 0) && !math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is too large for %s", f, datatype)
	}
	le := binary.LittleEndian
	switch datatype {
	case "FP32":
		return le.AppendUint32(out, math.Float32bits(float32(f))), nil
	case "FP16":
		return le.AppendUint16(out, halfBits(f)), nil
	case "BF16":
		return le.AppendUint16(out, brainBits(f)), nil
	}
	return le.AppendUint64(out, math.Float64bits(f)), nil
}
