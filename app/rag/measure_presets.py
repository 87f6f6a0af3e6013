"""Ways to search that are worth comparing, each one step from the settings of the page. No Gradio."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.rag.measuring.run import Configuration
from pipelines.rag.specs import AnswerSpec, SearchSpec

PRESENT = "Present settings"
_PLAIN = {"fusion": "weighted", "mmr": 1.0, "reranker": "", "neighbours": 0, "queries": 0, "hyde": False}
_PRESETS: dict[str, dict[str, Any]] = {
    "BM25": {"mode": "bm25"},
    "Dense": {"mode": "dense"},
    "Hybrid": {"mode": "hybrid"},
    "Hybrid, RRF": {"mode": "hybrid", "fusion": "rrf"},
    "Hybrid + MMR": {"mode": "hybrid", "mmr": 0.7},
    "Hybrid + neighbours": {"mode": "hybrid", "neighbours": 1},
}
NAMES = (*_PRESETS, PRESENT)
FIRST = ("BM25", "Dense", "Hybrid", "Hybrid, RRF")


def configuration(name: str, present: SearchSpec, answer: AnswerSpec | None) -> Configuration:
    """A preset keeps how many passages are found, the weights and the filters of ``present``, and leaves out
    all else that is optional. Raises :class:`SpecError`."""
    if name == PRESENT:
        return Configuration(name, present, answer)
    if name not in _PRESETS:
        raise SpecError("configurations", name, f"some of {', '.join(NAMES)}")
    return Configuration(name, replace(present, **{**_PLAIN, **_PRESETS[name]}), answer)


def chosen(
    names: Sequence[str], present: SearchSpec, answer: AnswerSpec | None = None
) -> tuple[Configuration, ...]:
    """In the order of the list, and none twice for the same settings: the present ones may be a preset."""
    made = [configuration(name, present, answer) for name in NAMES if name in names]
    if unknown := [name for name in names if name not in NAMES]:
        configuration(unknown[0], present, answer)
    first = {one.search: one for one in reversed(made)}
    return tuple(one for one in made if first[one.search] is one)


def told(search: SearchSpec) -> str:
    """The settings in few words: ``hybrid, weighted 0.3 · 5 passages``.

    >>> told(SearchSpec(mode="bm25", top_k=3))
    'bm25 · 3 passages'
    """
    how = {
        "bm25": "bm25",
        "dense": "dense",
        "hybrid": f"hybrid, RRF k {search.rrf_k}"
        if search.fusion == "rrf"
        else f"hybrid, dense {search.dense_weight:g}",
    }[search.mode]
    parts = [how, f"{search.top_k} passages"]
    parts += [f"MMR {search.mmr:g}"] if search.mmr < 1 else []
    parts += [f"reranked by {search.reranker}"] if search.reranker else []
    parts += [f"{search.neighbours} neighbours"] if search.neighbours else []
    parts += [f"{search.queries} other wordings"] if search.queries else []
    return " · ".join(parts + (["HyDE"] if search.hyde else []))
