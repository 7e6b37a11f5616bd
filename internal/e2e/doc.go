// Package e2e runs tritop against real engines on loopback: several Triton
// servers, NVIDIA's Python client and its load generator.
//
// It needs what scripts/engines.sh installs, and the build tag e2e, so that
// `go test ./...` stays quick:
//
//	go test -tags e2e -count=1 ./internal/e2e
//
// Without the engines each test is skipped, loudly; with CI=true it fails.
// Everything that a test starts has its own process group, ports of the
// loopback and a folder of the test, and is gone when the test ends.
package e2e
