// Package nvml reads the GPUs of tritop's own machine from the driver.
//
// A call into the driver may hang for ever, and a broken library may end the
// process. So it is another program that calls it, tritop-nvml, found beside
// tritop itself: it prints one line of JSON per sample, and is killed when a line
// does not come in time. tritop needs no C compiler and loads no library of the
// driver. This package is tritop's side; collectors/nvml/helper is the other.
package nvml

import (
	"fmt"

	"tritop/model"
)

// LineVersion is the version of the lines; a helper of another one is refused.
const LineVersion = 1

// Line is what the helper prints: one sample, or why there is none.
type Line struct {
	Version int      `json:"v"`
	Driver  string   `json:"driver,omitempty"` // its version
	TookMs  float64  `json:"took_ms,omitempty"`
	GPUs    []Device `json:"gpus,omitempty"`
	Absent  string   `json:"absent,omitempty"` // there is nothing to read on this machine, and why; it ends
	Error   string   `json:"error,omitempty"`  // what went wrong; it ends
}

// Device is one GPU of a sample. What was not read is null.
type Device struct {
	Index int    `json:"index"`
	UUID  string `json:"uuid"`
	Name  string `json:"name,omitempty"`
	Lost  string `json:"lost,omitempty"` // why it cannot be reached any more
	Usage
	Limits
}

// Usage is what a GPU does.
type Usage struct {
	Util     *float64 `json:"util"`      // 0..1
	MemUsed  *float64 `json:"mem_used"`  // bytes
	MemTotal *float64 `json:"mem_total"` // bytes
	Power    *float64 `json:"power_w"`
	Temp     *float64 `json:"temp_c"`
	Clock    *float64 `json:"sm_mhz"`
}

// Limits are what holds a GPU down, and what is broken.
type Limits struct {
	PowerLimit *float64 `json:"power_limit_w"`
	ECC        *float64 `json:"ecc"`      // uncorrected errors since the driver was loaded
	Throttle   uint64   `json:"throttle"` // the driver's bits; 0: none, or not read
}

// sample translates a line's GPU into the vocabulary.
func (d *Device) sample(host string) model.GPUSample {
	out := model.GPUSample{UUID: model.CleanName(d.UUID), Name: model.CleanName(d.Name), Host: host, Index: d.Index, Lost: model.CleanText(d.Lost),
		GPUFigures: model.GPUFigures{Util: figure(d.Util), MemUsed: figure(d.MemUsed), MemTotal: figure(d.MemTotal), PowerW: figure(d.Power),
			PowerLimitW: figure(d.PowerLimit), TempC: figure(d.Temp), ClockMHz: figure(d.Clock), ECCErrors: figure(d.ECC), XID: model.Missing(model.NoSource), Throttled: model.ThrottleWords(d.Throttle)}}
	if out.UUID == "" { // an old driver tells none
		out.UUID = fmt.Sprintf("GPU %d of %s", d.Index, host)
	}
	return out
}

func figure(v *float64) model.Figure {
	if v == nil {
		return model.Missing(model.NoSource)
	}
	return model.Of(*v)
}
