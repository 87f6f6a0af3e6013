"""Lines and windows: all characters are there, each line fits, and each token is where it touches."""

import random
import unicodedata
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.runtime import codec
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization.align import align
from pipelines.tokenization.comparison import Compared, Comparison, compare
from pipelines.tokenization.encode import encode
from pipelines.tokenization.lines import cells, line_starts
from pipelines.tokenization.measures import Measures, count_words
from pipelines.tokenization.window import ADDED, BINS, Lane, Window, make_window
from tests.support.small_tokenizers import MAKERS, PIECES, loaded, texts

TOGETHER = ("👩‍🚀", "🏳️‍🌈", "🇩🇪", "👍🏽", "e\u0301", "❤️", "각", "\r\n")
WIDTHS = (8, 13, 40)


def lines_of(text: str, width: int) -> list[str]:
    edges = [*line_starts(text, width).tolist(), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def long_text(seed: int) -> str:
    return "".join(random.Random(seed).choices([*PIECES, *TOGETHER, "\n", " word"], k=400))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", [*texts(1, 40), *(long_text(seed) for seed in range(10))])
def test_lines_are_the_text_and_fit(text, width):
    lines = lines_of(text, width)
    assert "".join(lines) == text and len(lines) >= 1
    for line in lines:
        assert cells(line).sum() <= width or len(line) <= 2
        assert "\n" not in line[:-1]
    for line, following in pairwise(lines):
        if not line.endswith("\n"):
            two = following.startswith("\r\n") or 0x1F1E6 <= ord(following[0]) <= 0x1F1FF
            assert cells(line).sum() + cells(following)[: 1 + two].sum() > width, "one more would have fitted"
            if unicodedata.category(line[-1]) not in ("Cc", "Zl", "Zp"):
                assert not unicodedata.combining(following[0]) and following[0] not in "\u200d\ufe0f"


@pytest.mark.parametrize("cluster", TOGETHER)
def test_what_reads_as_one_character_is_not_cut(cluster):
    for before in range(9):
        assert any(cluster in line for line in lines_of("x" * before + cluster + "y" * 9, 8))


def test_cells_of_a_terminal():
    assert cells("a日e\u0301\t").tolist() == [1, 2, 1, 0, 1]
    assert cells("❤️").tolist() == [2, 0] and cells("👩‍🚀").tolist() == [2, 0, 0]
    assert cells("🇩🇪🇫").tolist() == [1, 1, 1] and cells("\u0301a").tolist() == [1, 1]
    assert cells("").tolist() == [] and line_starts("", 8).tolist() == [0]


def test_a_pile_of_marks_and_equal_letters_are_cut_all_the_same():
    assert len(lines_of("a" + "\u0301" * 1_000, 8)) > 1
    assert len(lines_of("a" * 50_000, 50)) == 1_000
    assert lines_of("\n\n", 8) == ["\n", "\n"]


def touched(encoded, a: int, b: int) -> set[int]:
    """The token indices that touch characters a to b, said slowly: one by one."""
    length = len(encoded.text)
    inside = [i for i in range(len(encoded)) if not encoded.added[i]]
    found = set()
    for i in range(len(encoded)):
        start, end = int(encoded.start[i]), int(encoded.end[i])
        if not inside or i < inside[0]:
            here = a == 0
        elif i > inside[-1]:
            here = b == length
        elif start == end:
            here = a <= start and (start < b or b == length)
        else:
            here = start < b and end > a
        found |= {i} if here else set()
    return found


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("text", [*texts(7, 25), *(long_text(seed) for seed in range(20, 24))])
def test_a_window_has_the_tokens_that_touch_its_lines(text, special):
    encodings = [encode(loaded(kind), text, add_special_tokens=special) for kind in MAKERS]
    starts, rng = line_starts(text, 11), random.Random(len(text))
    first, count = rng.randrange(len(starts)), rng.randint(1, 6)
    window = make_window(encodings, starts, first, count)
    edges = [*starts.tolist(), len(text)][first : first + count + 1]
    assert window.starts.tolist() == edges and window.total == len(starts)
    assert list(window.texts) == [text[a:b] for a, b in pairwise(edges)]
    assert all(not c or len(c) == len(t) for c, t in zip(window.cells, window.texts, strict=True))
    for encoded, lane in zip(encodings, window.lanes, strict=True):
        assert (encoded.ids[lane.index] == lane.ids).all() and (np.diff(lane.index) > 0).all()
        assert (encoded.added[lane.index] == ((lane.flags & ADDED) > 0)).all()
        for line, (a, b) in enumerate(pairwise(edges)):
            assert set(lane.index[lane.rows(line)].tolist()) == touched(encoded, a, b)
        for i, token, raw in zip(lane.index.tolist(), lane.tokens, lane.raw, strict=True):
            assert encoded.tokens[i] == token and encoded.raw[i].hex().startswith(raw)


@pytest.mark.parametrize("text", [*texts(11, 15), long_text(5)])
def test_the_marks_are_those_of_the_alignment(text):
    encodings = [encode(loaded(kind), text) for kind in MAKERS]
    starts, differs = line_starts(text, 9), np.flatnonzero(align(encodings).differs)
    line_of = np.searchsorted(starts, differs, side="right") - 1
    for first in range(0, len(starts), 2):
        window = make_window(encodings, starts, first, 2)
        a, b = window.starts[[0, -1]]
        assert window.differs.tolist() == [d for d in differs if a <= d < b]
        before, after = line_of[differs < a], line_of[differs >= b]
        assert window.previous == (before[-1] if len(before) else -1)
        assert window.following == (after[0] if len(after) else -1)
        assert window.density.sum() == len(differs) and len(window.density) == min(BINS, len(starts))


def test_windows_and_comparisons_cross_between_the_processes():
    text = long_text(9)
    several = [loaded(kind) for kind in MAKERS]
    encodings = [encode(one, text, add_special_tokens=True) for one in several]
    window, compared = (
        make_window(encodings, line_starts(text, 30), 2, 5),
        compare(several, encodings, [0.1] * 3),
    )
    types = TOKENIZERS.message_types()
    assert {Window, Lane, Comparison, Compared, Measures} <= set(types.values())
    frame = BytesIO(b"".join(codec.encode(1, [window, compared], types)))
    _, (there, also) = codec.decode(frame.readinto, types)
    assert also == compared and there.texts == window.texts and there.following == window.following
    for mine, theirs in zip(window.lanes, there.lanes, strict=True):
        assert mine.tokens == theirs.tokens and (mine.ids == theirs.ids).all()
        assert all((mine.rows(line) == theirs.rows(line)).all() for line in range(5))


def test_every_token_is_in_some_line():
    text = long_text(3)
    encodings = [encode(loaded(kind), text, add_special_tokens=True) for kind in MAKERS]
    starts = line_starts(text, 20)
    window = make_window(encodings, starts, 0, len(starts))
    for encoded, lane in zip(encodings, window.lanes, strict=True):
        assert lane.index.tolist() == list(range(len(encoded)))


def test_past_the_end_there_is_nothing_and_nonsense_is_refused():
    encodings = [encode(loaded("bpe"), "some text")]
    starts = line_starts("some text", 80)
    beyond = make_window(encodings, starts, 7, 3)
    assert beyond.texts == () and beyond.total == 1 and not len(beyond.lanes[0].index)
    with pytest.raises(SpecError):
        make_window([], starts, 0, 3)
    with pytest.raises(SpecError):
        make_window(encodings, starts, -1, 3)


def test_an_empty_text_still_shows_what_is_put_around_it():
    encodings = [encode(loaded("wordpiece"), "", add_special_tokens=True)]
    window = make_window(encodings, line_starts("", 80), 0, 5)
    assert window.texts == ("",) and window.lanes[0].tokens == ("<s>", "</s>")


def test_a_comparison_counts_what_differs_and_what_was_put_around():
    text = "The quick café 👩‍🚀 said: 2026!"
    several = [loaded(kind) for kind in MAKERS]
    encodings = [encode(one, text, add_special_tokens=True) for one in several]
    made = compare(several, encodings, [0.1, 0.2, 0.3])
    aligned = align(encodings)
    assert made.differing == aligned.differs.sum() <= made.boundaries
    assert made.boundaries == aligned.boundaries[:, 1:-1].any(axis=0).sum()
    assert [c.name for c in made.tokenizers] == list(MAKERS)
    assert made.tokenizers[1].before == ("<s>",) and made.tokenizers[1].after == ("</s>",)
    assert made.tokenizers[0].before == made.tokenizers[0].after == () and made.tokenizers[2].seconds == 0.3
    assert made.tokenizers[1].measures.tokens == (~encodings[1].added).sum()
    assert made.tokenizers[0].measures.words == count_words(text)
