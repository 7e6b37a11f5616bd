package triton

import (
	"errors"
	"strings"
)

// Kind says what became of a call that was not answered as it should be.
type Kind int

// The kinds. The zero value is a fault that nobody classified.
const (
	Other       Kind = iota
	Refused          // nothing listens on the port
	Unreachable      // the connection attempt itself got no answer
	TimedOut         // no answer before the deadline; whether the port still accepts must be asked (Connect)
	Lost             // the connection broke
	NotTriton        // an answer, but not of a gRPC service: an HTTP server, the metrics port
	TLSFailed        // the handshake failed, or one side speaks TLS and the other does not
	Restricted       // Triton wants a header for this protocol
	Exiting          // Triton shuts down
	NotReady         // Triton or the model is not ready, or the queue is full
	NotFound         // unknown model or version, or one without a ready version
	Invalid          // Triton refuses the request as it stands
	Unsupported      // Triton does not know this call
	TooLarge         // the answer is over the size limit
	Internal         // an error in Triton or its back-end
	Cancelled        // we gave up
)

// String gives the kind in words.
func (k Kind) String() string {
	words := [...]string{"other", "refused", "unreachable", "timed out", "connection lost", "not a Triton", "TLS failed", "restricted",
		"exiting", "not ready", "not found", "invalid request", "unsupported", "too large", "internal error", "cancelled"}
	if k < 0 || int(k) >= len(words) {
		return words[Other]
	}
	return words[k]
}

// Fault is the error of every call of this package: what was being done, to
// what, why it failed.
type Fault struct {
	Op, Address string
	Kind        Kind
	Detail      string // why, for people, with what to do next where we know
	Ungreeted   bool   // Lost before the gRPC greeting came: another protocol may be spoken there (Diagnose)
	Err         error
}

// Error gives one line for people.
func (f *Fault) Error() string { return f.Op + " at " + f.Address + ": " + f.Detail }

// Unwrap gives the library's error.
func (f *Fault) Unwrap() error { return f.Err }

// KindOf says what kind of fault an error is; Other for a foreign one.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Other
}

// DetailOf gives the reason of a fault without what was being done, else the error's text.
func DetailOf(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Detail
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func (c *Client) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	kind, detail := classify(err)
	if kind == Lost && c.tls != nil && !c.dialled.answered.Load() {
		kind, detail = TLSFailed, c.tls.refusedAfterHandshake()
	}
	var sent *sentStatus
	if errors.As(err, &sent) {
		err = sent.error
	}
	ungreeted := kind == Lost && strings.Contains(err.Error(), noGreeting)
	return &Fault{Op: op, Address: c.address, Kind: kind, Detail: detail, Ungreeted: ungreeted, Err: err}
}
