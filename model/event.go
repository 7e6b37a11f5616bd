package model

import (
	"fmt"
	"time"
)

// EventKind says what changed.
type EventKind int

// The kinds of events.
const (
	EventNone         EventKind = iota
	EventServerState            // From and To are server states in words
	EventRestarted              // a new process answers
	EventReplicaState           // From and To are Triton's words
	EventTrouble                // a replica got into or out of trouble: To in words, "" when it is over
	EventAppeared               // a model version that was not there before
	EventVanished               // a model version that is not listed any more
	EventCounterReset           // statistics started again at 0: the model object was loaded anew
	EventVerdict                // the fleet's verdict; From and To are verdicts
	EventSource                 // one of tritop's own collectors failed or came back
	EventConfig                 // a server joined, left or moved, or a file of the configuration was read again or cannot be used: To in words
	EventIdentified             // a server told its version for the first time, or another one than before
	EventGPU                    // a GPU was lost or came back: To in words
	EventObjective              // an objective of Model is not met any more, or is again: To in words
	EventCheck                  // a health check changed its status: To in words
	EventAlert                  // an alert fires, is resolved, was acknowledged or could not be delivered: To in words
)

// eventKinds are the kinds in one word: scripts and journals know them.
var eventKinds = [...]string{"", "server", "restart", "model", "trouble", "appeared", "vanished", "reset", "verdict", "source", "config", "version", "gpu", "objective", "check", "alert"}

// String gives the kind in one word.
func (k EventKind) String() string { return eventKinds[k] }

// EventKindOf gives the kind of a word.
func EventKindOf(word string) (EventKind, bool) {
	for k, w := range eventKinds {
		if w == word {
			return EventKind(k), true
		}
	}
	return EventNone, false
}

// Event is one line of "what changed".
type Event struct {
	Seq                    uint64 // 1, 2, 3 … without gaps
	At                     time.Time
	Kind                   EventKind
	Server, Model, Version string
	GPU                    string // its UUID, where the event is about one; Server is then the first that names it
	From, To               string
	Detail                 string  // evidence or Triton's own words
	Verdict                Verdict // how bad the new state is; Unknown: no judgement
	Before                 bool    // from before tritop was started: read back from the state directory
	object, words          string  // made once by Worded
}

// Worded is the event with its words made: frames show them ten times a second.
func (e Event) Worded() Event {
	e.object, e.words = e.Object(), e.Words()
	return e
}

// Object names what the event is about: "triton-a", "triton-a bert v2",
// "triton-a GPU-951eeeeb", "fleet".
func (e Event) Object() string {
	switch {
	case e.object != "":
		return e.object
	case e.GPU != "" && e.Server != "":
		return e.Server + " " + ShortGPU(e.GPU)
	case e.GPU != "":
		return ShortGPU(e.GPU)
	case e.Model != "" && e.Server != "":
		return fmt.Sprintf("%s %s v%s", e.Server, e.Model, e.Version)
	case e.Model != "":
		return e.Model
	case e.Server != "":
		return e.Server
	}
	return "fleet"
}

// Words says what happened, without time and object.
func (e Event) Words() string {
	if e.words != "" {
		return e.words
	}
	switch e.Kind {
	case EventRestarted:
		return "restarted (new process)"
	case EventAppeared:
		return "appeared " + e.To
	case EventVanished:
		return "vanished, was " + e.From
	case EventCounterReset:
		return "loaded anew, statistics restarted"
	case EventIdentified:
		return "Triton " + e.To
	case EventTrouble:
		if e.To == "" {
			return "recovered from: " + e.From
		}
		return e.To
	case EventServerState, EventReplicaState, EventVerdict, EventSource, EventConfig, EventGPU, EventObjective, EventCheck, EventAlert, EventNone:
		if e.From == "" {
			return e.To
		}
		return e.From + " → " + e.To
	}
	return ""
}
