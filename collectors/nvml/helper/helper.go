// Package helper is the program that calls into the NVIDIA driver, for
// cmd/tritop-nvml alone. It samples all GPUs at an interval and prints one line of
// JSON each time (nvml.Line) until its input ends: then tritop is gone, or wants
// no more. It may hang or die at any call; tritop sees that its lines stop.
package helper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tritop/collectors/nvml"
)

// Library is what is used of NVML. All calls come from one goroutine.
type Library interface {
	// Open loads the library, initialises the driver and finds the GPUs. An
	// *AbsentError says that this machine has nothing to read.
	Open() error
	Close()         // Open may follow
	Driver() string // its version; "": not told
	Count() (int, error)
	// Read gives all that the driver tells of the i-th GPU. One that is lost
	// says so, with the identity that it had when it could be read.
	Read(i int) (nvml.Device, error)
}

// AbsentError says that there is nothing to read on this machine, and why. It is no fault.
type AbsentError struct{ Why string }

// Error gives the reason.
func (e *AbsentError) Error() string { return e.Why }

// again is how often the driver is initialised anew while a GPU is lost: only
// then it finds one that came back.
const again = 10 * time.Second

// Run prints samples until ctx ends or the driver fails; the last line says why.
func Run(ctx context.Context, lib Library, every time.Duration, w io.Writer) error {
	out := json.NewEncoder(w)
	err := sample(ctx, lib, every, out)
	if err == nil {
		return nil
	}
	last := nvml.Line{Version: nvml.LineVersion, Error: err.Error()}
	var absent *AbsentError
	if errors.As(err, &absent) {
		last.Absent, last.Error = absent.Why, ""
	}
	if err := out.Encode(last); err != nil {
		return fmt.Errorf("print why there is no sample: %w", err)
	}
	return nil
}

// sample opens the library and prints a line at each interval.
func sample(ctx context.Context, lib Library, every time.Duration, out *json.Encoder) error {
	if err := lib.Open(); err != nil {
		return err
	}
	opened := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		line, err := look(lib)
		if err != nil {
			return err
		}
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("print a sample: %w", err)
		}
		if lost(line) && time.Since(opened) >= again {
			lib.Close()
			if err := lib.Open(); err != nil {
				return err
			}
			opened = time.Now()
		}
		select {
		case <-ctx.Done():
			lib.Close()
			return nil
		case <-tick.C:
		}
	}
}

// look reads all GPUs once.
func look(lib Library) (nvml.Line, error) {
	began := time.Now()
	line := nvml.Line{Version: nvml.LineVersion, Driver: lib.Driver()}
	n, err := lib.Count()
	if err != nil {
		return line, err
	}
	if n == 0 {
		return line, &AbsentError{"the NVIDIA driver works and has no GPU"}
	}
	for i := range n {
		d, err := lib.Read(i)
		if err != nil {
			return line, err
		}
		line.GPUs = append(line.GPUs, d)
	}
	line.TookMs = float64(time.Since(began)) / 1e6
	return line, nil
}

func lost(l nvml.Line) bool {
	for i := range l.GPUs {
		if l.GPUs[i].Lost != "" {
			return true
		}
	}
	return false
}
