// Package exporter shows snapshots to programs: as a text of metrics that a
// Prometheus server scrapes, and as two words for load balancers and supervisors.
//
// It writes what the newest snapshot holds and works out nothing of its own. What
// is not known has no series, and is never 0. The names are a contract
// (docs/exporter.md).
package exporter
