package triton

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// A real Triton's HTTP and metrics ports hang up on anything but HTTP/1, and its
// gRPC port with TLS on anything but TLS: a gRPC client in plain text learns nothing.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	secure, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.NoClientCert))))
	mutual, _ := serve(t, "127.0.0.1:0", &fake{}, grpc.Creds(credentials.NewTLS(p.server(tls.RequireAndVerifyClientCert))))
	web := listenRaw(t, func(c net.Conn) {
		head := make([]byte, 4)
		if _, err := io.ReadFull(c, head); err == nil && bytes.Equal(head, []byte("GET ")) {
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		}
		hangUp(c)
	})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for name, c := range map[string]struct {
		address string
		kind    Kind
		word    string
	}{
		"TLS":        {secure, TLSFailed, "give tls"},
		"mutual TLS": {mutual, TLSFailed, "give tls"},
		"HTTP":       {web, NotTriton, "HTTP server"},
		"hangs up":   {listenRaw(t, func(c net.Conn) { sip(c); hangUp(c) }), Lost, ""},
		"silent":     {listenRaw(t, func(net.Conn) {}), Lost, ""},
		"gone":       {gone.Addr().String(), Lost, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if kind, detail := Diagnose(within(t, 500*time.Millisecond), c.address); kind != c.kind || !strings.Contains(detail, c.word) {
				t.Errorf("%v %q, want %v with %q", kind, detail, c.kind, c.word)
			}
		})
	}
	// What asks for it: the connection came to be and no greeting came.
	_, err = dial(t, Options{Address: web}).Ready(within(t, 4*time.Second))
	if f, ok := err.(*Fault); !ok || !f.Ungreeted || f.Kind != Lost { //nolint:errorlint // it is one
		t.Errorf("%+v", err)
	}
	if _, err = dial(t, Options{Address: gone.Addr().String()}).Ready(within(t, 4*time.Second)); err == nil || err.(*Fault).Ungreeted { //nolint:errorlint,forcetypeassert // it is one
		t.Errorf("%+v", err)
	}
}
