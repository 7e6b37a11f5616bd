package probe

import (
	"fmt"
	"math"
)

// number reads a value as a floating-point number.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case float32:
		return float64(v), nil
	}
	if n, ok := integer(v); ok {
		f := float64(n.abs)
		if n.negative {
			f = -f
		}
		return f, nil
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

// whole is an integer of 64 bits, signed or not: a float64 would lose the last
// digits of large identifiers.
type whole struct {
	negative bool
	abs      uint64
}

// integer reads a value as a whole number; ok is false where it is none.
func integer(v any) (n whole, ok bool) {
	switch v := v.(type) {
	case int:
		return signed(int64(v)), true
	case int64:
		return signed(v), true
	case uint64:
		return whole{abs: v}, true
	case bool:
		if v {
			return whole{abs: 1}, true
		}
		return whole{}, true
	case float32:
		return integer(float64(v))
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<64 {
			return whole{}, false
		}
		return whole{negative: v < 0, abs: uint64(math.Abs(v))}, true
	}
	return whole{}, false
}

func signed(v int64) whole {
	if v < 0 {
		return whole{negative: true, abs: -uint64(v)}
	}
	return whole{abs: uint64(v)}
}

// fits says whether a datatype of so many bytes holds the number.
func (n whole) fits(datatype string, bytes int) bool {
	bits := 8 * bytes
	switch {
	case datatype == "BOOL":
		return !n.negative && n.abs <= 1
	case datatype[0] == 'U':
		return !n.negative && (bits == 64 || n.abs < 1<<bits)
	case n.negative:
		return n.abs <= 1<<(bits-1)
	}
	return n.abs < 1<<(bits-1)
}

// bits gives the two's complement.
func (n whole) bits() uint64 {
	if n.negative {
		return -n.abs
	}
	return n.abs
}

// rounded gives the value that a datatype can hold: 0.1 is another number in
// FP32 than in FP64, and what a server answers is right nevertheless.
func rounded(datatype string, f float64) float64 {
	switch datatype {
	case "FP32":
		return float64(float32(f))
	case "FP16":
		return halfValue(halfBits(f))
	case "BF16":
		return brainValue(brainBits(f))
	}
	return f
}

// halfBits rounds to IEEE 754 half precision, ties to even; too large becomes infinite.
func halfBits(f float64) uint16 {
	b := math.Float32bits(float32(f))
	sign, abs := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case abs > 0x7f800000:
		return sign | 0x7e00
	case abs >= 0x47800000: // 65536
		return sign | 0x7c00
	case abs < 0x38800000: // below the smallest normal one: multiples of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	abs += 0xfff + abs>>13&1 // a carry goes into the exponent, as it should
	return sign | uint16((abs-0x38000000)>>13)
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

// brainBits rounds to bfloat16, ties to even.
func brainBits(f float64) uint16 {
	b := math.Float32bits(float32(f))
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

func brainValue(b uint16) float64 { return float64(math.Float32frombits(uint32(b) << 16)) }
