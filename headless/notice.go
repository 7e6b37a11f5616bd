package headless

import "tritop/model"

// notice writes an announcement for people, with since when it is so where it
// was not so from the start.
func notice(n model.Notice) string {
	if n.Since.IsZero() {
		return n.Text
	}
	return n.Text + " (since " + n.Since.UTC().Format("15:04:05Z") + ")"
}

// notices are all announcements, as the document carries them.
func notices(s *model.Snapshot) []string {
	out := make([]string, 0, len(s.Notices))
	for _, n := range s.Notices {
		out = append(out, notice(n))
	}
	return out
}
