package sim

import (
	"testing"
	"time"
)

func TestBigIsServed(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "big", 0)
	if len(specs) != 200 {
		t.Fatalf("%d servers", len(specs))
	}
	for _, i := range []int{0, 99, 199} {
		ready, err := client(t, specs[i]).Ready(within(t, 5*time.Second))
		if err != nil || !ready {
			t.Errorf("%s: %v %v", specs[i].Name, ready, err)
		}
	}
}
