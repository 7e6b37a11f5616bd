package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Quantity is a figure with its unit: ms, ratio (0..1), per_s or bytes. A bare
// number between 0 and 1 is a ratio.
type Quantity struct {
	Value float64
	Unit  string
}

// ParseQuantity reads 100ms, 0.1%, 0.001, 100/s and 2GiB.
func ParseQuantity(s string) (Quantity, error) {
	s = strings.TrimSpace(s)
	number := func(suffix string) (float64, error) {
		v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, suffix)), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return 0, fmt.Errorf("%q: not a figure that is 0 or more", s)
		}
		return v, nil
	}
	for suffix, factor := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		if strings.HasSuffix(s, suffix) {
			v, err := number(suffix)
			return Quantity{v * factor, "bytes"}, err
		}
	}
	switch {
	case strings.HasSuffix(s, "%"):
		v, err := number("%")
		if err == nil && v > 100 {
			err = fmt.Errorf("%q: more than 100 %%", s)
		}
		return Quantity{math.Round(v*1e12) / 1e14, "ratio"}, err // 99.99 / 100 is not 0.9999 to a computer
	case strings.HasSuffix(s, "/s"):
		v, err := number("/s")
		return Quantity{v, "per_s"}, err
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return Quantity{float64(d) / 1e6, "ms"}, nil
	}
	v, err := number("")
	if err == nil && v > 1 {
		err = fmt.Errorf("%q: a figure above 1 needs a unit (ms, %%, /s, GiB)", s)
	}
	return Quantity{v, "ratio"}, err
}
