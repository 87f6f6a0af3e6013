"""Markdown: the words as they are read, with marks on headings, code and tables."""

from tests.support.imports import ROOT


def marks(found) -> list[tuple[str, int, str]]:
    return [(m.kind, m.level, found.text[m.start : m.end]) for m in found.marks]


def test_headings_of_both_kinds(read):
    found = read("# The *high* tide\n\nText.\n\nLow\n---\n\n### `code` [link](http://x)\n", "a.md")
    assert found.text == "The high tide\n\nText.\n\nLow\n\ncode link"
    assert marks(found) == [
        ("heading", 1, "The high tide"),
        ("heading", 2, "Low"),
        ("heading", 3, "code link"),
    ]
    assert found.title == "The high tide"


def test_words_without_their_signs(read):
    text = "**Bold** and ~~old~~ [words](http://x/y),\nwrapped, ![a boat](b.png) &amp; <b>tags</b>  \nbroken."
    assert read(text, "a.md").text == "Bold and old words, wrapped, a boat & tags\nbroken."


def test_code_and_tables_are_blocks(read):
    text = (
        "```python\ndef tide():\n    return '# high'\n```\n\n| port | hours |\n|---|--:|\n| Brest | `6` |\n"
    )
    found = read(text, "a.md")
    assert marks(found) == [
        ("block", 0, "def tide():\n    return '# high'"),
        ("block", 0, "port | hours\nBrest | 6"),
    ]


def test_lists(read):
    text = "- one\n- two\n\n  more of two\n  1. first\n  2. second\n- three\n\n7. seven\n8. eight\n"
    assert read(text, "a.md").text == (
        "- one\n- two\n  more of two\n  1. first\n  2. second\n- three\n7. seven\n8. eight"
    )


def test_front_matter_gives_the_title(read):
    found = read('---\r\ntitle: "On tides"\r\ntags: [sea]\r\n---\r\n# Heading\r\n', "a.md")
    assert found.title == "On tides" and found.text == "Heading"


def test_html_in_it_is_read_as_html(read):
    inside = "<div><p>Inside</p><script>alert(1)</script></div>\n\n<!-- no -->"
    assert (
        read(f"Before.\n\n{inside}\n\nAfter <script>x</script>.", "a.md").text
        == "Before.\n\nInside\n\nAfter x."
    )


def test_a_quote_and_a_rule(read):
    assert read("> The sea\n> rises.\n\n---\n\nEnd.", "a.md").text == "The sea rises.\n\nEnd."


def test_this_project_s_own_pages(read):
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        found = read(path.read_bytes(), path.name)
        assert found.title and found.text.count("\n\n") > 3
        assert any(mark.kind == "heading" for mark in found.marks), path
