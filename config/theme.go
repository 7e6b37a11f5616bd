package config

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"tritop/themes"
)

// themeSchema is a theme file: colours for roles and grounds, on top of a base.
func themeSchema() *field {
	keys := map[string]*field{"base": word(themes.Names()...)}
	for r := range themes.RoleCount {
		keys[r.String()] = plain(colour)
	}
	for g := range themes.GroundCount {
		keys[g.String()] = plain(colour)
	}
	return obj(keys)
}

// LoadTheme reads a theme file. The error is Problems, or says why it could not
// be read.
func LoadTheme(file string) (*themes.Theme, error) {
	text, _, err := Read(file)
	if err != nil {
		return nil, err
	}
	return ParseTheme(file, text)
}

// ParseTheme reads the text of a theme file: lines such as
//
//	base: light
//	failing: "#b3261e"
//	alarm: 224
//
// Whatever it does not name is as in its base, which is dark unless it says
// otherwise. The theme has the name of the file. The error is Problems.
func ParseTheme(file string, text []byte) (*themes.Theme, error) {
	doc, problems := document(file, text, `want lines such as failing: "#ff7373"`)
	if problems != nil {
		return nil, problems
	}
	w := &walker{file: file}
	w.check(doc, themeSchema(), "the file")
	if len(w.problems) > 0 {
		return nil, w.sorted()
	}
	base, changes := themes.Default(false), themes.Changes{Roles: make(map[themes.Role]themes.Color), Grounds: make(map[themes.Ground]themes.Color)}
	roles, grounds := themeWords()
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, value := doc.Content[i].Value, doc.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if key == "base" {
			base, _ = themes.ByName(value.Value) // the schema has spoken
			continue
		}
		c, _ := themes.ParseColour(value.Value) // as above
		if r, ok := roles[key]; ok {
			changes.Roles[r] = c
		} else {
			changes.Grounds[grounds[key]] = c
		}
	}
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return base.With(name, changes), nil
}

// themeWords are the roles and grounds by their names.
func themeWords() (map[string]themes.Role, map[string]themes.Ground) {
	roles, grounds := make(map[string]themes.Role), make(map[string]themes.Ground)
	for r := range themes.RoleCount {
		roles[r.String()] = r
	}
	for g := range themes.GroundCount {
		grounds[g.String()] = g
	}
	return roles, grounds
}
