"""What a row of a data set means, whatever its columns were called: one frozen class a kind. Standard library
only.

``row`` is the place in the file from 1 on, as a person counts: the line of a JSONL file, the record of a CSV
file (without its head), the item of a JSON list, the row of a Parquet table, the sentence of a CoNLL file.
"""

from dataclasses import dataclass

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Message:
    """``role`` is one of :data:`ROLES`."""

    role: str
    content: str


@dataclass(frozen=True)
class Chat:
    """A conversation; what the assistant says is learnt."""

    row: int
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Completion:
    """A prompt and how it goes on; the completion is learnt."""

    row: int
    prompt: str
    completion: str


@dataclass(frozen=True)
class Plain:
    """A text; all of it is learnt."""

    row: int
    text: str


@dataclass(frozen=True)
class Labelled:
    """A text, or two that are compared, with one label."""

    row: int
    text: str
    label: str
    second: str = ""


@dataclass(frozen=True)
class Tagged:
    """Words with a tag each, in the BIO scheme (an IO file is read as BIO)."""

    row: int
    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Answered:
    """A question whose answer is a span of the context: ``starts`` are offsets in characters, as many as
    ``answers``; both are empty where the context does not answer it."""

    row: int
    question: str
    context: str
    answers: tuple[str, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt, a text or the messages up to the answer. ``chosen`` was preferred, by
    ``margin`` where the row says by how much (a difference of ratings; negative: the ratings say the
    opposite), else 0."""

    row: int
    prompt: str | tuple[Message, ...]
    chosen: str
    rejected: str
    margin: float = 0.0


@dataclass(frozen=True)
class Rated:
    """One answer to a prompt, and whether it is a ``good`` one."""

    row: int
    prompt: str | tuple[Message, ...]
    completion: str
    good: bool


@dataclass(frozen=True)
class Asked:
    """A prompt that the model is to answer for itself; ``answer`` is the right one, or empty."""

    row: int
    prompt: str
    answer: str = ""


Example = Chat | Completion | Plain | Labelled | Tagged | Answered | Pair | Rated | Asked
