package model

import "time"

// Admin is what somebody decided about an endpoint in a balancer. Whether it is up
// is the balancer's own finding, and never written by tritop.
type Admin int

// The administrative states.
const (
	AdminReady Admin = iota
	AdminDrain       // takes nothing new, what is in flight ends; it is still checked
	AdminMaint       // takes nothing new, what is in flight ends; it is not checked
)

var adminWords = [...]string{"ready", "drain", "maint"}

// String gives the word that scripts see, which is HAProxy's too.
func (a Admin) String() string { return adminWords[a] }

// MaxWeight is the largest weight of an endpoint; 0 takes it out of rotation.
const MaxWeight = 256

// Setting is what decides how much of the traffic an endpoint gets.
type Setting struct {
	Admin  Admin
	Weight int // 0..MaxWeight
}

// Takes says whether an endpoint of this setting gets new traffic.
func (s Setting) Takes() bool { return s.Admin == AdminReady && s.Weight > 0 }

// Raises says whether it gives an endpoint more than another setting does.
func (s Setting) Raises(from Setting) bool {
	return s.share() > from.share() || s.share() == from.share() && s.Admin < from.Admin
}

// share is the weight in force.
func (s Setting) share() int {
	if s.Admin != AdminReady {
		return 0
	}
	return s.Weight
}

// Wanted is how the traffic of a service is to be shared: the whole of it, never a
// difference. Endpoints that are not named stay as they are.
type Wanted struct {
	Gen       uint64 // of the decision: grows with each one on the service
	Endpoints []WantedEndpoint
}

// WantedEndpoint is one endpoint and its setting.
type WantedEndpoint struct {
	Name string // in the balancer
	Setting
}

// Observed is what the balancers of a service say of themselves, read at once.
type Observed struct {
	At        time.Time
	Gen       uint64  // the newest decision that they carry; 0: none, or they were reloaded since
	Identity  string  // of their processes: another one means that they started anew
	Places    []Place // in the order of the configuration, then by the balancer's own order
	Balancers []string
}

// Place is what one balancer says of an endpoint in one of its backends.
type Place struct {
	Balancer string // its address
	Backend  string
	Endpoint string // its name there
	Setting
	Configured       int    // the weight of the balancer's file
	Backup           bool   // by the balancer's file: used when no other is up
	Up               Tri    // what its own checks say; unknown without checks
	Status           string // its words for that: "UP 1/3", "DOWN", "MAINT (via …)"
	Check            string // its last check: "L7OK 200", "L4CON Connection refused"
	Address          string
	InFlight, Queued int
	Answered, Failed uint64 // requests since the process started: 1xx to 4xx; 5xx and what failed without a status
}

// Receipt is what came of a change, as it was read back.
type Receipt struct {
	Observed
	Writes int           // commands that changed something; 0: all was there already
	Took   time.Duration // the reading back included
}
