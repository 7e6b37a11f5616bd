package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"
)

// A record as a line of JSON, and back.

// Kind says what a record is about.
type Kind string

// The kinds that are known here; others may add theirs.
const (
	KindOpened Kind = "opened" // a process took the directory: its holder, and what it had to repair
	KindEvent  Kind = "event"  // model.Event
	KindGap    Kind = "gap"    // events of these numbers were not kept
	KindBudget Kind = "budget" // counts of an objective by bucket
	KindAck    Kind = "ack"    // an alert was acknowledged
	KindSnooze Kind = "snooze" // an alert is silent for a while
	KindAlert  Kind = "alert"  // the state of an alert
)

// Actor is who did it: a person at a terminal, or tritop itself on their behalf.
type Actor struct {
	User     string `json:"user"`               // the account's name, else its number
	Terminal string `json:"terminal,omitempty"` // "pts/3"; empty: none
}

// Record is one thing to keep.
type Record struct {
	Seq   uint64    // 1, 2, 3 …: given by the journal
	At    time.Time // by the wall clock; the journal's time where it is zero
	Kind  Kind
	Key   string    // not empty: state, of which the newest holds
	Until time.Time // when state is over; zero: it is not
	Actor Actor     // the journal's where it is zero
	Data  json.RawMessage
}

// line is a record in its file. The check sum is added behind it.
type line struct {
	V     int             `json:"v"`
	N     uint64          `json:"n"`
	At    time.Time       `json:"at"`
	Kind  Kind            `json:"kind"`
	Key   string          `json:"key,omitempty"`
	Until time.Time       `json:"until,omitzero"`
	By    Actor           `json:"by"`
	Data  json.RawMessage `json:"data,omitempty"`
}

const (
	// format is the version of a line. A newer one keeps the check sum where it
	// is: what an older tritop cannot read it counts, and leaves alone.
	format = 1
	// lineLimit is the longest line, in bytes with its line feed.
	lineLimit = 1 << 20
	// seqLimit is above every number: one that is larger was not given here.
	seqLimit  = 1 << 62
	sumMark   = `,"crc":"`
	sumDigits = 8
	sumLength = len(sumMark) + sumDigits + len(`"}`)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The reasons why a line is no record.
var (
	errBroken = errors.New("the line is broken")
	errNewer  = errors.New("a newer tritop wrote it")
)

// appendLine appends the record as a line with its line feed.
func (r Record) appendLine(b []byte) ([]byte, error) {
	switch {
	case r.Kind == "":
		return b, errors.New("keep a record: it has no kind")
	case len(r.Data) > lineLimit:
		return b, fmt.Errorf("keep a record of kind %s: its %d bytes are more than the %d that one may have", r.Kind, len(r.Data), lineLimit)
	}
	text, err := json.Marshal(line{format, r.Seq, r.At.UTC(), r.Kind, r.Key, r.Until.UTC(), r.Actor, r.Data})
	if err != nil {
		return b, fmt.Errorf("keep a record of kind %s: %w", r.Kind, err)
	}
	if n := len(text) + sumLength; n > lineLimit {
		return b, fmt.Errorf("keep a record of kind %s: its %d bytes are more than the %d that one may have", r.Kind, n, lineLimit)
	}
	text = text[:len(text)-1] // the brace is set again behind the sum
	b = append(b, text...)
	return fmt.Appendf(b, "%s%08x\"}\n", sumMark, crc32.Checksum(text, castagnoli)), nil
}

// isWhole says whether a line (without its line feed) carries its own check sum.
func isWhole(text []byte) bool {
	cut := len(text) - sumLength
	if cut <= 0 {
		return false
	}
	rest := text[cut:]
	if !bytes.HasPrefix(rest, []byte(sumMark)) || !bytes.HasSuffix(rest, []byte(`"}`)) {
		return false
	}
	sum, err := strconv.ParseUint(string(rest[len(sumMark):len(sumMark)+sumDigits]), 16, 32)
	return err == nil && uint32(sum) == crc32.Checksum(text[:cut], castagnoli)
}

// parse reads a line without its line feed. The record keeps nothing of text.
func parse(text []byte) (Record, error) {
	if !isWhole(text) {
		return Record{}, errBroken
	}
	var l line
	err := json.Unmarshal(text, &l)
	switch {
	case l.V > format: // whatever else is in it
		return Record{Seq: l.N, Kind: l.Kind, Key: l.Key}, errNewer
	case err != nil || l.V < 1 || l.N == 0 || l.N >= seqLimit || l.Kind == "":
		return Record{}, errBroken
	}
	return Record{l.N, l.At, l.Kind, l.Key, l.Until, l.By, l.Data}, nil
}
