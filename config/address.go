package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"tritop/model"
)

// ParseServer reads a server as it is named on the command line:
// [name=]host[:grpc[/http/metrics]], an IPv6 address in brackets. Without ports
// they are Triton's defaults; with a gRPC port alone HTTP is one below it and
// metrics one above, Triton's own spacing.
func ParseServer(arg string) (Server, error) {
	fail := func(why string) (Server, error) {
		return Server{}, fmt.Errorf("server %q: %s; want [name=]host[:grpc[/http/metrics]], e.g. 10.0.0.1, eu=triton.example:8001, [::1]:8001/8000/8002", arg, why)
	}
	name, rest, named := strings.Cut(arg, "=")
	if !named {
		name, rest = "", arg
	}
	if named && name == "" {
		return fail("the name before = is empty")
	}
	host, ports, hasPorts, why := splitHost(rest)
	if why != "" {
		return fail(why)
	}
	s := Server{Spec: model.ServerSpec{Name: name, Host: host, GRPC: DefaultGRPC, HTTP: DefaultHTTP, Metric: DefaultMetrics}}
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
		if net.ParseIP(host) == nil {
			return "", "", false, fmt.Sprintf("%q is no IPv6 address", host)
		}
		if rest != "" && rest[0] != ':' {
			return "", "", false, "want a colon after the bracket"
		}
		return host, strings.TrimPrefix(rest, ":"), rest != "", ""
	}
	host, ports, hasPorts = strings.Cut(rest, ":")
	switch {
	case host == "":
		return "", "", false, "the host is empty"
	case strings.ContainsAny(host, "/ \t\x1b"):
		return "", "", false, "a host name has no slash and no blank; a scheme such as http:// is not wanted"
	case strings.Contains(ports, ":"):
		return "", "", false, "an IPv6 address stands in brackets"
	case strings.HasPrefix(ports, "//"):
		return "", "", false, "a scheme such as http:// is not wanted"
	}
	return host, ports, hasPorts, ""
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
			return fmt.Sprintf("%q is no port", p)
		}
		n[i] = v
	}
	if len(parts) == 1 {
		n[1], n[2] = n[0]-1, n[0]+1
	}
	s.Spec.GRPC, s.Spec.HTTP, s.Spec.Metric = n[0], n[1], n[2]
	return ""
}
