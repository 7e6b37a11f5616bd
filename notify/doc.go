// Package notify tells people of alerts: it is the edge between the alerts of a
// snapshot and Alertmanagers, webhooks and commands.
//
// It exists so that no firing alert and no end of one is lost on the way. The
// Outbox decides what each receiver is due, by the times that it is given, and
// starts nothing: it is kept in the journal before anything is sent, and after
// that, so what was not taken is sent again after a crash (at least once; receivers
// tell repetitions by fingerprint and startsAt). The Courier sends, one call per
// receiver at a time; one that hangs or fails holds up no other.
package notify
