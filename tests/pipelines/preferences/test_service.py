"""Rounds and their people, files, rankings, and that what is another's does not exist."""

from dataclasses import replace

import pytest

from pipelines.core.errors import ConflictError, NotAllowedError, NotFoundError, SpecError
from pipelines.preferences import store as stores
from pipelines.preferences.formats import FORMATS, read, write
from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote
from pipelines.preferences.specs import RoundSpec
from tests.support.preference_rounds import joined, judged, opened, pairs, round_with


@pytest.fixture
def service(settings):
    return opened(settings)


def about(pair: Pair, choice: Choice = Choice.A, **values) -> Vote:
    return Vote("v", pair.id, values.pop("annotator", "model:judge"), choice, Kind.JUDGE, **values)


def test_a_round_is_its_owner_s_by_id_and_everybody_s_by_code(service):
    found = round_with(service, 1)
    assert service.round(found.id, "ann") == service.round(found.code, "ann") == found
    assert service.round(found.code, "ben") == replace(found, code="")
    with pytest.raises(NotFoundError):
        service.round(found.id, "ben")
    joined(service, found, "ben")
    assert service.round(found.id, "ben") == replace(found, code="")
    for name in ("", "nothing", found.code[:-1], "0" * 12, "%"):
        with pytest.raises(NotFoundError, match="no such round"):
            service.round(name, "ann")


def test_codes_cannot_be_guessed(service):
    codes = {service.create(RoundSpec(), "ann").code for _ in range(20)}
    assert len(codes) == 20 and min(map(len, codes)) >= 22


def test_only_the_owner_changes_and_reads_a_round(service):
    found = round_with(service, 1)
    joined(service, found, "ben")
    for name in (found.id, found.code):
        for ask in (
            service.pairs,
            service.votes,
            service.annotators,
            service.close_round,
            service.reopen,
            service.delete,
            lambda name, who: service.rename(name, "Mine", who),
            lambda name, who: service.add_pairs(name, who, pairs(1)),
            lambda name, who: service.add_votes(name, who, ()),
        ):
            with pytest.raises(NotFoundError, match="no such round"):
                ask(name, "ben")
    assert len(service.pairs(found.id, "ann")) == 1


def test_rounds_are_listed_renamed_and_deleted_with_all_that_is_in_them(service):
    first, second = round_with(service, 2), round_with(service, 2)
    assert [one.id for one in service.rounds("ann")] == [second.id, first.id] and service.rounds("ben") == []
    renamed = service.rename(first.id, "  Foxes ", "ann")
    assert renamed.title == renamed.spec.title == service.round(first.id, "ann").title
    with pytest.raises(SpecError, match="1 to 120"):
        service.rename(first.id, " ", "ann")
    vote = judged(service, first, "ann")
    service.delete(first.id, "ann")
    for ask in (service.round, service.pairs, service.next, service.forget):
        with pytest.raises(NotFoundError):
            ask(*((first.id, "ann") if ask != service.forget else ("ann", first.id)))
    with pytest.raises(NotFoundError):
        service.withdraw(vote.id, "ann")
    assert len(service.pairs(second.id, "ann")) == 2


def test_the_personal_round_is_made_once(service):
    found = service.personal("ann")
    assert service.personal("ann") == found and service.personal("ben").id != found.id
    service.close_round(found.id, "ann")
    assert service.personal("ann").id != found.id


def test_a_visitor_keeps_so_many_rounds(service, monkeypatch):
    monkeypatch.setattr(stores, "MAX_ROUNDS", 2)
    for _ in range(2):
        service.create(RoundSpec(), "ann")
    with pytest.raises(ConflictError, match="2 rounds"):
        service.create(RoundSpec(), "ann")
    assert service.create(RoundSpec(), "ben")


def test_a_round_of_no_prompts_is_refused(service):
    with pytest.raises(SpecError, match="at least one prompt"):
        service.create(RoundSpec(prompts="own", own_prompts=(" ",)), "ann")


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, None, 3])
def test_a_nickname_is_short_and_there(service, name):
    found = round_with(service, 1)
    with pytest.raises(SpecError, match="1 to 40"):
        service.join(found.code, "ben", name, True)
    with pytest.raises(SpecError, match="true or false"):
        service.join(found.code, "ben", "Ben", "yes")


def test_the_owner_sees_who_has_joined_and_a_vote_has_the_name(service):
    found = round_with(service, 2, annotators=2)
    joined(service, found, "ben")
    service.join(found.id, "ben", " Big   Ben ", True)
    assert [(one.visitor, one.name) for one in service.annotators(found.id, "ann")] == [
        ("ann", "owner"),
        ("ben", "Big Ben"),
    ]
    assert service.annotator(found.code, "ben").name == "Big Ben"
    assert service.annotator(found.code, "eve") is None
    assert judged(service, found, "ben").name == "Big Ben"


def test_an_annotator_s_votes_are_deleted_on_wish_and_only_theirs(service):
    found = round_with(service, 3, annotators=2)
    joined(service, found, "ben")
    for one in ("ann", "ben"):
        while judged(service, found, one):
            pass
    (mine, *_) = (one for one in service.votes(found.id, "ann") if one.annotator == "ben")
    with pytest.raises(NotFoundError):
        service.withdraw(mine.id, "ann")
    service.withdraw(mine.id, "ben")
    assert service.progress(found.id, "ben").mine == 2
    again = service.next(found.id, "ben")
    assert again.pair == mine.pair, "what was withdrawn may be asked again"
    assert service.forget("ben", found.code) == 2 and service.mine.held("ben").count == 0
    with pytest.raises(NotAllowedError):
        service.next(found.code, "ben")
    with pytest.raises(NotFoundError, match="not open"):
        service.vote(again.pair, "ben", "left")
    assert [one.annotator for one in service.votes(found.id, "ann")] == ["ann"] * 3


def test_progress_counts(service):
    found = round_with(service, 3, annotators=2)
    joined(service, found, "ben")
    judged(service, found, "ben"), judged(service, found, "ben", "skip")
    told = service.progress(found.code, "ben")
    assert (told.pairs, told.votes, told.wanted, told.mine, told.annotators) == (3, 1, 6, 2, 2)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_and_imported_elsewhere_is_the_same(service, format):
    extra = {"settings_a": {"temperature": 0.5}, "seed": 2**40, "extra": {"rating": 3}}
    found = service.create(RoundSpec(repeat_share=0), "ann")
    service.add_pairs(found.id, "ann", pairs(9, **extra))
    while judged(service, found, "ann", "right"):
        pass
    first = service.pairs(found.id, "ann")
    service.add_votes(found.id, "ann", [about(first[0], Choice.TIE, strength=3, note="Alike.", created=7.5)])
    text = "".join(write(format, first, service.votes(found.id, "ann")))
    other = service.create(RoundSpec(repeat_share=0), "ben")
    kept = service.add_pairs(other.id, "ben", *read(text, format))
    assert [replace(one, id="", round="", created=0) for one in kept] == [
        replace(one, id="", round="", created=0) for one in first
    ]
    places = {one.id: n for pairs_ in (first, kept) for n, one in enumerate(pairs_)}
    said = [
        sorted(
            (replace(one, id="", pair=str(places[one.pair])) for one in votes),
            key=lambda v: (v.pair, v.annotator),
        )
        for votes in (service.votes(found.id, "ann"), service.votes(other.id, "ben"))
    ]
    assert said[0] == said[1] and len(said[0]) == 10
    again = service.add_pairs(other.id, "ben", *read(text, format))
    assert {one.id for one in again}.isdisjoint(one.id for one in kept), "a second time is more of the same"


def test_repetitions_in_a_file_point_at_the_new_pairs(service):
    found = service.create(RoundSpec(repeat_share=0.5), "ann")
    first, *_ = given = pairs(4)
    kept = service.add_pairs(found.id, "ann", [*given, replace(first, id="again", repeats=first.id)])
    assert kept[-1].repeats == kept[0].id and len(service.pairs(found.id, "ann")) == 5


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text_a": "x" * 20_001}, "text_a accepts"),
        ({"text_b": None}, "text_b accepts"),
        ({"prompt": ()}, "1 to 64 messages"),
        ({"prompt": (Message("shouter", "Hi"),)}, "role accepts"),
        ({"prompt": (Message("user", "x" * 8_001),)}, "prompt accepts"),
        ({"seed": -1}, "seed accepts"),
        ({"repeats": "nothing"}, "repeats accepts"),
        ({"extra": {"a": float("nan")}}, "extra accepts"),
        ({"extra": [1]}, "extra accepts"),
        ({"id": "p0"}, "an id each"),
    ],
)
def test_one_pair_that_does_not_fit_keeps_the_whole_file_out(service, wrong, words):
    found = service.create(RoundSpec(), "ann")
    given = pairs(3)
    with pytest.raises(SpecError, match=words):
        service.add_pairs(found.id, "ann", [*given[:2], replace(given[2], **wrong)])
    assert service.pairs(found.id, "ann") == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pair": "elsewhere"}, "pair accepts"),
        ({"annotator": ""}, "annotator accepts"),
        ({"strength": 9}, "strength accepts"),
        ({"seconds": float("inf")}, "seconds accepts"),
        ({"note": "x" * 2_001}, "note accepts"),
    ],
)
def test_one_vote_that_does_not_fit_keeps_the_whole_file_out(service, wrong, words):
    found, given = service.create(RoundSpec(), "ann"), pairs(2)
    with pytest.raises(SpecError, match=words):
        service.add_pairs(found.id, "ann", given, [about(given[0]), replace(about(given[1]), **wrong)])
    assert service.pairs(found.id, "ann") == () == service.votes(found.id, "ann")


def test_a_judge_s_vote_takes_no_place_and_a_later_one_replaces_it(service):
    found = round_with(service, 1)
    (pair,) = service.pairs(found.id, "ann")
    service.add_votes(found.id, "ann", [about(pair), about(pair, Choice.B)])
    service.add_votes(found.id, "ann", [about(pair, Choice.TIE)])
    assert judged(service, found, "ann")
    kept = {one.kind: one.choice for one in service.votes(found.id, "ann")}
    assert kept[Kind.JUDGE] is Choice.TIE and len(kept) == 2
    with pytest.raises(SpecError, match="pair accepts"):
        service.add_votes(found.id, "ann", [replace(about(pair), pair="elsewhere")])


def test_a_round_takes_so_many_pairs(service, monkeypatch):
    monkeypatch.setattr(stores, "MAX_PAIRS", 3)
    found = round_with(service, 2)
    with pytest.raises(ConflictError, match="3 pairs"):
        service.add_pairs(found.id, "ann", pairs(2))


def test_a_ranking_is_a_vote_for_every_two(service):
    found = round_with(service, 0)
    texts = ["good", "best", "bad"]
    votes = service.rank(found.id, "ann", "How?", texts, [1, 0, 2])
    kept = {one.id: one for one in service.pairs(found.id, "ann")}
    won = set()
    for one in votes:
        pair = kept[one.pair]
        sides = (pair.text_a, pair.text_b) if one.choice is Choice.A else (pair.text_b, pair.text_a)
        won.add(sides)
    assert won == {("best", "good"), ("best", "bad"), ("good", "bad")}
    assert len({one.group for one in kept.values()}) == 1 and {one.origin for one in kept.values()} == {
        "ranked"
    }
    assert set(service.votes(found.id, "ann")) == set(votes)
    for texts_, order in (
        (texts, [0, 1]),
        (texts, [0, 0, 1]),
        (texts, [0, 1, "2"]),
        (["one"], [0]),
        (texts * 3, [*range(9)]),
        ("abc", [0, 1, 2]),
        ([1, 2, 3], [0, 1, 2]),
    ):
        with pytest.raises(SpecError):
            service.rank(found.id, "ann", "How?", texts_, order)
    with pytest.raises(NotAllowedError):
        service.rank(found.code, "ben", "How?", texts, [0, 1, 2])
