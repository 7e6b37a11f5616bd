package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"
)

// startRounds are enough for a median that holds, and a maximum that means something.
const startRounds = 25

// BenchmarkStart is from exec to the first complete frame on a 200×60 terminal,
// of the real binary, with no server reachable: two refuse, one never answers.
// The anchor is `tritop version`, which draws nothing, in turns in the same run.
func BenchmarkStart(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "tritop")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	servers := []string{"refuses=" + closed(b), "refuses-too=" + closed(b), "never-answers=" + deaf(b)}
	var frames, versions []time.Duration
	for b.Loop() {
		for range startRounds {
			versions = append(versions, version(b, bin))
			frames = append(frames, firstFrame(b, bin, servers))
		}
	}
	b.ReportMetric(ms(at(frames, 0.5)), "ms-p50")
	b.ReportMetric(ms(at(frames, 0.9)), "ms-p90")
	b.ReportMetric(ms(at(frames, 1)), "ms-max")
	b.ReportMetric(ms(at(versions, 0.5)), "ms-version-p50")
	b.ReportMetric(float64(at(frames, 0.5))/float64(at(versions, 0.5)), "x-version")
	b.ReportMetric(float64(len(frames)), "starts")
	b.ReportMetric(0, "ns/op") // of a round of both: says nothing
}

// closed gives an address on which nothing listens.
func closed(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// deaf gives an address that accepts and says nothing.
func deaf(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func version(b *testing.B, bin string) time.Duration {
	b.Helper()
	began := time.Now()
	if err := exec.Command(bin, "version").Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// firstFrame starts the screen and stops the clock at the last word of the last
// row; the rows come in their order in one frame.
func firstFrame(b *testing.B, bin string, servers []string) time.Duration {
	b.Helper()
	cmd := exec.Command(bin, servers...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "NO_COLOR=", "TRITOP_CONFIG=")
	cmd.Dir = b.TempDir()
	began := time.Now()
	term, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 60, Cols: 200})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = term.Close() }()
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	var seen []byte
	var took time.Duration
	buf := make([]byte, 1<<16)
	for took == 0 {
		n, err := term.Read(buf)
		if err != nil {
			b.Fatalf("%v after %d bytes: %q", err, len(seen), tail(seen))
		}
		seen = append(seen, buf[:n]...)
		if complete(seen) {
			took = time.Since(began)
		}
	}
	if _, err := fmt.Fprint(term, "q"); err != nil {
		b.Fatal(err)
	}
	for err == nil { // until its end is closed
		_, err = term.Read(buf)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatalf("the screen ended with %v", err)
	}
	return took
}

// complete says whether the servers and then the last word of the footer are there.
func complete(seen []byte) bool {
	i := bytes.Index(seen, []byte("never-answers"))
	return i >= 0 && bytes.Contains(seen[i:], []byte("quit"))
}

func tail(b []byte) []byte { return b[max(0, len(b)-200):] }

func at(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))]
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
