"""Records as rows of the tables, and back."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from pipelines.preferences.ballots import clean
from pipelines.preferences.records import (
    NO_NUMBER,
    Annotator,
    Choice,
    Kind,
    Message,
    Pair,
    Round,
    Served,
    Vote,
)
from pipelines.preferences.specs import RoundSpec

_PLAIN = ("id", "round", "text_a", "text_b", "model_a", "model_b", "seed", "repeats", "origin", "created")
_PARSED = ("settings_a", "settings_b", "extra")
_VOTE = ("id", "pair", "annotator", "name", "strength", "note", "edited", "seconds", "created")


def round_row(one: Round) -> dict[str, Any]:
    names = {"id": one.id, "owner": one.owner, "code": one.code, "created": one.created}
    return {**names, "spec": as_json(one.spec.to_dict()), "open": int(one.open)}


def round_of(row: Row) -> Round:
    spec = RoundSpec.from_dict(json.loads(row.spec))
    return Round(row.id, row.owner, spec.title, row.code, spec, bool(row.open), row.created)


def pair_row(pair: Pair, number: int = NO_NUMBER) -> dict[str, Any]:
    """``number`` is the place of its prompt among those of the round."""
    texts = {
        name: clean(getattr(pair, name)) for name in ("text_a", "text_b", "model_a", "model_b", "origin")
    }
    parsed = {name: as_json(getattr(pair, name)) for name in _PARSED}
    prompt = as_json([asdict(one) for one in pair.prompt])
    row = {name: getattr(pair, name) for name in _PLAIN}
    return {**row, **texts, **parsed, "prompt": prompt, "family": pair.group, "number": number}


def pair_of(row: Row) -> Pair:
    values = {name: row._mapping[name] for name in _PLAIN}
    values |= {name: json.loads(row._mapping[name]) for name in _PARSED}
    return Pair(**values, prompt=prompt_of(row.prompt), group=row.family)


def prompt_of(text: str) -> tuple[Message, ...]:
    return tuple(Message(**one) for one in json.loads(text))


def vote_row(vote: Vote, round_: str, served: bool) -> dict[str, Any]:
    row = {name: getattr(vote, name) for name in _VOTE}
    words = {name: clean(row[name]) for name in ("annotator", "name", "note", "edited")}
    kinds = {"choice": vote.choice.value, "kind": vote.kind.value, "tags": as_json(list(vote.tags))}
    return {**row, **words, **kinds, "round": round_, "flipped": int(vote.flipped), "served": int(served)}


def vote_of(row: Row) -> Vote:
    values = {name: row._mapping[name] for name in _VOTE}
    tags = tuple(json.loads(row.tags))
    return Vote(
        **values, choice=Choice(row.choice), kind=Kind(row.kind), tags=tags, flipped=bool(row.flipped)
    )


def annotator_of(row: Row) -> Annotator:
    return Annotator(row.visitor, row.name, bool(row.consented))


def served_of(pair: Row, serve: Row) -> Served:
    texts = (pair.text_b, pair.text_a) if serve.flipped else (pair.text_a, pair.text_b)
    prompt, flipped = prompt_of(pair.prompt), bool(serve.flipped)
    return Served(pair.id, pair.round, serve.annotator, prompt, *texts, flipped, serve.created)


def as_json(value: Any) -> str:
    """Half of a surrogate pair is written as an escape, so that every database keeps it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
