"""What is said and drawn of language modelling, from results of tiny models."""

import csv
import html
import io
import json
import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from app.evaluate.language_asking import Board
from app.evaluate.language_code import language_code
from app.evaluate.language_example import EXAMPLE
from app.evaluate.language_files import csv_text, json_text
from app.evaluate.language_text_view import beside_html, tokens_html
from app.evaluate.language_view import EMPTY, notes_html, piece_bytes, same_tokens, table_html
from app.figures.language import along_figure, places_figure
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.language.result import BYTES, NATS, UNKNOWN, LanguageResult, from_dict
from tests.support.inside import HOSTILE, markup
from tests.support.language_runtime import model

_ELEMENTS = {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "small", "span", "ul", "li"}
NAMES = ("house/plain", "house/other")


def read(name: str, text: str = EXAMPLE, **more: int) -> LanguageResult:
    return measure(model(name), [text], **more)


def board(*results: LanguageResult, text: str = EXAMPLE) -> Board:
    return Board(tuple(one.model for one in results), text, results)


@pytest.fixture(scope="module")
def both() -> Board:
    return board(*map(read, NAMES))


def carried(drawn: str) -> dict:
    return json.loads(html.unescape(re.search(r'data-carried="([^"]*)"', drawn)[1]))


def test_a_row_a_model_with_the_least_bits_per_byte_marked(both):
    drawn = table_html(both)
    least = min(both.results, key=lambda one: one.bits_per_byte)
    assert drawn.count("<tr>") == 3 and drawn.count('class="gw-best"') == 1
    assert f'class="gw-best"><b>{least.bits_per_byte:.4f}</b>' in drawn
    assert table_html(Board(())) == EMPTY


def test_a_single_model_has_no_best():
    assert "gw-best" not in table_html(board(read("house/plain")))


def test_a_model_that_could_not_says_why(both):
    failed = replace(both, results=both.results[:1], failed={"house/other": "It has <b>no</b> room."})
    assert "It has &lt;b&gt;no&lt;/b&gt; room." in table_html(failed)


def test_other_tokens_are_told_apart(both):
    assert not same_tokens(both.results) and "different tokens" in notes_html(both)
    alike = board(read("house/plain"), replace(read("house/plain"), model="house/twin"))
    assert same_tokens(alike.results) and "different tokens" not in notes_html(alike)
    assert "<b>0.000</b>" in notes_html(alike)


def test_the_difference_is_that_of_the_figures(both):
    told = re.search(r"B needs <b>([\d.]+)</b> bits a byte (more|less) than A", notes_html(both))
    gap = both.results[1].bits_per_byte - both.results[0].bits_per_byte
    assert float(told[1]) == pytest.approx(abs(gap), abs=0.002) and (told[2] == "more") == (gap > 0)


def test_documents_are_the_pairs_where_there_are_enough():
    texts = [f"Anna found {number} red kites. " * (number + 1) for number in range(12)]
    results = [measure(model(name), texts) for name in NAMES]
    assert "over 12 documents" in notes_html(board(*results))


def test_a_short_text_is_not_sure():
    assert "too short to say" in notes_html(board(*(read(name, "Anna found a kite.") for name in NAMES)))


def test_what_is_known_of_the_beginning_alone_is_said():
    few, whole = (
        board(*(measure(model(name), [EXAMPLE * 3], keep=keep) for name in NAMES)) for keep in (600, 9_000)
    )
    assert "the beginning alone" in notes_html(few) and "the beginning alone" not in notes_html(whole)


def test_windows_are_told_where_they_matter():
    assert "fits into one window" in notes_html(board(read("house/plain", "A kite.")))
    told = notes_html(board(read("house/plain", context=32, stride=8)))
    assert "Windows of 32 tokens" in told and "at least 25 tokens before it" in told
    mixed = board(read("house/plain", context=32), read("house/other", context=16))
    assert "different lengths" in notes_html(mixed)


def test_what_makes_a_figure_less_than_it_seems_is_said():
    one = read("house/plain")
    documents = one.documents.copy()
    documents[0, UNKNOWN] = 2
    told = notes_html(board(replace(one, documents=documents, started=False)))
    assert "2 tokens of house/plain are unknown" in told and "no start token" in told


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_and_no_name_is_markup(text):
    whole = text.encode("utf-8", "replace").decode()
    results = [replace(read(name, whole + EXAMPLE), model=f"{name}{whole}") for name in NAMES]
    made = board(*results, text=whole)
    for drawn in (table_html(made), notes_html(made), tokens_html(results[0]), beside_html(made)):
        assert markup(drawn) <= _ELEMENTS


def test_tokens_are_drawn_with_what_each_cost():
    one = read("house/plain", "né 🦀")
    tokens = carried(tokens_html(one))["tokens"]
    assert tokens["ids"] == one.shown.ids.tolist() and len(tokens["special"]) == len(tokens["ids"])
    assert sum(tokens["loss"]) == pytest.approx(one.total(NATS), abs=1e-2)
    assert all(rank >= 1 for rank in tokens["rank"])


def test_what_nothing_predicts_has_no_number():
    one = read("house/plain")
    nats, ranks = one.shown.nats.copy(), one.shown.ranks.copy()
    nats[0], ranks[0] = math.nan, 0
    tokens = carried(tokens_html(replace(one, shown=replace(one.shown, nats=nats, ranks=ranks))))["tokens"]
    assert tokens["loss"][0] is None and tokens["rank"][0] is None


def test_stretches_cost_both_models_all_their_bits(both):
    data = carried(beside_html(both))
    assert [one["letter"] for one in data["models"]] == ["A", "B"]
    assert sum(data["bytes"]) == len(EXAMPLE.encode())
    for bits, one in zip(data["bits"], both.results, strict=True):
        assert sum(bits) == pytest.approx(one.total(NATS) / math.log(2), rel=1e-3)


def test_the_curve_along_the_text_has_all_its_bits(both):
    named = [(both.letter(one.model), one) for one in both.results]
    figure = along_figure(named, piece_bytes(both))
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert len(lines) == 2
    for line, one in zip(lines, both.results, strict=True):
        sizes = np.diff([*line.x, one.total(BYTES)])
        assert float((sizes * line.y).sum()) == pytest.approx(one.bits_per_byte * one.total(BYTES), rel=1e-3)


def test_the_curve_by_place_begins_where_there_are_tokens_enough(both):
    named = [(both.letter(one.model), one) for one in both.results]
    for line in (trace for trace in places_figure(named).data if trace.mode == "lines+markers"):
        assert len(line.x) > 3 and (np.diff(line.x) > 0).all() and np.isfinite(line.y).all()


@pytest.mark.parametrize("count", [1, 3, 12, 20])
def test_places_have_ticks_that_a_phone_has_room_for(count):
    one = read("house/plain")
    axis = places_figure([("A", replace(one, places=np.tile([6.0, 9, 20], (count, 1))))]).layout.xaxis
    assert 1 <= len(axis.tickvals) <= 10 and axis.tickvals[0] == 1


def test_figures_say_when_there_is_nothing():
    for figure in (places_figure([]), along_figure([], 48)):
        assert not figure.data and figure.layout.annotations


def test_files_hold_what_was_measured(both):
    told = json.loads(json_text(both))
    assert told["text"] == EXAMPLE and set(told["models"]) == set(NAMES)
    again = from_dict(told["models"]["house/other"])
    assert again.bits_per_byte == pytest.approx(both.results[1].bits_per_byte)
    rows = list(csv.DictReader(io.StringIO(csv_text(both))))
    mine = [row for row in rows if row["model"] == "house/other"]
    assert [int(row["id"]) for row in mine] == both.results[1].shown.ids.tolist()
    assert sum(float(row["nats"]) for row in mine) == pytest.approx(both.results[1].total(NATS), rel=1e-4)


def test_the_code_prints_the_same_figures(tmp_path):
    loaded = model("house/plain")
    loaded.model.save_pretrained(tmp_path)
    loaded.tokenizer.save_pretrained(tmp_path)
    text = EXAMPLE + "naïve 🦀 'quoted' \\n"
    found = measure(loaded, [text], 40, 12)
    done = subprocess.run(
        [sys.executable, "-c", language_code(str(tmp_path), found, text)], capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    tokens, loss, perplexity, bits = map(float, re.findall(r"[\d.]+", done.stdout.replace(",", "")))
    assert tokens == len(found.shown.ids)
    assert loss == pytest.approx(found.loss, abs=1e-4) and bits == pytest.approx(
        found.bits_per_byte, abs=1e-4
    )
    assert perplexity == pytest.approx(found.perplexity, rel=1e-4)
