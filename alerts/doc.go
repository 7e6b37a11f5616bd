// Package alerts turns what is held of a fleet into alerts, and follows each one
// from pending over firing to resolved.
//
// It exists so that people are told of a cause once, until it is over, and never
// learn that all is well from silence: where nothing is known of a condition any
// more, its alert stays as it is, says why, and an alert of its own is raised.
//
// The Book decides by the times that it is given and starts nothing. What it lists
// is enough to go on from after a restart (model.Lifecycle).
package alerts
