"""The tests of the queue once more, and 20 people who vote through two apps."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.pipelines.preferences.test_queue import *  # noqa: F403
from tests.support.preference_rounds import joined, judged, opened, round_with

PEOPLE, PAIRS, PLACES = 20, 10, 6


def test_of_20_people_at_two_apps_as_many_get_a_pair_as_it_has_places(settings):
    apps = (
        opened(settings),
        opened(settings),
    )  # whose writers have no line in common: the database orders them
    found = round_with(apps[0], PAIRS, annotators=PLACES)
    people = [f"visitor{n}" for n in range(PEOPLE)]
    joined(apps[0], found, *people)
    start = threading.Barrier(PEOPLE)

    def vote(n):
        start.wait()
        while judged(apps[n % 2], found, people[n], ("left", "right", "tie")[n % 3]):
            pass

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(vote, range(PEOPLE)))
    votes = apps[1].votes(found.id, "ann")
    assert Counter(one.pair for one in votes) == {one.id: PLACES for one in apps[1].pairs(found.id, "ann")}
    assert len({(one.pair, one.annotator) for one in votes}) == PAIRS * PLACES
