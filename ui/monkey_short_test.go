//go:build !long

package ui

import "time"

// monkeyDefault is how long the monkey stays in each view with all other tests.
const monkeyDefault = time.Second
