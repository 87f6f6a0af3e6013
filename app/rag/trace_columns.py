"""A search as columns to draw: each stage's first passages with their ranks, what moved, and what reaches the
prompt. Pure; no HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.rag.answers import Found, Stage

SHOWN = 12  # ranks of a stage; what reaches the prompt is shown at any rank
PROMPT = "prompt"
TITLES = {
    "bm25": "BM25",
    "dense": "Dense",
    "fusion": "Fusion",
    "copies": "Without copies",
    "mmr": "MMR",
    "rerank": "Rerank",
    "neighbours": "Neighbours",
    PROMPT: "Prompt",
}
_PARALLEL = ("bm25", "dense")  # neither comes out of the other


@dataclass(frozen=True)
class Row:
    """``rank`` from 1. ``change`` says where it was in the stage before: so many ranks further up (negative),
    further down (positive), None where that did not have it or where there is none before."""

    passage: str
    rank: int
    score: float
    change: int | None
    in_prompt: bool


@dataclass(frozen=True)
class Column:
    """``rows`` stand in the order of their ranks; ``of`` is how many passages the stage has left."""

    name: str
    title: str
    rows: tuple[Row, ...]
    of: int
    seconds: float
    note: str
    before: str = ""


def columns(found: Found, used: Sequence[str] | None = None) -> tuple[Column, ...]:
    """``used`` are the passages that the answer's prompt has in their order; None where none was made: then
    the hits stand for them."""
    prompt = tuple(found.hits if used is None else used)
    last = dict(zip(found.hits, found.scores, strict=True))
    ended = Stage(PROMPT, prompt, tuple(last.get(one, 0.0) for one in prompt), 0.0, _prompt_note(found, used))
    made: list[Column] = []
    before: Stage | None = None
    for stage in (*found.stages, ended):
        came = None if stage.name in (*_PARALLEL, "fusion") else before
        made.append(_column(stage, came, set(prompt)))
        before = stage
    return tuple(made)


def _column(stage: Stage, before: Stage | None, prompt: set[str]) -> Column:
    ranks = {one: rank for rank, one in enumerate(before.ids, 1)} if before else {}
    rows = tuple(
        Row(one, rank, score, rank - ranks[one] if one in ranks else None, one in prompt)
        for rank, (one, score) in enumerate(zip(stage.ids, stage.scores, strict=True), 1)
        if rank <= SHOWN or one in prompt
    )
    title = TITLES.get(stage.name, stage.name)
    came = before.name if before else ""
    return Column(stage.name, title, rows, len(stage.ids), stage.seconds, stage.note, came)


def alone(found: Found, used: Sequence[str] | None = None) -> dict[str, int]:
    """How many of the prompt's passages each retriever has among its own first ones of that number: what it
    would have brought by itself.

    Neighbours stand in no retriever's list, so they are not counted.
    """
    prompt = set(found.hits if used is None else used)
    ranked = [stage for stage in found.stages if stage.name != "neighbours"]
    wanted = prompt & {one for stage in ranked for one in stage.ids}
    return {
        stage.name: len(wanted & set(stage.ids[: len(wanted)]))
        for stage in found.stages
        if stage.name in _PARALLEL
    }


def ranks_of(found: Found) -> dict[str, dict[str, int]]:
    """Passage → stage → its rank there."""
    told: dict[str, dict[str, int]] = {}
    for stage in found.stages:
        for rank, one in enumerate(stage.ids, 1):
            told.setdefault(one, {})[stage.name] = rank
    return told


def _prompt_note(found: Found, used: Sequence[str] | None) -> str:
    if used is None:
        return "the passages that would go into a prompt"
    left = len(found.hits) - len(used)
    return f"what the model read; {left} did not fit" if left > 0 else "what the model read"
