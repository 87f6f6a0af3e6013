"""Texts of a batch from one box, and the batch as a grid: what each cell is, and what a chunk repeats."""

import re

import numpy as np
import pytest

from app.tokenizer import batch_view as view
from app.tokenizer.batch_inputs import BLOCKS, LINES, batch_request, texts_of
from pipelines.core.errors import SpecError
from pipelines.tokenization.batch import make_batch
from pipelines.tokenization.batch_spec import BatchSpec
from tests.support.small_tokenizers import loaded

TEXTS = ["the fox", "The quick brown fox jumps over the lazy dog, and nobody was surprised."]


def batch(texts=TEXTS, pairs=None, kind="wordpiece", **spec):
    return make_batch(loaded(kind), texts, BatchSpec(**spec), pairs)


def test_texts_are_lines_or_blocks():
    assert texts_of(" a\n\n\nb\n", LINES) == [" a", "b"]
    assert texts_of("\na\nb\n \nc\r\nd\n\n", BLOCKS) == ["a\nb", "c\nd"]
    assert texts_of("", LINES) == texts_of("\n\n", BLOCKS) == []
    for wrong in ((None, LINES), ("a", "pages")):
        with pytest.raises(SpecError):
            texts_of(*wrong)


def test_a_request_is_checked_before_it_is_sent():
    request = batch_request("t", "a\nb", "c\nd", LINES, {"stride": 2})
    assert request.pairs == ["c", "d"] and request.spec["stride"] == 2
    assert batch_request("t", "a", "", LINES, {}).pairs is None
    for texts, pairs, values, said in (
        ("a\nb", "c", {}, "one for each of the 2 texts"),
        ("", "", {}, "1 to 64 texts"),
        ("a\n" * 65, "", {}, "1 to 64 texts"),
        ("a", "", {"padding": "all"}, "padding accepts"),
        ("a", "", {"nonsense": 1}, "the fields are"),
    ):
        with pytest.raises(SpecError, match=said):
            batch_request("t", texts, pairs, LINES, values)


def test_each_cell_is_known_for_what_it_is():
    made = batch(pairs=["hello", "world"])
    kinds = view.kinds_of(made)
    page = view.batch_html(made, view.SHOWN)
    for kind in ("first", "second", "special", "padding"):
        assert (kinds == kind).any() and page.count(f'<td class="gw-{kind}-cell') == (kinds == kind).sum()
    assert ((kinds == "padding") == (made.attention_mask == 0)).all()
    cells, padding, repeated = view.totals_of(made)
    assert cells == made.input_ids.size and padding == (made.attention_mask == 0).sum() and not repeated
    assert f"{padding:,} padding ({100 * padding / cells:.1f} %" in view.batch_status_html(made, 2)


def test_ragged_rows_have_empty_cells():
    made = batch(padding="none")
    page = view.batch_html(made, [view.TOKENS])
    assert page.count("<td></td>") == (made.input_ids == -1).sum() > 0
    assert "ragged" in view.batch_status_html(made, 2) and view.totals_of(made)[1] == 0


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
def test_the_stride_is_what_a_chunk_repeats(side, kind):
    made = batch(
        [TEXTS[1] * 2], kind=kind, truncation="only_first", truncation_side=side, max_length=9, stride=3
    )
    again = view.repeated_of(made)
    assert len(made.text_index) > 2 and not again[0].any()
    assert (again[1:].sum(axis=1) == 3).all()
    assert view.batch_html(made, ()).count('repeated from the chunk before"') == again.sum()
    assert not view.repeated_of(batch([TEXTS[1]], kind=kind, truncation="only_first", max_length=9)).any()


def test_the_other_text_of_a_pair_is_no_overlap():
    made = batch([TEXTS[1]], ["who is it"], truncation="only_first", max_length=14, stride=2)
    again = view.repeated_of(made)
    assert len(made.text_index) > 1 and again[1].sum() == 2
    assert not again[made.sequence_ids == 1].any()


def test_texts_that_follow_each_other_do_not_overlap():
    assert not view.repeated_of(batch(["the fox", "the fox"])).any()


def test_rows_say_which_text_and_which_chunk_they_are():
    page = view.batch_html(batch(truncation="only_first", max_length=9), ())
    chunks = len(batch(truncation="only_first", max_length=9).text_index) - 1
    assert "<small>text 0</small>" in page
    assert [f"text 1, {n + 1}/{chunks}" in page for n in range(chunks)] == [True] * chunks


def test_only_the_chosen_values_are_printed():
    made = batch(["the fox"], padding="none")
    ids = [str(id_) for id_ in made.input_ids[0].tolist()]
    cells = re.findall(r"<td.*?</td>", view.batch_html(made, ["input_ids", "attention_mask"]))
    assert [re.findall(r"<span>(\d+)</span>", cell) for cell in cells] == [[id_] for id_ in ids]
    assert all("<small>att</small> 1" in cell and "<b>" not in cell for cell in cells)


def test_tokens_are_never_html():
    page = view.batch_html(batch(["<img src=x onerror=alert(1)> \x00"], kind="bpe"), view.SHOWN)
    assert "<img" not in page and "&lt;" in page


def test_a_large_batch_is_drawn_in_part_and_saved_whole():
    made = batch(["a" * 400] * 3, kind="bpe", truncation="only_first", max_length=5)
    assert len(made.text_index) > view.MAX_ROWS
    page = view.batch_html(made, ())
    assert page.count("<tr>") == view.MAX_ROWS + 1 and "the download has all" in page
    data = view.as_data("t", {}, made)
    assert [len(row) for row in data["input_ids"]] == made.lengths.tolist()
    assert data["tokens"][0] == [loaded("bpe").tokens[id_] for id_ in data["input_ids"][0]]
    assert view.drawn_shape(64, 900) == (64, 128) and view.drawn_shape(500, 9) == (64, 9)
    wide = batch([TEXTS[1] * 20], kind="bpe", padding="none")
    assert view.batch_html(wide, ()).count("<td") == view.MAX_COLUMNS < np.max(wide.lengths)
