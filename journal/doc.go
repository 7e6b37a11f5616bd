// Package journal keeps what has to outlive tritop: records appended to files of
// a state directory, one JSON object a line.
//
// It exists so that a restart, a kill or a cut of power loses nothing that was
// said to be kept, and invents nothing. What the parts of tritop keep (events,
// budgets, acknowledgements) is their own: a record is a kind, a time, an actor
// and a payload of JSON.
//
//	STATE/lock                            who holds the directory
//	STATE/journal/0000000000000001.jsonl  a segment; the name is the number of its first record
//	STATE/journal/0000000000000001-730.torn  what was cut off it at byte 730
//	STATE/journal/state-0000000000000812.jsonl  what still held at record 812, when older segments went
//
// Why lines of JSON with a check sum as their last member, and no binary frames:
// jq, grep and tail read them as they are, a line feed inside a record cannot be
// (JSON escapes it), so a reader finds the next record behind any damage, and the
// sum (CRC-32C of all bytes before it) tells a whole line from a torn one. A
// length adds nothing to that.
//
// There are two kinds of life. A record without a key is history: it goes with
// its segment when that is too old or all are too large. One with a key is state:
// the newest of its kind and key holds until it is replaced, forgotten or over,
// and is carried into a state file before its segment goes. Budgets are state
// that adds up (Ledger).
package journal
