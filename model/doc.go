// Package model is tritop's vocabulary: the facts that collectors report, the
// states that the engine derives from them, and the immutable snapshot that
// every front end reads.
//
// It holds values only. It imports nothing but the standard library, never
// reads a clock, starts no goroutine and does no I/O, so that a snapshot made
// from the same facts is the same snapshot, live, in a test or in a replay.
// Everybody may import it.
//
// Three words are kept apart: a Fact is what was observed (past tense, goes
// into the engine), an Event is a numbered line "what changed" that people
// read, and a Snapshot is the whole truth at one moment.
package model
