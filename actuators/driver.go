// Package actuators changes the outside world, one idempotent step at a time.
//
// A Driver moves the traffic of one service. It is told the whole wanted state,
// never a difference, so doing it twice is doing it once; it reads back what it
// did, and what it gives is what was read, not what was sent.
package actuators

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tritop/model"
)

// Driver moves the traffic of one service. Its calls end at the deadline of ctx or
// at its own, whichever comes first.
type Driver interface {
	// Observe reads the live state.
	Observe(ctx context.Context) (model.Observed, error)
	// Apply brings the wanted state about: raises first, cuts only after all raises
	// are in force. With an error the receipt says how far it came.
	Apply(ctx context.Context, w model.Wanted) (model.Receipt, error)
	// Cut ends what is in flight on an endpoint and says how many requests that were.
	Cut(ctx context.Context, endpoint string) (int, error)
}

// The kinds of errors of a driver; errors.Is tells them apart.
var (
	ErrUnreachable = errors.New("does not answer")
	ErrRefused     = errors.New("refused")
	ErrPartial     = errors.New("is not as it was asked for")
	ErrFenced      = errors.New("carries a newer decision of another tritop")
	ErrUnsupported = errors.New("cannot do that")
)

// Settled gives the setting of an endpoint where all its places agree; ok is false
// where they do not, or where there is none.
func Settled(o *model.Observed, endpoint string) (s model.Setting, ok bool) {
	for i := range o.Places {
		p := &o.Places[i]
		switch {
		case p.Endpoint != endpoint:
		case !ok:
			s, ok = p.Setting, true
		case p.Setting != s:
			return model.Setting{}, false
		}
	}
	return s, ok
}

// InFlight counts the requests that an endpoint works at and that wait for it.
func InFlight(o *model.Observed, endpoint string) (n int) {
	for i := range o.Places {
		if p := &o.Places[i]; p.Endpoint == endpoint {
			n += p.InFlight + p.Queued
		}
	}
	return n
}

// Differs says in words what of the wanted state does not hold; empty: all does.
func Differs(o *model.Observed, w *model.Wanted) string {
	var out []string
	for _, want := range w.Endpoints {
		found := false
		for i := range o.Places {
			p := &o.Places[i]
			if p.Endpoint != want.Name {
				continue
			}
			found = true
			if p.Setting != want.Setting {
				out = append(out, fmt.Sprintf("%s/%s is %s with weight %d, wanted %s with weight %d", p.Backend, p.Endpoint, p.Admin, p.Weight, want.Admin, want.Weight))
			}
		}
		if !found {
			out = append(out, want.Name+" is in none of its backends")
		}
	}
	return strings.Join(out, "; ")
}
