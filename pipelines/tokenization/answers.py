"""Answers of the tokenizer worker that are more than one result of a module. No tokenizers library."""

from dataclasses import dataclass

from pipelines.tokenization.measures import LanguageRow
from pipelines.tokenization.special_tokens import SpecialToken
from pipelines.tokenization.stage_view import Stage


@dataclass(frozen=True)
class Stages:
    """All stages of one text, in order."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Languages:
    """The bundled paragraph in each language, English first."""

    rows: tuple[LanguageRow, ...]


@dataclass(frozen=True)
class Described:
    """What a tokenizer is. ``parts`` are (part, component type) in the order in which they work; ``size`` is
    the highest id plus one; ``scripts`` of its vocabulary, the most frequent first; ``chat_templates`` are
    (name, Jinja source), the one that is used first; ``missing`` are the roles that no token fills;
    ``length_limit`` is what its config says a model takes, 0 for no word of it."""

    name: str
    kind: str
    source: str
    size: int
    byte_level: bool
    byte_fallback: bool
    merges: int
    parts: tuple[tuple[str, str], ...]
    special: tuple[SpecialToken, ...]
    missing: tuple[str, ...]
    scripts: tuple[str, ...]
    chat_templates: tuple[tuple[str, str], ...]
    length_limit: int
