"""Searches as the retrieval worker answers them, made by hand for tests of the page."""

from pipelines.rag.answers import Found, Stage
from pipelines.rag.requests import Passage


def passage(one: str, text: str = "", **facts) -> Passage:
    """``d1.2`` is passage 2 of the document d1."""
    document, _, position = one.partition(".")
    text = text or f"Text of {one}, with a fox in it."
    given = {"name": f"{document}.txt", "heading": "", "page": 0, "tokens": 9} | facts
    return Passage(
        id=one, document=document, position=int(position), start=10, end=10 + len(text), text=text, **given
    )


def stage(name: str, *ids: str, scores: tuple[float, ...] | None = None, seconds: float = 0.002) -> Stage:
    given = scores or tuple(1 / rank for rank in range(1, len(ids) + 1))
    return Stage(name, ids, given, seconds, f"what {name} does")


def found(*stages: Stage, hits: tuple[str, ...], query: str = "Where is the fox?", **facts) -> Found:
    known = dict.fromkeys([one for s in stages for one in s.ids] + list(hits))
    given = {
        "passages": tuple(passage(one) for one in known),
        "scores": tuple(1 / rank for rank in range(1, len(hits) + 1)),
        "answerable": 0.87,
        "index": "exact",
        "chunks": 1234,
        "version": 3,
        "seconds": 0.0123,
    } | facts
    return Found(query=query, stages=stages, hits=hits, **given)


def hybrid(**facts) -> Found:
    """BM25 and dense agree on one; the reranker brings another up."""
    return found(
        stage("bm25", "d1.0", "d1.1", "d2.0"),
        stage("dense", "d2.1", "d1.0"),
        stage("fusion", "d1.0", "d2.1", "d1.1", "d2.0"),
        stage("rerank", "d2.0", "d1.0", "d2.1", "d1.1"),
        hits=("d2.0", "d1.0"),
        **facts,
    )
