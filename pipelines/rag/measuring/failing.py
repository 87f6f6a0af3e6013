"""Why a question failed: the stage at which its passage was lost. Pure.

The best rank of a relevant chunk is followed from the candidates through every stage. It is lost where it was
among the first ``top_k`` and is no longer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.rag.answers import Found

_RETRIEVERS = ("bm25", "dense")


class Failure(StrEnum):
    """In the order of the way that a passage goes."""

    GONE = "gone"
    CHUNKING = "chunking"
    CANDIDATES = "candidates"
    RANKING = "ranking"
    FUSION = "fusion"
    MMR = "mmr"
    RERANK = "rerank"
    PROMPT = "prompt"
    ABSTAINED = "abstained"
    ANSWER = "answer"
    ERROR = "error"


WORDS = {
    Failure.GONE: "The document or its words are no longer in the collection.",
    Failure.CHUNKING: "The passage was never in one chunk: the cuts have divided it.",
    Failure.CANDIDATES: "No retriever had the passage among its candidates.",
    Failure.RANKING: "The passage was a candidate, but no stage put it among the first.",
    Failure.FUSION: "A retriever had it among the first; the fusion put others before it.",
    Failure.MMR: "It was among the first; MMR took others, which differ more from each other.",
    Failure.RERANK: "It was among the first; the reranker put others before it.",
    Failure.PROMPT: "It was found, but the prompt had no room for it.",
    Failure.ABSTAINED: "The passage was found, and the answer says that the documents hold none.",
    Failure.ANSWER: "The passage was in the prompt, and the answer is wrong all the same.",
    Failure.ERROR: "The search or the answer ended with an error.",
}


@dataclass(frozen=True)
class Rank:
    """The best ``rank`` (from 1; 0 where it is not there) of a relevant chunk among the ``of`` of a stage."""

    stage: str
    rank: int
    of: int


def ranks_of(found: Found, relevant: Collection[str]) -> tuple[Rank, ...]:
    """Stage by stage, and at last among the hits."""
    stages = [(stage.name, stage.ids) for stage in found.stages] + [("hits", found.hits)]
    return tuple(Rank(name, _best(ids, relevant), len(ids)) for name, ids in stages)


def lost_at(ranks: Sequence[Rank], top_k: int) -> Failure:
    """Of a passage that is in the collection and not among the hits.

    >>> lost_at([Rank("bm25", 3, 50), Rank("dense", 0, 50), Rank("fusion", 7, 80)], 5)
    <Failure.FUSION: 'fusion'>
    """
    first = [one.rank for one in ranks if _is_retriever(one.stage) and one.rank]
    if not first:
        return Failure.CANDIDATES
    within, lost = min(first) <= top_k, ""
    for one in ranks:
        if _is_retriever(one.stage) or one.stage not in ("fusion", "mmr", "rerank"):
            continue
        kept = 0 < one.rank <= top_k
        lost = "" if kept else lost or (one.stage if within else "")
        within = within or kept
    return Failure(lost) if lost else Failure.RANKING


def _is_retriever(stage: str) -> bool:
    return stage.startswith(_RETRIEVERS)


def _best(ids: Sequence[str], relevant: Collection[str]) -> int:
    return next((rank for rank, one in enumerate(ids, 1) if one in relevant), 0)
