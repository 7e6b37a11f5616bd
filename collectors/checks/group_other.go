//go:build !unix

package checks

import "os/exec"

// asGroup leaves a program as it is: only it is killed, not what it started.
func asGroup(*exec.Cmd) {}
