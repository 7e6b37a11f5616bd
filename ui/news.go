package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
)

// How news reach the screen: by one command at a time, which sleeps until there
// are some. A wake-up of a program that sleeps costs as much as a good part of a
// frame, so nothing else ticks.

// frameEvery is the shortest time between two frames for new data; keys are
// drawn at once. News of an engine that publishes as often find it over.
const frameEvery = 90 * time.Millisecond

// heldEvery is how often a screen that is held looks whether there are news: only
// to know how old they and the picture are.
const heldEvery = time.Second

// staleAfter is the silence after which data are old; from then on their age is
// told each second.
const staleAfter = 3 * time.Second

// newsOf makes the commands that wait for the next news of a backend, no sooner
// than after a pause; silence is after how long without any they say that.
func newsOf(ctx context.Context, b Backend) func(pause, silence time.Duration) tea.Cmd {
	marks := b.Subscribe(ctx)
	return func(pause, silence time.Duration) tea.Cmd {
		began := time.Now()
		return func() tea.Msg {
			quiet := time.NewTimer(silence)
			defer quiet.Stop()
			select {
			case <-ctx.Done():
				return nil
			case now := <-quiet.C:
				return tickMsg(now)
			case <-marks:
			}
			if rest := pause - time.Since(began); rest > 0 {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(rest):
				}
				select {
				case <-marks: // what came meanwhile is told with it
				default:
				}
			}
			return snapshotMsg{b.Latest()}
		}
	}
}

// next waits for the next news, no sooner than after a pause, or for the next
// moment at which data without news are older.
func (m *Model) next(pause time.Duration) tea.Cmd {
	if m.screen.stale > 0 {
		return m.await(pause, time.Second)
	}
	return m.await(pause, staleAfter)
}

// news takes over a snapshot, and waits for the next one no sooner than the
// frame rate allows.
func (m *Model) news(s *model.Snapshot) tea.Cmd {
	m.heard, m.screen.stale = time.Now(), 0
	m.listen(s)
	if m.screen.frozen {
		m.screen.held, m.dirty = s.Now.Sub(m.snap.Now), true
		return m.next(heldEvery)
	}
	m.snap = s
	m.screen.focus(s)
	m.dirty = true
	return m.next(frameEvery)
}

// age notices that no news came for a while.
func (m *Model) age(now time.Time) {
	old := now.Sub(m.heard)
	if old < staleAfter {
		old = 0
	}
	if old.Truncate(time.Second) != m.screen.stale.Truncate(time.Second) {
		m.screen.stale, m.dirty = old, true
	}
}
