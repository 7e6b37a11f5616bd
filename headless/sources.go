package headless

import (
	"fmt"
	"strings"

	"tritop/model"
)

// sourceLines writes a line for each source of tritop's own that fails or was not
// read to its end: what it would tell is missing above.
func sourceLines(b *strings.Builder, s *model.Snapshot) {
	const most = 10
	failing := s.Failing()
	if len(failing) > 0 {
		b.WriteString("\n")
	}
	for i, src := range failing {
		if i == most {
			fmt.Fprintf(b, "source: %d more do not work; -o json lists all\n", len(failing)-most)
			return
		}
		wrapped(b, "source: ", sourceWords(s, src), 8)
	}
}

// sourceWords says what is wrong with a source, and how old its figures are.
func sourceWords(s *model.Snapshot, src *model.Source) string {
	text := src.Name + " " + model.FirstLine(src.Fault())
	switch {
	case src.Failures == 0:
	case src.LastOK.IsZero():
		text += ", never read"
	default:
		text += ", last read " + Age(s.Now.Sub(src.LastOK)) + " ago"
	}
	return text
}
