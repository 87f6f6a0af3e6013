"""One document after another through the filters and the two searches for copies. Knows no file and no job.

>>> sieve = Sieve(CurateSpec(min_characters=0, min_sentence_words=0))
>>> [sieve.take(text) for text in ("A fox ran home.", "a FOX  ran home.", "An owl sat still.")]
[True, False, True]
"""

from dataclasses import dataclass, field

from pipelines.training.curation.artifact import Example, Removed
from pipelines.training.curation.duplicates import ExactIndex, NearIndex
from pipelines.training.curation.filters import filters
from pipelines.training.curation.language import language_of
from pipelines.training.curation.specs import CurateSpec
from pipelines.training.curation.statistics import Tally

EXAMPLES = 3
EXAMPLE_CHARS = 600
_HELD_CHARS = 50_000  # of an example until the end, when the place is chosen that is shown
_BEFORE = 160  # characters shown before the first difference


@dataclass
class _Step:
    """What one step has taken out so far; ``like`` holds the number of the kept document of each example."""

    label: str
    documents: int = 0
    characters: int = 0
    examples: list[tuple[str, str, int | None]] = field(default_factory=list)


class Sieve:
    """``take`` says whether a document stays. The kept ones are numbered from 0 in their order."""

    def __init__(self, spec: CurateSpec):
        self._filters, self._languages = filters(spec), spec.language_codes
        self._exact = ExactIndex() if spec.exact_duplicates else None
        self._near = NearIndex(spec.near_threshold, spec.shingle_words) if spec.near_duplicates else None
        self.read, self.kept = Tally(), Tally()
        self._steps = {f.name: _Step(f.label) for f in self._filters}
        if self._languages:
            self._steps["languages"] = _Step("other languages")
        if self._exact:
            self._steps["exact_duplicates"] = _Step("exact copies")
        if self._near:
            self._steps["near_duplicates"] = _Step("near copies")

    def take(self, text: str) -> bool:
        language = language_of(text)
        self.read.add(text, language)
        if self._refused(text) or self._foreign(text, language) or self._copied(text):
            return False
        self.kept.add(text, language)
        return True

    def wanted(self) -> set[int]:
        """Numbers of the kept documents that stand beside an example."""
        return {like for step in self._steps.values() for *_, like in step.examples if like is not None}

    def removed(self, kept: dict[int, str]) -> tuple[Removed, ...]:
        """What each step took; ``kept`` gives the texts of :meth:`wanted` by number."""
        return tuple(
            Removed(name, step.label, step.documents, step.characters, tuple(_examples(step, kept)))
            for name, step in self._steps.items()
        )

    def _refused(self, text: str) -> bool:
        for rule in self._filters:
            why = rule.judge(text)
            if why:
                return self._remove(rule.name, text, why)
        return False

    def _foreign(self, text: str, language: str) -> bool:
        if not self._languages or language in self._languages:
            return False
        return self._remove("languages", text, f"language {language}")

    def _copied(self, text: str) -> bool:
        """Whether it repeats a kept document; one that does not is remembered."""
        number = self.kept.documents
        if self._exact:
            same = self._exact.find(text)
            if same is not None:
                return self._remove("exact_duplicates", text, f"the same as kept document {same + 1:,}", same)
            self._exact.insert(text, number)
        if self._near:
            signature = self._near.signature(text)
            found = self._near.similar(signature)
            if found:
                why = f"similarity {found[1]:.2f} to kept document {found[0] + 1:,}"
                return self._remove("near_duplicates", text, why, found[0])
            self._near.insert(signature, number)
        return False

    def _remove(self, name: str, text: str, why: str, like: int | None = None) -> bool:
        step = self._steps[name]
        step.documents += 1
        step.characters += len(text)
        if len(step.examples) < EXAMPLES:
            step.examples.append((text[:_HELD_CHARS], why, like))
        return True


def cut(text: str, most: int = EXAMPLE_CHARS) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _examples(step: _Step, kept: dict[int, str]) -> list[Example]:
    return [_example(text, why, kept.get(like, "")) for text, why, like in step.examples]


def _example(text: str, why: str, like: str) -> Example:
    """Cut where the two texts begin to differ, so that the difference is among what is shown."""
    start = max(0, _common(text, like) - _BEFORE) if like else 0
    start = text.rfind(" ", 0, start) + 1  # not in the middle of a word
    lead = "…" if start else ""
    return Example(lead + cut(text[start:]), why, lead + cut(like[start:]) if like else "")


def _common(one: str, other: str) -> int:
    """Characters that both begin with, case ignored; 0 where there is no difference to show."""
    pairs = enumerate(zip(one.casefold(), other.casefold(), strict=False))
    return next((place for place, (a, b) in pairs if a != b), 0)
