"""What the tokenizer worker is asked about a prompt: frozen dataclasses, standard library and core only. The
answer stands in :mod:`pipelines.rag.answering.answers`."""

from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text, check_whole
from pipelines.rag.requests import MAX_QUERY_CHARS, Passage

SHORT, NUMBERED, REWRITE, QUERIES, HYPOTHETICAL = "short", "numbered", "rewrite", "queries", "hypothetical"
FORMS = (SHORT, NUMBERED, REWRITE, QUERIES, HYPOTHETICAL)
ROLES = ("user", "assistant")
MAX_CHARS = 20_000


@dataclass(frozen=True)
class Turn:
    """What was said before. ``role`` is user or assistant. ``passages`` are texts that an assistant's turn
    cited, best first: what a follow-up question's pronouns may mean stands there."""

    role: str
    content: str
    passages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise SpecError("role", self.role, " or ".join(ROLES))
        check_text("content", self.content, MAX_CHARS)


@dataclass(frozen=True)
class PromptRequest:
    """→ Prompted. ``form`` says what is asked for: ``numbered`` or ``short`` an answer from ``passages``
    (best first), ``rewrite`` the question without what was said before, ``queries`` so many (``count``)
    other wordings, ``hypothetical`` an invented passage. ``tokenizer`` is the folder of the model's
    tokenizer, empty for a server; ``context`` is in tokens, 0 where there is no limit or none is known.
    ``about`` are the words that were searched, where these are others than the question's: a short passage
    is chosen by them."""

    form: str
    question: str
    tokenizer: str = ""
    context: int = 0
    max_new_tokens: int = 80
    passages: tuple[Passage, ...] = ()
    turns: tuple[Turn, ...] = ()
    system: str = ""
    count: int = 0
    about: str = ""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise SpecError("form", self.form, f"one of {', '.join(FORMS)}")
        check_text("question", self.question, MAX_QUERY_CHARS)
        for name in ("context", "max_new_tokens", "count"):
            check_whole(name, getattr(self, name), 0)
