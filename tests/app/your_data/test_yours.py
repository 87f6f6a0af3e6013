"""What is kept of one visitor: all of it, and nothing of another's; told, taken along, deleted."""

import json
import random
import time

import pytest
from sqlalchemy import String, Text, inspect, text

from app.your_data.kind import safe
from pipelines.core.errors import SpecError
from pipelines.jobs.states import JobState
from tests.support.your_data import KINDS, mark, texts_of

EVE, ADA, BOB = "visitor-eve", "visitor-ada", "visitor-bob"
WHO = {"owner", "annotator", "visitor"}  # columns that hold a visitor's id


def counts(data, visitor) -> dict[str, int]:
    return {one.kind.name: one.held.count for one in data.yours.told(visitor) if one.held.count}


def rows_naming(services, visitor) -> dict[str, int]:
    """Table → rows that have this in any of their columns."""
    engine, found = services.rag.store.database.engine, {}
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            columns = inspect(engine).get_columns(table)
            named = [one["name"] for one in columns if isinstance(one["type"], String | Text)]
            where = " OR ".join(f'"{name}" LIKE :like' for name in named) or "FALSE"
            asked = text(f'SELECT count(*) FROM "{table}" WHERE {where}')
            found[table] = connection.execute(asked, {"like": f"%{visitor}%"}).scalar_one()
    return {table: count for table, count in found.items() if count}


def tables_of_visitors(services) -> set[str]:
    known = inspect(services.rag.store.database.engine)
    return {
        table for table in known.get_table_names() if WHO & {one["name"] for one in known.get_columns(table)}
    }


def files_naming(services, words) -> list[str]:
    home = services.settings.home
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file()
        and not path.name.startswith("glassworks.db")
        and words.encode() in path.read_bytes()
    ]


def test_every_kind_can_be_kept_and_every_table_of_visitors_is_known(data, services, keeper):
    assert set(KINDS) == {kind.name for kind in data.yours.kinds}
    for name in KINDS:
        getattr(keeper, name)(EVE, 1)
    assert counts(data, EVE) == dict.fromkeys(KINDS, 1) and counts(data, ADA) == {}
    assert all(one.held.bytes > 0 for one in data.yours.told(EVE))
    shown = services.preferences.next(keeper.shared.id, "host")  # a pair that is looked at
    assert shown and services.preferences.join(keeper.shared.code, EVE, mark(EVE), True)
    keeper.votes(EVE, 2)
    services.preferences.add_pairs(
        keeper.shared.id, "host", services.preferences.pairs(keeper.shared.id, "host")
    )
    assert services.preferences.next(keeper.shared.id, EVE), "a pair is open for eve"
    assert set(rows_naming(services, EVE)) >= tables_of_visitors(services)
    assert files_naming(services, mark(EVE))


def test_nothing_is_left_of_who_was_forgotten(data, services, keeper):
    for name in KINDS:
        for visitor in (EVE, ADA):
            getattr(keeper, name)(visitor, 1)
    before = rows_naming(services, ADA)
    gone = data.yours.forget(EVE)
    assert {name: one.count for name, one in gone.items()} == dict.fromkeys(KINDS, 1)
    assert not any(one.left for one in gone.values())
    end = time.monotonic() + 30
    while (left := (rows_naming(services, EVE), files_naming(services, mark(EVE)))) != ({}, []):
        assert time.monotonic() < end, left  # vectors, texts and rows of a collection go in its worker
        time.sleep(0.02)
    assert rows_naming(services, ADA) == before and counts(data, ADA) == dict.fromkeys(KINDS, 1)
    assert {one.count for one in data.yours.forget(EVE).values()} == {0}


def test_the_zip_has_all_of_one_visitor_and_nothing_of_another(data, keeper):
    for name in KINDS:
        for visitor in (EVE, ADA):
            getattr(keeper, name)(visitor, 1)
    found = texts_of(data.archive(EVE, []))
    assert not any(mark(ADA) in one or mark(ADA) in name for name, one in found.items())
    tops = {name.partition("/")[0].partition(".")[0] for name in found}
    assert tops == {*KINDS, "names"}
    for kind in KINDS:
        own = [one for name, one in found.items() if name.startswith(kind)]
        assert any(mark(EVE) in one for one in own), kind
    for name, one in found.items():
        assert not name.endswith(".jsonl") or all(json.loads(line) for line in one.splitlines()), name
    assert any(name.endswith(" a note_.md.txt") for name in found)


def test_an_annotator_is_not_told_the_models_and_an_owner_not_the_votes_of_others(data, services, keeper):
    keeper.votes(EVE, 1)
    keeper.rounds(EVE, 1)
    found = texts_of(data.archive(EVE, []))
    assert "house/secret" not in found["votes.jsonl"] and "Which one? 1" in found["votes.jsonl"]
    [pairs] = [one for name, one in found.items() if name.endswith("/pairs.jsonl")]
    assert "house/a" in pairs and not any("judged" in name for name in found)
    assert not any("Host" in one for one in found.values())


def test_other_kinds_stay_where_some_are_named(data, keeper):
    for name in KINDS:
        keeper_of = getattr(keeper, name)
        keeper_of(EVE, 1), keeper_of(EVE, 2)
    found = texts_of(data.archive(EVE, ["trees", "chats"]))
    assert set(found) == {"trees.jsonl", "chats.jsonl"}
    data.yours.forget(EVE, ["trees", "chats"])
    assert counts(data, EVE) == {name: 2 for name in KINDS if name not in ("trees", "chats")}
    for wrong in (["runs"], "trees", [1], [["trees"]]):
        with pytest.raises(SpecError, match="kinds accepts"):
            data.yours.forget(EVE, wrong)
        with pytest.raises(SpecError):
            data.archive(EVE, wrong)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_visitors_make_and_delete_the_others_have_what_they_had(data, keeper, seed):
    draw, visitors = random.Random(seed), (EVE, ADA, BOB)
    kept = {visitor: {} for visitor in visitors}
    for number in range(30):
        visitor, kind = draw.choice(visitors), draw.choice(KINDS)
        if draw.random() < 0.75:
            getattr(keeper, kind)(visitor, number)
            kept[visitor][kind] = kept[visitor].get(kind, 0) + 1
        else:
            wanted = [] if draw.random() < 0.3 else [kind]
            gone = data.yours.forget(visitor, wanted)
            assert {name: one.count for name, one in gone.items() if one.count} == {
                name: count for name, count in kept[visitor].items() if not wanted or name in wanted
            }
            kept[visitor] = {k: n for k, n in kept[visitor].items() if wanted and k not in wanted}
        assert {one: counts(data, one) for one in visitors} == kept
    for visitor in visitors:
        found = texts_of(data.archive(visitor, []))
        said = "".join([*found, *found.values()])
        assert (mark(visitor) in said) == bool(kept[visitor])
        assert not any(mark(other) in said for other in visitors if other != visitor)


def test_a_waiting_job_is_cancelled_first_and_one_that_others_stand_on_is_left(data, services, keeper):
    waits = services.jobs.submit("pretrain", {"corpus": "sample", "name": "Waits"}, EVE)
    base = keeper.jobs(EVE, 1)
    services.jobs.submit("pretrain", {"corpus": "sample", "start_from": f"run/{base}"}, "owner")
    [left] = data.yours.forget(EVE, ["jobs"])["jobs"].left
    assert base in left.what and "begins from" in left.why and counts(data, EVE) == {"jobs": 1}
    assert waits.id not in {one.id for one in services.jobs.list()}
    [other] = services.jobs.list(owner="owner")
    services.jobs._store.transition(other.id, {JobState.QUEUED}, JobState.CANCELLED)
    assert data.yours.forget(EVE, ["jobs"])["jobs"].count == 1


def test_one_kind_that_fails_does_not_keep_the_others(data, services, keeper, monkeypatch):
    keeper.trees(EVE, 1), keeper.chats(EVE, 1)
    broken = next(kind for kind in data.yours.kinds if kind.name == "chats")

    def fail(_):
        raise OSError("/secret/place")

    object.__setattr__(broken, "forget", fail)
    gone = data.yours.forget(EVE)
    assert gone["trees"].count == 1 and "secret" not in gone["chats"].left[0].why


def test_names_of_files_are_those_of_every_system():
    assert safe("../../x") == "_.._x" and safe("a\\b:c*d") == "a_b_c_d" and safe("...") == "unnamed"
    assert safe("ünï 好.txt") == "ünï 好.txt" and safe("x" * 300 + ".md").endswith(".md")
    assert len(safe("x" * 300)) == 80
