package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository, seen from this package.
const root = "../.."

// skipped folders are not part of the project: what tools and builds leave.
var skipped = []string{".git", ".cache", "bin", "node_modules"}

// goFile is one file of the module with its path from the root.
type goFile struct {
	path      string
	dir       string // its package's folder, "." for the root
	test      bool
	generated bool
	lines     int
	syntax    *ast.File
}

// files gives the paths of all files from the root.
func files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(skipped, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// source parses all Go files of the module; those under tools/ are other modules.
func source(t *testing.T) (*token.FileSet, []goFile) {
	t.Helper()
	set := token.NewFileSet()
	var out []goFile
	for _, path := range files(t) {
		if !strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "tools/") || strings.Contains(path, "testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, goFile{path: path, dir: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
			generated: ast.IsGenerated(f), lines: set.File(f.Pos()).LineCount(), syntax: f})
	}
	if len(out) < 50 {
		t.Fatalf("only %d Go files found under %s", len(out), root)
	}
	return set, out
}
