package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tritop/model"
)

// ParseServer reads a server as it is named on the command line:
// [name=]host[:grpc[/http/metrics]], an IPv6 address in brackets. Without ports
// they are Triton's defaults; with a gRPC port alone HTTP is one below it and
// metrics one above, Triton's own spacing.
func ParseServer(arg string) (Server, error) {
	fail := func(why string) (Server, error) {
		return Server{}, fmt.Errorf("server %q: %s", arg, why)
	}
	name, rest, named := strings.Cut(arg, "=")
	if !named {
		name, rest = "", arg
	}
	switch {
	case named && strings.TrimSpace(name) == "":
		return fail("the name before = is empty")
	case strings.Contains(rest, "="):
		return fail("want only one = between a name and its host")
	case strings.ContainsFunc(name, unprintable):
		return fail("the name has a character that cannot be printed")
	}
	host, ports, hasPorts, why := splitHost(rest)
	if why != "" {
		return fail(why)
	}
	s := Server{Spec: model.ServerSpec{Name: name, Host: host, GRPC: DefaultGRPC, HTTP: DefaultHTTP, Metric: DefaultMetrics}}
	s.Assumed = rawServer{}.assumed()
	if hasPorts {
		if why := s.setPorts(ports); why != "" {
			return fail(why)
		}
	}
	if s.Spec.Name == "" {
		s.Spec.Name = host
		if hasPorts {
			s.Spec.Name = net.JoinHostPort(host, strconv.Itoa(s.Spec.GRPC))
		}
	}
	s.Spec.Name = model.CleanName(s.Spec.Name)
	return s, nil
}

func splitHost(rest string) (host, ports string, hasPorts bool, why string) {
	if strings.HasPrefix(rest, "[") {
		end := strings.Index(rest, "]")
		if end < 0 {
			return "", "", false, "a bracket is not closed"
		}
		host, rest = rest[1:end], rest[end+1:]
		if ip, err := netip.ParseAddr(host); err != nil || !ip.Is6() {
			return "", "", false, fmt.Sprintf("%q is no IPv6 address", host)
		}
		if rest != "" && rest[0] != ':' {
			return "", "", false, "want a colon after the bracket"
		}
		return host, strings.TrimPrefix(rest, ":"), rest != "", ""
	}
	if ip, err := netip.ParseAddr(rest); err == nil && ip.Is6() {
		return "", "", false, "an IPv6 address stands in brackets: [" + rest + "]"
	}
	host, ports, hasPorts = strings.Cut(rest, ":")
	switch {
	case host == "":
		return "", "", false, "the host is empty"
	case strings.HasPrefix(ports, "//"):
		return "", "", false, "a scheme such as http:// is not wanted"
	case !validHost(host):
		return "", "", false, "a host name has letters, digits, dots and hyphens only"
	case strings.Contains(ports, ":"):
		return "", "", false, "an IPv6 address stands in brackets"
	}
	return host, ports, hasPorts, ""
}

// validHost says whether a text can be a host's name or address. What resolvers
// make of it is theirs; what would reach a terminal or a URL as more than a
// name is refused here.
func validHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return unprintable(r) || unicode.IsSpace(r) || strings.ContainsRune(`/\\@="'[]?#<>`, r)
	})
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// address is what two servers must not share: lower case, without the dot at a
// name's end, an IP address in its shortest form, this machine by one name.
func address(host, port string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	if host == "localhost" || host == "::1" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// Claims are the ports that are taken, by address. Two servers that share one
// would be counted twice, or read each other's figures.
type Claims map[string]Claim

// Claim is whose port an address is.
type Claim struct{ Server, Port string }

// Take claims the ports of a server. Where another has one of them already,
// nothing is claimed, and clash says which.
func (c Claims) Take(s Server) (clash *Clash) {
	return c.take(s.Spec.Name, s.Spec.Host, strconv.Itoa(s.Spec.GRPC), strconv.Itoa(s.Spec.HTTP), strconv.Itoa(s.Spec.Metric))
}

// Clash is a port that two servers claim.
type Clash struct {
	Address string
	Port    string // what it would be to the second one
	First   Claim
}

// With says which port the second of two servers has twice.
func (c *Clash) With(second string) string {
	if c.Port == "gRPC" && c.First.Port == "gRPC" {
		return fmt.Sprintf("%q and %q are the same address %s", c.First.Server, second, c.Address)
	}
	return fmt.Sprintf("the %s port of %q is the %s port of %q: %s", c.Port, second, c.First.Port, c.First.Server, c.Address)
}

// take: a port of 0 is not used. One server may give a port two duties: a proxy
// can tell gRPC from HTTP.
func (c Claims) take(server, host, grpc, http, metrics string) *Clash {
	duties, ports := [...]string{"gRPC", "HTTP", "metrics"}, [...]string{grpc, http, metrics}
	for i, port := range ports {
		at := address(host, port)
		if first, taken := c[at]; taken && port != "0" {
			return &Clash{at, duties[i], first}
		}
	}
	for i, port := range ports {
		if at := address(host, port); port != "0" && c[at].Port == "" {
			c[at] = Claim{server, duties[i]}
		}
	}
	return nil
}

func (s *Server) setPorts(text string) (why string) {
	parts := strings.Split(text, "/")
	if len(parts) != 1 && len(parts) != 3 {
		return "want one port (gRPC) or three (gRPC/HTTP/metrics)"
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > 65535 || i == 0 && v == 0 {
			return fmt.Sprintf("%q is no port from %d to 65535", p, max(0, 1-i))
		}
		n[i] = v
	}
	if len(parts) == 1 {
		n[1], n[2] = n[0]-1, n[0]+1
		if n[2] > 65535 {
			return "no port is left above it for metrics: name all three, gRPC/HTTP/metrics"
		}
	}
	s.Spec.GRPC, s.Spec.HTTP, s.Spec.Metric, s.Assumed = n[0], n[1], n[2], ""
	if len(parts) == 1 {
		s.Assumed = fmt.Sprintf("HTTP %d and metrics %d, one below and one above gRPC", n[1], n[2])
	}
	return ""
}
