"""What an answer is at each moment while it is made: what the chat draws and the API streams. No torch."""

from dataclasses import dataclass, field
from typing import Literal

from pipelines.rag.answering.answers import PromptToken
from pipelines.rag.answers import Claim, Found
from pipelines.rag.requests import Passage

State = Literal["rewriting", "searching", "reading", "writing", "checking", "done", "failed"]


@dataclass(frozen=True)
class Extract:
    """``text`` stands at characters ``start`` to ``end`` of the passage's text (add the passage's own
    ``start`` for those of the document), within ``sentence``. ``passage`` is its id, ``probability`` (0 to 1)
    that this is the answer."""

    text: str
    sentence: str
    passage: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True)
class Moment:
    """One moment of one answer; every field keeps what it had come to.

    ``standalone`` is the question as it was searched; ``rewritten`` says who made it so: ``model``, ``rule``
    or nobody (empty). ``queries`` are other wordings, ``hypothetical`` an invented answer (HyDE), both
    searched too. ``prompt`` is what ``model`` read and ``tokens`` are its tokens (none of a server); ``used``
    are the ids of the passages in it, in their order there (the first is number 1), of which one may be
    ``cut`` short, and ``left_out`` those that had no room; ``turns`` counts what was said before in it.
    ``loading`` names a model that is being read just now.

    ``claims`` are parts of ``text``, ``extract_claims`` of the extract's; their ``passage`` is a place in
    :attr:`passages`. ``abstained``: the documents do not hold an answer. ``seconds`` are by stage:
    ``rewriting``, ``searching``, ``reading`` (which makes the prompt), ``writing``, ``checking``, beside
    ``first`` (from the question to the first character) and ``all``; the extract is made in ``reading``, or
    while something is written, after its first word. ``note`` is a sentence for the reader, the fault where
    ``failed``."""

    state: State
    question: str
    standalone: str = ""
    rewritten: str = ""
    queries: tuple[str, ...] = ()
    hypothetical: str = ""
    found: Found | None = None
    prompt: str = ""
    tokens: tuple[PromptToken, ...] = ()
    used: tuple[str, ...] = ()
    cut: str = ""
    left_out: tuple[str, ...] = ()
    turns: int = 0
    model: str = ""
    loading: str = ""
    text: str = ""
    extract: Extract | None = None
    claims: tuple[Claim, ...] = ()
    extract_claims: tuple[Claim, ...] = ()
    abstained: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What the search brought, best first."""
        if self.found is None:
            return ()
        by_id = {passage.id: passage for passage in self.found.passages}
        return tuple(by_id[one] for one in self.found.hits)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")
