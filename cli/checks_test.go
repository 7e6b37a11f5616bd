package cli

import (
	"encoding/json"
	"net"
	"testing"
)

// A configuration's own checks run, and what they find is in the JSON and the verdict.
func TestChecksOfTheConfiguration(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	o := tritop(t, "check", "--for", "4s", "-o", "json", "--config", file(t, "version: 1\nservers: [{name: a, host: 127.0.0.1, grpc: 1, http: 0, metrics: 0}]\nchecks:\n  custom:\n"+
		"    - {name: there, kind: tcp, address: \""+l.Addr().String()+"\"}\n"+
		"    - {name: gone, kind: tcp, address: \"127.0.0.1:1\", critical: true, layer: infrastructure}\n"+
		"    - {name: script, kind: command, command: [sh, -c, \"echo slow; exit 1\"], layer: business}\n"))
	var doc struct {
		Checks []struct{ Name, Layer, Status, Message string }
	}
	if err := json.Unmarshal([]byte(o.out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, o.out)
	}
	found := map[string]string{}
	for _, c := range doc.Checks {
		found[c.Name] = c.Layer + " " + c.Status
	}
	for name, want := range map[string]string{"there": "application healthy", "gone": "infrastructure unhealthy", "script": "business degraded", "api_endpoint": "application unhealthy",
		"response_quality": "business not_applicable", "business_metrics": "business not_applicable"} {
		if found[name] != want {
			t.Errorf("%s is %q, want %q", name, found[name], want)
		}
	}
	if o.code != 2 {
		t.Errorf("exit code %d", o.code)
	}
}
