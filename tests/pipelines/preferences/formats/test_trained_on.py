"""What is exported is what training reads: the rows' own reader finds the format and the pairs in it."""

import pytest

from pipelines.preferences.formats import write
from pipelines.preferences.records import Message
from pipelines.training.rows import examples
from pipelines.training.rows.formats import examples_of
from pipelines.training.rows.reading import read
from tests.pipelines.preferences.formats.conftest import pair_of, vote_of

PROMPT = (
    Message("system", "Be kind."),
    Message("user", "Hi"),
    Message("assistant", "Yes?"),
    Message("user", "Go"),
)


def trained_on(tmp_path, format, task, prompt, whole):
    pairs = [pair_of(f"p{n}", prompt, f"better {n}", f"worse {n}") for n in range(12)]
    votes = [vote_of(pair.id, "a" if n % 2 else "b") for n, pair in enumerate(pairs[:10])]
    votes += [vote_of("p10", "tie")]  # and the last one nobody judged
    file = tmp_path / "export.jsonl"
    file.write_text("".join(write(format, pairs, votes, whole=whole)), encoding="utf-8")
    found = examples_of(read(file), task)
    assert not found.problems
    return found.examples


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("format", ["trl", "trl_conversational", "sharegpt", "hh"])
@pytest.mark.parametrize("prompt", ["Tell a story.", PROMPT], ids=["one message", "several"])
def test_pairs(tmp_path, format, prompt, whole):
    found = trained_on(tmp_path, format, "dpo", prompt, whole)
    sides = [(f"better {n}", f"worse {n}") if n % 2 else (f"worse {n}", f"better {n}") for n in range(10)]
    assert [(one.chosen, one.rejected) for one in found] == sides
    if format in ("trl_conversational", "sharegpt") and prompt is PROMPT:
        told = tuple(examples.Message(one.role, one.content) for one in PROMPT)
        assert all(one.prompt == told for one in found)


@pytest.mark.parametrize("whole", [True, False])
def test_kto(tmp_path, whole):
    found = trained_on(tmp_path, "kto", "kto", "Tell a story.", whole)
    assert len(found) == 20 and sum(one.good for one in found) == 10
    assert all(
        one.good == (one.completion.startswith("better") == bool(int(one.completion[-1]) % 2))
        for one in found
    )


def test_tables_of_the_hubs_library_keep_every_column(tmp_path):
    """The carried column is a text, so that no row's settings become another's."""
    datasets = pytest.importorskip("datasets")
    pairs = [pair_of(f"p{n}", settings_a={f"key{n}": n}) for n in range(3)]
    votes = [vote_of(pair.id) for pair in pairs]
    lines = list(write("trl", pairs, votes))
    file = tmp_path / "export.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    rows = datasets.Dataset.from_json(str(file), cache_dir=str(tmp_path / "cache"))
    rows.to_json(str(tmp_path / "back.jsonl"))
    from pipelines.preferences.formats import read as read_back

    assert read_back((tmp_path / "back.jsonl").read_text(encoding="utf-8")) == (tuple(pairs), tuple(votes))
