"""Pairs and votes of every sort, made by a seed."""

import json
import random

import pytest

from pipelines.preferences.formats import write
from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote

NASTY = (
    "", " ", "plain words", "\n\nHuman: hi\n\nAssistant: hello", "\n\nAssistant:", "犬が走る 🦊",
    "a\u2028b\x85c", "\r\n\t", '"quoted" \\ {"a": [1]}', "ΑΒΓ e\u0301", "half \ud83d here", "0",
    "null", "x" * 500, "\x00\x1b",
)  # fmt: skip


def pair_of(id="p", prompt="Ask", a="better", b="worse", **more) -> Pair:
    messages = prompt if isinstance(prompt, tuple) else (Message("user", prompt),)
    return Pair(id, "r", messages, a, b, "x", "y", **more)


def vote_of(pair="p", choice="a", who="ann", **more) -> Vote:
    return Vote(f"{pair}-{who}", pair, who, Choice(choice), **more)


def plain(format, pairs, votes, **more) -> list[dict]:
    """The rows without what they carry."""
    return [json.loads(line) for line in write(format, pairs, votes, whole=False, **more)]


def collected(seed: int) -> tuple[tuple[Pair, ...], tuple[Vote, ...]]:
    """Up to a dozen pairs, with all that a record can hold; votes pair by pair."""
    rng = random.Random(seed)
    pairs = tuple(_pair(rng, n) for n in range(rng.randint(1, 12)))
    if len(pairs) > 2:
        pairs = (*pairs, pair_of("again", pairs[0].prompt, pairs[0].text_a, repeats=pairs[0].id))
    votes = tuple(_vote(rng, pair.id, n) for pair in pairs for n in range(rng.choice((0, 1, 1, 3))))
    return pairs, votes


def _pair(rng, n):
    roles = ("system", "user", "assistant", "user", "tool")
    prompt = tuple(Message(rng.choice(roles), rng.choice(NASTY)) for _ in range(rng.choice((1, 1, 1, 2, 4))))
    return Pair(
        f"p{n}", "r", prompt, rng.choice(NASTY), rng.choice(NASTY), "house/x", rng.choice(("", "y")),
        {"temperature": 0.7, "stop": ["\n"]}, {}, rng.randrange(9), "",
        rng.choice(("generated", "ranked", "hh")), rng.choice(("", "g")), 1e9 * rng.random(),
        {"more": [1, None, {"deep": "ü"}]},
    )  # fmt: skip


def _vote(rng, pair, n):
    return Vote(
        f"v{pair}{n}", pair, f"who{n}", rng.choice(list(Choice)), rng.choice(list(Kind)), rng.choice(NASTY),
        rng.randint(1, 3), tuple(rng.sample(NASTY, rng.randint(0, 3))), rng.choice(NASTY),
        rng.choice(("", *NASTY)), rng.random() < 0.5, rng.choice((0.0, 3.25)), 1e9 * rng.random(),
    )  # fmt: skip


@pytest.fixture
def several():
    """One pair of each outcome: a, b, tie, both bad, skipped, nobody."""
    choices = ("a", "b", "tie", "both_bad", "skip")
    pairs = [pair_of(choice, f"Ask {choice}") for choice in choices] + [pair_of("nobody")]
    return pairs, [vote_of(choice, choice) for choice in choices]
