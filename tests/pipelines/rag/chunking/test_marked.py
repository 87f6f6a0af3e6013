"""What is seen of a pasted text's shape."""

from pipelines.rag.chunking.marked import marked


def marks(text: str, kind: str) -> list[str]:
    return [text[m.start : m.end] for m in marked(text, "x.md").marks if m.kind == kind]


def test_headings_with_their_levels_and_words():
    text = "# One #\n\ntext\n\n###  Two words\n#no\n####### no\n    # no"
    found = [(m.label, m.level) for m in marked(text, "x.md").marks]
    assert found == [("One", 1), ("Two words", 3)]
    assert marks(text, "heading") == ["# One #", "###  Two words"]


def test_code_is_a_block_and_holds_no_headings():
    text = "a\n```python\n# no heading\n```\nb\n~~~~\n```\n~~~\n~~~~\nc"
    assert marks(text, "block") == ["```python\n# no heading\n```", "~~~~\n```\n~~~\n~~~~"]
    assert marks(text, "heading") == []


def test_an_open_fence_goes_on_to_the_end():
    assert marks("a\n```\n# b\nc", "block") == ["```\n# b\nc"]


def test_a_table_is_a_block():
    text = "a\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\nb | c"
    assert marks(text, "block") == ["| x | y |\n|---|---|\n| 1 | 2 |"]


def test_the_text_stays_as_it_is():
    text = "\r\n# A\r\n\ttext <b>"
    assert marked(text, "x.md").text == text
