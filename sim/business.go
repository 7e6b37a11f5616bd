package sim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// The business of the simulated fleet is the material's: fraud_scorer decides about
// payments. What its users make of the answers is a text of its own, as an
// application beside Triton would publish it.

// GoldenModel is a model whose probe may stand for a golden set.
const GoldenModel = "text_classifier"

// decider is the model whose answers are the decisions.
const decider = "fraud_scorer"

// earlier are the decisions from before the world began: shares of a few would say
// nothing.
const earlier = 200_000

// BusinessFormula is a score over BusinessFigures: the mean of the share of fraud
// that was detected, of honest payments that were let through, and of content users.
const BusinessFormula = "mean(detected / (detected + missed), 1 - false_positives / honest, satisfaction)"

// BusinessFigures are the series of the text by the name of the figure.
func BusinessFigures() map[string]string {
	return map[string]string{"approved": `decisions_total{decision="approve"}`, "blocked": `decisions_total{decision="block"}`, "reviewed": `decisions_total{decision="review"}`,
		"detected": "fraud_detected_total", "missed": "fraud_missed_total", "false_positives": "false_positives_total", "honest": "honest_payments_total",
		"satisfaction": "user_satisfaction_ratio"}
}

// Business gives the text: 85 % of the decisions approve, 10 % block, 5 % want a
// review; 9.5 % of the payments are fraud, of which 19 of 20 are detected, and one
// honest payment of 90 is blocked.
func (w *World) Business() string {
	n := uint64(earlier)
	for _, s := range w.servers {
		for _, r := range s.replicas {
			if r.model.name == decider {
				n += r.stats.success
			}
		}
	}
	blocked, reviewed := n/10, n/20
	fraud := n * 95 / 1000
	detected := fraud * 19 / 20
	honest := n - fraud
	var b strings.Builder
	family(&b, "decisions_total", "counter", "Decisions about payments", []string{fmt.Sprintf("decisions_total{decision=\"approve\"} %d", n-blocked-reviewed),
		fmt.Sprintf("decisions_total{decision=\"block\"} %d", blocked), fmt.Sprintf("decisions_total{decision=\"review\"} %d", reviewed)})
	family(&b, "fraud_detected_total", "counter", "Fraud that was blocked or reviewed", []string{fmt.Sprintf("fraud_detected_total %d", detected)})
	family(&b, "fraud_missed_total", "counter", "Fraud that was approved", []string{fmt.Sprintf("fraud_missed_total %d", fraud-detected)})
	family(&b, "honest_payments_total", "counter", "Payments that were no fraud", []string{fmt.Sprintf("honest_payments_total %d", honest)})
	family(&b, "false_positives_total", "counter", "Honest payments that were blocked", []string{fmt.Sprintf("false_positives_total %d", honest/90)})
	family(&b, "user_satisfaction_ratio", "gauge", "Share of content users", []string{"user_satisfaction_ratio 0.93"})
	return b.String()
}

// BusinessURL is where the served face publishes the text.
func (s *Served) BusinessURL() string { return s.business }

// publish serves the text until ctx ends.
func (s *Served) publish(ctx context.Context, address string) error {
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return fmt.Errorf("serve the figures of the business: %w", err)
	}
	s.business = "http://" + l.Addr().String() + "/metrics"
	web := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		text := s.world.Business()
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(text)) // a reader that went away is its own matter
	})}
	s.done.Go(func() { _ = web.Serve(l) }) // ends with ctx
	s.done.Go(func() {
		<-ctx.Done()
		_ = web.Close()
	})
	return nil
}
