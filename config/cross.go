package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/probe"
)

// get gives the value of a key of a mapping; nil where there is none.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			if v := n.Content[i+1]; v.Kind == yaml.AliasNode {
				return v.Alias
			}
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode || len(n.Content) > nodeLimit {
		return nil
	}
	return n.Content
}

func valueOr(n *yaml.Node, fallback string) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return fallback
	}
	return n.Value
}

// crossCheck finds what no single value shows: names and addresses twice,
// references to nothing, probes that cannot be sent, units that do not fit. It gives
// the golden sets, which are read for that.
func (w *walker) crossCheck(doc *yaml.Node) (golden []probe.Golden) {
	if doc.Kind != yaml.MappingNode || w.nodes > nodeLimit {
		return nil
	}
	servers := w.checkServers(get(doc, "servers"))
	w.checkProbes(get(doc, "probes"))
	w.checkObjectives(get(doc, "objectives"))
	w.checkFrom(get(doc, "servers_from"))
	if len(items(get(doc, "servers_from"))) > 0 {
		servers = nil // which ones there are is not known here
	}
	w.checkServices(get(doc, "services"), servers)
	w.checkSources(get(doc, "sources"))
	w.checkNotify(get(doc, "notify"))
	queried := prometheusNames(get(doc, "sources"))
	w.checkChecks(get(doc, "checks"), servers, queried)
	w.checkBusiness(get(doc, "business"), queried)
	golden = w.checkModels(get(doc, "models"))
	for _, section := range []string{"models", "business", "sources", "notify"} {
		seen := make(map[string]int)
		for i, item := range items(get(doc, section)) {
			w.unique(seen, get(item, "name"), fmt.Sprintf("%s[%d]: the name", section, i))
		}
	}
	return golden
}

func (w *walker) unique(seen map[string]int, n *yaml.Node, what string) {
	if n == nil || n.Value == "" {
		return
	}
	if line, twice := seen[n.Value]; twice {
		w.wrong(n, "%s %q stands twice, first in line %d", what, n.Value, line)
		return
	}
	seen[n.Value] = n.Line
}

func (w *walker) checkServers(list *yaml.Node) []string {
	names, claims := make(map[string]int), make(Claims)
	out := []string{}
	for i, s := range items(list) {
		at := fmt.Sprintf("servers[%d]", i)
		name, host := get(s, "name"), get(s, "host")
		w.unique(names, name, at+": the server")
		out = append(out, valueOr(name, ""))
		if host != nil {
			w.checkHost(host, at)
			w.checkPorts(claims, s, at)
		}
		if p := get(s, "grpc"); p != nil && p.Value == "0" {
			w.wrong(p, "%s.grpc: want a port from 1 to 65535: tritop cannot do without gRPC", at)
		}
		w.checkTLS(get(s, "tls"), at)
		w.checkHeaders(get(s, "headers"), at)
	}
	return out
}

// checkPorts finds a port that another server has already.
func (w *walker) checkPorts(claims Claims, s *yaml.Node, at string) {
	port := func(key string, usual int) string { return valueOr(get(s, key), strconv.Itoa(usual)) }
	host := get(s, "host")
	clash := claims.take(valueOr(get(s, "name"), ""), bare(host.Value), port("grpc", DefaultGRPC), port("http", DefaultHTTP), port("metrics", DefaultMetrics))
	switch {
	case clash == nil:
	case clash.Port == "gRPC" && clash.First.Port == "gRPC":
		w.wrong(host, "%s: the address %s is that of server %q already", at, clash.Address, clash.First.Server)
	default:
		w.wrong(host, "%s: its %s port %s is the %s port of server %q already", at, clash.Port, clash.Address, clash.First.Port, clash.First.Server)
	}
}

// bare takes the brackets off an IPv6 address: in the file it needs none.
func bare(host string) string {
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]")
	}
	return host
}

func (w *walker) checkHost(host *yaml.Node, at string) {
	h := bare(host.Value)
	switch {
	case host.Kind != yaml.ScalarNode || h == "" || strings.ContainsFunc(h, unprintable):
		return // the schema has spoken
	case !validHost(h):
		w.wrong(host, "%s.host: want a host name or address without scheme and path, found %q", at, host.Value)
	case strings.Contains(h, ":"):
		if _, err := netip.ParseAddr(h); err != nil {
			w.wrong(host, "%s.host: want a host name or address, found %q; ports have keys of their own: grpc, http, metrics", at, host.Value)
		}
	}
}

func (w *walker) checkTLS(tls *yaml.Node, at string) {
	if (get(tls, "cert") == nil) != (get(tls, "key") == nil) {
		w.wrong(tls, "%s.tls: cert and key go together: one of them is missing", at)
	}
}

func (w *walker) checkHeaders(headers *yaml.Node, at string) {
	if headers == nil || headers.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(headers.Content); i += 2 {
		k, v := headers.Content[i], headers.Content[i+1]
		if strings.EqualFold(k.Value, "triton_grpc_error") {
			w.wrong(k, "%s.headers: %s crashes Triton 2.51 on decoupled models; tritop never sends it", at, k.Value)
		}
		if v.Kind == yaml.MappingNode && (get(v, "env") == nil) == (get(v, "file") == nil) {
			w.wrong(v, "%s.headers.%s: want either {env: NAME} or {file: PATH}: secrets are never in the file itself", at, k.Value)
		}
	}
}

func (w *walker) checkProbes(list *yaml.Node) {
	seen := make(map[string]int)
	for i, p := range items(list) {
		before := len(w.problems)
		if w.hasProblem(p) {
			continue // the schema has spoken already
		}
		var r rawProbe
		if err := p.Decode(&r); err != nil {
			_, why := saidBy(err)
			w.wrong(p, "probes[%d]: %s", i, why)
			continue
		}
		if err := r.spec().Validate(); err != nil {
			w.wrong(p, "probes[%d] (%s): %v", i, r.Model, err)
		}
		key := r.Model + " " + r.Version
		if line, twice := seen[key]; twice && len(w.problems) == before {
			w.wrong(p, "probes[%d]: a second probe of model %q version %q, first in line %d", i, r.Model, r.Version, line)
		}
		seen[key] = p.Line
	}
}

// hasProblem says whether the schema found something inside a node.
func (w *walker) hasProblem(n *yaml.Node) bool {
	last := lastLine(n, 0)
	for _, p := range w.problems {
		if p.Line >= n.Line && p.Line <= last {
			return true
		}
	}
	return false
}

func lastLine(n *yaml.Node, depth int) int {
	line := n.Line
	if depth > 50 {
		return line
	}
	for _, c := range n.Content {
		line = max(line, lastLine(c, depth+1))
	}
	return line
}

func (w *walker) checkServices(list *yaml.Node, servers []string) {
	names, homes := make(map[string]int), make(map[string]string)
	for i, s := range items(list) {
		at := fmt.Sprintf("services[%d]", i)
		w.unique(names, get(s, "name"), at+": the service")
		service := valueOr(get(s, "name"), "")
		for j, e := range items(get(s, "endpoints")) {
			w.checkEndpoint(e, fmt.Sprintf("%s.endpoints[%d]", at, j), service, servers, homes)
		}
	}
}

func (w *walker) checkEndpoint(e *yaml.Node, at, service string, servers []string, homes map[string]string) {
	server, url := get(e, "server"), get(e, "url")
	if e.Kind != yaml.MappingNode {
		return
	}
	if (server == nil) == (url == nil) {
		w.wrong(e, "%s: want either a server (a Triton) or a url (a plain HTTP endpoint)", at)
		return
	}
	id := url
	if server != nil {
		id = server
		known := servers == nil
		for _, s := range servers {
			known = known || s == server.Value
		}
		if !known {
			w.wrong(server, "%s.server: no server is named %q%s", at, server.Value, Nearest(server.Value, servers))
		}
	} else if get(e, "name") == nil {
		w.wrong(e, "%s: an endpoint with a url needs a name", at)
	}
	if other, twice := homes[id.Value]; twice {
		w.wrong(id, "%s: %q is an endpoint of service %q already", at, id.Value, other)
		return
	}
	homes[id.Value] = service
}
