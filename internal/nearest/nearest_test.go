package nearest

import "testing"

func TestWord(t *testing.T) {
	t.Parallel()
	known := []string{"check", "config", "demo", "sim", "snapshot", "h", "--for"}
	for found, want := range map[string]string{"chekc": "check", "confg": "config", "dmeo": "demo", "smi": "sim", "snapshto": "snapshot", "SIMM": "sim", "--fro": "--for",
		"check": "", "node": "", "h2": "", "web": "", "": "", "triton": ""} {
		if got := Word(found, known); got != want {
			t.Errorf("%s: %q, want %q", found, got, want)
		}
	}
}
