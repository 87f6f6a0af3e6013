"""Pairs and votes that were not written here: checked, and given ids of their own. Knows no database."""

import math
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text, check_whole
from pipelines.core.ids import new_id
from pipelines.preferences.ballots import clean
from pipelines.preferences.records import Answer, Choice, Kind, Message, Pair, Vote
from pipelines.preferences.rows import as_json
from pipelines.preferences.specs import MAX_NOTE, MAX_PAIRS, MAX_PROMPT, MAX_TEXT

MAX_RANKED, MAX_VOTES = 8, 100_000
_ROLES = ("system", "user", "assistant", "tool")
_MAX_MESSAGES, _MAX_EXTRA, _MAX_WORD = 64, 20_000, 200
_DICE = secrets.SystemRandom()


def taken_in(round_: str, pairs: Iterable[Pair], share: float = 0.0) -> tuple[list[Pair], dict[str, str]]:
    """The pairs with new ids, as the round's, and old id → new. ``share`` of those that repeat nothing are
    there once more as their repetitions. Raises SpecError for a pair that cannot be kept."""
    given = list(pairs)
    if len(given) > MAX_PAIRS:
        raise SpecError("pairs", f"{len(given):,} pairs", f"at most {MAX_PAIRS:,} pairs")
    now, new = time.time(), ids_for(2 * len(given))
    ids = dict(zip((one.id for one in given), new, strict=False))
    if len(ids) < len(given):
        raise SpecError("pairs", "two of the same id", "pairs with an id each")
    kept = [_pair(one, round_, ids, now + place * 1e-6) for place, one in enumerate(given)]
    drawn = [] if any(one.repeats for one in kept) else [one for one in kept if _DICE.random() < share]
    repeated = [
        replace(one, id=id_, repeats=one.id) for one, id_ in zip(drawn, new[len(given) :], strict=False)
    ]
    return [*kept, *repeated], ids


def ids_for(count: int) -> list[str]:
    """Distinct, in the order of the list: each is stamped a hundredth of a second after the one before."""
    now = time.time()
    return [new_id(now + place / 100) for place in range(count)]


def checked_votes(votes: Iterable[Vote], ids: dict[str, str]) -> list[Vote]:
    """With ids of their own, about the pairs that theirs have become. Raises SpecError."""
    given = list(votes)
    if len(given) > MAX_VOTES:
        raise SpecError("votes", f"{len(given):,} votes", f"at most {MAX_VOTES:,} votes")
    return [replace(_vote(one, ids), id=id_) for one, id_ in zip(given, ids_for(len(given)), strict=True)]


def _vote(vote: Vote, ids: dict[str, str]) -> Vote:
    if vote.pair not in ids:
        raise SpecError("pair", vote.pair, "the id of one of the pairs")
    for name in ("annotator", "name"):
        check_text(name, getattr(vote, name), _MAX_WORD)
    if not vote.annotator:
        raise SpecError("annotator", vote.annotator, "an id: a visitor's, model:<name> or program:<name>")
    check_whole("strength", vote.strength, 1, 3)
    check_text("note", vote.note, MAX_NOTE)
    check_text("edited", vote.edited, MAX_TEXT)
    tags = tuple(clean(str(one))[:_MAX_WORD] for one in vote.tags)
    kinds = {"choice": Choice(vote.choice), "kind": Kind(vote.kind), "tags": tags[:50]}
    times = {name: _moment(getattr(vote, name)) for name in ("seconds", "created")}
    times["created"] = times["created"] or time.time()
    return replace(vote, pair=ids[vote.pair], **kinds, **times)


def ranked(
    round_: str, prompt: tuple[Message, ...], answers: Sequence[Answer], order: Sequence[int], seed: int = 0
) -> list[tuple[Pair, Choice]]:
    """Every two of the answers, and which of them is better; ``order`` are places in ``answers``, best first.
    Which is a and which is b is left to chance.

    >>> three = [Answer("x"), Answer("y"), Answer("z")]
    >>> [sorted((p.text_a, p.text_b)) for p, _ in ranked("r", (), three, [2, 0, 1])]
    [['x', 'z'], ['y', 'z'], ['x', 'y']]
    """
    if not 2 <= len(answers) <= MAX_RANKED:
        raise SpecError("texts", len(answers), f"a list of 2 to {MAX_RANKED} answers")
    if not isinstance(order, list | tuple) or sorted(order, key=str) != list(range(len(answers))):
        raise SpecError(
            "order", order, f"each place from 0 to {len(answers) - 1} once, the best answer's first"
        )
    group, made = new_id(), []
    for better, worse in combinations(order, 2):
        a, b = (answers[worse], answers[better]) if secrets.randbits(1) else (answers[better], answers[worse])
        sides = a.text, b.text, a.model, b.model, a.settings, b.settings
        pair = Pair(f"{better} {worse}", round_, prompt, *sides, seed, origin="ranked", group=group)
        made.append((pair, Choice.A if a is answers[better] else Choice.B))
    return made


def _pair(pair: Pair, round_: str, ids: dict[str, str], created: float) -> Pair:
    if pair.repeats and pair.repeats not in ids:
        raise SpecError("repeats", pair.repeats, "the id of one of the pairs, or nothing")
    if not 0 < len(pair.prompt) <= _MAX_MESSAGES:
        raise SpecError("prompt", len(pair.prompt), f"1 to {_MAX_MESSAGES} messages")
    prompt = tuple(_message(one) for one in pair.prompt)
    for name in ("text_a", "text_b"):
        check_text(name, getattr(pair, name), MAX_TEXT)
    for name in ("model_a", "model_b", "origin", "group"):
        check_text(name, getattr(pair, name), _MAX_WORD)
    check_whole("seed", pair.seed, 0, 2**63 - 1)
    for name in ("settings_a", "settings_b", "extra"):
        _check_object(name, getattr(pair, name))
    where = {"id": ids[pair.id], "round": round_, "prompt": prompt, "repeats": ids.get(pair.repeats, "")}
    return replace(pair, **where, group=clean(pair.group), created=created)


def _message(one: Message) -> Message:
    if one.role not in _ROLES:
        raise SpecError("role", one.role, f"one of {', '.join(_ROLES)}")
    check_text("prompt", one.content, MAX_PROMPT)
    return Message(one.role, clean(one.content))


def _check_object(name: str, value: Any) -> None:
    try:
        small = isinstance(value, dict) and len(as_json(value)) <= _MAX_EXTRA
    except (TypeError, ValueError):
        small = False
    if not small:
        raise SpecError(name, value, f"a JSON object of at most {_MAX_EXTRA:,} characters")


def _moment(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value < 0:
        raise SpecError("seconds", value, "numbers of at least 0")
    return float(value)
