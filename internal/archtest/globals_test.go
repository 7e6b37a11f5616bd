package archtest

import (
	"go/ast"
	"go/token"
	"testing"
)

// Package variables are tables and errors: nothing writes to one after it was
// made, so tests run in parallel and two sessions share nothing. There is no
// init either: what a package needs is made by who needs it.
func TestNoGlobalState(t *testing.T) {
	t.Parallel()
	set, all := source(t)
	vars := map[string]map[string]bool{} // folder → names
	for _, f := range all {
		if !f.generated && !f.test {
			packageVars(f, vars)
		}
	}
	for _, f := range all {
		if f.generated || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: an init function", set.Position(fn.Pos()))
			}
			for _, id := range written(n) {
				if isPackageVar(f, vars, id) {
					t.Errorf("%s: %s is a package variable and written to", set.Position(id.Pos()), id.Name)
				}
			}
			return true
		})
	}
}

func packageVars(f goFile, vars map[string]map[string]bool) {
	for _, d := range f.syntax.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			value, _ := spec.(*ast.ValueSpec)
			for _, name := range value.Names {
				if vars[f.dir] == nil {
					vars[f.dir] = map[string]bool{}
				}
				vars[f.dir][name.Name] = true
			}
		}
	}
}

// isPackageVar says whether a name is one of the package's variables and not
// something local of the same name.
func isPackageVar(f goFile, vars map[string]map[string]bool, id *ast.Ident) bool {
	if !vars[f.dir][id.Name] {
		return false
	}
	if id.Obj == nil {
		return true // declared in another file of the package
	}
	spec, ok := id.Obj.Decl.(*ast.ValueSpec)
	return ok && f.syntax.Scope.Lookup(id.Name) != nil && spec == f.syntax.Scope.Lookup(id.Name).Decl
}

// written gives the variables that a node writes to, also through a field, an
// element or an address.
func written(n ast.Node) []*ast.Ident {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") {
			targets = n.Args[:1]
		}
	}
	var out []*ast.Ident
	for _, e := range targets {
		if id := base(e); id != nil {
			out = append(out, id)
		}
	}
	return out
}

// base gives the variable that an expression is a part of.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
