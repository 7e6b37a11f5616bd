//go:build e2e

package e2e

import (
	"context"
	"testing"
	"time"

	"tritop/model"
	"tritop/triton/pb"
)

// begin starts something that takes long and gives its end.
func begin(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func loadModel(api pb.GRPCInferenceServiceClient, name string) <-chan error {
	return begin(func() error {
		_, err := api.RepositoryModelLoad(context.Background(), &pb.RepositoryModelLoadRequest{ModelName: name})
		return err
	})
}

func unloadModel(t *testing.T, api pb.GRPCInferenceServiceClient, name string) {
	t.Helper()
	_, err := api.RepositoryModelUnload(t.Context(), &pb.RepositoryModelUnloadRequest{ModelName: name})
	must(t, err)
}

// Loads and unloads, one after another on one server; the other has to stay as it is.
func TestLoadsAndUnloads(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("ranker", spec{versions: []int{1, 2}})
	r.model("embed", spec{})
	r.model("slow", spec{params: map[string]string{"load_s": "6"}})
	r.model("broken", spec{code: broken})
	r2 := newRepo(t)
	r2.model("embed", spec{})
	c, d := launch(t, "c", r, load("ranker", "embed")...), launch(t, "d", r2, all)
	up(t, c, d)
	w := watch(t, nil, c, d)
	api := c.api()
	start := time.Now()

	t.Run("unload with a request in flight", func(t *testing.T) { unloadInFlight(t, w, c, api) })
	t.Run("load of 6 s", func(t *testing.T) { slowLoad(t, w, api) })
	t.Run("failing load", func(t *testing.T) { failingLoad(t, w, api) })
	w.undisturbed(start, "d")
	if n := w.events(start, model.EventRestarted); len(n) != 0 {
		t.Errorf("restarts were told that did not happen: %v", n)
	}
}

func unloadInFlight(t *testing.T, w *watcher, c *server, api pb.GRPCInferenceServiceClient) {
	// One request executes when another one waits.
	wait := burst(t, api, 2, request{model: "embed", values: []float64{-2500}})
	eventually(t, 5*time.Second, "a request executes and another one waits", func() bool { return c.pending("embed") == 1 })
	told := time.Now()
	unloadModel(t, api, "embed")
	w.state(told, seenFlip, "c", model.ServerNotReady, "not ready, because of embed v1 (UNLOADING)")
	w.replica(told, seenFlip, "c embed:1", model.ReplicaUnloading, "")
	for _, a := range wait() {
		if a.code != good {
			t.Errorf("a request in flight: %+v", a)
		}
	}
	ended := time.Now()
	// The stub needs up to 1.4 s to go, and the index is read every 2 s while not ready.
	w.replica(ended, 1400*time.Millisecond+seenFlip, "c embed:1", model.ReplicaUnavailable, "unloaded")
	w.state(ended, 1400*time.Millisecond+seenFlip, "c", model.ServerReady)
	w.wantReplica(told, "c", "embed:1", "READY", "UNLOADING", "UNAVAILABLE")
	w.wantStates(told, "c", "ready", "not ready", "ready")
}

func slowLoad(t *testing.T, w *watcher, api pb.GRPCInferenceServiceClient) {
	told := time.Now()
	loading := loadModel(api, "slow")
	w.state(told, seenFlip, "c", model.ServerNotReady, "not ready, because of slow v1 (LOADING)")
	w.replica(told, seenFlip, "c slow:1", model.ReplicaLoading, "")
	must(t, <-loading)
	ended := time.Now()
	if took := ended.Sub(told); took < 6*time.Second {
		t.Errorf("the load took %s: it was to take 6 s", took)
	}
	w.replica(ended, seenRefused, "c slow:1", model.ReplicaReady, "")
	w.state(ended, seenRefused, "c", model.ServerReady)
	w.wantReplica(told, "c", "slow:1", "-", "LOADING", "READY")
	w.wantStates(told, "c", "ready", "not ready", "ready")
	w.wantReplica(told, "c", "ranker:1", "READY")
}

func failingLoad(t *testing.T, w *watcher, api pb.GRPCInferenceServiceClient) {
	told := time.Now()
	if err := <-loadModel(api, "broken"); err == nil {
		t.Fatal("the broken model was loaded")
	}
	failed := time.Now()
	w.replica(failed, seenFlip, "c broken:1", model.ReplicaUnavailable, "No module named 'no_such_module'")
	s := w.state(failed, seenFlip, "c", model.ServerNotReady, "not ready, because of broken v1 (UNAVAILABLE: ", "No module named 'no_such_module'")
	if v := find(s, "c").Finding.Verdict; v != model.Degraded {
		t.Errorf("a server with a failed load is %s, want DEGRADED", v)
	}
	w.wantStates(told, "c", "ready", "not ready")
	if r := replicaOf(find(s, "c"), "ranker:2"); r == nil || r.State != model.ReplicaReady || r.Finding.Verdict != model.Healthy {
		t.Errorf("the other model suffers: %+v", r)
	}
}
