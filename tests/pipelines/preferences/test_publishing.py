"""A round as a folder for the Hub: rows of every format, a card, and nobody's id."""

import json

import pytest
import yaml

from pipelines.core.errors import ConflictError, SpecError
from pipelines.preferences.formats import FORMATS, read
from pipelines.preferences.publishing import CARD, LICENCES, ROWS, Published, publish, without_ids
from pipelines.preferences.records import Choice, Kind, Vote
from tests.support.preference_rounds import joined, judged, opened, round_with

HOSTILE = "Foxes: <script>\n---\nlicense: mit [x](y)"
WHO = ("visitor-1f", "visitor-2f", "hub-3f")


@pytest.fixture
def voted(settings):
    """(round, pairs, votes): six pairs, each with three people's votes and a judge's."""
    service = opened(settings)
    found = round_with(service, 6, "owner", annotators=3, title=HOSTILE, guidelines="Kinder.\n<b>Short.")
    joined(service, found, *WHO)
    for number, visitor in enumerate(WHO):
        while judged(service, found, visitor, ("left", "right", "tie")[number]):
            pass
    pairs = service.pairs(found.id, "owner")
    judges = [Vote("j", one.id, "model:house/j", Choice.A, Kind.JUDGE, "house/j") for one in pairs]
    service.add_votes(found.id, "owner", judges)
    return found, pairs, service.votes(found.id, "owner")


def front(folder):
    _, head, body = (folder / CARD).read_text().split("---\n", 2)
    return yaml.safe_load(head), body


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_comes_back_with_people_who_have_numbers(tmp_path, voted, format):
    found, pairs, votes = voted
    publish(tmp_path, found, pairs, votes, Published(format))
    text = (tmp_path / ROWS).read_text()
    assert not any(one in text + (tmp_path / CARD).read_text() for one in (*WHO, "owner", found.code))
    back, cast = read(text)
    assert [(one.prompt, one.text_a, one.text_b) for one in back] == [
        (one.prompt, one.text_a, one.text_b) for one in pairs
    ]
    key = lambda one: (one.pair, one.annotator)  # noqa: E731
    assert sorted(cast, key=key) == sorted(without_ids(votes), key=key)
    assert {one.annotator for one in cast} == {"person-1", "person-2", "person-3", "model:house/j"}
    assert {one.name for one in cast if one.kind is Kind.HUMAN} == {one.title() for one in WHO}


def test_the_card_says_what_is_in_it_and_no_title_breaks_out(tmp_path, voted):
    publish(tmp_path, *voted, Published("kto", "odc-by"))
    head, body = front(tmp_path)
    assert head["license"] == "odc-by" and head["configs"][0]["data_files"] == ROWS
    assert head["pretty_name"] == voted[0].title and "preference" in head["tags"]
    assert "<script>" not in body and "[x](y)" not in body and "<b>" not in body
    for words in ("6 pairs", "24 votes (18 by people, 6 by models) of 3 annotators", "6 ties", "> Kinder"):
        assert words in body, words
    rows = len((tmp_path / ROWS).read_text().splitlines())
    assert f"{rows} rows" in body and "house/a" in body and "The column `glassworks`" in body


def test_plain_rows_hold_nothing_of_the_votes(tmp_path, voted):
    publish(tmp_path, *voted, Published("trl", whole=False))
    rows = [json.loads(line) for line in (tmp_path / ROWS).read_text().splitlines()]
    assert rows and all(set(row) == {"prompt", "chosen", "rejected"} for row in rows)
    assert "glassworks`" not in (tmp_path / CARD).read_text()


def test_the_hubs_own_library_reads_the_card(tmp_path, voted):
    from huggingface_hub import DatasetCard

    for licence in LICENCES:
        publish(tmp_path, *voted, Published(licence=licence))
        assert DatasetCard.load(tmp_path / CARD).data.license == licence


def test_without_a_row_nothing_is_published(tmp_path, voted):
    found, pairs, votes = voted
    skipped = [one for one in votes if one.choice is Choice.TIE]
    for given in ((found, (), (), Published()), (found, pairs, skipped, Published(whole=False))):
        with pytest.raises(ConflictError, match="nothing to publish"):
            publish(tmp_path, *given)


@pytest.mark.parametrize("wrong", [{"format": "rated"}, {"licence": "mine"}, {"whole": 1}, {"format": None}])
def test_wrong_wishes_are_named(wrong):
    with pytest.raises(SpecError, match=f"{next(iter(wrong))} accepts"):
        Published(**wrong)
