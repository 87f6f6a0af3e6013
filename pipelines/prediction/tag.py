"""The names in a text: words from the tags of their first pieces, names from the tags of words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.common.spans import Span, first_pieces, words_of
from pipelines.models.loader import LoadedModel
from pipelines.prediction.requests import Entities, Entity
from pipelines.prediction.windows import batches_of, outputs_of, windows_of

_BEGINS, _ENDS = "BSU", "ESLU"  # of BIO, BIOES and BILOU
_LETTERS = "BIESLU"


@dataclass(frozen=True)
class Tagged:
    """A word, its tag, and how likely that is."""

    span: Span
    tag: str
    probability: float


def tag(loaded: LoadedModel, text: str) -> Iterator[Any]:
    """Entities; None between two batches. A word that several windows have is read in the one where it stands
    farthest from both ends."""
    windows, words = windows_of(loaded, text), words_of(text)
    best: list[tuple[int, str, float]] = [(-1, "O", 0.0)] * len(words)
    for batch in batches_of(windows):
        for logits, window in zip(outputs_of(loaded, batch).logits.float().cpu(), batch, strict=True):
            likeliest = logits.softmax(-1).max(-1)
            for number, place in enumerate(first_pieces(words, window.offsets)):
                if place is None:
                    continue
                room = min(place, len(window.ids) - 1 - place)
                if room > best[number][0]:
                    name = str(loaded.model.config.id2label[int(likeliest.indices[place])])
                    best[number] = room, name, float(likeliest.values[place])
        yield None
    tagged = [Tagged(span, name, p) for span, (_, name, p) in zip(words, best, strict=True)]
    yield Entities(tuple(joined(tagged)), len(windows))


def joined(words: list[Tagged]) -> Iterator[Entity]:
    """Names from words. One that goes on with what did not begin is taken as begun: a model may well find the
    second word of a name alone.

    >>> words = [Tagged((0, 3), "B-place", 0.9), Tagged((4, 8), "I-place", 0.7), Tagged((9, 11), "O", 1.0)]
    >>> list(joined(words))
    [Entity(type='place', start=0, end=8, probability=0.8)]
    """
    group: list[Tagged] = []
    for word in words:
        letter, name = parted(word.tag)
        if group and (not name or letter in _BEGINS or name != parted(group[-1].tag)[1]):
            yield _entity(group)
            group = []
        if name:
            group.append(word)
            if letter in _ENDS:
                yield _entity(group)
                group = []
    if group:
        yield _entity(group)


def parted(tag: str) -> tuple[str, str]:
    """
    >>> parted("B-place"), parted("place"), parted("O")
    (('B', 'place'), ('I', 'place'), ('O', ''))
    """
    letter, dash, name = tag.partition("-")
    if dash and letter in _LETTERS:
        return letter, name
    return ("O", "") if tag == "O" else ("I", tag)


def _entity(group: list[Tagged]) -> Entity:
    probability = sum(word.probability for word in group) / len(group)
    return Entity(parted(group[0].tag)[1], group[0].span[0], group[-1].span[1], round(probability, 6))
