"""The queue: places, sides, repetitions, and what a vote may be given on."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.core.errors import ConflictError, NotAllowedError, NotFoundError
from pipelines.preferences import queue
from pipelines.preferences.records import Choice
from tests.support.preference_rounds import Clock, joined, judged, opened, round_with


@pytest.fixture
def service(settings):
    return opened(settings)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(queue, "time", made)
    return made


def test_a_pair_goes_to_as_many_people_as_the_round_says_and_to_each_once(service):
    found = round_with(service, 3, annotators=2)
    joined(service, found, "ben", "eve")
    for one in ("ben", "eve"):
        seen = [judged(service, found, one).pair for _ in range(3)]
        assert len(set(seen)) == 3 and judged(service, found, one) is None
    assert judged(service, found, "ann") is None, "every place is taken"
    assert Counter(one.pair for one in service.votes(found.id, "ann")).most_common()[-1][1] == 2


def test_what_is_open_comes_again_and_is_kept_from_others(service):
    found = round_with(service, 1)
    joined(service, found, "ben")
    first = service.next(found.id, "ben")
    assert service.next(found.code, "ben") == first and service.next(found.id, "ann") is None
    service.vote(first.pair, "ben", "tie")
    assert service.next(found.id, "ben") is None


def test_a_pair_that_lay_too_long_frees_its_place(service, clock):
    found = round_with(service, 1)
    joined(service, found, "ben", "eve")
    left = service.next(found.id, "ben")
    clock.ahead = queue.PATIENCE + 1
    assert service.next(found.id, "eve").pair == left.pair
    with pytest.raises(ConflictError, match="open for so long"):
        service.vote(left.pair, "ben", "left")
    assert service.next(found.id, "ben") is None, "it is not open for them any more"
    service.vote(left.pair, "eve", "left")
    assert len(service.votes(found.id, "ann")) == 1


def test_a_pair_that_lay_too_long_and_is_still_free_can_be_judged(service, clock):
    found = round_with(service, 2)
    joined(service, found, "ben")
    left = service.next(found.id, "ben")
    clock.ahead = queue.PATIENCE + 1
    again = service.next(found.id, "ben")
    assert (again.pair, again.flipped) == (left.pair, left.flipped) and again.created > left.created
    clock.ahead *= 2
    assert service.vote(left.pair, "ben", "left").pair == left.pair


def test_a_skip_frees_the_place_for_another_and_counts_for_nothing(service):
    found = round_with(service, 1)
    joined(service, found, "ben", "eve")
    assert judged(service, found, "ben", "skip").choice is Choice.SKIP
    assert service.next(found.id, "ben") is None
    assert service.progress(found.id, "ben").votes == 0
    assert judged(service, found, "eve")
    with pytest.raises(ConflictError, match="since you skipped"):
        service.revise(service.votes(found.id, "ann")[0].pair, "ben", "left")


def test_the_order_is_another_for_each_and_the_sides_are_by_chance(service):
    found = round_with(service, 40, annotators=3)
    joined(service, found, "ben")
    seen = {one: [judged(service, found, one) for _ in range(40)] for one in ("ann", "ben")}
    orders = [[vote.pair for vote in votes] for votes in seen.values()]
    made = [pair.id for pair in service.pairs(found.id, "ann")]
    assert orders[0] != orders[1] and made not in orders and set(orders[0]) == set(orders[1])
    flipped = sum(vote.flipped for votes in seen.values() for vote in votes)
    assert 15 <= flipped <= 65  # of 80: a fair coin is outside once in some hundred million times
    for votes in seen.values():
        assert all(vote.choice is (Choice.B if vote.flipped else Choice.A) for vote in votes)


def test_texts_are_served_on_the_side_that_the_vote_means(service):
    found = round_with(service, 20)
    texts = {one.id: one for one in service.pairs(found.id, "ann")}
    for _ in range(20):
        shown = service.next(found.id, "ann")
        pair = texts[shown.pair]
        assert (shown.left, shown.right) == (
            (pair.text_b, pair.text_a) if shown.flipped else (pair.text_a, pair.text_b)
        )
        service.vote(shown.pair, "ann", "left")


def test_a_repetition_comes_to_who_judged_the_pair_and_not_at_once(service):
    found = round_with(service, 12, repeat_share=0.5)
    kept = service.pairs(found.id, "ann")
    again = {one.id: one.repeats for one in kept if one.repeats}
    seen = []
    while vote := judged(service, found, "ann"):
        seen.append(vote.pair)
    assert len(set(seen)) == len(seen) >= 12
    for place, pair in enumerate(seen):
        if pair in again:
            assert place - seen.index(again[pair]) > queue.GAP
    assert service.progress(found.id, "ann").wanted == 12
    joined(service, found, "ben")
    assert service.next(found.id, "ben") is None, "who did not judge the pair does not see its repetition"


def test_as_many_pairs_are_repeated_as_the_round_says(service):
    found = round_with(service, 400, repeat_share=0.25)
    repeats = [one for one in service.pairs(found.id, "ann") if one.repeats]
    assert 50 <= len(repeats) <= 150 and len({one.repeats for one in repeats}) == len(repeats)


def test_the_same_vote_again_counts_once_and_another_is_refused(service):
    found = round_with(service, 1)
    shown = service.next(found.id, "ann")
    first = service.vote(shown.pair, "ann", "left", 2, ["style"], "It rhymes.", "Better.", 3.0)
    assert service.vote(shown.pair, "ann", "left", 2, ["style"], "It rhymes.", "Better.", 9.0) == first
    with pytest.raises(ConflictError, match="judged this pair already"):
        service.vote(shown.pair, "ann", "right")
    assert service.votes(found.id, "ann") == (first,)
    changed = service.revise(shown.pair, "ann", "right", 1)
    assert (changed.id, changed.created, changed.strength) == (first.id, first.created, 1)
    assert service.votes(found.id, "ann") == (changed,) and changed.choice is not first.choice


def test_the_same_vote_from_many_threads_is_one_row(service):
    found = round_with(service, 1)
    shown, start = service.next(found.id, "ann"), threading.Barrier(8)

    def send(_):
        start.wait()
        return service.vote(shown.pair, "ann", "left")

    with ThreadPoolExecutor(8) as pool:
        ids = {vote.id for vote in pool.map(send, range(8))}
    assert len(ids) == 1 == len(service.votes(found.id, "ann"))


def test_only_what_is_open_for_a_visitor_can_be_judged(service):
    found = round_with(service, 2)
    joined(service, found, "ben")
    shown = service.next(found.id, "ann")
    for visitor, pair in (("ben", shown.pair), ("eve", shown.pair), ("ann", "no such pair"), ("ann", "")):
        with pytest.raises(NotFoundError, match="not open for you"):
            service.vote(pair, visitor, "left")
    with pytest.raises(NotFoundError, match="no such vote"):
        service.revise(shown.pair, "ann", "left")
    assert service.votes(found.id, "ann") == ()


def test_without_consent_there_is_no_pair(service):
    found = round_with(service, 1)
    with pytest.raises(NotAllowedError, match="agreed"):
        service.next(found.code, "ben")
    service.join(found.code, "ben", "Ben", False)
    with pytest.raises(NotAllowedError, match="agreed"):
        service.next(found.code, "ben")
    service.join(found.code, "ben", "Ben", True)
    shown = service.next(found.code, "ben")
    service.join(found.code, "ben", "Ben", False)
    with pytest.raises(NotAllowedError, match="agreed"):
        service.vote(shown.pair, "ben", "left")


def test_a_closed_round_takes_no_vote_and_still_knows_the_first(service):
    found = round_with(service, 2)
    vote = judged(service, found, "ann")
    shown = service.next(found.id, "ann")
    assert not service.close_round(found.id, "ann").open
    with pytest.raises(ConflictError, match="closed"):
        service.next(found.id, "ann")
    with pytest.raises(ConflictError, match="closed"):
        service.vote(shown.pair, "ann", "left")
    with pytest.raises(ConflictError, match="closed"):
        service.revise(vote.pair, "ann", "right")
    assert service.vote(vote.pair, "ann", "left") == vote
    assert service.reopen(found.id, "ann").open and service.vote(shown.pair, "ann", "tie")


def test_seconds_are_no_more_than_the_pair_was_open(service, clock):
    found = round_with(service, 3)
    one = service.next(found.id, "ann")
    clock.ahead = 10.0
    assert 9.9 < service.vote(one.pair, "ann", "left", seconds=500).seconds < 12
    two = service.next(found.id, "ann")
    clock.ahead = 20.0
    assert service.vote(two.pair, "ann", "left", seconds=4).seconds == 4
    three = service.next(found.id, "ann")
    clock.ahead = 30.0
    assert 9.9 < service.vote(three.pair, "ann", "left").seconds < 12


@pytest.mark.parametrize("places", [1, 3])
def test_people_at_once_never_get_more_places_than_there_are(service, places):
    found = round_with(service, 12, annotators=places)
    people = [f"visitor{n}" for n in range(8)]
    joined(service, found, *people)
    start = threading.Barrier(len(people))

    def work(visitor):
        start.wait()
        while judged(service, found, visitor):
            pass

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(work, people))
    counts = Counter(one.pair for one in service.votes(found.id, "ann"))
    assert set(counts.values()) == {places} and len(counts) == 12
    progress = service.progress(found.id, "ann")
    assert progress.votes == progress.wanted == 12 * places
