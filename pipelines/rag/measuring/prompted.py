"""Questions made from the chunks by a language model, each checked: what it asks must be answered by words of
its passage. The model is a function that is handed in. Pure but for that.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence

from pipelines.common.sentences import sentences_of
from pipelines.core.errors import SpecError
from pipelines.rag.measuring.generating import Source
from pipelines.rag.measuring.questions import Gold, Question

PROMPT = (
    "Read the passage. Write one question that a reader might have and that this passage answers, and the "
    "answer in the passage's own words, as short as it can be. Do not write “the passage” or “the text” in "
    "the question."
    "\n\nPassage:\n{passage}\n\nWrite exactly two lines:\nQuestion: …\nAnswer: …"
)
_TRIES = 3  # chunks asked about for each question that is wanted
_LINE = re.compile(r"question:\s*(?P<q>.+?)\s*\n+\s*answer:\s*(?P<a>.+?)\s*(?:\n|$)", re.IGNORECASE)
_POINTS_AT = re.compile(r"\b(?:this|the) (?:passage|text|paragraph|document|excerpt)\b", re.IGNORECASE)


def written(
    sources: Sequence[Source], n: int, generate: Callable[[str], str], seed: int = 0
) -> Iterator[Question | None]:
    """At most ``n`` questions; None for each chunk of which the model made none that can be used. It is asked
    about three times as many chunks at most."""
    rng = random.Random(f"written questions {seed}")
    drawn = rng.sample(list(sources), min(n * _TRIES, len(sources)))
    made: set[str] = set()
    for source in drawn:
        if len(made) >= n:
            return
        question = asked(generate(PROMPT.format(passage=source.text.strip())), source)
        if question is not None and question.text.lower() in made:
            question = None
        made |= {question.text.lower()} if question else set()
        yield question


def asked(reply: str, source: Source) -> Question | None:
    """The question of a model's reply; None where it cannot be used: not in the form asked for, an answer
    that does not stand in the passage or that the question gives away.

    >>> source = Source("a.md", 100, "LoRA freezes the weights. It was proposed by Hu in 2021.")
    >>> asked("Question: Who proposed LoRA?\\nAnswer: hu", source).gold
    (Gold(document='a.md', start=126, end=156, text='It was proposed by Hu in 2021.'),)
    """
    found = _LINE.search(reply)
    if found is None:
        return None
    text, answer = (" ".join(found[part].split()).strip("*_ ") for part in "qa")
    answer = answer.rstrip(".")
    place = _place(source.text, answer)
    given_away = answer.lower() in text.lower()
    if not text.endswith("?") or not 3 <= len(text.split()) <= 40 or given_away or place is None:
        return None
    if _POINTS_AT.search(text):
        return None
    try:
        start, end = _sentence(source.text, place)
        gold = Gold(source.document, source.start + start, source.start + end, source.text[start:end])
        return Question(text, (source.text[slice(*place)],), (gold,), "model")
    except SpecError:  # half a character, or far too long
        return None


def _place(passage: str, answer: str) -> tuple[int, int] | None:
    words = answer.split()
    if not words or len(words) > 40:
        return None
    found = re.search(
        r"\b" * answer[0].isalnum() + r"\s+".join(map(re.escape, words)), passage, re.IGNORECASE
    )
    return found.span() if found else None


def _sentence(passage: str, place: tuple[int, int]) -> tuple[int, int]:
    """From the beginning of the sentence in which the answer begins to the end of that in which it ends."""
    spans = sentences_of(passage)
    first = next((start for start, end in spans if start <= place[0] < end), place[0])
    last = next((end for start, end in spans if start < place[1] <= end), place[1])
    return first, last
