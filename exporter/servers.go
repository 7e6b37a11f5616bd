package exporter

import (
	"net"
	"strconv"

	"tritop/model"
)

// servers writes what is known of each server.
func (t *text) servers(s *model.Snapshot) {
	each := func(name, help string, write func(srv *model.Server, labels string)) {
		t.family(name, gauge, help)
		for i := range s.Servers {
			write(&s.Servers[i], labels("server", s.Servers[i].Name))
		}
	}
	each("tritop_server_up", "Whether the server answers (1) or does not (0), whatever it says of itself. Absent before the first answer or refusal.", func(srv *model.Server, l string) {
		if v, known := up(srv); known {
			t.sample(l, v)
		}
	})
	tri := func(l string, v model.Tri) {
		if v != model.Undecided {
			t.sample(l, truth(v == model.Yes))
		}
	}
	each("tritop_server_live", "Whether the server is live: 0 when connections are refused, absent when it hangs.", func(srv *model.Server, l string) { tri(l, srv.Live) })
	each("tritop_server_ready", "What the server says of its readiness; absent while it does not answer.", func(srv *model.Server, l string) { tri(l, srv.Ready) })
	each("tritop_server_state", "1 for the state that the server is in, in the words of docs/states.md.", func(srv *model.Server, _ string) {
		t.sample(labels("server", srv.Name, "state", srv.State.String()), 1)
	})
	each("tritop_server_verdict", "0 healthy, 1 degraded, 2 unhealthy, 3 unknown.", func(srv *model.Server, l string) {
		t.sample(l, float64(srv.Finding.Verdict.ExitCode()))
	})
	each("tritop_server_answer_age_seconds", "Time since the last answer to a management poll; absent where there was none.", func(srv *model.Server, l string) {
		if !srv.LastAnswer.IsZero() {
			t.sample(l, age(s.Now, srv.LastAnswer))
		}
	})
	each("tritop_server_info", "1, with what is known of the server in its labels.", func(srv *model.Server, _ string) {
		t.sample(labels("server", srv.Name, "address", net.JoinHostPort(srv.Host, strconv.Itoa(srv.GRPC)), "region", srv.Region, "zone", srv.Zone,
			"triton_version", srv.TritonVersion), 1)
	})
}

// up says whether a server answers, where that is known.
func up(srv *model.Server) (v float64, known bool) {
	switch srv.State {
	case model.ServerNoData:
		return 0, !srv.LastAnswer.IsZero()
	case model.ServerReady, model.ServerNotReady, model.ServerStopping, model.ServerStalled, model.ServerCannotInfer:
		return 1, true
	case model.ServerStarting, model.ServerNotListening, model.ServerHung, model.ServerStale, model.ServerUnreadable:
	}
	return 0, true
}
