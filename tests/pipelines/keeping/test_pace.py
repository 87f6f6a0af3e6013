"""How often a place is written, over a clock that the test moves."""

import random
from itertools import pairwise

from pipelines.keeping.pace import Pace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_hundred_an_hour_and_the_first_of_them_at_once():
    clock = Clock()
    pace, made = Pace(burst=20, every=36, clock=clock), []
    while clock.now < 1000 + 3600:
        if pace.wait() <= 0:
            pace.went()
            made.append(clock.now)
        clock.now += 0.1
    assert 100 <= len(made) <= 120 and made[4] - made[0] < 5 and made[9] - made[0] < 40
    gaps = [later - one for one, later in pairwise(made)]
    assert all(later > one - 0.2 for one, later in pairwise(gaps)) and 35 < gaps[-1] < 36.2
    clock.now += 3600
    pace.went()
    assert pace.wait() < 1, "after a quiet hour"


def test_waiting_as_long_as_it_says_is_enough():
    clock, rng = Clock(), random.Random(5)
    pace = Pace(burst=2, every=10, clock=clock)
    for _ in range(200):
        clock.now += pace.wait()
        assert pace.wait() < 1e-6
        pace.went() if rng.random() < 0.7 else pace.failed(rng.choice((0, 5, 400)))
        clock.now += rng.random() * 12


def test_after_faults_it_waits_longer_and_longer_up_to_a_limit():
    clock, waits = Clock(), []
    pace = Pace(burst=1000, every=0.001, clock=clock)
    for _ in range(12):
        pace.failed()
        waits.append(pace.wait())
        clock.now += pace.wait()
    assert waits[:4] == [2, 4, 8, 16] and waits == sorted(waits) and waits[-1] == 300
    pace.went()
    assert pace.wait() < 0.01, "all is well again"


def test_what_the_hub_asks_for_counts_when_it_is_longer():
    clock = Clock()
    pace = Pace(burst=1000, every=0.001, clock=clock)
    pace.failed(after=50)
    assert pace.wait() == 50
    clock.now += 50
    pace.failed(after=1)
    assert pace.wait() == 4
