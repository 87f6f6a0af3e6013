"""The script that is given away runs as it stands and prints the figures of the page."""

import json
import os
import subprocess
import sys

import pytest

from app.evaluate.metrics_asking import lines_of, references_of
from app.evaluate.metrics_board import Asked, Board, as_json
from app.evaluate.metrics_example import FIRST, REFERENCES
from app.evaluate.metrics_script import script_of
from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.specs import KINDS, MetricSettings

TEXTS = tuple(name for name, kind in KINDS.items() if not kind.vectors)
OTHERS = MetricSettings(
    lowercase=True, smoothing="add-k", max_order=3, tokenize="intl", char_order=4, word_order=2, beta=3,
    punctuation=False, normalized=True, case_sensitive=True, stemmer=True, meteor_words="spaces",
    normal="none", unit="characters", distinct_order=3, synonyms=False,
)  # fmt: skip


def measured(settings) -> Board:
    asked = Asked(TEXTS, lines_of(FIRST), references_of(REFERENCES), settings=settings)
    return Board(asked, {name: list(measure(asked.request(name), None))[-1] for name in TEXTS}, "done")


def printed(script, folder) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    titled = {kind.title: name for name, kind in KINDS.items()} | {name: name for name in KINDS}
    lines = (
        line.rsplit(" ", 1) if "nrefs" not in line else line.split(" ")[:2]
        for line in done.stdout.splitlines()
    )
    return {titled[title]: float(value) for title, value in lines}


@pytest.mark.parametrize("settings", [MetricSettings(), OTHERS])
def test_it_prints_the_figures(settings, tmp_path):
    board = measured(settings)
    found = printed(script_of(board), tmp_path)
    assert list(found) == list(TEXTS)
    for name, value in found.items():
        assert value == pytest.approx(board.rows[name].value, abs=1e-9), name


def test_many_texts_are_read_from_the_file_that_is_saved(tmp_path):
    board = measured(MetricSettings())
    many = Asked(("f1",), board.asked.predictions * 100, board.asked.references * 100)
    whole = Board(many, {"f1": list(measure(many.request("f1"), None))[-1]}, "done")
    script = script_of(whole)
    assert len(script) < 5_000
    (tmp_path / "metrics.json").write_text(json.dumps(as_json(whole)), encoding="utf-8")
    assert printed(script, tmp_path)["f1"] == pytest.approx(whole.rows["f1"].value)


def test_the_encoders_layer_is_the_one_that_was_read():
    from dataclasses import replace

    board = measured(MetricSettings())
    found = replace(board.rows["f1"], metric="bertscore", signature="BERTScore|some/model|layer:6|idf:no")
    asked = replace(board.asked, metrics=("bertscore",))
    assert "num_layers=6" in script_of(Board(asked, {"bertscore": found}, "done"))
