package config

import (
	"errors"
	"strings"
	"testing"
)

// Two ways to write one address are one address.
func TestAddressesAreCompared(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"GPU.Example.", "gpu.example:8001"}, {"[::1]", "[0:0:0:0:0:0:0:1]:8001"}, {"10.0.0.1", "[::ffff:10.0.0.1]:8001"},
		{"localhost", "127.0.0.1"}, {"LocalHost.:8001", "[::1]:8001"}} {
		a, errA := ParseServer(pair[0])
		b, errB := ParseServer(pair[1])
		claims := Claims{}
		first, second := claims.Take(a), claims.Take(b)
		if errA != nil || errB != nil || first != nil || second == nil || second.Port != "gRPC" || second.First != (Claim{a.Spec.Name, "gRPC"}) {
			t.Errorf("%s are two (%v %v): %+v %+v", pair, errA, errB, first, second)
		}
	}
}

// A port that two servers claim gives one of them the figures of the other.
func TestOnePortForTwoServers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{name: a, host: localhost}, {name: b, host: 127.0.0.1}":                                                         "servers[1]: the address 127.0.0.1:8001 is that of server \"a\" already",
		"{name: a, host: h}, {name: b, host: h, grpc: 9001, http: 8001, metrics: 9002}":                                  "servers[1]: its HTTP port h:8001 is the gRPC port of server \"a\" already",
		"{name: a, host: h}, {name: b, host: h, grpc: 8002, http: 0, metrics: 0}":                                        "servers[1]: its gRPC port h:8002 is the metrics port of server \"a\" already",
		"{name: a, host: h}, {name: b, host: h, grpc: 9001, http: 9000}":                                                 "servers[1]: its metrics port h:8002 is the metrics port of server \"a\" already",
		"{name: a, host: h, http: 0, metrics: 0}, {name: b, host: h, grpc: 9001, http: 0, metrics: 0}":                   "",
		"{name: a, host: h, grpc: 443, http: 443, metrics: 443}, {name: b, host: i, grpc: 443, http: 443, metrics: 443}": "",
	} {
		_, err := Parse("t.yaml", []byte("version: 1\nservers: ["+text+"]\n"))
		var ps Problems
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (!errors.As(err, &ps) || len(ps) != 1 || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
