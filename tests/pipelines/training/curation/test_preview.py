"""Rows of a real corpus with a real tokenizer."""

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.training.curation.packing import WAYS
from pipelines.training.curation.preview import MAX_CHARACTERS, preview


def test_tokens_are_the_text_and_end_with_the_end_of_text(corpus, stories, tiny_llama):
    made = preview(corpus, tiny_llama, 3, 16)
    assert ["".join(row[:-1]) for row in made.tokens] == stories[:3]
    assert {row[-1] for row in made.tokens} == {"<|end|>"}
    assert set(made.layouts) == set(WAYS)
    assert made.layouts["packed"].tokens == sum(map(len, made.tokens))


def test_characters_of_several_bytes_show_once(tmp_path, tiny_llama):
    file = tmp_path / "t.txt"
    file.write_text("漢🦀x")
    made = preview(file, tiny_llama, 1, 16)
    assert "".join(piece for piece in made.tokens[0][:-1] if piece != "·") == "漢🦀x"


def test_a_long_document_is_cut(tmp_path, tiny_llama):
    file = tmp_path / "t.jsonl"
    file.write_text('{"text": "' + "ab " * MAX_CHARACTERS + '"}\n{"text": "second"}\n')
    made = preview(file, tiny_llama, 2, 16)
    assert len(made.tokens) == 1 and len("".join(made.tokens[0][:-1])) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("count", "context", "field"),
    [
        (0, 16, "documents"),
        (25, 16, "documents"),
        (1.5, 16, "documents"),
        (True, 16, "documents"),
        ("many", 16, "documents"),
        (1, 7, "context_length"),
        (1, 5000, "context_length"),
        (1, float("nan"), "context_length"),
        (1, float("inf"), "context_length"),
        (1, None, "context_length"),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(corpus, tiny_llama, count, context, field):
    with pytest.raises(SpecError, match=f"{field} accepts a whole number"):
        preview(corpus, tiny_llama, count, context)


def test_a_damaged_tokenizer_is_a_message(corpus, tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(GlassworksError, match="cannot be read"):
        preview(corpus, tmp_path, 1, 16)
