package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/probe"
)

// goldenLimit is how many cases a golden set may have: each is sent twice to every
// version of every server.
const goldenLimit = 200

// goldenSchema is the file of a golden set.
func goldenSchema() *field {
	tensor := map[string]*field{"name": must(plain(name)), "datatype": must(word(datatypes...)), "shape": must(plain(integers)), "data": must(listOf(plain(anyKind)))}
	expect := map[string]*field{"name": must(plain(name)), "datatype": word(datatypes...), "shape": plain(integers), "data": must(listOf(plain(anyKind))), "tolerance": within(number, 0, 1e300)}
	return obj(map[string]*field{"version": within(whole, 1, 1),
		"cases": must(listOf(obj(map[string]*field{"inputs": must(listOf(obj(tensor))), "expect": must(listOf(obj(expect)))})))})
}

// golden reads the golden set of a model. What is wrong with it is told with its
// own lines; nil: it cannot be used.
func (w *walker) golden(file *yaml.Node, at, model string) *probe.Golden {
	path := beside(w.file, file.Value)
	text, _, err := Read(path)
	if err != nil {
		w.wrong(file, "%s.golden_set: read %s: %v", at, file.Value, Cause(err))
		return nil
	}
	inner := &walker{file: path}
	doc, problems := document(path, text, "it holds `cases:`, a list of {inputs: […], expect: […]}")
	if problems != nil {
		w.problems = append(w.problems, problems...)
		return nil
	}
	inner.check(doc, goldenSchema(), "the file")
	set := &probe.Golden{Model: model}
	cases := items(get(doc, "cases"))
	switch {
	case len(inner.problems) > 0:
	case len(cases) == 0 || len(cases) > goldenLimit:
		inner.wrong(doc, "cases: want 1 to %d of them, found %d", goldenLimit, len(cases))
	default:
		for i, c := range cases {
			inner.goldenCase(c, i, model, set)
		}
	}
	w.problems = append(w.problems, inner.problems...)
	if len(inner.problems) > 0 {
		return nil
	}
	return set
}

func (w *walker) goldenCase(c *yaml.Node, i int, model string, set *probe.Golden) {
	var r rawProbe
	if err := c.Decode(&r); err != nil {
		_, words := saidBy(err)
		w.wrong(c, "cases[%d]: %s", i, words)
		return
	}
	r.Model = model
	one := probe.Golden{Model: model, Cases: []probe.Spec{r.spec()}}
	if err := one.Cases[0].Validate(); err != nil {
		w.wrong(c, "cases[%d]: %v", i, err)
		return
	}
	if len(one.Cases[0].Expect) == 0 {
		w.wrong(c, "cases[%d]: it expects nothing", i)
		return
	}
	set.Cases = append(set.Cases, one.Cases...)
}

// modelsLater says what of the section is not used yet; "" where all is.
func modelsLater(list *yaml.Node) string {
	for _, m := range items(list) {
		for _, key := range [...]string{"group", "versions"} {
			if get(m, key) != nil {
				return fmt.Sprintf("models.%s", key)
			}
		}
	}
	return ""
}
