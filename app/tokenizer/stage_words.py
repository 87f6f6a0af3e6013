"""Which words a model is given, and which of them a replay begins with. Pure, no Gradio."""

import re

from app.tokenizer.components import shown_name
from pipelines.tokenization.stage_view import Piece, Stage

_FIRST = 40  # words among which the first replay is sought
_TOKENS = 400  # of the model that are looked at for that
_LONGEST = 2_000  # characters of it
_READABLE = 40  # characters of a word whose replay can be taken in at a glance
_WORD = re.compile(r"[▁ ]*[^▁ ]+|[▁ ]+")


def words_stage(stages: tuple[Stage, ...]) -> Stage | None:
    """The last stage before the model, whose pieces the model is given one by one; None where that is the
    text itself."""
    found = None
    for stage in stages:
        if stage.part == "model":
            return found
        found = stage
    return found


def replayed_model(stages: tuple[Stage, ...]) -> str:
    """The model's type; empty for one whose work on a word has no steps."""
    name = next((shown_name(stage.name) for stage in stages if stage.part == "model"), "")
    return "" if name == "WordLevel" else name


def is_word(stages: tuple[Stage, ...], text: str, word: object) -> bool:
    """Whether the model is given exactly this."""
    return isinstance(word, str) and any(piece.text == word for piece in _words(stages, text))


def first_word(stages: tuple[Stage, ...], text: str) -> str:
    """What a replay begins with: of the first pieces that the model is given, one that it put together from
    most tokens; words of letters before others."""
    tokens = next((stage.pieces for stage in stages if stage.part == "model"), ())

    def worth(word: Piece) -> tuple[bool, bool, int, int]:
        made = sum(word.start <= token.start and token.end <= word.end for token in tokens[:_TOKENS])
        joined = 1 < made < len(word.text)
        return joined and text[word.start : word.end].strip().isalpha(), joined, made, len(word.text)

    best = max(_words(stages, text)[:_FIRST], key=worth, default=None)
    return _part(best.text) if best else ""


def _part(word: str) -> str:
    """Of a long piece, which is a whole text where nothing cuts it into words, the longest of its first
    words.

    >>> _part("▁Once▁upon▁a▁time▁there▁was▁a▁surprising▁fox"), _part("▁a▁b")
    ('▁surprising', '▁a▁b')
    """
    words = _WORD.findall(word)[:_FIRST] if len(word) > _READABLE else [word]
    return max(words, key=len)[:_LONGEST]


def _words(stages: tuple[Stage, ...], text: str) -> list[Piece]:
    stage = words_stage(stages)
    pieces = stage.pieces if stage else (Piece(text, 0, len(text)),)
    return [piece for piece in pieces if piece.id is None and piece.text]


def given_tokens(stages: tuple[Stage, ...]) -> frozenset[int]:
    """The tokens that no model made: those found in the text, and those put around it."""
    model = next((at for at, stage in enumerate(stages) if stage.part == "model"), len(stages))
    found = {piece.id for stage in stages[:model] for piece in stage.pieces}
    made = {piece.id for stage in stages[model : model + 1] for piece in stage.pieces}
    around = {p.id for stage in stages[model + 1 :] for p in stage.pieces if p.start == p.end}
    return frozenset((found | (around - made)) - {None})
