package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// clocks are what reads or waits for the time, and what depends on the machine's zone.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"}

// outside are packages of the standard library that touch the world.
var outside = []string{"os", "net", "syscall", "log", "runtime/debug", "math/rand", "math/rand/v2"}

// Layers 0 and 1 decide by values: time comes as an argument or in a fact, and
// nothing is read from the machine. triton is the protocol itself.
func TestNoClockBelow(t *testing.T) {
	t.Parallel()
	set, all := source(t)
	for _, f := range all {
		if f.test || layers[f.dir].layer > 1 || f.dir == "triton" || strings.HasPrefix(f.dir, "triton/") {
			continue
		}
		for _, spec := range f.syntax.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			top, _, _ := strings.Cut(path, "/")
			if slices.Contains(outside, path) || slices.Contains(outside, top) && top != "math" {
				t.Errorf("%s imports %s: layers 0 and 1 do not touch the world", f.path, path)
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, sel.Sel.Name) {
				t.Errorf("%s: time.%s: layers 0 and 1 take the time as an argument", set.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}
