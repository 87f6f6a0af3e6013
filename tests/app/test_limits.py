"""What a visitor may use: the windows against a brute-force oracle, whose share counts, what is said."""

import random
import threading
from collections import defaultdict
from contextlib import suppress
from types import SimpleNamespace

import pytest

from app.addresses import address_of
from app.identity import Visitor
from app.limits import ADDRESS_SHARE, MB, Limits
from app.windows import FullError, Windows
from pipelines.core.errors import TooMuchError
from pipelines.core.settings import Settings

OWNER = Visitor("owner", True, "owner")
SIGNED_IN = Visitor("hub-1", False, "ada", signed_in=True)


def guest(number=1):
    return Visitor(f"visitor-{number}", False, "visitor")


def request(peer="8.8.8.8", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(headers=named, client=SimpleNamespace(host=peer))


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def limits(clock, space=True, **given):
    space_id = "someone/glassworks" if space else ""
    return Limits(Settings(SPACE_ID=space_id, **given), clock)


def message(call, *arguments):
    with pytest.raises(TooMuchError) as caught:
        call(*arguments)
    return str(caught.value), caught.value.seconds


# The windows.


def test_no_window_ever_holds_more_than_its_limit_and_the_wait_is_exact(clock):
    """Times are multiples of 1/8, which floats hold exactly."""
    chance, most = random.Random(12), {"a": 30, "b": 50}
    windows, taken = Windows(60, clock), defaultdict(list)

    def fits(keys, amount, at):
        used = {key: sum(a for t, a in taken[key] if at - 60 < t <= clock.now) for key in keys}
        return all(used[key] + amount <= most[key] for key in keys)

    refused = 0
    for _ in range(3000):
        clock.now += chance.randrange(40) / 8
        keys, amount = chance.choice((["a"], ["b"], ["a", "b"])), chance.randint(1, 35)
        shares = {key: most[key] for key in keys}
        if fits(keys, amount, clock.now):
            windows.take(shares, amount)
            for key in keys:
                taken[key].append((clock.now, amount))
            continue
        with pytest.raises(FullError) as full:
            windows.take(shares, amount)
        refused += 1
        if (wait := full.value.seconds) == float("inf"):
            assert any(amount > most[key] for key in keys)
            continue
        assert fits(keys, amount, clock.now + wait) and not fits(keys, amount, clock.now + wait - 0.125)
    assert 500 < refused < 2500


def test_what_was_not_used_is_given_back(clock):
    windows = Windows(60, clock)
    use = windows.take({"me": 10}, 10)
    with pytest.raises(FullError):
        windows.take({"me": 10}, 1)
    use.amount = 3
    windows.take({"me": 10}, 7)


def test_a_refusal_takes_nothing_of_any_key(clock):
    windows = Windows(60, clock)
    windows.take({"address": 10}, 8)
    with pytest.raises(FullError, match="address"):
        windows.take({"me": 10, "address": 10}, 5)
    windows.take({"me": 10}, 10)


def test_keys_are_forgotten_when_their_window_is_empty(clock):
    windows = Windows(60, clock)
    for number in range(500):
        windows.take({f"visitor-{number}": 10}, 1)
        clock.now += 1
    assert len(windows) <= 121  # of two windows' length at the most
    clock.now += 61
    windows.take({"last": 10}, 1)
    assert len(windows) == 1


def test_threads_together_take_no_more_than_the_limit(clock):
    windows, taken = Windows(60, clock), []

    def work():
        for _ in range(200):
            with suppress(FullError):
                taken.append(windows.take({"me": 500}, 1))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 500


# Whose share, and what is said.


def test_tokens_of_a_minute_and_when_to_come_back(clock):
    held = limits(clock, visitor_tokens_per_minute=1000)
    held.tokens(guest(), request(), 600)
    clock.now += 20
    told, seconds = message(held.tokens, guest(), request(), 500)
    assert "At most 1,000 tokens a minute are accepted from a visitor here." in told
    assert "Come back in 40 seconds." in told and seconds == 40
    clock.now += 40
    held.tokens(guest(), request(), 500)


def test_what_asks_for_more_than_a_minutes_worth_is_told_to_ask_for_less(clock):
    held = limits(clock, visitor_tokens_per_minute=1000)
    told, seconds = message(held.tokens, guest(), request(), 1001)
    assert "This may take 1,001: ask for fewer or shorter texts." in told and seconds == 0
    held.tokens(guest(), request(), 1000)


def test_uploads_of_an_hour(clock):
    held = limits(clock, visitor_upload_mb_per_hour=10)
    held.upload(guest(), request(), 9 * MB)
    told, seconds = message(held.upload, guest(), request(), 2 * MB)
    assert "At most 10 MB an hour" in told and "Come back in 60 minutes." in told and seconds == 3600
    assert "This is 11 MB: send less." in message(held.upload, SIGNED_IN, request(), 11 * MB)[0]
    clock.now += 3599
    assert "Come back in 1 second." in message(held.upload, guest(), request(), 2 * MB)[0]


def test_the_owner_is_never_limited_and_zero_is_no_limit(clock):
    strict = limits(clock, visitor_tokens_per_minute=1, visitor_upload_mb_per_hour=1, visitor_at_once=1)
    open_ = limits(clock, visitor_tokens_per_minute=0, visitor_upload_mb_per_hour=0, visitor_at_once=0)
    for held, who in ((strict, OWNER), (open_, guest())):
        for _ in range(3):
            held.tokens(who, request(), 10**9)
            held.upload(who, request(), 10**12)
        with held.at_once(who, request()), held.at_once(who, request()):
            held.room_beside(who, request(), [held.keys(who, request())] * 99)


def test_new_secrets_do_not_help_a_guest(clock):
    held = limits(clock, visitor_tokens_per_minute=100)
    for number in range(ADDRESS_SHARE):
        held.tokens(guest(number), request(), 100)
    told, seconds = message(held.tokens, guest("new"), request(), 1)
    assert "8 visitors' worth from one address" in told and seconds == 60
    held.tokens(guest("new"), request("8.8.4.4"), 1)
    held.tokens(SIGNED_IN, request(), 100)  # who has signed in is counted by name alone


def test_at_once_counts_within_the_block_and_forgets_after_it(clock):
    held = limits(clock, visitor_at_once=2)
    with held.at_once(guest(), request()):
        with pytest.raises(ValueError), held.at_once(guest(), request()):
            told, _ = message(held.at_once(guest(), request()).__enter__)
            assert "At most 2 requests at once" in told and "Wait until one is done" in told
            raise ValueError
        with held.at_once(guest(), request()), held.at_once(SIGNED_IN, request()):
            pass
    assert not held._open


def test_room_beside_others_counts_the_visitor_and_the_address(clock):
    held = limits(clock, visitor_at_once=2)
    mine = held.keys(guest(), request())
    held.room_beside(guest(), request(), [mine])
    message(held.room_beside, guest(), request(), [mine, mine])
    others = [held.keys(guest(number), request()) for number in range(2 * ADDRESS_SHARE)]
    assert "from one address" in message(held.room_beside, guest("new"), request(), others)[0]


# Where a request comes from.


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("10.16.3.80", "203.0.114.7", "203.0.114.7"),
        ("10.16.3.80", "1.2.3.4, 203.0.114.7", "203.0.114.7"),  # what the client claims stands before
        ("10.16.3.80", "203.0.114.7, 10.16.0.1", "203.0.114.7"),
        ("10.16.3.80", "203.0.114.7,junk", "203.0.114.7"),
        ("10.16.3.80", "127.0.0.1", "10.16.3.80"),
        ("10.16.3.80", "", "10.16.3.80"),
        ("10.16.3.80", "2a00:1450:4001:82f::200e", "2a00:1450:4001:82f::/64"),
        ("8.8.8.8", "1.2.3.4", "8.8.8.8"),
        ("", "", ""),
    ],
)
def test_on_a_space_the_last_public_hop_is_the_client(peer, forwarded, found):
    assert address_of(request(peer, x_forwarded_for=forwarded), on_space=True) == found


def test_elsewhere_only_the_servers_own_word_counts():
    assert address_of(request("192.168.1.7", x_forwarded_for="1.2.3.4"), on_space=False) == "192.168.1.7"
    assert address_of(SimpleNamespace(headers={}, client=None), on_space=False) == ""
