package model

import "time"

// Layer is what a health check is about.
type Layer int

// The layers.
const (
	Infrastructure Layer = iota // GPUs, memory, disks
	Application                 // servers and models
	Business                    // what users get of it
)

var layerWords = [...]string{"infrastructure", "application", "business"}

// String gives the word that scripts see.
func (l Layer) String() string { return layerWords[l] }

// Layers are all, in their order.
func Layers() []Layer { return []Layer{Infrastructure, Application, Business} }

// CheckStatus is what a health check found. The zero value means that nothing is known.
type CheckStatus int

// The statuses.
const (
	CheckUnknown CheckStatus = iota
	CheckHealthy
	CheckDegraded
	CheckUnhealthy
	CheckNotApplicable // about something that tritop cannot see; takes no part in the verdict
)

var checkWords = [...]string{"unknown", "healthy", "degraded", "unhealthy", "not_applicable"}

// String gives the word that scripts see.
func (s CheckStatus) String() string { return checkWords[s] }

// Check is the newest result of one health check of one target.
type Check struct {
	Name     string // one of the seven built-in ones, or of the configuration
	Layer    Layer
	Target   string // what was checked: "triton-a", "bert v2 on triton-a", "host-1 GPU-951eeeeb"
	Server   string // where to look; empty: the check is about no server
	Model    string
	Critical bool
	Status   CheckStatus
	Message  string   // for people, with the figures that decided
	Details  []Detail // what it was judged by
	At       time.Time
	Since    time.Time // since when it has this status
	TookMs   Figure
	// Folded: the verdict of its server, or of a model version there, says the same,
	// so that it counts and is listed as a problem there only.
	Folded  bool
	Failing string // why it raises an alert: "3 in a row", "5 of the last 20"; empty: it does not
}

// Checked is what a check found that runs by itself: a golden set, a business
// figure, a check of the configuration. Since and Failing of it are not used.
type Checked struct {
	Check
	Version        string        // of the model; empty: it is of all, or of none
	Every, Timeout time.Duration // it runs so often, and for so long at most
}

// Asked is one inference of tritop's own that is no deep probe.
type Asked struct {
	Answer
	Model, Version string
	Counted        Tri // as in Probed
}

// Detail is one figure that a check was judged by.
type Detail struct{ Name, Value string }

// Verdict is what the check makes of the fleet: UNHEALTHY where it is critical and
// unhealthy, DEGRADED where it is otherwise not well; Unknown where it says nothing.
func (c *Check) Verdict() Verdict {
	switch c.Status {
	case CheckHealthy:
		return Healthy
	case CheckDegraded:
		return Degraded
	case CheckUnhealthy:
		if c.Critical {
			return Unhealthy
		}
		return Degraded
	case CheckUnknown, CheckNotApplicable:
	}
	return Unknown
}
