package columns

import (
	"strings"

	"tritop/model"
	"tritop/ui/draw"
)

// Signals are the columns of all figures of back-ends.
var Signals = []draw.Column[model.Signal]{
	named(draw.Column[model.Signal]{Title: "SIGNAL", Width: 34, Least: 16, Most: 60, Help: "the metric's own name, as Triton prints it"},
		func(s *model.Signal) (string, model.Verdict) { return s.Family, model.Healthy }),
	words(draw.Column[model.Signal]{Title: "LABEL", Width: 20, Drop: 2, Most: 60, Letter: 'L', Help: "what tells series of one metric apart"},
		draw.Plain, func(s *model.Signal) string { return LabelValue(s.Label) }),
	words(draw.Column[model.Signal]{Title: "MODEL", Width: 12, Drop: 4, Most: 24, Letter: 'M', Help: "the model that it is about; none: of the whole server"},
		draw.Plain, func(s *model.Signal) string { return s.Model }),
	words(draw.Column[model.Signal]{Title: "VER", Width: 4, Drop: 6, Letter: 'V', Help: "the version that it is about"},
		draw.Muted, func(s *model.Signal) string { return s.Version }),
	words(draw.Column[model.Signal]{Title: "SERVER", Width: 12, Drop: 1, Most: 24, Letter: 'H', Help: "who tells it"},
		draw.Plain, func(s *model.Signal) string { return s.Server }),
	figure(draw.Column[model.Signal]{Title: "VALUE", Width: 7, Letter: 'W', Help: "a gauge as it is, a counter as its rate per second over 60 s, a histogram or summary as its mean over 60 s: no percentile"},
		1, -1, func(s *model.Signal) model.Figure { return s.Value }),
	words(draw.Column[model.Signal]{Title: "UNIT", Width: 8, Drop: 5, Help: "as its name tells; empty where it does not"},
		draw.Muted, func(s *model.Signal) string { return s.Unit() }),
	words(draw.Column[model.Signal]{Title: "KIND", Width: 10, Drop: 3, Letter: 'K', Help: "gauge, per second or mean"},
		draw.Muted, func(s *model.Signal) string { return s.Kind.String() }),
	trend(draw.Column[model.Signal]{Title: "TREND", Width: 15, Drop: 7, Help: "over the span of the charts"},
		func(s *model.Signal) *model.Series { return &s.History }),
}

// LabelValue is the value of a label where there is one alone: a="b" is b.
func LabelValue(label string) string {
	if strings.Count(label, "=") != 1 {
		return label
	}
	_, v, _ := strings.Cut(label, "=")
	return strings.Trim(v, "\"")
}
