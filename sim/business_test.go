package sim

import (
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// The shares are those that the material names, of every scenario's traffic.
func TestTheBusinessIsTheMaterials(t *testing.T) {
	t.Parallel()
	w, err := New(Options{Scenario: "material", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(2 * time.Minute)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(w.Business()))
	if err != nil {
		t.Fatal(err)
	}
	total, shares := 0.0, map[string]float64{}
	for _, m := range families["decisions_total"].GetMetric() {
		total += m.GetCounter().GetValue()
		shares[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	for decision, want := range map[string]float64{"approve": 0.85, "block": 0.10, "review": 0.05} {
		if got := shares[decision] / total; math.Abs(got-want) > 0.001 || total < 4000 {
			t.Errorf("%s: %v of %v decisions", decision, got, total)
		}
	}
}

func TestTheBusinessIsPublished(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, "normal", 1)
	resp, err := http.Get(s.BusinessURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(text), "# TYPE fraud_detected_total counter\nfraud_detected_total ") {
		t.Errorf("%s %v", text, err)
	}
}
