//go:build !cgo || !linux

package helper

import "tritop/collectors/nvml"

// Load gives the library of this machine: none, in a build that can call no C.
func Load() Library { return none{} }

type none struct{}

func (none) Open() error {
	return &AbsentError{"this build has no NVML (built without cgo): make build-nvml needs Linux and a C compiler"}
}
func (none) Close()                        {}
func (none) Driver() string                { return "" }
func (none) Count() (int, error)           { return 0, nil }
func (none) Read(int) (nvml.Device, error) { return nvml.Device{}, nil }
