"""A round's votes and prompts as rows that a training reads: a snapshot in the row store, and the jobs that
were given one. Knows no page.
"""

import json
from collections.abc import Sequence
from typing import Any

from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import JobState
from pipelines.models.entries import ModelEntry
from pipelines.preferences.records import Round

KINDS = ("dpo", "kto", "orpo", "reward")  # learn from votes
ONLINE = ("grpo", "rloo")  # learn from rewards for their own answers
ANSWERING = ("dpo", "kto", "orpo", *ONLINE)  # what they make answers prompts, and can be voted on
_TITLE = 40  # characters of the round's


def snapshot(services: Services, found: Round, owner: str, kind: str, entry: ModelEntry | None) -> str:
    """The id of a data set with all that was decided so far; the same votes give the same one. ``entry`` is
    the base: for one that chats the rows are conversations. Raises ConflictError where nothing is decided."""
    from pipelines.preferences.formats import write

    service = services.preferences
    pairs, votes = service.pairs(found.id, owner), service.votes(found.id, owner)
    lines = [f"{line.rstrip()}\n" for line in write(_format(kind, entry), pairs, votes, whole=False)]
    if not lines:
        raise ConflictError("No pair of this round is decided yet: collect some votes first.")
    return _kept(services, found, owner, lines)


def asked_snapshot(services: Services, found: Round, owner: str) -> str:
    """The id of a data set with the prompts of the round, to be answered anew. Its system prompt is said to
    the models that are voted on alone."""
    from pipelines.preferences.prompts import prompts_of

    lines = [json.dumps({"prompt": one}, ensure_ascii=False) + "\n" for one in prompts_of(found.spec)]
    return _kept(services, found, owner, lines)


def spec_of(kind: str, values: dict[str, Any]) -> Any:
    """The checked spec of a job of this kind: fields that it does not have are left out."""
    known = kind_named(kind).spec_class().__dataclass_fields__
    return kind_named(kind).parse({name: value for name, value in values.items() if name in known})


def trained_on(services: Services, found: Round, owner: str, jobs: Sequence[Any]) -> list[Any]:
    """Those of the jobs that were given a snapshot of this round, or a reward model that was, in their
    order."""
    rows = {info.id for info in services.rows.list(owner) if info.title.endswith(_mark(found))}
    mine = {one.id for one in jobs if one.kind in (*KINDS, *ONLINE) and one.spec.get("dataset") in rows}
    judges = {f"run/{one.id}" for one in jobs if one.id in mine and one.kind == "reward"}
    return [one for one in jobs if one.id in mine or one.spec.get("reward_model") in judges]


def of_no_round(jobs: Sequence[Any]) -> list[Any]:
    """Those of the jobs that answer problems which are made, for rewards that no votes have a part in."""
    return [j for j in jobs if j.kind in ONLINE and not (j.spec.get("dataset") or j.spec.get("reward_model"))]


def reward_models(jobs: Sequence[Any]) -> list[tuple[str, str]]:
    """(label, name) of the reward models among the jobs."""
    ended = (one for one in jobs if one.kind == "reward" and one.state is JobState.SUCCEEDED)
    return [
        (f"run/{one.id} · {one.title}" if one.title else f"run/{one.id}", f"run/{one.id}") for one in ended
    ]


def entry_named(services: Services, name: str) -> ModelEntry | None:
    """None for one that is not here yet."""
    try:
        return services.models.get(name)
    except GlassworksError:
        return None


def _kept(services: Services, found: Round, owner: str, lines: Sequence[str]) -> str:
    return services.rows.add_text("".join(lines), owner, f"{found.title[:_TITLE]}{_mark(found)}").id


def _format(kind: str, entry: ModelEntry | None) -> str:
    if kind == "kto":
        return "kto"
    return "trl_conversational" if entry and "chat" in entry.capabilities else "trl"


def _mark(found: Round) -> str:
    """What the title of a snapshot ends in."""
    return f" · {found.id}"
