package triton

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"tritop/triton/pb"
)

// sent is what had been sent to one model version when a moment was recorded.
type sent struct {
	OK, Inferences, Hits, Misses uint64
	TritonError                  uint64
	Exception                    uint64
	NoResponse                   uint64 `json:"no response"`
	QueueTimeout                 uint64 `json:"queue timeout"`
	ClientDeadline               uint64 `json:"client deadline"`
	StepException                uint64 `json:"step exception"`
	StepTritonError              uint64 `json:"step TritonError"`
	Note                         string
}

// counted says what Triton makes of it: an error of a Python model for one
// request is a success, a refusal before the model is nothing, a failure of an
// ensemble's step is two of the ensemble.
func (s sent) counted(model string) (success, fail uint64) {
	success = s.OK + s.TritonError
	fail = s.Exception + s.NoResponse + s.QueueTimeout + 2*(s.StepException+s.StepTritonError)
	switch model { // the client's deadline passed while one request was executing and the others were queued
	case "f_cancel:1":
		return success + 1, fail + s.ClientDeadline - 1
	case "f_cancel_no_timeout:1":
		return success + s.ClientDeadline, fail
	}
	return success, fail
}

// What had been sent is what Triton counted, in every recorded moment.
func TestStatisticsGoldensHoldWhatWasSent(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/goldens/sent/*.json")
	checked := 0
	for _, f := range files {
		moment := strings.TrimSuffix(filepath.Base(f), ".json")
		var all map[string]json.RawMessage
		if err := json.Unmarshal(read(t, "sent/"+moment+".json"), &all); err != nil {
			t.Fatal(err)
		}
		byKey := map[string]*pb.ModelStatistics{}
		for _, m := range decode(t, "stats/"+moment+".binpb", &pb.ModelStatisticsResponse{}).GetModelStats() {
			byKey[m.GetName()+":"+m.GetVersion()] = m
		}
		for model, raw := range all {
			if !strings.Contains(model, ":") {
				continue // a note, or the flags of the server
			}
			var s sent
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(s.Note, "probe of the timeline") {
				continue // nobody knows how many that were
			}
			checked++
			checkSent(t, moment+" "+model, byKey[model], model, s)
		}
	}
	if len(files) < 11 || checked < 20 {
		t.Errorf("%d moments, %d model versions checked", len(files), checked)
	}
}

func checkSent(t *testing.T, where string, m *pb.ModelStatistics, model string, s sent) {
	t.Helper()
	if m == nil {
		t.Errorf("%s: not in the statistics", where)
		return
	}
	got := m.GetInferenceStats()
	success, fail := s.counted(model)
	if got.GetSuccess().GetCount() != success || got.GetFail().GetCount() != fail {
		t.Errorf("%s: success %d fail %d, sent %d and %d", where, got.GetSuccess().GetCount(), got.GetFail().GetCount(), success, fail)
	}
	if got.GetCacheHit().GetCount() != s.Hits || got.GetCacheMiss().GetCount() != s.Misses {
		t.Errorf("%s: cache %v %v, sent %d hits %d misses", where, got.GetCacheHit(), got.GetCacheMiss(), s.Hits, s.Misses)
	}
	if s.Inferences == 0 {
		s.Inferences = success - s.Hits // batches of one
	}
	if m.GetInferenceCount() != s.Inferences {
		t.Errorf("%s: %d inferences, sent %d", where, m.GetInferenceCount(), s.Inferences)
	}
}
