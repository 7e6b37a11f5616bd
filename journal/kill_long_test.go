//go:build long

package journal

import (
	"fmt"
	"testing"
)

// make test-long: 5,000 kills.
func TestADayOfKills(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			kills(t, 1000+seed, 50)
		})
	}
}
