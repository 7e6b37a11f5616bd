// Package sla judges objectives and keeps error budgets.
//
// It promises that what it adds up is exact: requests are whole numbers, booked
// once, and a window is a difference of two totals, so it neither extrapolates
// nor misses the first request. It never takes a lack of data for a pass. What it
// keeps is bounded: KeptBytes for each model, however long it runs.
//
// All of it is arithmetic on values and times; the engine is its one user, from
// one goroutine.
package sla
