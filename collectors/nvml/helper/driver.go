//go:build cgo && linux

package helper

import (
	"fmt"
	"slices"

	"github.com/NVIDIA/go-nvml/pkg/dl"
	binding "github.com/NVIDIA/go-nvml/pkg/nvml"

	"tritop/collectors/nvml"
)

// libraryName is the driver's; the loader finds it.
const libraryName = "libnvidia-ml.so.1"

// Load gives the library of this machine. Nothing is loaded before Open.
func Load() Library { return &driver{} }

// driver is NVML by go-nvml. The binding is linked lazily: a function that the
// library lacks ends the process when it is called, so each is looked up first.
type driver struct {
	// lib is our own hold on the library, for looking up. It is never let go: what
	// was bound lazily would point to where a library was before.
	lib     *dl.DynamicLibrary
	api     binding.Interface
	has     map[string]bool
	version string
	gpus    []identity
}

// identity is what a GPU said while it could be reached.
type identity struct {
	device binding.Device
	uuid   string
	name   string
}

// Open loads the library, initialises it and finds the GPUs.
func (d *driver) Open() error {
	if err := d.load(); err != nil {
		return err
	}
	d.api = binding.New(binding.WithLibraryPath(libraryName))
	switch r := result(d.api.Init()); {
	case r == driverNotLoaded:
		return &AbsentError{r.words()}
	case r != success:
		return r.failed("initialise the NVIDIA driver")
	}
	if d.can("nvmlSystemGetDriverVersion") {
		if v, r := d.api.SystemGetDriverVersion(); result(r) == success {
			d.version = v
		}
	}
	return d.find()
}

// load loads the library and sees that it has what cannot be done without.
func (d *driver) load() error {
	if d.lib != nil {
		return nil
	}
	lib := dl.New(libraryName, dl.RTLD_LAZY|dl.RTLD_GLOBAL)
	if err := lib.Open(); err != nil {
		return &AbsentError{"no NVIDIA driver on this machine: " + err.Error()}
	}
	d.lib, d.has = lib, make(map[string]bool)
	for _, must := range [][]string{{"nvmlInit_v2", "nvmlInit"}, {"nvmlShutdown"}, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"}, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"}} {
		if !slices.ContainsFunc(must, d.can) {
			return fmt.Errorf("this NVIDIA library cannot be used: it has no %s (too old, or not NVIDIA's)", must[0])
		}
	}
	return nil
}

// can says whether the library has a function.
func (d *driver) can(symbol string) bool {
	known, asked := d.has[symbol]
	if !asked {
		known = d.lib.Lookup(symbol) == nil
		d.has[symbol] = known
	}
	return known
}

// find lists the GPUs. One that is lost already has a place and no name, but for
// what it was called before.
func (d *driver) find() error {
	n, r := d.api.DeviceGetCount()
	if result(r) != success {
		return result(r).failed("count the GPUs")
	}
	before := d.gpus
	d.gpus = make([]identity, n)
	for i := range n {
		g := &d.gpus[i]
		if i < len(before) && n == len(before) {
			*g = before[i]
		}
		device, r := d.api.DeviceGetHandleByIndex(i)
		switch {
		case result(r).lost():
			g.device = nil
			continue
		case result(r) != success:
			return result(r).failed(fmt.Sprintf("find GPU %d", i))
		}
		g.device = device
		d.identify(g)
	}
	return nil
}

func (d *driver) identify(g *identity) {
	if d.can("nvmlDeviceGetUUID") {
		if v, r := g.device.GetUUID(); result(r) == success {
			g.uuid = v
		}
	}
	if d.can("nvmlDeviceGetName") {
		if v, r := g.device.GetName(); result(r) == success {
			g.name = v
		}
	}
}

// Close ends the use of the driver.
func (d *driver) Close() {
	_ = d.api.Shutdown() // it ends with the process at the latest
}

// Driver is the version that the driver tells.
func (d *driver) Driver() string { return d.version }

// Count is the number of GPUs that were found.
func (d *driver) Count() (int, error) { return len(d.gpus), nil }

// Read asks a GPU for all its figures.
func (d *driver) Read(i int) (nvml.Device, error) {
	g := d.gpus[i]
	out := nvml.Device{Index: i, UUID: g.uuid, Name: g.name}
	if g.device == nil {
		out.Lost = gpuIsLost.words()
		return out, nil
	}
	ask := asking{driver: d, device: g.device}
	ask.usage(&out.Usage)
	ask.limits(&out.Limits)
	if ask.lost != success {
		return nvml.Device{Index: i, UUID: g.uuid, Name: g.name, Lost: ask.lost.words()}, nil
	}
	return out, nil
}

// asking asks one GPU. What it cannot tell stays nil.
type asking struct {
	*driver
	device binding.Device
	lost   result
}

// ok says whether a call gave a value, and notes that the GPU is lost.
func (a *asking) ok(r binding.Return) bool {
	if result(r).lost() {
		a.lost = result(r)
	}
	return result(r) == success
}

// number asks for one figure, unless the GPU is lost or the library cannot.
func (a *asking) number(symbol string, call func() (uint32, binding.Return), scale float64) *float64 {
	if a.lost != success || !a.can(symbol) {
		return nil
	}
	v, r := call()
	if !a.ok(r) {
		return nil
	}
	f := float64(v) * scale
	return &f
}

func (a *asking) usage(u *nvml.Usage) {
	u.Util = a.number("nvmlDeviceGetUtilizationRates", func() (uint32, binding.Return) {
		rates, r := a.device.GetUtilizationRates()
		return rates.Gpu, r
	}, 0.01)
	a.memory(u)
	u.Power = a.number("nvmlDeviceGetPowerUsage", a.device.GetPowerUsage, 0.001)
	u.Temp = a.number("nvmlDeviceGetTemperature", func() (uint32, binding.Return) { return a.device.GetTemperature(binding.TEMPERATURE_GPU) }, 1)
	u.Clock = a.number("nvmlDeviceGetClockInfo", func() (uint32, binding.Return) { return a.device.GetClockInfo(binding.CLOCK_SM) }, 1)
}

// memory asks without what the driver keeps for itself, as nvidia-smi does, where
// the driver (510 on) can tell the two apart.
func (a *asking) memory(u *nvml.Usage) {
	give := func(used, total uint64) {
		usedBytes, totalBytes := float64(used), float64(total)
		u.MemUsed, u.MemTotal = &usedBytes, &totalBytes
	}
	if a.lost == success && a.can("nvmlDeviceGetMemoryInfo_v2") {
		if m, r := a.device.GetMemoryInfo_v2(); a.ok(r) {
			give(m.Used, m.Total)
			return
		}
	}
	if a.lost == success && a.can("nvmlDeviceGetMemoryInfo") {
		if m, r := a.device.GetMemoryInfo(); a.ok(r) {
			give(m.Used, m.Total)
		}
	}
}

func (a *asking) limits(l *nvml.Limits) {
	l.PowerLimit = a.number("nvmlDeviceGetEnforcedPowerLimit", a.device.GetEnforcedPowerLimit, 0.001)
	if l.PowerLimit == nil {
		l.PowerLimit = a.number("nvmlDeviceGetPowerManagementLimit", a.device.GetPowerManagementLimit, 0.001)
	}
	if a.lost == success && a.can("nvmlDeviceGetTotalEccErrors") {
		if n, r := a.device.GetTotalEccErrors(binding.MEMORY_ERROR_TYPE_UNCORRECTED, binding.VOLATILE_ECC); a.ok(r) {
			count := float64(n)
			l.ECC = &count
		}
	}
	reasons, symbol := a.device.GetCurrentClocksEventReasons, "nvmlDeviceGetCurrentClocksEventReasons"
	if !a.can(symbol) { // before driver 535
		reasons, symbol = a.device.GetCurrentClocksThrottleReasons, "nvmlDeviceGetCurrentClocksThrottleReasons"
	}
	if a.lost == success && a.can(symbol) {
		if bits, r := reasons(); a.ok(r) {
			l.Throttle = bits
		}
	}
}
