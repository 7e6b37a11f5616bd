//go:build long

package ui

import "time"

// monkeyDefault is how long the monkey stays in each view. make test-long runs all
// views beside each other, so it is ten minutes in all too.
const monkeyDefault = 10 * time.Minute
