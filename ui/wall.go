package ui

import (
	"tritop/model"
	"tritop/ui/grid"
)

// drawWall is for the incident room.
func (sc *screen) drawWall(a grid.Area, s *model.Snapshot) {
}
