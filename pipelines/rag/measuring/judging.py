"""One question by one configuration: from what was found and answered to a score. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.common.metrics import exact_match, squad_normalised, token_f1
from pipelines.rag.answers import Found
from pipelines.rag.measuring import ranking
from pipelines.rag.measuring.failing import Failure, Rank, lost_at, ranks_of
from pipelines.rag.measuring.faithful import overlaps
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.relevance import Piece, Pieces, holds_whole, recalled
from pipelines.rag.measuring.scores import Score
from pipelines.rag.requests import Passage
from pipelines.rag.specs import SearchSpec

RIGHT_F1 = 0.5  # from here on an answer is called right where the reason of a failure is looked for
Support = Callable[[str, tuple[Passage, ...], str], Sequence[float]]  # of each claim of an answer, 0 to 1


@dataclass(frozen=True)
class Answered:
    """``used`` are the ids of the passages that were in the prompt; ``supports`` of the answer's claims, 0 to
    1, None where they were not judged. ``found`` is what was searched for this answer."""

    text: str
    found: Found
    used: tuple[str, ...]
    abstained: bool = False
    supports: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Known:
    """What is known of the right answer before anything is searched: the places as the documents are now, and
    the chunks that hold them."""

    question: Question
    golds: tuple[Gold, ...]
    relevant: tuple[Piece, ...]

    @classmethod
    def of(cls, question: Question, golds: tuple[Gold, ...], pieces: Pieces) -> "Known":
        return cls(question, golds, pieces.relevant(golds))

    @property
    def cut(self) -> bool:
        """There is a place, and no chunk has one whole."""
        return bool(self.golds) and not any(
            holds_whole(piece, gold) for piece in self.relevant for gold in self.golds
        )


def judged(
    known: Known, found: Found, search: SearchSpec, answered: Answered | None = None, enough: float = 0.5
) -> Score:
    """The score; ``enough`` is the support from which a claim counts as backed."""
    case = _Case(known, found, search, answered, _holding(known, found))
    figures = (case.retrieval() if known.golds else {}) | case.answer(enough)
    ranks = ranks_of(found, case.holding) if known.golds else ()
    told = {"answer": answered.text, "abstained": answered.abstained} if answered else {}
    failed = case.failed(ranks, figures)
    return Score(known.question.key, figures, ranks, failed, known.cut, seconds=found.seconds, **told)


@dataclass(frozen=True)
class _Case:
    """``holding`` are the chunks that hold the answer, by id."""

    known: Known
    found: Found
    search: SearchSpec
    answered: Answered | None
    holding: dict[str, Piece]

    def retrieval(self) -> dict[str, float | None]:
        flags = [one in self.holding for one in self.found.hits]
        passages = {one.id: _piece(one) for one in self.found.passages} | self.holding
        had = [passages[one] for one in self.found.hits if one in passages]
        k = max(self.search.top_k, len(flags))
        return {
            "hit": float(ranking.hit(flags)),
            "mrr": ranking.reciprocal_rank(flags),
            "ndcg": ranking.ndcg(flags, len(self.known.relevant), k),
            "precision": ranking.precision(flags),
            "recall": recalled(had, self.known.golds),
        }

    def answer(self, enough: float) -> dict[str, float | None]:
        """Who says that the documents hold no answer has claimed nothing, and is wrong where there is one."""
        if self.answered is None:
            return {}
        wanted, text = self.known.question.answers, "" if self.answered.abstained else self.answered.text
        return {
            "em": exact_match(wanted, text) if wanted else None,
            "f1": token_f1(wanted, text) if wanted else None,
            "faithful": self._faithful(text, enough) if text.strip() else None,
        }

    def failed(self, ranks: Sequence[Rank], figures: dict[str, float | None]) -> str:
        """The stage at which it failed, empty where it did not. A right answer has not failed, wherever it is
        from."""
        known, answered = self.known, self.answered
        if answered and _is_right(known, answered, figures["f1"]):
            return ""
        if known.question.gold and not known.golds:
            return Failure.GONE.value
        if known.golds and not figures["hit"]:
            return (lost_at(ranks, self.search.top_k) if known.relevant else Failure.CHUNKING).value
        if answered is None or not known.question.answers:
            return ""
        if answered.abstained:
            return Failure.ABSTAINED.value
        lacking = known.golds and self.holding.keys().isdisjoint(answered.used)
        return (Failure.PROMPT if lacking else Failure.ANSWER).value

    def _faithful(self, text: str, enough: float) -> float | None:
        supports = self.answered.supports
        if supports is None:
            used = [one.text for one in self.found.passages if one.id in self.answered.used]
            supports = overlaps(text, used)
        return sum(one >= enough for one in supports) / len(supports) if supports else None


def _holding(known: Known, found: Found) -> dict[str, Piece]:
    """The relevant chunks by id; and in the place of one those with its very words that the search has seen:
    of passages with one text a search goes on with the best alone."""
    holding = {one.id: one for one in known.relevant}
    texts = {_text(one): holding[one.id] for one in found.passages if one.id in holding}
    return holding | {one.id: texts[_text(one)] for one in found.passages if _text(one) in texts}


def _is_right(known: Known, answered: Answered, f1: float | None) -> bool:
    """One of the right answers stands in it, or it shares most words with one."""
    if answered.abstained or f1 is None:
        return False
    wanted = filter(None, map(squad_normalised, known.question.answers))
    given = f" {squad_normalised(answered.text)} "
    return f1 >= RIGHT_F1 or any(f" {one} " in given for one in wanted)


def _text(passage: Passage) -> str:
    return " ".join(passage.text.split()).casefold()


def _piece(passage: Passage) -> Piece:
    return Piece(passage.id, passage.name, passage.start, passage.end)
