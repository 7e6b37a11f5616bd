package doctor

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"tritop/triton"
)

// some joins names; many are cut.
func some(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// The names of the checks that advice depends on.
const (
	grpcPort, httpPort, metricsPort = "gRPC port", "HTTP port", "metrics port"
)

// portAdvice says what to change of a port that does not accept.
func portAdvice(name string, kind triton.Kind) string {
	if kind != triton.Refused {
		return "check address, route and firewall: " + name + " must be reachable from here"
	}
	switch name {
	case httpPort:
		return "is HTTP switched off (--allow-http)? Then http: 0 in the configuration; else correct the port"
	case metricsPort:
		return "are metrics switched off (--allow-metrics)? Switch them on, or metrics: 0 in the configuration; else correct the port"
	}
	return "start the server, or correct the port; a Triton opens its ports when all its models are loaded"
}

// callAdvice says what to change after a gRPC call that failed; detail is what
// was said of it.
func callAdvice(kind triton.Kind, detail string) string {
	switch kind {
	case triton.NotTriton:
		return "give Triton's gRPC port (8001 by default)"
	case triton.TLSFailed:
		return tlsAdvice(detail)
	case triton.Restricted:
		return "headers: {" + headerIn(detail) + ": {env: VARIABLE}} of this server in the configuration"
	case triton.TimedOut:
		return "the server hangs, or something between drops what is sent: look at its log, then at firewalls and proxies"
	case triton.Lost:
		return "another service, a proxy, or a server that is going down: correct the port, or look at its log"
	case triton.Refused, triton.Unreachable:
		return "start the server, or correct the port"
	case triton.Exiting:
		return "the server is being stopped"
	case triton.Unsupported:
		return "this Triton was built without it, or a proxy before it does not let it through"
	case triton.TooLarge:
		return "please report it: more model versions than tritop was made for"
	case triton.Other, triton.NotReady, triton.NotFound, triton.Invalid, triton.Internal, triton.Cancelled:
	}
	return "look at the server's log"
}

// tlsAdvice says what of a server's tls is to be changed.
func tlsAdvice(detail string) string {
	switch {
	case strings.Contains(detail, "does not speak TLS"), strings.Contains(detail, "may not speak TLS"):
		return "take tls out of this server in the configuration, or give the port that has it"
	case strings.Contains(detail, "client certificate"), strings.Contains(detail, "refuses our certificate"):
		return "tls: {ca: FILE, cert: FILE, key: FILE} of this server in the configuration, signed by an authority that it knows"
	case strings.Contains(detail, "certificate is not accepted"):
		return "see TLS above"
	}
	return "tls: {ca: FILE} of this server in the configuration, or tls: {} where this machine knows who signed its certificate"
}

// headerIn gives the header that a restricted protocol wants, as its error names it.
func headerIn(detail string) string {
	_, rest, _ := strings.Cut(detail, "give the header ")
	name, _, found := strings.Cut(rest, " under ")
	if !found || strings.Contains(name, " ") {
		return "triton-grpc-protocol-KEY"
	}
	return name
}

// answers says whether a server that failed a call so may answer another one.
func answers(kind triton.Kind) bool {
	switch kind {
	case triton.Refused, triton.Unreachable, triton.TimedOut, triton.Lost, triton.NotTriton, triton.TLSFailed, triton.Cancelled:
		return false
	case triton.Other, triton.Restricted, triton.Exiting, triton.NotReady, triton.NotFound, triton.Invalid, triton.Unsupported, triton.TooLarge, triton.Internal:
	}
	return true
}

// soonExpired is how long before its end a certificate is warned of.
const soonExpired = 14 * 24 * time.Hour

// certificate says what is to be said of a server's certificate.
func certificate(leaf *x509.Certificate, refusal error, now time.Time) Check {
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{"no host"}
	}
	c := Check{Status: OK, Found: fmt.Sprintf("certificate of %s by %q until %s", some(names), leaf.Issuer.CommonName, leaf.NotAfter.UTC().Format("2006-01-02"))}
	var invalid x509.CertificateInvalidError
	switch {
	case now.After(leaf.NotAfter):
		c.Status, c.Do = Fail, "it is expired: renew it (or is this machine's clock wrong?)"
	case now.Before(leaf.NotBefore):
		c.Status, c.Do = Fail, "it is valid from "+leaf.NotBefore.UTC().Format(time.RFC3339)+" only: one of the two clocks is wrong"
	case errors.As(refusal, new(x509.HostnameError)):
		c.Status, c.Do = Fail, "it is for another name: tls: {server_name: "+names[0]+"}, or a host that it names"
	case errors.As(refusal, new(x509.UnknownAuthorityError)):
		c.Status, c.Do = Fail, "this machine does not know who signed it: tls: {ca: FILE} with the authority's certificate"
	case errors.As(refusal, &invalid), refusal != nil:
		c.Status, c.Found = Fail, c.Found+": "+strings.TrimPrefix(refusal.Error(), "x509: ")
		c.Do = "give the server a certificate that is good for this"
	case leaf.NotAfter.Sub(now) < soonExpired:
		c.Status, c.Do = Warn, "it ends in "+leaf.NotAfter.Sub(now).Round(time.Hour).String()+": renew it"
	}
	return c
}
