package sla

import "time"

// clock makes a time that only goes forward of one that people set. Windows are of
// this time, in ms, so that an hour that a clock is set back does not count
// twice. Where the machine slept or was set forward, the time is a gap.
type clock struct {
	last, before time.Time // the newest two moments; zero: none
	now, was     int64     // theirs, in ms
}

// jump is how much more the clock on the wall may gain than the monotonic one.
const jump = 2 * time.Second

// begins is the time of the first moment: just after the end of a bucket, so that
// what happens in it is in every window.
const begins = 1

// advance moves on to a moment and gives how many ms that was.
func (c *clock) advance(to time.Time) int64 {
	if c.last.IsZero() {
		c.last, c.before, c.now, c.was = to, to, begins, begins
		return 0
	}
	took := to.Sub(c.last)
	if wall := to.Round(0).Sub(c.last.Round(0)); wall > took+jump {
		took = wall
	}
	c.before, c.was = c.last, c.now
	c.last = to
	c.now += max(0, took.Milliseconds())
	return c.now - c.was
}

// of gives the time of a moment that is not after now.
func (c *clock) of(t time.Time) int64 {
	if back := c.before.Sub(t); back >= 0 {
		return c.was - back.Milliseconds()
	}
	return min(c.now, max(c.was, c.now-c.last.Sub(t).Milliseconds()))
}

// wall gives about when on the wall a time was.
func (c *clock) wall(ms int64) time.Time {
	return c.last.Add(time.Duration(ms-c.now) * time.Millisecond)
}
