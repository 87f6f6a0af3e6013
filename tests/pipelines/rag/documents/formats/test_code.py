"""Source code: the text as it is, with the names of what it defines."""

import ast

import pytest

from tests.support.imports import ROOT

PYTHON = '''import sea


class Tide:
    """class of things: def nothing"""

    @property
    async def height(self): return "class Not"

    def é(self, a=(lambda: 1)):
        def   inner():
            pass   \n\n\n
if sea:
    def later(): pass
'''


def headings(found) -> list[tuple[int, str]]:
    return [(m.level, found.text[m.start : m.end]) for m in found.marks]


def test_python_by_its_tree(read):
    found = read(PYTHON.replace("\n", "\r\n"), "a.py")
    assert found.text == PYTHON and found.title == "a.py"
    assert headings(found) == [
        (1, "class Tide"),
        (2, "async def height"),
        (2, "def é"),
        (3, "def   inner"),
        (1, "def later"),
    ]


def test_python_that_does_not_parse(read):
    assert headings(read("print 'x'\nclass A:\n    def f(self): pass\n", "a.py")) == [
        (1, "class A"),
        (2, "def f"),
    ]
    assert read("(" * 5000, "a.py").marks == ()


def test_python_is_told_apart_as_its_own_parser_does(read):
    for path in sorted((ROOT / "pipelines" / "rag").rglob("*.py")):
        if not path.read_text().strip():
            continue
        found = read(path.read_bytes(), path.name)
        nodes = [n for n in ast.walk(ast.parse(found.text)) if hasattr(n, "decorator_list")]
        assert sorted(label.split()[-1] for _, label in headings(found)) == sorted(
            node.name for node in nodes
        )


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.go", "func (t *Tide) Height(at int) int {\n\tif x(y) {\n", ["func (t *Tide) Height"]),
        ("a.c", "int main(int argc, char **argv)\n{\n  return high(water);\n", ["int main"]),
        ("a.rs", "pub(crate) fn add<T>(a: T) {\nimpl Tide for Sea {\n", ["pub(crate) fn add", "impl Tide"]),
        ("a.ts", "export const f = async (a) => {\nexport class T {\n", ["export const f", "export class T"]),
        ("a.js", "var g = function (x) {\n  for (const a of b) {\n", ["var g"]),
        ("a.java", "  static void main(String[] a) throws X {\n    return f(x);", ["static void main"]),
        ("a.sql", "CREATE OR REPLACE VIEW tide AS\nSELECT high FROM water;", ["CREATE OR REPLACE VIEW tide"]),
        ("a.rb", "module Sea\n  def high?\n", ["module Sea", "def high?"]),
        ("a.sh", "rise() {\n  echo x\n}\n", ["rise"]),
        ("a.r", "rise <- function(x) {\n", ["rise"]),
        ("a.yaml", "class: tide\nrecord x: 1\n", []),
    ],
)  # fmt: skip
def test_other_languages_by_their_lines(read, name, text, wanted):
    found = read(text, name)
    assert found.text == text and [label for _, label in headings(found)] == wanted


def test_levels_go_by_the_indent(read):
    text = "class A {\n  void f() {\n  }\n  void g() {\n  }\n}\nclass B {\n"
    assert headings(read(text, "a.java")) == [(1, "class A"), (2, "void f"), (2, "void g"), (1, "class B")]
