package sim

// many are the twenty models that every server of the big fleet carries. One of
// them has a probe: 200 probes in five seconds are what a small machine bears.
func many() []modelDef {
	var out []modelDef
	for _, name := range []string{"ad_ranker", "anomaly_score", "asr_medium", "basket_next", "caption_base", "churn_risk", "cover_embed", "demand_hourly", "doc_layout",
		"eta_urban", "face_blur", "fraud_scorer", "geo_match", "intent_small", "lang_detect", "ner_multi", "price_band", "query_embed", "spam_filter", "toxicity"} {
		out = append(out, modelDef{name: name, versions: []int{1}, share: 1})
	}
	return out
}

// thin is the load of the big fleet: half a request per second for each model
// on each server, thirty in the window of a minute.
var thin = workload{rate: 100, swing: 0.5, period: 600, base: 8, per: 1.2, dev: 2, slow: 0.003, slowMean: 20, slowOnTop: true, ok: 0.99999, slowOK: 0.99999}
