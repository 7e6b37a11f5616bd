package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs/keys.md is what the table of bindings and the tables of columns say.
// make golden writes it.
func TestGoldenKeysPage(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "docs", "keys.md")
	got := keysPage(newScreen(Options{}))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("no page of keys: %v (make golden writes it)", err)
	}
	if got != string(want) {
		t.Errorf("docs/keys.md is not what the bindings say: make golden writes it anew; it would be\n%s", got)
	}
}

// keysPage writes the page from the tables.
func keysPage(sc *screen) string {
	var b strings.Builder
	b.WriteString("# Keys, commands and columns\n\nMade from the program's own tables by `make golden`; `?` shows the same, with why a key does nothing just now.\n")
	group := ""
	for i := range sc.keys.all {
		k := &sc.keys.all[i]
		if k.group != group {
			group = k.group
			b.WriteString("\n## " + group + "\n\n| key | what it does | command |\n|---|---|---|\n")
		}
		command := ""
		if k.name != "" {
			command = code(":" + k.name)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(k.show), cell(k.help), command)
	}
	b.WriteString("\n## Commands\n\n`:` asks for one; tab completes, up brings back what was typed before. Every command of the keys above, and:\n\n| command | what it does |\n|---|---|\n")
	for i := range views {
		v := &views[i]
		fmt.Fprintf(&b, "| %s | %s |\n", code(strings.TrimSpace(":"+v.name+" "+strings.ToUpper(v.object))), cell(v.help))
	}
	for i := range withArgument {
		c := &withArgument[i]
		fmt.Fprintf(&b, "| %s | %s |\n", code(":"+c.name+" "+c.takes), cell(c.help))
	}
	b.WriteString("\n## Mouse\n\nA click selects a row, a second one opens it; a click on a heading sorts, again reverses; on a chart it points at a moment, and a\ndrag moves it; on a key of the footer it presses it. The wheel moves the rows below it. `m` gives the mouse back to the terminal.\n")
	for _, t := range [...]*table{modelTable, modelTable.judged, objectiveTable, checkTable, alertTable, serverTable, versionTable, onServerTable, ofModelTable, gpuTable, signalTable, sourceTable, eventTable} {
		writeColumns(&b, t)
	}
	return b.String()
}

// tableNames tell tables of the same rows apart.
var tableNames = map[*table]string{modelTable.judged: "models where there are objectives", onServerTable: "model versions of a server", ofModelTable: "model versions of a model"}

func writeColumns(b *strings.Builder, t *table) {
	name := tableNames[t]
	if name == "" {
		name = t.word
	}
	b.WriteString("\n## Columns of " + name + "\n\n| column | what it is | sort | filter |\n|---|---|---|---|\n")
	for i := range t.heads {
		h := &t.heads[i]
		letter, field := "", ""
		if h.Letter != 0 {
			letter = code("shift-" + strings.ToLower(string(h.Letter)))
		}
		if h.Sorts {
			field = code(h.Field.Name)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(h.Title), cell(h.Help), letter, field)
	}
}

// cell keeps a text inside its cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func code(s string) string { return "`" + cell(s) + "`" }

// Every column says what it is; figures say their unit or what they count.
func TestEveryColumnHasAHelpLine(t *testing.T) {
	t.Parallel()
	for _, tb := range [...]*table{modelTable, modelTable.judged, objectiveTable, checkTable, alertTable, serverTable, versionTable, onServerTable, ofModelTable, gpuTable, signalTable, sourceTable, eventTable} {
		fields := map[string]bool{}
		for _, h := range tb.heads {
			if len(h.Help) < 10 {
				t.Errorf("%s of %s has no help line: %q", h.Title, tb.word, h.Help)
			}
			if h.Sorts && fields[h.Field.Name] {
				t.Errorf("two columns of %s are %q for the filter", tb.word, h.Field.Name)
			}
			fields[h.Field.Name] = fields[h.Field.Name] || h.Sorts
			for _, unit := range []string{" ms", " %", " W", " °C", " MHz"} {
				words := map[string]string{" ms": "ms", " %": "percent", " W": "watt", " °C": "°C", " MHz": "MHz"}
				if strings.HasSuffix(h.Title, unit) && !strings.Contains(strings.ToLower(h.Help), strings.ToLower(words[unit])) && !strings.Contains(h.Help, "%") && !strings.Contains(h.Help, "share") {
					t.Errorf("%s of %s: its help does not say the unit: %q", h.Title, tb.word, h.Help)
				}
			}
		}
	}
}
