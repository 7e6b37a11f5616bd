package config

import (
	"fmt"

	"tritop/internal/nearest"
)

// Nearest gives " (did you mean X?)" for a known word that is close, else "".
func Nearest(found string, known []string) string {
	best := nearest.Word(found, known)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
