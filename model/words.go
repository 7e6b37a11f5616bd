package model

import "math"

// Verdict is the judgement of one object. The zero value means that nothing is
// known, which is never drawn green and never passes.
type Verdict int

// The verdicts, in the order of the exit codes of `check` reversed: see ExitCode.
const (
	Unknown Verdict = iota
	Healthy
	Degraded
	Unhealthy
)

// String gives the word that scripts see.
func (v Verdict) String() string {
	return [...]string{"UNKNOWN", "HEALTHY", "DEGRADED", "UNHEALTHY"}[v]
}

// VerdictOf gives the verdict of a word.
func VerdictOf(word string) (Verdict, bool) {
	for v := Unknown; v <= Unhealthy; v++ {
		if v.String() == word {
			return v, true
		}
	}
	return Unknown, false
}

// ExitCode is the code of `check`: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown.
func (v Verdict) ExitCode() int { return [...]int{3, 0, 1, 2}[v] }

// Worse returns the worse of two verdicts of parts of one whole. A part of
// which nothing is known does not hide what is known of the others.
func Worse(a, b Verdict) Verdict { return max(a, b) }

// Trend says where a figure goes. The zero value means that it is not known.
type Trend int

// The trends.
const (
	TrendUnknown Trend = iota
	TrendSteady
	TrendRising
	TrendFalling
)

// String gives the word that screens show of what is bad: empty where nothing is
// known.
func (t Trend) String() string { return [...]string{"", "stable", "growing", "easing"}[t] }

// Tri is a boolean that may be unknown; the zero value is unknown.
type Tri int

// The three values.
const (
	Undecided Tri = iota
	No
	Yes
)

// TriOf turns a known boolean into a Tri.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// String gives "unknown", "no" or "yes".
func (t Tri) String() string { return [...]string{"unknown", "no", "yes"}[t] }

// ServerState says what one Triton server is doing, as far as tritop can see.
type ServerState int

// The server states. The words that String gives are a contract (scripts
// search for them).
const (
	ServerNoData       ServerState = iota // never heard of, or 10 s without any answer, connects included
	ServerReady                           // live and ready by its own word, and nothing speaks against it
	ServerNotReady                        // live, not ready; the reason names the culprit
	ServerStarting                        // refused, within 60 s of a restart that tritop saw
	ServerStopping                        // says that it is exiting, or takes no new HTTP connections while the rest still answers
	ServerNotListening                    // connections are refused: down, or still loading its models
	ServerHung                            // connects are accepted, calls get no answer
	ServerStale                           // 3 intervals without an answer, connects not answered either
	ServerStalled                         // requests wait, none is completed for 3 intervals
	ServerCannotInfer                     // says ready, deep probes fail
	ServerUnreadable                      // something answers, but not a Triton that talks to us: wrong port, TLS, restricted
)

// String gives the word that people and scripts search for.
func (s ServerState) String() string {
	return [...]string{"no data", "ready", "not ready", "starting", "stopping", "not listening", "hung", "stale",
		"stalled", "says ready, cannot infer", "unreadable"}[s]
}

// ReplicaState is Triton's own word for one model version on one server.
type ReplicaState int

// The states of the repository index; UNKNOWN where the index does not tell.
const (
	ReplicaUnknown ReplicaState = iota
	ReplicaReady
	ReplicaLoading
	ReplicaUnloading
	ReplicaUnavailable
)

// String gives Triton's word.
func (s ReplicaState) String() string {
	return [...]string{"UNKNOWN", "READY", "LOADING", "UNLOADING", "UNAVAILABLE"}[s]
}

// ParseReplicaState reads a state of the repository index; "" (a model that
// was never loaded) and unheard-of words are ReplicaUnknown.
func ParseReplicaState(s string) ReplicaState {
	for st := ReplicaReady; st <= ReplicaUnavailable; st++ {
		if st.String() == s {
			return st
		}
	}
	return ReplicaUnknown
}

// Trouble is what speaks against a replica although its state may say READY.
type Trouble int

// The troubles, mildest first.
const (
	NoTrouble       Trouble = iota
	UserErrors              // >= 5 % of users' requests failed over 60 s, of at least 20
	RepairPending           // LOADING or UNLOADING, or UNAVAILABLE after a failed load: Triton's own word
	ReplicaStalled          // pending > 0 and no completion for 3 intervals
	CannotInfer             // two deep probes in a row failed while everything says READY
	ServerUnreached         // its server gives no answer, so nothing is known of it now
)

// String gives the words for people.
func (t Trouble) String() string {
	return [...]string{"", "users' requests fail", "not serving", "stalled", "says ready, cannot infer", "server gives no answer"}[t]
}

// Outcome says what became of one call to a server.
type Outcome int

// The outcomes. TimedOut and Unanswered differ in what a new TCP connect said.
const (
	OutcomeUnknown Outcome = iota
	Answered               // a complete, understood answer
	Refused                // connection refused: nothing listens on that port
	TimedOut               // connected, but no answer before the deadline
	Unanswered             // the TCP connect itself got no answer
	Lost                   // the connection broke during the call
	Foreign                // an answer, but not from a Triton on this port
	TLSFailed              // the TLS handshake failed
	Restricted             // Triton wants a header for this protocol
	Exiting                // Triton says that it is shutting down
	Malformed              // an answer that cannot be read, or one over the size limit
	WrongAnswer            // a probe was answered, but not with the expected output
	Failed                 // Triton answered with another error
	Busy                   // Triton refused a request before it ran, because the queue is full or it waited too long
)

// String gives the word for evidence lines.
func (o Outcome) String() string {
	return [...]string{"unknown", "answered", "refused", "timed out", "unanswered", "connection lost", "not a Triton",
		"TLS failed", "restricted", "exiting", "malformed", "wrong answer", "failed", "busy"}[o]
}

// Absence says why a figure is not there. The zero value means that it is there.
type Absence int

// The reasons, as `reason` in JSON.
const (
	Present     Absence = iota
	NotObserved         // no answer yet that could tell
	NoDemand            // no request in the window
	TooFew              // fewer samples than the figure needs
	NoSource            // nothing that tritop reads can tell
	NotServing          // Triton keeps no statistics of a version that is not READY
	BeforeUs            // counting began before tritop first looked
	OutOfReach          // the server gives no answer now
)

// String gives the reason in words.
func (a Absence) String() string {
	return [...]string{"", "no data", "no demand", "too few samples", "not available from this source",
		"no statistics while not READY", "began before tritop looked", "server gives no answer"}[a]
}

// Figure is a number that may be absent, with the reason. Never read Value
// without Known.
type Figure struct {
	Value float64
	Why   Absence
}

// Of makes a present figure.
func Of(v float64) Figure { return Figure{Value: v} }

// Missing makes an absent figure.
func Missing(why Absence) Figure { return Figure{Why: why} }

// Known says whether the figure is there.
func (f Figure) Known() bool { return f.Why == Present }

// Told is the figure as JSON has it: the value, or nil and why there is none.
func (f Figure) Told() (value *float64, reason string) {
	if !f.Known() {
		return nil, f.Why.String()
	}
	if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) { // a metrics text may say so; JSON has no word for it
		return nil, "not a number"
	}
	return &f.Value, ""
}

// Share is a part of a whole, 0..1; missing where one of them is, or the whole is 0.
func Share(part, whole Figure) Figure {
	switch {
	case !part.Known():
		return part
	case !whole.Known():
		return whole
	case !(whole.Value > 0):
		return Missing(NotObserved)
	}
	return Of(part.Value / whole.Value)
}
