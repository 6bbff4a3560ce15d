package exec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-f798aa80/createprocess/exec"
)

const ourPath = "github.com/seed-f798aa80/createprocess/exec"

// goTool runs the Go tool, or skips the test where there is none.
func goTool(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skip("it needs the Go tool:", err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// TestSameNames: all that os/exec exports is here, with the same types. Where it
// has a type of os we have ours, with the same methods.
func TestSameNames(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Run(system, func(t *testing.T) {
			list := goTool(t, []string{"GOOS=" + system, "CGO_ENABLED=0"}, "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "os/exec", ourPath)
			files := make(map[string]string)
			for line := range strings.Lines(string(list)) {
				path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
				files[path] = file
			}
			compiled := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
			load := func(path string) *types.Scope {
				p, err := compiled.Import(path)
				if err != nil {
					t.Fatal(err)
				}
				return p.Scope()
			}
			std, system, ours := load("os/exec"), load("os"), load(ourPath)
			compared := 0
			for _, name := range std.Names() {
				if token.IsExported(name) {
					compared += sameObject(t, name, std.Lookup(name), ours.Lookup(name))
				}
			}
			for _, name := range []string{"Process", "ProcessState"} {
				compared += sameObject(t, name, system.Lookup(name), ours.Lookup(name))
			}
			if compared < 60 {
				t.Errorf("only %d names: this test does not see them", compared)
			}
		})
	}
}

// text is a type for comparison: packages by their last name, ours in the place of os's.
func text(typ types.Type) string {
	s := types.TypeString(typ, (*types.Package).Name)
	return strings.NewReplacer("os.ProcessState", "exec.ProcessState", "os.Process", "exec.Process").Replace(s)
}

func sameObject(t *testing.T, name string, want, got types.Object) (compared int) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing", name)
		return 0
	}
	compared++
	if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) || text(got.Type()) != text(want.Type()) {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
	if _, isType := want.(*types.TypeName); !isType {
		return compared
	}
	if structure, ok := want.Type().Underlying().(*types.Struct); ok {
		for i := range structure.NumFields() {
			if f := structure.Field(i); f.Exported() {
				compared += sameMember(t, name, f, got)
			}
		}
	}
	methods := types.NewMethodSet(types.NewPointer(want.Type()))
	for i := range methods.Len() {
		if m := methods.At(i).Obj(); m.Exported() {
			compared += sameMember(t, name, m, got)
		}
	}
	return compared
}

func sameMember(t *testing.T, name string, want types.Object, in types.Object) int {
	t.Helper()
	got, _, _ := types.LookupFieldOrMethod(types.NewPointer(in.Type()), true, in.Pkg(), want.Name())
	switch {
	case got == nil:
		t.Errorf("%s.%s is missing", name, want.Name())
	case text(got.Type()) != text(want.Type()):
		t.Errorf("%s.%s is %s, want %s", name, want.Name(), text(got.Type()), text(want.Type()))
	}
	return 1
}

// TestSameDocumentation: what os/exec explains is explained here, and so is what
// it does not have.
func TestSameDocumentation(t *testing.T) {
	root := strings.TrimSpace(string(goTool(t, nil, "env", "GOROOT")))
	std := comments(t, filepath.Join(root, "src", "os", "exec"))
	ours := comments(t, ".")
	for name, text := range std {
		// A third: who says the same in fewer words need not add some.
		if want, got := len(strings.Fields(text)), len(strings.Fields(ours[name])); got < want/3 {
			t.Errorf("%s: %d words, os/exec has %d", name, got, want)
		}
	}
	if len(std) < 30 {
		t.Errorf("only %d comments: this test does not see them", len(std))
	}
	for name, text := range ours {
		if text == "" {
			t.Errorf("%s is not explained", name)
		}
	}
}

// comments are those of a package's exported names, "" being the package's.
func comments(t *testing.T, dir string) map[string]string {
	t.Helper()
	p, err := build.Default.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"": d.Doc}
	functions := func(prefix string, list []*doc.Func) {
		for _, f := range list {
			all[prefix+f.Name] = f.Doc
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, name := range v.Names {
				all[name] = v.Doc
			}
		}
	}
	functions("", d.Funcs)
	values(slices.Concat(d.Vars, d.Consts))
	for _, typ := range d.Types {
		all[typ.Name] = typ.Doc
		functions("", typ.Funcs)
		functions(typ.Name+".", typ.Methods)
		values(slices.Concat(typ.Vars, typ.Consts))
		for _, spec := range typ.Decl.Specs {
			if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
				before := "" // fields in a group share its comment
				for _, f := range s.Fields.List {
					text := f.Doc.Text() + f.Comment.Text()
					if text == "" {
						text = before
					}
					before = text
					for _, name := range f.Names {
						if name.IsExported() {
							all[typ.Name+"."+name.Name] = text
						}
					}
				}
			}
		}
	}
	delete(all, "Error.Error") // which every error has
	delete(all, "ExitError.Error")
	delete(all, "Error.Unwrap")
	return all
}

// TestBuiltInSetting: GODEBUG as a program is built with it.
func TestBuiltInSetting(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	write := func(path, text string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(source, `//go:debug execerrdot=0
package main

import (
	"fmt"

	"`+ourPath+`"
)

func main() { fmt.Println(exec.LookPath("prog")) }
`, 0o600)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "builtin", "main.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(dir, "overlay.json"), string(overlay), 0o600)
	image := filepath.Join(dir, "image")
	goTool(t, nil, "build", "-overlay="+filepath.Join(dir, "overlay.json"), "-o", image, "./builtin")
	write(filepath.Join(dir, "prog"), "#!/bin/sh\n", 0o700)
	for _, test := range []struct{ godebug, want string }{
		{"", "prog <nil>\n"},
		{"GODEBUG=execwait=1", "prog <nil>\n"},
		{"GODEBUG=execerrdot=1", `prog exec: "prog": ` + exec.ErrDot.Error() + "\n"},
	} {
		c := exec.Command(image)
		c.Dir, c.Env = dir, []string{"PATH=.", test.godebug}
		if out, err := c.Output(); err != nil || string(out) != test.want {
			t.Errorf("%s: %q, %v, want %q", test.godebug, out, err, test.want)
		}
	}
}
