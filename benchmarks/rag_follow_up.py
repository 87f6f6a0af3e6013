"""Hit@5 of questions that lean on the one before, as they are and with the words that a rule adds.

FairytaleQA's validation questions come story by story. Where a question's subject was named in one of the six
before it, about the same section or the next, it is replaced by a pronoun; the earlier question is what was
said before. All are asked of the 380 validation sections, hybrid, default settings. The difference is paired,
with Newcombe's interval. Claim: the rule is above the question as it is, the interval without 0.

    python -m benchmarks.rag_follow_up [--data ../shared/data]
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.recipes.rag_sections import Question, Sections, fairytales
from pipelines.common.proportions import paired, proportion
from pipelines.core.settings import Settings
from pipelines.rag.answering.requests import Turn
from pipelines.rag.answering.standalone import by_rule, is_follow_up
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import MINILM, SearchSpec

_BEFORE = 6
_PRONOUNS = ("he", "she", "it")
_SUBJECT = re.compile(
    r"(?:Why|Where|How|What|When|Who) (?:did|was|were|does|is|had|could|would) "
    r"(the [a-z]+(?: [a-z]+)?|[A-Z][a-z]+)(?![\w'’])"
)


@dataclass(frozen=True)
class Pair:
    """``leaning`` is the question with a pronoun for its subject."""

    before: str
    question: Question
    leaning: str

    @property
    def ruled(self) -> str:
        return by_rule(self.leaning, [Turn("user", self.before), Turn("assistant", "So it is told.")])


def pairs(questions: Sequence[Question]) -> Iterator[Pair]:
    for place, question in enumerate(questions):
        named = _SUBJECT.match(question.text)
        if not named or not question.sections:
            continue
        subject, start = named[1], named.start(1)
        for earlier in reversed(questions[max(0, place - _BEFORE) : place]):
            near = earlier.sections and abs(min(earlier.sections) - min(question.sections)) <= 1
            if near and earlier.story == question.story and subject.lower() in earlier.text.lower():
                pronoun = _PRONOUNS[place % len(_PRONOUNS)]
                leaning = question.text[:start] + pronoun + question.text[start + len(subject) :]
                yield Pair(earlier.text, question, leaning)
                break


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        settings.make_folders()
        stories, questions = fairytales(options.data, "val")
        encoder = open_encoder(MINILM, settings)
        rows = encoder.embed([piece for pieces in stories.values() for piece in pieces])
        library = Sections(stories, encoder, rows, settings)
        keys = {story: f"d{number}" for number, story in enumerate(stories)}
        found = list(pairs(questions))

        def hits(texts: Iterator[str]) -> list[bool]:
            return [_hit(library, keys, text, pair.question) for text, pair in zip(texts, found, strict=True)]

        whole = hits(pair.question.text for pair in found)
        leaning = hits(pair.leaning for pair in found)
        ruled = hits(pair.ruled for pair in found)
    for name, flags in (("as asked", whole), ("with a pronoun", leaning), ("with the rule", ruled)):
        print(f"{name:16}hit@5 {proportion(sum(flags), len(flags)).share:.3f} of {len(flags)}")
    told = paired(leaning, ruled)
    print(f"rule − pronoun: {told.difference:+.3f} (95 %: {told.low:+.3f} to {told.high:+.3f})")
    known = sum(is_follow_up(pair.leaning) for pair in found) / len(found)
    wrong = sum(is_follow_up(question.text) for question in questions) / len(questions)
    print(f"known to lean on another: {known:.3f}; of the {len(questions)} questions as asked: {wrong:.3f}")
    sys.exit(told.low <= 0)


def _hit(library: Sections, keys: dict[str, str], text: str, question: Question) -> bool:
    *_, found = search(SearchRequest(library.id, text, SearchSpec()), library)
    return any(f"{keys[question.story]}.{number}" in found.hits for number in question.sections)


if __name__ == "__main__":
    main()
