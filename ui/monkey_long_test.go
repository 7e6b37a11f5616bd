//go:build long

package ui

import "time"

// monkeyDefault is how long the monkey stays in each view: ten minutes in all of
// them, two at a time.
const monkeyDefault = 10 * time.Minute * 2 / time.Duration(viewCount)
