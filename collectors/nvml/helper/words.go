package helper

import "fmt"

// result is a return code of NVML. Its own function for the words may be what an
// old library lacks.
type result int

// The codes that decide something.
const (
	success         result = 0
	driverNotLoaded result = 9
	gpuIsLost       result = 15
	resetRequired   result = 16
)

// codes are the words for those that a sample may give.
var codes = map[result]string{
	1: "the driver was not initialised", 2: "it refused the arguments", 3: "not supported by this GPU", 4: "no permission", 6: "not found",
	8: "the GPU has no external power", driverNotLoaded: "the NVIDIA driver is not loaded", 10: "the driver timed out", 11: "the kernel has a problem with the GPU's interrupts",
	12: "the NVIDIA library was not found", 13: "this driver has no such function", 14: "the memory of the GPU's settings is damaged",
	gpuIsLost: "the GPU is lost: it fell off the bus, or cannot be reached", resetRequired: "the GPU needs a reset",
	17: "the operating system blocked the driver", 18: "library and driver are of different versions (after an update: restart the machine)", 20: "out of memory", 999: "an unknown error of the driver",
}

// words says what a code means.
func (r result) words() string {
	if w := codes[r]; w != "" {
		return w
	}
	return fmt.Sprintf("error %d of the driver", int(r))
}

// lost says whether a GPU that answers so is out of reach.
func (r result) lost() bool { return r == gpuIsLost || r == resetRequired }

// failed is the error of a call.
func (r result) failed(call string) error { return fmt.Errorf("%s: %s", call, r.words()) }
