"""The numbers of a capture as JSON and CSV: the same numbers, named, and plain to read."""

import csv
import io
import json

import numpy as np
import pytest

from app.attention.summary_data import measures_csv, summary_data
from pipelines.attention.answers import MEASURES
from tests.support.inside import captured


@pytest.mark.parametrize("family", ["gpt2", "bert", "encoder", "t5"])
def test_the_json_holds_every_measure_of_every_head(family):
    subject, found = captured(family)
    data = json.loads(json.dumps(summary_data(subject, found), allow_nan=False))
    assert [part["name"] for part in data["parts"]] == [part.name for part in found.parts]
    for told, part in zip(data["parts"], found.parts, strict=True):
        for which, name in enumerate(MEASURES):
            wanted = part.measures[:, :, which]
            ours = np.array(told["measures"][name], float)
            assert np.allclose(ours, wanted, atol=1e-4, equal_nan=True), (part.name, name)
            assert np.isnan(np.array(told["even"][name], float)).all() == np.isnan(wanted).all()


def test_tokens_carry_loss_and_a_rank_from_one():
    subject, found = captured("gpt2")
    tokens = summary_data(subject, found)["tokens"]
    assert tokens["loss"][0] is None and tokens["rank"][0] is None
    assert tokens["rank"][1:] == [rank + 1 for rank in found.ranks[1:].tolist()]
    assert np.allclose(tokens["loss"][1:], found.loss[1:], atol=1e-4)


def test_the_text_of_an_encoder_decoder_is_its_target():
    subject, found = captured("t5", target="The dog barked.")
    data = summary_data(subject, found)
    assert data["text_loss"]["bytes"] == len("The dog barked.") and data["written_loss"] is None
    subject, found = captured("t5")
    assert summary_data(subject, found)["text_loss"] is None, "it wrote all of it itself"
    assert summary_data(subject, found)["written_loss"]["tokens"] > 0


def test_the_csv_has_a_row_for_every_head_of_every_part():
    _, found = captured("t5")
    rows = list(csv.DictReader(io.StringIO(measures_csv(found))))
    assert len(rows) == sum(part.layers * part.heads for part in found.parts)
    cross = [row for row in rows if row["part"] == "cross"]
    assert all(row["previous"] == "" and float(row["entropy"]) >= 0 for row in cross)
    own = next(part for part in found.parts if part.name == "decoder")
    row = next(row for row in rows if (row["part"], row["layer"], row["head"]) == ("decoder", "1", "2"))
    assert float(row["first"]) == pytest.approx(float(own.measures[1, 2, MEASURES.index("first")]), rel=1e-4)
