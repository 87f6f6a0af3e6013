"""What a script is made from, and its values as Python. Standard library and core only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole
from pipelines.rag.specs import AnswerSpec, CollectionSpec, SearchSpec

PLAIN, LANGCHAIN, LLAMAINDEX = "plain", "langchain", "llamaindex"
FLAVOURS = {PLAIN: "Plain libraries", LANGCHAIN: "LangChain", LLAMAINDEX: "LlamaIndex"}


@dataclass(frozen=True)
class Model:
    """Where a reader finds a model: full weights, the ``adapters`` upon them (the lowest first) and the
    tokenizer, as ``from_pretrained`` takes them; or the ``url`` of a server, whose key is in the environment
    variable ``key``. ``said`` are lines that say what these places are. ``chat``: it has a chat template;
    ``short``: it was taught to read one short passage; ``context`` is in tokens, 0 where none is known."""

    base: str
    adapters: tuple[str, ...] = ()
    tokenizer: str = ""
    said: tuple[str, ...] = ()
    url: str = ""
    key: str = ""
    chat: bool = True
    short: bool = False
    context: int = 0


@dataclass(frozen=True)
class Asked:
    """``writer`` writes answers, ``reader`` finds exact spans; None where there is none. ``queries`` are
    other wordings that were searched, ``hypothetical`` an invented answer."""

    collection: CollectionSpec
    search: SearchSpec
    answer: AnswerSpec
    question: str
    writer: Model | None = None
    reader: Model | None = None
    queries: tuple[str, ...] = ()
    hypothetical: str = ""

    @property
    def writes(self) -> bool:
        return self.writer is not None and self.answer.answerer != "extract"

    @property
    def extracts(self) -> bool:
        return self.reader is not None and (self.answer.answerer != "generate" or self.writer is None)

    @property
    def words(self) -> bool:
        return self.search.mode != "dense"

    @property
    def meaning(self) -> bool:
        return self.search.mode != "bm25"

    @property
    def filtered(self) -> bool:
        search = self.search
        return bool(search.documents or search.kinds or search.heading.strip() or search.pages)

    @property
    def vectors(self) -> bool:
        """MMR compares the vectors of what another retriever has found, too."""
        return self.meaning or self.search.mmr < 1


def value(given: Any) -> str:
    """A Python expression of the same value; nothing in it is ever code.

    >>> value(["it's", 'so "it" is'])
    '["it\\'s", \\'so "it" is\\']'
    """
    if isinstance(given, (list, tuple)):
        return f"[{', '.join(map(value, given))}]"
    if not isinstance(given, str):
        return repr(given)
    if not is_whole(given):
        raise SpecError("question", given[:60], "text without half surrogate pairs, to be put in a script")
    if '"' in given:
        return repr(given)
    return '"' + "".join("'" if c == "'" else repr(c)[1:-1] for c in given) + '"'


def remark(text: str, most: int = 100) -> str:
    """The text on one line, without what a terminal or an editor would obey.

    >>> remark("a\\nimport os")
    'a import os'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most].strip()
