import json
import math

import numpy as np
import pytest

from pipelines.evaluation.language.result import (
    BYTES,
    COLUMNS,
    LanguageResult,
    Shown,
    from_dict,
    place_edges,
    place_of,
    ratio_error,
)

ROWS = np.array([[20.0, 10, 40, 38, 8, 0], [30.0, 12, 60, 60, 11, 1], [9.0, 6, 24, 24, 5, 0]])
PLACES = np.array([[12.0, 3, 10], [47.0, 25, 114]])
SHOWN = Shown(
    "né🦀", ("n", "é", "🦀"), np.array([5, 6, 7], np.int32), np.array([0, 1, 2], np.int32),
    np.array([1, 2, 3], np.int32), np.array([math.nan, 1.5, 2.25], np.float32), np.array([0, 3, 1], np.int32),
)  # fmt: skip


def result(rows: np.ndarray = ROWS) -> LanguageResult:
    return LanguageResult("house/x", 64, 32, rows, PLACES, True, SHOWN)


def test_figures_by_hand():
    found = result().figures()
    assert found["loss"] == pytest.approx(59 / 28)
    assert found["perplexity"] == pytest.approx(math.exp(59 / 28))
    assert found["bits_per_byte"] == pytest.approx(59 / math.log(2) / 124)
    assert found["bits_per_character"] == pytest.approx(59 / math.log(2) / 122)
    assert found["byte_perplexity"] == pytest.approx(math.exp(59 / 124))
    assert found["word_perplexity"] == pytest.approx(math.exp(59 / 24))


def test_a_single_document_has_no_error():
    found = result(ROWS[:1]).figures()
    assert "loss" in found and not [name for name in found if name.endswith("_stderr")]


def test_the_error_of_a_ratio_is_that_of_many_drawings():
    rng = np.random.default_rng(0)
    sizes = rng.integers(20, 200, 400).astype(float)
    nats = sizes * rng.normal(0.7, 0.2, 400)
    drawn = [nats[some].sum() / sizes[some].sum() for some in rng.integers(0, 400, (2_000, 400))]
    assert ratio_error(nats, sizes) == pytest.approx(np.std(drawn), rel=0.05)


def test_of_equal_sizes_the_error_is_that_of_a_mean():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    assert ratio_error(values, np.ones(4)) == pytest.approx(values.std(ddof=1) / 2)


def test_no_loss_is_too_large_for_a_perplexity():
    rows = np.array([[1e6, 2, 1, 1, 1, 0]])
    assert math.isfinite(result(rows).perplexity) and math.isfinite(result(rows).word_perplexity)


def test_json_and_back():
    told = json.loads(json.dumps(result().as_dict(), allow_nan=False))
    assert told["columns"] == list(COLUMNS) and told["figures"]["loss"] == result().loss
    found = from_dict(told)
    assert found.figures() == pytest.approx(result().figures())
    np.testing.assert_array_equal(found.documents, ROWS)
    np.testing.assert_array_equal(found.places, PLACES)
    np.testing.assert_array_equal(found.shown.nats, SHOWN.nats)
    assert found.shown.texts == SHOWN.texts and found.shown.ids.dtype == np.int32
    assert (found.model, found.context, found.stride, found.started) == ("house/x", 64, 32, True)
    assert found.total(BYTES) == 124


def test_every_place_lies_between_its_edges():
    before = np.arange(1, 200_000, 7)
    at, edges = place_of(before), place_edges(64)
    assert (edges[at] <= before).all() and (before < edges[at + 1]).all()
    assert (np.diff(edges) > 0).all()
