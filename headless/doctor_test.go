package headless

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tritop/doctor"
	"tritop/jsonschema/jsonschematest"
)

func findings() Findings {
	return Findings{At: start, Surroundings: []doctor.Check{{Name: "glyphs", Status: doctor.OK, Found: "Unicode, by LANG=C.UTF-8"}},
		Servers: []doctor.Report{
			{Name: "triton-a", Address: "10.0.0.1:8001", Checks: []doctor.Check{
				{Name: "name", Found: "10.0.0.1 is an address"},
				{Name: "live", Status: doctor.Fail, Found: "not a gRPC service: an HTTP server answers on this port (Triton's HTTP or metrics port?)", Do: "a Triton's gRPC service answers on port 8001: give grpc: 8001", Took: 1234 * time.Microsecond},
				{Name: "probe a_model_with_a_long_name:1", Status: doctor.Warn, Found: "busy", Do: "more instances", Took: 1500 * time.Millisecond},
			}},
			{Name: "10.0.0.2:8001", Address: "10.0.0.2:8001", Checks: []doctor.Check{{Name: "live", Status: doctor.OK, Found: "live", Took: 45 * time.Millisecond}}},
			{Name: "empty", Address: "10.0.0.3:8001"},
		}}
}

func TestGoldenDoctor(t *testing.T) {
	t.Parallel()
	for name, ascii := range map[string]bool{"doctor.txt": false, "doctor-ascii.txt": true} {
		var b bytes.Buffer
		if err := DoctorTable(&b, findings(), ascii); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	schema, err := DoctorSchema()
	if err != nil {
		t.Fatal(err)
	}
	fits := jsonschematest.Strict(t, schema)
	for name, f := range map[string]Findings{"some": findings(), "none": {}} {
		var b bytes.Buffer
		if err := DoctorJSON(&b, f); err != nil {
			t.Fatal(err)
		}
		if err := fits(b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var b bytes.Buffer
	if err := DoctorJSON(&b, findings()); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{`"worst": "fail"`, `"took_ms": 1.234`, `"took_ms": null,`, `"took_ms_reason": "nothing was waited for"`} {
		if !strings.Contains(b.String(), w) {
			t.Errorf("%s is not in %s", w, b.String())
		}
	}
}
