package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// What is longer, wider or more branched than this is two things in one.
const (
	maxFile       = 400 // lines
	maxFunc       = 60  // lines, without those of table literals
	maxComplexity = 12  // branches of one function; a closure counts for itself
	maxFields     = 15
	maxMethods    = 5
	maxParameters = 5
)

// exceptions are what may be over a limit, each with its reason. The list only
// shrinks: an entry that is no longer needed fails the test too.
var exceptions = map[string]string{
	"triton/classify.go markSent.closure": "grpc.UnaryClientInterceptor has seven parameters",
}

func TestLimits(t *testing.T) {
	t.Parallel()
	set, all := source(t)
	m := measure{set: set, over: map[string]string{}}
	for _, f := range all {
		if !f.generated {
			m.file(f)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(m.over)) {
		if _, ok := exceptions[what]; !ok {
			t.Errorf("%s %s", what, m.over[what])
		}
	}
	for what, reason := range exceptions {
		if _, ok := m.over[what]; !ok {
			t.Errorf("%s keeps within the limits now: take its exception (%s) away", what, reason)
		}
	}
}

// measure collects what is over a limit: a place's name → what is the matter.
type measure struct {
	set  *token.FileSet
	over map[string]string
}

func (m *measure) file(f goFile) {
	if f.lines > maxFile {
		m.over[f.path] = fmt.Sprintf("has %d lines, at most %d: one concern a file", f.lines, maxFile)
	}
	var within []string // names of the enclosing functions and types
	ast.PreorderStack(f.syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		within = within[:0]
		for _, s := range stack {
			switch s := s.(type) {
			case *ast.FuncDecl:
				within = append(within, s.Name.Name)
			case *ast.TypeSpec:
				within = append(within, s.Name.Name)
			}
		}
		m.node(f, n, within)
		return true
	})
}

func (m *measure) node(f goFile, n ast.Node, within []string) {
	where := func(name string) string {
		names := within
		if name != "" {
			names = append(slices.Clone(within), name)
		}
		return f.path + " " + strings.Join(names, ".")
	}
	switch n := n.(type) {
	case *ast.FuncDecl:
		m.function(where(n.Name.Name), n, n.Type, n.Body)
	case *ast.FuncLit:
		m.function(where("closure"), n, n.Type, n.Body)
	case *ast.StructType:
		if fields := n.Fields.NumFields(); fields > maxFields {
			m.over[where("")] = m.at(n) + fmt.Sprintf("%d fields, at most %d", fields, maxFields)
		}
	case *ast.InterfaceType:
		if methods := n.Methods.NumFields(); methods > maxMethods {
			m.over[where("")] = m.at(n) + fmt.Sprintf("%d methods, at most %d", methods, maxMethods)
		}
	}
}

func (m *measure) function(where string, n ast.Node, typ *ast.FuncType, body *ast.BlockStmt) {
	if p := typ.Params.NumFields(); p > maxParameters {
		m.over[where] = m.at(n) + fmt.Sprintf("%d parameters, at most %d", p, maxParameters)
	}
	if body == nil {
		return
	}
	lines := m.lines(n) - m.tableLines(body)
	if lines > maxFunc {
		m.over[where] = m.at(n) + fmt.Sprintf("%d lines, at most %d", lines, maxFunc)
	}
	if c := complexity(body); c > maxComplexity {
		m.over[where] = m.at(n) + fmt.Sprintf("complexity %d, at most %d", c, maxComplexity)
	}
}

func (m *measure) at(n ast.Node) string {
	return fmt.Sprintf("(line %d): ", m.set.Position(n.Pos()).Line)
}

func (m *measure) lines(n ast.Node) int {
	return m.set.Position(n.End()).Line - m.set.Position(n.Pos()).Line + 1
}

// tableLines are the lines inside the outermost composite literals: a table is
// data, and a long one is not hard to read.
func (m *measure) tableLines(body ast.Node) int {
	n := 0
	ast.Inspect(body, func(node ast.Node) bool {
		if lit, ok := node.(*ast.CompositeLit); ok {
			n += m.lines(lit) - 1
			return false
		}
		return true
	})
	return n
}

// complexity counts the ways through a function: one, and one more for each
// branch, loop, case, && and ||. A switch whose cases are single statements
// without branches is a table and counts as one. Closures count for themselves.
func complexity(body *ast.BlockStmt) int {
	n := 1
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.SwitchStmt:
			n += cases(node.Body)
		case *ast.TypeSwitchStmt:
			n += cases(node.Body)
		case *ast.SelectStmt:
			n += cases(node.Body)
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

func cases(body *ast.BlockStmt) int {
	n, table := 0, true
	for _, c := range body.List {
		var stmts []ast.Stmt
		isDefault := false
		switch c := c.(type) {
		case *ast.CaseClause:
			stmts, isDefault = c.Body, c.List == nil
		case *ast.CommClause:
			stmts, isDefault = c.Body, c.Comm == nil
		}
		if !isDefault {
			n++
		}
		table = table && len(stmts) <= 1 && simple(stmts)
	}
	if table {
		return 1
	}
	return n
}

func simple(stmts []ast.Stmt) bool {
	for _, s := range stmts {
		switch s.(type) {
		case *ast.ReturnStmt, *ast.ExprStmt, *ast.AssignStmt, *ast.BranchStmt, *ast.IncDecStmt:
		default:
			return false
		}
	}
	return true
}
