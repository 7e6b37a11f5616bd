// Package audit keeps the record of every action and every refusal: who wanted
// what, what was there before, what came of it.
//
// Records are lines of JSON in files of their day, and a chain: each carries the
// hash of the one before and its own, SHA-256 of that hash and of all bytes of the
// line up to `,"prev"`. What was changed, taken out or put in later breaks it, and
// Verify says where. It cannot tell that the newest records were cut off together:
// for that the last hash has to be kept elsewhere (Log.Head).
//
// The state directory is held by the journal; who holds it opens the log.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Kind says which part of an action a record tells.
type Kind string

// The kinds.
const (
	Intended Kind = "intended" // decided and about to be done: on disk before the first effect
	Stepped  Kind = "stepped"  // a step is done, or failed
	Ended    Kind = "ended"    // what came of the whole
	Refused  Kind = "refused"  // it was not done, and why
	Noticed  Kind = "noticed"  // found, not done: a torn file, drift, a gap
)

// Record is one line. Before, Wanted and Observed are the owner's JSON.
type Record struct {
	Seq    uint64    `json:"seq"` // 1, 2, 3 … without gaps
	At     time.Time `json:"at"`  // wall clock, UTC
	Boot   string    `json:"boot,omitempty"`
	Kind   Kind      `json:"kind"`
	Actor  Actor     `json:"actor"`
	Intent string    `json:"intent,omitempty"` // joins the records of one action
	Gen    uint64    `json:"gen,omitempty"`    // of the decision, as the balancer carries it
	Action string    `json:"action"`           // failover, drain, weight …
	Target string    `json:"target,omitempty"`
	Reason string    `json:"reason,omitempty"`
	State
	Error string `json:"error,omitempty"`
	Drill string `json:"drill,omitempty"`
	link
}

// State is what was, what was wanted, and what was read back.
type State struct {
	Before   json.RawMessage `json:"before,omitempty"`
	Wanted   json.RawMessage `json:"wanted,omitempty"`
	Observed json.RawMessage `json:"observed,omitempty"`
}

// Actor is a person, or a rule that acted by itself.
type Actor struct {
	User     string `json:"user,omitempty"`
	Terminal string `json:"terminal,omitempty"`
	Source   string `json:"source,omitempty"` // the address that a person came from
	Rule     string `json:"rule,omitempty"`   // "consecutive failures v1"
}

// link is the chain; it ends a line.
type link struct {
	Prev string `json:"prev"`
	Hash string `json:"hash"`
}

// Hash gives the record's own hash, in hexadecimal.
func (r *Record) Hash() string { return r.link.Hash }

// origin is what the first record carries as the hash before it.
const origin = "0000000000000000000000000000000000000000000000000000000000000000"

// What the chain needs of a line stands at fixed places.
var (
	linkMark = []byte(`,"prev":"`)
	hashMark = []byte(`","hash":"`)
	seqMark  = []byte(`{"seq":`)
)

// line gives a record as it is written, behind the record of a hash.
func line(r Record, prev string) (text []byte, hash string, err error) {
	r.link = link{}
	r.At = r.At.UTC()
	text, err = json.Marshal(r)
	if err != nil {
		return nil, "", fmt.Errorf("writing an audit record of %s: %w", r.Action, err)
	}
	body := text[:bytes.LastIndex(text, linkMark)]
	hash = sum(prev, body)
	return fmt.Appendf(body, `,"prev":"%s","hash":"%s"}`+"\n", prev, hash), hash, nil
}

func sum(prev string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(prev))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// The ways in which a line is not what was written.
var (
	errTorn    = errors.New("it is no whole record")
	errChanged = errors.New("its bytes are not those that were written")
	errMissing = errors.New("the record before it is not the one that it was written behind")
)

// tail is how long the chain's part of a line is: it always is.
const tail = len(`,"prev":"`) + len(origin) + len(`","hash":"`) + len(origin) + len(`"}`)

// held is a line that holds by itself.
type held struct {
	seq        uint64
	prev, hash string
	text       []byte
}

// hold takes a line apart (without its line feed), as far as the chain needs it.
func hold(text []byte) (h held, err error) {
	at := len(text) - tail
	if at < 0 || !bytes.HasPrefix(text[at:], linkMark) || !bytes.HasPrefix(text, seqMark) || !bytes.HasSuffix(text, []byte(`"}`)) {
		return h, errTorn
	}
	if !bytes.HasPrefix(text[at+len(linkMark)+len(origin):], hashMark) {
		return h, errTorn
	}
	n, _, _ := bytes.Cut(text[len(seqMark):at], []byte(","))
	if h.seq, err = strconv.ParseUint(string(n), 10, 64); err != nil {
		return h, errTorn
	}
	h.prev = string(text[at+len(linkMark):][:len(origin)])
	h.hash = string(text[len(text)-2-len(origin):][:len(origin)])
	h.text = text
	if sum(h.prev, text[:at]) != h.hash {
		return h, errChanged
	}
	return h, nil
}

// record gives the whole of it.
func (h *held) record() (r Record, err error) {
	if json.Unmarshal(h.text, &r) != nil {
		return r, errTorn
	}
	return r, nil
}
