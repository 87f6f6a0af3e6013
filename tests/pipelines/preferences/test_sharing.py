"""Rounds as files, and back: what comes out of a wiped disk's place is what went in."""

import json

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from pipelines.keeping.folder import FolderPlace
from pipelines.preferences.records import Message, Pair
from pipelines.preferences.sharing import file_of, head_of
from pipelines.preferences.specs import RoundSpec
from pipelines.preferences.tables import OF_A_ROUND, ROUNDS, SERVES
from tests.support.preference_rounds import joined, judged, opened, round_with

HOSTILE = "line\u2028break\u0085 </script> \ud83d half \x00 null 🦊\r\n"


@pytest.fixture
def service(settings):
    return opened(settings)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "bucket").mkdir()
    return FolderPlace(tmp_path / "bucket")


def keep(service, place) -> int:
    """Sends all; how many files changed."""
    batch = service.sharing.unsent()
    if batch is None:
        return 0
    place.commit(batch.changes, batch.message)
    batch.done()
    return len(batch.changes)


def fresh(tmp_path, name="other"):
    """A service on a disk of its own."""
    settings = Settings(home=tmp_path / name)
    settings.make_folders()
    return opened(settings)


def rows_of(service) -> dict[str, list[dict]]:
    """All that is kept, but for the versions."""
    from sqlalchemy import select

    kept = (ROUNDS, *(one for one in OF_A_ROUND if one is not SERVES))
    found = {table.name: service._store.rows(select(table)) for table in kept}
    return {
        name: sorted(
            (
                {key: value for key, value in row._mapping.items() if key not in ("version", "sent")}
                for row in rows
            ),
            key=str,
        )
        for name, rows in found.items()
    }


def lines_of(place, found) -> list[dict]:
    text = (place._root / file_of(found.id)).read_text()
    return [json.loads(line) for line in text.split("\n") if line]


def full_round(service):
    """Votes of three, of every kind, on pairs with everything in them; one pair waits."""
    found = service.create(
        RoundSpec(title=HOSTILE[:20], guidelines="Prefer foxes.", annotators=3, repeat_share=0.5), "ann"
    )
    kept = [
        Pair(f"p{n}", "", (Message("system", "Be kind."), Message("user", f"{HOSTILE}{n}")), HOSTILE, f"b{n}",
             "house/a", "owner/b", {"top_p": 0.9}, {"seed": n}, 2**62, extra={"source": [HOSTILE, n]})
        for n in range(3)
    ]  # fmt: skip
    service.add_pairs(found.id, "ann", kept)
    joined(service, found, "ben", "eve")
    for visitor, choice in (("ann", "left"), ("ben", "tie"), ("eve", "skip"), ("ann", "both_bad")):
        judged(service, found, visitor, choice)
    service.rank(found.id, "ben", "Which?", ["x", "y", HOSTILE], [2, 0, 1])
    shown = service.next(found.id, "eve")
    service.vote(shown.pair, "eve", "right", 3, ["clear", "ending"], HOSTILE, "Better.", 4.5)
    return found


def test_a_round_comes_back_as_it_was(service, place, tmp_path):
    found = full_round(service)
    service.close_round(round_with(service, 2).id, "ann")
    assert keep(service, place) == 4 and service.sharing.waiting() == 0 == keep(service, place)
    other = fresh(tmp_path)
    assert other.sharing.restore(place) == [] and rows_of(other) == rows_of(service)
    assert other.round(found.code, "eve").spec == found.spec and other.sharing.waiting() == 0
    assert other.votes(found.id, "ann") == service.votes(found.id, "ann") != ()
    assert other.next(found.id, "ann") is not None, "votes go on"
    assert other.sharing.restore(place) == [], "what is here is not taken twice"


def test_a_line_is_a_vote_with_its_pair_or_a_pair_that_waits(service, place):
    found = round_with(service, 3)
    votes = [judged(service, found, "ann") for _ in range(2)]
    keep(service, place)
    rows = lines_of(place, found)
    assert {row["vote_id"] for row in rows} - {None} == {one.id for one in votes}
    assert len(rows) == 3 and len({frozenset(row) for row in rows}) == 1, "one table for all"
    assert all(row["prompt"][0]["content"].startswith("Question") for row in rows)
    assert {row["vote_choice"] for row in rows} <= {"a", "b", None}


def test_what_was_withdrawn_forgotten_or_deleted_stays_so(service, place, tmp_path):
    found, other = round_with(service, 3, annotators=2), round_with(service, 1)
    joined(service, found, "ben")
    mine = [judged(service, found, "ann") for _ in range(3)]
    judged(service, found, "ben"), judged(service, other, "ann")
    keep(service, place)
    service.withdraw(mine[0].id, "ann")
    service.forget("ben", found.id)
    keep(service, place)
    assert {row["vote_id"] for row in lines_of(place, found)} - {None} == {one.id for one in mine[1:]}
    assert (
        "ben"
        not in (place._root / file_of(found.id)).read_text() + (place._root / head_of(found.id)).read_text()
    )
    service.delete(found.id, "ann")
    service.sharing.restore(place)
    assert service.rounds("ann") == [other], "deleted here, and not yet there"
    keep(service, place)
    assert place.names() == [file_of(other.id), head_of(other.id)]
    back = fresh(tmp_path)
    back.sharing.restore(place)
    assert [one.id for one in back.rounds("ann")] == [other.id]


def test_a_round_that_is_deleted_while_it_is_sent_is_taken_away_again(service, place):
    found = round_with(service, 1)
    batch = service.sharing.unsent()
    place.commit(batch.changes, batch.message)
    service.delete(found.id, "ann")
    batch.done()
    assert service.rounds("ann") == [] and keep(service, place) == 2
    assert place.names() == [] and keep(service, place) == 0 == service.sharing.waiting()


def test_every_change_is_sent_not_votes_alone(service, place):
    found = service.create(RoundSpec(title="Empty"), "ann")
    changes = (
        lambda: service.rename(found.id, "Foxes", "ann"),
        lambda: service.close_round(found.id, "ann"),
        lambda: service.reopen(found.id, "ann"),
        lambda: joined(service, found, "ben"),
        lambda: service.add_pairs(found.id, "ann", [Pair("p", "", (Message("user", "?"),), "a", "b")]),
        lambda: service.forget("ben", found.id),
    )
    assert keep(service, place) == 2, "a round that has nothing yet has a code that people know"
    for change in changes:
        change()
        assert keep(service, place) == 2 and keep(service, place) == 0


def test_a_receipt_is_of_its_moment_and_of_its_process(service, place, settings):
    found = round_with(service, 3)
    before = service.sharing.receipt(found.id)
    batch = service.sharing.unsent()
    judged(service, found, "ann")
    after = service.sharing.receipt(found.id)
    place.commit(batch.changes, batch.message)
    batch.done()
    saved = service.sharing.saved
    assert saved(found.id, before) and not saved(found.id, after) and service.sharing.waiting() == 1
    keep(service, place)
    assert saved(found.id, after)
    again = opened(settings)
    for receipt in (after, "", "x.1", after.partition(".")[0]):
        with pytest.raises(NotFoundError, match="send this vote again"):
            again.sharing.saved(found.id, receipt)


@pytest.mark.parametrize("damage", ["{", "[]", '{"spec": 3}', ""])
def test_a_damaged_round_is_named_and_left_as_it_is(service, place, tmp_path, damage):
    bad, good = round_with(service, 1), round_with(service, 1)
    keep(service, place)
    (place._root / head_of(bad.id)).write_text(damage)
    other = fresh(tmp_path)
    assert other.sharing.restore(place) == [head_of(bad.id)]
    assert [one.id for one in other.rounds("ann")] == [good.id]
    keep(other, place)
    assert (place._root / head_of(bad.id)).read_text() == damage


def test_a_file_of_another_round_brings_nothing_in(service, place, tmp_path):
    one, other = round_with(service, 1), round_with(service, 1)
    keep(service, place)
    (place._root / file_of(one.id)).write_bytes((place._root / file_of(other.id)).read_bytes())
    assert fresh(tmp_path).sharing.restore(place) == [head_of(one.id)]
