package headless

import "tritop/model"

// signal is a figure of the metrics text that tritop does not know by name.
type signal struct {
	Family  string   `json:"family"`
	Label   string   `json:"label"`
	Model   string   `json:"model,omitempty"` // these two only where no model version of the server is meant
	Version string   `json:"version,omitempty"`
	Kind    string   `json:"kind"`           // gauge, rate or mean: the last two over 60 s
	Unit    string   `json:"unit,omitempty"` // as far as the name of the family tells
	Value   *float64 `json:"value"`
	Reason  string   `json:"value_reason,omitempty"`
}

// kinds are the words of the contract.
var kinds = [...]string{model.SignalGauge: "gauge", model.SignalRate: "rate", model.SignalMean: "mean"}

// signalsOf gives the signals of one model version.
func signalsOf(all []model.Signal, name, version string) (out []signal) {
	for i := range all {
		if s := &all[i]; s.Model == name && s.Version == version {
			out = append(out, signalOf(s))
		}
	}
	return out
}

// otherSignals gives those that no listed model version has: of the whole server,
// or of a version that only the metrics text knows.
func otherSignals(s *model.Server) (out []signal) {
	listed := make(map[[2]string]bool, len(s.Replicas))
	for i := range s.Replicas {
		listed[[2]string{s.Replicas[i].Model, s.Replicas[i].Version}] = true
	}
	for i := range s.Signals {
		if x := &s.Signals[i]; !listed[[2]string{x.Model, x.Version}] {
			o := signalOf(x)
			o.Model, o.Version = x.Model, x.Version
			out = append(out, o)
		}
	}
	return out
}

func signalOf(s *model.Signal) signal {
	out := signal{Family: s.Family, Label: s.Label, Kind: kinds[s.Kind], Unit: s.Unit()}
	out.Value, out.Reason = s.Value.Told()
	return out
}
