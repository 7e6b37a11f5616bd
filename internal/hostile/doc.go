// Package hostile holds only tests: the production collectors, the engine and
// the readers without a screen, against servers that mean no good.
package hostile
