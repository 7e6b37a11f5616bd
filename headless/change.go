package headless

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tritop/model"
)

// Changes writes what changed after the event of that number, a short sentence
// each, for people who listen to them: no glyphs, no columns. What happened to
// several servers in the same way at once is one sentence. It gives the number of
// the last event. What was before tritop was started is not told again.
func Changes(w io.Writer, s *model.Snapshot, after uint64) (last uint64, err error) {
	var b strings.Builder
	last = after
	var groups []*told
	for i := range s.Events {
		e := &s.Events[i]
		if e.Seq <= after || e.Before {
			continue
		}
		last = e.Seq
		text, why := sentence(e)
		if e.Kind == model.EventAlert { // it begins the sentence
			text = strings.Replace(text, "alert", "Alert", 1)
		}
		if text != "" {
			groups = join(groups, e, text, why)
		}
	}
	for _, g := range groups {
		g.write(&b)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return after, fmt.Errorf("write the changes: %w", err)
	}
	return last, nil
}

// told are events that make one sentence: of one server, of one model version on
// several servers, or of several model versions of one server.
type told struct {
	first    *model.Event
	servers  []string
	versions []string
	text     string // what happened
	why      string // "": not told, or another one for each of them
}

// atOnce is how far apart events may lie that make one sentence.
const atOnce = time.Second

func join(groups []*told, e *model.Event, text, why string) []*told {
	for _, g := range groups {
		if g.text == text && g.takes(e) {
			if g.why != why {
				g.why = ""
			}
			return groups
		}
	}
	return append(groups, &told{e, []string{e.Server}, []string{version(e)}, text, why})
}

func version(e *model.Event) string {
	if e.Model == "" {
		return ""
	}
	return e.Model + " v" + e.Version
}

// takes says whether an event that reads alike belongs to the sentence, and adds it.
func (g *told) takes(e *model.Event) bool {
	f := g.first
	if e.Kind != f.Kind || e.Kind == model.EventAlert || e.Server == "" || f.Server == "" || e.At.Sub(f.At) > atOnce {
		return false
	}
	here, this := slices.Contains(g.servers, e.Server), slices.Contains(g.versions, version(e))
	switch {
	case !here && this && len(g.versions) == 1:
		g.servers = append(g.servers, e.Server)
	case here && !this && len(g.servers) == 1:
		g.versions = append(g.versions, version(e))
	default:
		return false
	}
	return true
}

// write makes the sentence: when, who, what, why.
func (g *told) write(b *strings.Builder) {
	text := g.first.At.UTC().Format("15:04:05Z ") + g.who() + g.text
	if len(g.versions) > 1 || len(g.servers) > 1 && g.versions[0] == "" {
		text = strings.NewReplacer(" was ", " were ", " has ", " have ", " is ", " are ").Replace(text)
	}
	if g.why != "" {
		text += ": " + spoken(g.why)
	}
	b.WriteString(strings.TrimSuffix(text, ".") + ".\n")
}

// who names what the sentence is about.
func (g *told) who() string {
	f := g.first
	if f.Kind == model.EventConfig && f.Server == "" {
		return "" // the text names its file itself
	}
	if f.Kind == model.EventAlert { // and the reason of an alert what it is about
		return ""
	}
	switch {
	case len(g.versions) > 1:
		return several(g.versions, "model versions") + " on " + f.Server + " "
	case len(g.servers) > 1 && f.Model != "":
		return g.versions[0] + " on " + several(g.servers, "servers") + " "
	case len(g.servers) > 1:
		return several(g.servers, "servers") + " "
	}
	return f.Object() + " "
}

func several(names []string, what string) string {
	if len(names) == 2 {
		return names[0] + " and " + names[1]
	}
	return fmt.Sprintf("%d %s", len(names), what)
}

// sentence says what happened, and why; "" for what is not worth a word: the
// version that a server tells first.
func sentence(e *model.Event) (text, why string) {
	why, _, _ = strings.Cut(model.FirstLine(e.Detail), " · ") // the rest is evidence
	why = strings.TrimPrefix(why, e.To+": ")                  // a finding may begin with what happened
	switch e.Kind {
	case model.EventServerState, model.EventVerdict, model.EventReplicaState:
		return turned(e, strings.TrimPrefix(strings.TrimPrefix(why, e.To), ": "))
	case model.EventRestarted:
		return "restarted as a new process", ""
	case model.EventAppeared:
		return "appeared, " + e.To, why
	case model.EventVanished:
		return "vanished, was " + e.From, ""
	case model.EventCounterReset:
		return "was loaded anew, its statistics began again", ""
	case model.EventIdentified:
		if e.From == "" {
			return "", ""
		}
		return "is Triton " + e.To + " now, was " + e.From, ""
	case model.EventTrouble:
		if e.To == "" {
			return "recovered, was: " + e.From, ""
		}
		if _, figure, found := strings.Cut(e.To, " % of "); found { // each has a figure of its own
			return "has trouble: " + figure, why
		}
		return "has trouble: " + e.To, why
	case model.EventSource, model.EventConfig, model.EventGPU, model.EventObjective, model.EventCheck, model.EventAlert, model.EventNone:
	}
	return missedSentence(e, why)
}

// turned tells of a state that became another one.
func turned(e *model.Event, why string) (string, string) {
	was := "was " + e.From + ", now "
	if e.From == "" || e.From == model.ServerNoData.String() || e.From == model.ReplicaUnknown.String() {
		was = "is now "
	}
	return was + e.To, strings.TrimPrefix(why, ", ")
}
