"""A cleaned corpus on disk: whole or absent, read back as written, and refused when damaged."""

import gzip
import json

import pytest

from pipelines.training.corpus import documents
from pipelines.training.curation.artifact import (
    CORPUS,
    REPORT,
    BrokenCorpusError,
    Example,
    Removed,
    Report,
    check_corpus,
    read_report,
    writing,
)
from pipelines.training.curation.statistics import Tally

TEXTS = ["one <|endoftext|> two", "zwei\nZeilen", "漢字 \ud800 end"]


def report(texts) -> Report:
    tally = Tally()
    for text in texts:
        tally.add(text, "en")
    step = Removed("min_characters", "too short", 1, 3, (Example("abc", "3 characters", ""),))
    made = tally.statistics()
    return Report("mine", "sample", {"limit": 3}, made, made, (step,), "end", 1.0, 2.0, ("one",))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "artifact"
    with writing(place) as writer:
        for text in TEXTS:
            writer.add(text)
        writer.finish(report(TEXTS))
    return place


def test_what_was_written_is_read_back(folder):
    check_corpus(folder)
    assert list(documents(folder / CORPUS)) == [*TEXTS[:2], "漢字 ? end"]
    assert read_report(folder) == report(TEXTS)


def test_without_finish_nothing_stays(tmp_path):
    with pytest.raises(RuntimeError), writing(tmp_path / "artifact") as writer:
        writer.add("text")
        raise RuntimeError("killed")
    assert list(tmp_path.iterdir()) == []


def test_documents_are_read_back_by_number(tmp_path):
    with writing(tmp_path / "artifact") as writer:
        for text in TEXTS:
            writer.add(text)
        assert writer.read_back({0, 1}) == {0: TEXTS[0], 1: TEXTS[1]}
        assert writer.read_back(set()) == {}


def test_the_same_documents_make_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        with writing(tmp_path / name) as writer:
            writer.add("text")
            writer.finish(report(TEXTS))
    assert (tmp_path / "a" / CORPUS).read_bytes() == (tmp_path / "b" / CORPUS).read_bytes()


def _cut(file):
    file.write_bytes(file.read_bytes()[:20])


def _other(file):
    with gzip.open(file, "wt") as out:
        out.write(json.dumps({"text": 7}) + "\n")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (CORPUS, _cut),
        (CORPUS, _other),
        (CORPUS, lambda file: file.unlink()),
        (REPORT, lambda file: file.write_text("{}")),
        (REPORT, lambda file: file.write_text("[1]")),
        (REPORT, lambda file: file.unlink()),
    ],
)
def test_a_damaged_one_is_refused(folder, name, damage):
    damage(folder / name)
    with pytest.raises(BrokenCorpusError):
        check_corpus(folder)
