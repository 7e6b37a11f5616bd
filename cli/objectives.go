package cli

import (
	"tritop/model"
	"tritop/sla"
)

// agreed are the objectives that hold: those of the profiles that were chosen, and
// laid over them those of the configuration. Where neither says anything they are
// the built-in ones.
func (a *app) agreed(ofFile []model.Objective, said bool) []model.Objective {
	var out []model.Objective
	chosen := false
	for _, p := range a.profiles {
		preset := sla.Profile(p)
		chosen = chosen || len(preset) > 0
		out = sla.Join(out, preset)
	}
	if !chosen && !said {
		out = sla.Profile(sla.ProfileDefault)
	}
	return sla.Join(out, ofFile)
}
