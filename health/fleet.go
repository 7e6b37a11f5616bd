package health

import (
	"fmt"

	"tritop/model"
)

// Combine gives the state and finding of a server with its model versions: the
// worst of them speaks.
func Combine(state model.ServerState, own model.Finding, replicas []model.Replica) (model.ServerState, model.Finding) {
	if own.Verdict == model.Unhealthy || own.Verdict == model.Unknown {
		return state, own
	}
	worst, others := worstOf(replicas)
	if worst == nil || worst.Finding.Verdict < own.Verdict || (state != model.ServerReady && worst.Finding.Verdict == own.Verdict) {
		return state, own
	}
	switch worst.Trouble {
	case model.CannotInfer:
		state = model.ServerCannotInfer
	case model.ReplicaStalled:
		state = model.ServerStalled
	case model.NoTrouble, model.UserErrors, model.RepairPending, model.ServerUnreached:
	}
	f := worst.Finding
	f.Reason = headline(worst)
	if others > 0 {
		f.Reason += fmt.Sprintf(" and %d more", others)
	}
	return state, f
}

// worstOf gives the model version in the worst trouble, nil if none is in any,
// and how many others are in trouble too.
func worstOf(replicas []model.Replica) (worst *model.Replica, others int) {
	for i := range replicas {
		r := &replicas[i]
		if r.Finding.Verdict <= model.Healthy {
			continue
		}
		if worst != nil {
			others++
		}
		if worst == nil || r.Trouble > worst.Trouble {
			worst = r
		}
	}
	return worst, others
}

// headline puts a replica's trouble and its name into one line.
func headline(r *model.Replica) string {
	name := r.Model + " v" + r.Version
	switch r.Trouble {
	case model.CannotInfer, model.ReplicaStalled:
		return r.Trouble.String() + ": " + name
	case model.NoTrouble, model.UserErrors, model.RepairPending, model.ServerUnreached:
	}
	return name + ": " + r.Finding.Reason
}

// Fleet is the worst of the servers, with the finding that made it. A fleet of
// which a part cannot be seen is not healthy; only one of which nothing at all
// is known is unknown.
func Fleet(servers []model.Server) (verdict model.Verdict, why string) {
	unseen := ""
	for i := range servers {
		s := &servers[i]
		v := s.Finding.Verdict
		if v == model.Unknown && unseen == "" {
			unseen = s.Name + ": " + s.Finding.Reason
		}
		if v > verdict {
			verdict, why = v, s.Name+": "+s.Finding.Reason
		}
	}
	switch {
	case verdict == model.Healthy && unseen != "":
		return model.Degraded, unseen
	case verdict == model.Healthy:
		return verdict, ""
	case verdict == model.Unknown && unseen != "":
		return verdict, unseen
	case len(servers) == 0:
		return model.Unknown, "no server is configured"
	}
	return verdict, why
}
