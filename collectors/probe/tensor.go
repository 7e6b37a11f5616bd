// Package probe is what a deep inference consists of: the request that is sent
// and the check of what comes back. It is pure; package collectors sends it.
//
// A deep probe is the only health that cannot lie: a server can say "ready"
// while every inference fails.
package probe

import (
	"encoding/binary"
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

// Validate says what is wrong with a probe.
func (s Spec) Validate() error {
	if s.Model == "" {
		return fmt.Errorf("a probe names no model")
	}
	if s.Version != "" {
		if n, err := strconv.ParseInt(s.Version, 10, 64); err != nil || n < 1 {
			return fmt.Errorf("version %q: want a positive integer", s.Version)
		}
	}
	for _, t := range s.Inputs {
		if _, err := t.encode(); err != nil {
			return fmt.Errorf("input %s: %w", t.Name, err)
		}
	}
	for _, t := range s.Expect {
		if t.Tolerance < 0 {
			return fmt.Errorf("expected output %s: tolerance %v is negative", t.Name, t.Tolerance)
		}
		for i, v := range t.Data {
			if _, isText := v.(string); !isText {
				if _, err := number(v); err != nil {
					return fmt.Errorf("expected output %s, element %d: %w", t.Name, i, err)
				}
			}
		}
	}
	return nil
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
		return nil, fmt.Errorf("it has no name")
	}
	if _, ok := width(t.Datatype); !ok {
		return nil, fmt.Errorf("unknown datatype %q: want one of BOOL, INT8 … INT64, UINT8 … UINT64, FP16, BF16, FP32, FP64, BYTES", t.Datatype)
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
	if datatype == "BYTES" {
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a string", v)
		}
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(s))), s...), nil
	}
	f, err := number(v)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	switch datatype {
	case "FP32":
		return le.AppendUint32(out, math.Float32bits(float32(f))), nil
	case "FP64":
		return le.AppendUint64(out, math.Float64bits(f)), nil
	case "FP16":
		return le.AppendUint16(out, halfBits(f)), nil
	case "BF16":
		return le.AppendUint16(out, uint16(math.Float32bits(float32(f))>>16)), nil
	}
	n, _ := width(datatype)
	if err := inRange(f, datatype, n); err != nil {
		return nil, err
	}
	bits := uint64(int64(f))
	if datatype == "UINT64" {
		bits = uint64(f)
	}
	var b [8]byte
	le.PutUint64(b[:], bits)
	return append(out, b[:n]...), nil
}

func inRange(f float64, datatype string, bytes int) error {
	bits := float64(8 * bytes)
	low, high := -math.Exp2(bits-1), math.Exp2(bits-1)
	switch {
	case datatype == "BOOL":
		low, high = 0, 2
	case datatype[0] == 'U':
		low, high = 0, math.Exp2(bits)
	}
	if f != math.Trunc(f) || f < low || f >= high {
		return fmt.Errorf("%v is not a %s", f, datatype)
	}
	return nil
}

func number(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case float32:
		return float64(v), nil
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case uint64:
		return float64(v), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

// halfBits rounds to IEEE 754 half precision; too large becomes infinite.
func halfBits(f float64) uint16 {
	b := math.Float32bits(float32(f))
	sign := uint16(b >> 16 & 0x8000)
	exp, frac := int(b>>23&0xff)-127+15, b&0x7fffff
	switch {
	case b&0x7fffffff > 0x7f800000:
		return sign | 0x7e00
	case exp >= 31:
		return sign | 0x7c00
	case exp <= 0:
		if exp < -10 {
			return sign
		}
		return sign | uint16((frac|0x800000)>>(14-exp))
	}
	return sign | uint16(exp)<<10 | uint16(frac>>13)
}

func halfValue(h uint16) float64 {
	sign, exp, frac := 1.0, int(h>>10&0x1f), float64(h&0x3ff)
	if h&0x8000 != 0 {
		sign = -1
	}
	switch exp {
	case 0:
		return sign * frac * math.Exp2(-24)
	case 31:
		if frac == 0 {
			return math.Inf(int(sign))
		}
		return math.NaN()
	}
	return sign * (1 + frac/1024) * math.Exp2(float64(exp-15))
}
