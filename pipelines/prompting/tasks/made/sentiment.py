"""Sentences that praise or complain: said outright, turned round by a *not*, or decided by the end alone."""

import random
from collections.abc import Iterator

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn

KIND = Kind(
    "sentiment",
    "Sentiment of sentences",
    "Tell praise from complaint, also after a not and after a but.",
    labels=("positive", "negative"),
)
_NAMED = """film book song meal soup cake hotel room garden park concert play game toy phone camera car train
    museum school lesson teacher doctor shop service party holiday trip picnic show coat bike"""
_GOOD = """wonderful lovely great delightful excellent superb charming pleasant brilliant perfect
    fantastic splendid"""
_BAD = """awful terrible dreadful horrible poor boring disappointing annoying dull dismal nasty hopeless"""
_THINGS = tuple(_NAMED.split())
_WORDS = {"positive": tuple(_GOOD.split()), "negative": tuple(_BAD.split())}
_FELT = {
    "positive": (
        "I loved it",
        "we would come again",
        "it made us smile",
        "I would tell my friends to try it",
    ),
    "negative": ("I hated it", "we will not come again", "it made us sad", "I want my money back"),
}
_NOT = ("not", "never", "far from")
_OTHER = {"positive": "negative", "negative": "positive"}
_SPEAKS = {"positive": "praise", "negative": "a complaint"}
_FRAMES = ("plain", "felt", "not", "but", "end")


def items(seed: int) -> Iterator[Item]:
    """As many of each label as of the other, the kinds of sentence by chance."""
    return drawn(KIND.name, seed, _written, KIND.labels)


def _written(rng: random.Random, label: str) -> Item:
    frame = rng.choice(_FRAMES)
    text, steps = _sentence(rng, label, frame)
    question = f"Is the feeling of this text positive or negative?\nText: {text}"
    fields = {"text": text, "kind": frame}
    return Item("", question, label, rationale=concluded(steps, label), fields=fields)


def _sentence(rng: random.Random, label: str, frame: str) -> tuple[str, str]:
    """The text, and why it has this label."""
    thing, word, felt = rng.choice(_THINGS), rng.choice(_WORDS[label]), rng.choice(_FELT[label])
    other = rng.choice(_WORDS[_OTHER[label]])
    if frame == "plain":
        very = rng.choice(("", "really ", "simply ", "very "))
        return f"The {thing} was {very}{word}.", _speaks(word, label)
    if frame == "felt":
        return f"What {_a(word)} {thing}: {felt}.", f"{_speaks(word, label)} {_speaks(felt, label)}"
    if frame == "not":
        no = rng.choice(_NOT)
        why = f'{_speaks(other, _OTHER[label])} "{no}" turns it round.'
        return f"The {thing} was {no} {other}.", why
    if frame == "but":
        why = f'{_speaks(other, _OTHER[label])} What counts comes after "but": {_speaks(felt, label)}'
        return f"People say that this {thing} is {other}, but {felt}.", why
    why = f"{_speaks(other, _OTHER[label])} {_speaks(word, label)} The end decides."
    return f"The last {thing} was {other}. This one was {word}.", why


def _speaks(words: str, label: str) -> str:
    return f'"{words}" is {_SPEAKS[label]}.'


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
