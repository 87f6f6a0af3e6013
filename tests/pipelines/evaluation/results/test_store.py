"""Results on the disk: what is written comes back, what is damaged is said, what is older is not shown."""

import dataclasses
import gzip
import json
import math
import shutil

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.evaluation.records import Figure, Item, Option, Outcome
from pipelines.evaluation.results.growing import Growing
from pipelines.evaluation.results.keys import Way, digest_of_model, digests_of, is_key, key_of
from pipelines.evaluation.results.records import Kept, kept_in, line_of, result_as_json, result_in
from pipelines.evaluation.results.store import BrokenOutcomesError, ResultStore, kept_at
from pipelines.models.catalogue import Catalogue
from tests.support.evaluated import write_result


@pytest.fixture
def store(settings):
    return ResultStore(settings)


def test_a_line_comes_back_as_it_was():
    options = (Option("a", -1.5, 2, True, False), Option("b", -math.inf, 1, False, True))
    outcome = Outcome(
        "7", "p", {"acc": 1.0, "grade": math.nan}, "Q\n", "b", options, ("x", ""), {"strict": "7"}, {"n": [1]}
    )
    kept = Kept("r", "d", outcome, {"question": "one two\n", "list": [1, None]})
    assert kept_in(line_of(dataclasses.replace(kept, fields={"a": "\ud800b"}))).fields == {"a": "?b"}
    line = line_of(kept)
    again = kept_in(line)
    assert line.count("\n") == 1 and "NaN" not in line and "Infinity" not in line
    assert again.outcome.values == {"acc": 1.0} and again.outcome.options[0] == options[0]
    assert again.fields == kept.fields and again.outcome.details == outcome.details
    assert dataclasses.replace(again.outcome, values={}, options=()) == dataclasses.replace(
        outcome, values={}, options=()
    )


def test_a_result_comes_back_as_it_was(store, settings):
    key = write_result(settings, "house/a", [True, False, True], parts=("x", "y"))
    found = store.result(key)
    assert is_key(key) and found.key == key and set(found.parts) == {"x", "y"}
    told = json.loads(json.dumps(result_as_json(found), allow_nan=False))
    assert result_as_json(result_in(told)) == result_as_json(found)
    assert [one.outcome.values["acc"] for one in store.kept(key)] == [1, 0, 1]
    assert math.isnan(found.parts["y"][0].stderr) and isinstance(found.figures[0], Figure)


def test_what_is_not_there_or_damaged_is_said(store, settings):
    key = write_result(settings, "house/a", [True])
    folder = settings.home / "evaluations"
    for wrong in ("", "nothing", "../" + key, "0" * 16 + "-" + "0" * 16, None, 7):
        assert not store.has(wrong)
        with pytest.raises(NotFoundError):
            store.result(wrong)
    (folder / ("0" * 16 + "-" + "0" * 16)).mkdir()
    (folder / ("0" * 16 + "-" + "0" * 16) / "result.json").write_text('{"key": 1}')
    (folder / f".{key}.new").mkdir()
    assert [one.key for one in store.all()] == [key]
    with gzip.open(folder / key / "outcomes.jsonl.gz", "at") as lines:
        lines.write("{}\n")
    with pytest.raises(BrokenOutcomesError, match="line 2"):
        ResultStore(settings).kept(key)
    shutil.rmtree(folder / key)
    assert store.all() == [] and not store.has(key)


def test_a_last_line_that_is_half_written_is_left_out(tmp_path):
    kept = [Kept(str(n), str(n), Outcome(str(n), "", {}, "", ""), {}) for n in range(3)]
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(map(line_of, kept))[:-9])
    assert list(kept_at(file)) == kept[:2] and list(kept_at(tmp_path / "none")) == []


def test_what_is_written_anew_is_read_anew(store, settings):
    key = write_result(settings, "house/a", [True, True])
    assert store.result(key).figure().value == 1 and len(store.kept(key)) == 2
    assert write_result(settings, "house/a", [False, True], created=9.0) == key
    assert store.result(key).figure().value == 0.5 and store.kept(key)[0].outcome.values["acc"] == 0


def test_what_a_model_said_is_known_wherever_it_stands(store, settings):
    few, many = (write_result(settings, "house/a", [True] * count) for count in (2, 5))
    way = few.partition("-")[0]
    assert many.startswith(way) and few != many
    rows = {one.digest for one in store.kept(many)}
    assert set(store.known(way)) == rows and len(rows) == 5 and store.known("f" * 16) == {}


def test_keys_tell_apart_what_would_come_out_otherwise():
    item = Item("3", {"a": 1, "b": [2]}, "p")
    same = Item("9", {"b": [2], "a": 1}, "p")
    assert digests_of(item) == digests_of(same)
    shot = dataclasses.replace(item, shots=({"a": 2},))
    assert digests_of(shot)[0] == digests_of(item)[0] and digests_of(shot)[1] != digests_of(item)[1]
    assert digests_of(dataclasses.replace(item, part="q"))[0] != digests_of(item)[0]
    way = Way("gsm8k", 1)
    changes = [{"task": "x"}, {"version": 2}, {"seed": 1}, {"chat": True}, {"samples": 2}, {"judge": "j"}]
    changes += [{"reader": "eve"}, {"more": (("stride", 2),)}]
    ways = [way, *(dataclasses.replace(way, **one) for one in changes)]
    assert len({one.with_model("m") for one in ways}) == len({one.with_items(["i"]) for one in ways}) == 9
    assert way.with_model("m") != way.with_model("n")
    assert key_of("0" * 16, ["a"], "one") != key_of("0" * 16, ["a"], "two")


def test_a_model_is_told_by_what_it_is_read_from(settings, tiny_gpt2, tmp_path):
    catalogue, copy = Catalogue(settings), tmp_path / "copy"
    shutil.copytree(tiny_gpt2, copy)
    names = f"path:{tiny_gpt2}", f"path:{copy}"
    (copy / "README.md").write_text("other words")
    (copy / "glassworks.json").write_text("{}")
    first, second = (digest_of_model(name, catalogue) for name in names)
    assert first == second
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert digest_of_model(names[1], catalogue) != first


def test_a_file_that_grows_is_read_to_its_last_whole_line(tmp_path):
    outcomes = [Outcome(str(n), "p", {"acc": float(n), "none": math.nan}, "Q", "A") for n in range(6)]
    lines = [line_of(Kept(one.id, one.id, one, {})).encode() for one in outcomes]
    file, growing = tmp_path / "lines.jsonl", Growing()
    assert growing.outcomes(file) == []
    file.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    assert [(one.id, one.values) for one in growing.outcomes(file)] == [("0", {"acc": 0}), ("1", {"acc": 1})]
    with file.open("ab") as more:
        more.write(lines[2][20:] + lines[3])
    assert [one.id for one in growing.outcomes(file)] == ["0", "1", "2", "3"]
    assert [one.id for one in growing.outcomes(file)] == ["0", "1", "2", "3"], "nothing twice"
    other = tmp_path / "other"
    other.write_bytes(b"".join(lines[4:] * 9))
    other.replace(file)
    assert [one.id for one in growing.outcomes(file)] == ["4", "5"] * 9, "another file in its place"
    file.write_bytes(lines[0])
    assert [one.id for one in growing.outcomes(file)] == ["0"]
