"""Claims about stories, each with passages that support it or do not: what the measure of support learns
from.

FairytaleQA's questions were written and answered by people, section by section (Xu et al. 2022,
Apache-2.0). A claim is an answer of a few words beside its question, the two made into a statement, or the
sentence of the story that the answer is from. It is supported by the section that it was asked about, given
with two others of the story as a search gives them. It is not supported

- *swapped*: with the answer to another question about the same story,
- *elsewhere*: with three other sections of the story,
- *changed*: with a number, a name or a negation of a statement or a sentence changed by rule.

Standard library and this repository only.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.common.metrics import squad_normalised, token_f1
from pipelines.common.sentences import sentences_of

BARE, STATEMENT, SENTENCE = "answer", "statement", "sentence"
SWAPPED, ELSEWHERE, CHANGED = "swapped", "elsewhere", "changed"
_AUXILIARY = "did|does|do|was|were|is|are|had|has|could|would|will|can|should"
_FORMS = (  # of a question, and the statement that it becomes
    (rf"(?:who|what|which \w+) (?!(?:{_AUXILIARY})\b)(.+)", "{answer} {0}"),
    (r"who (?:was|were|is|are) (.+)", "{answer} was {0}"),
    (rf"why ({_AUXILIARY}) (.+)", "{1}, because {answer}"),
    (r"how (?:did|does|do) (.+?) feel\b(.*)", "{0} felt {answer}{1}"),
    (r"what (?:did|does|do|will|would) (.+?) do\b(.*)", "{0} {answer}{1}"),
    (r"(?:what|where|when|how|who|whom) (?:was|were|is|are) (.+)", "{0} was {answer}"),
    (rf"(?:what|where|when|how|who|whom|how \w+) ({_AUXILIARY}) (.+)", "{1} {answer}"),
)
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty")
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)}|\d+)\b", re.I)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_VERB = re.compile(r"\b(was|were|is|are|had|has|could|would|will|can|did)\b(?! not\b)")
_DENIED = re.compile(r"\b(was|were|is|are|had|has|could|would|will|can|did) not\b")
_LIKE = 0.3  # token F1 from which another question's answer may be right here too


@dataclass(frozen=True)
class Pair:
    """``kind`` says what the claim is, ``wrong`` why it is not supported (empty: it is)."""

    claim: str
    question: str
    passages: tuple[str, ...]
    kind: str
    wrong: str
    story: str

    @property
    def supported(self) -> bool:
        return not self.wrong


def pairs(data: Path, split: str, seed: int, stories: int = 0) -> list[Pair]:
    """Of the ``split``'s stories, or of so many drawn from them."""
    rng = random.Random(f"support {seed}")
    told = {row["story"]: row["sections"] for row in _rows(data, "stories") if row["split"] == split}
    names = sorted(told)
    chosen = set(rng.sample(names, stories) if stories else names)
    asked: dict[str, list[dict[str, Any]]] = {name: [] for name in names if name in chosen}
    for row in _rows(data, "questions"):
        if row["story"] in asked:
            asked[row["story"]].append(row)
    return [pair for name, rows in asked.items() for pair in _of_story(name, told[name], rows, rng)]


def _of_story(
    story: str, sections: Sequence[str], rows: Sequence[dict[str, Any]], rng: random.Random
) -> Iterator[Pair]:
    names = sorted({found for text in sections for found in _NAME.findall(text)})
    for row in rows:
        gold = [number - 1 for number in row["sections"] if 0 < number <= len(sections)]
        others = [n for n in range(len(sections)) if n not in gold]
        answers = [answer.strip() for answer in row["answers"] if answer.strip()]
        if not gold or len(gold) > 2 or len(others) < 3 or not answers:
            continue
        question, answer = row["question"].strip(), answers[0]
        with_gold = [*gold, *rng.sample(others, 2)]
        rng.shuffle(with_gold)
        passages = tuple(sections[n] for n in with_gold)
        without = tuple(sections[n] for n in rng.sample(others, 3))

        def pair(
            claim: str, kind: str, wrong: str = "", given: tuple[str, ...] = passages, about: str = question
        ):
            return Pair(claim, about, given, kind, wrong, story)

        statement = made_statement(question, answer)
        sentence = _sentence_with(answer, [sections[n] for n in gold])
        yield pair(answer, BARE)
        yield pair(statement, STATEMENT)
        if sentence:
            yield pair(sentence, SENTENCE)
        wrong = [a for other in rows for a in other["answers"][:1] if other is not row]
        wrong = [a.strip() for a in wrong if a.strip() and token_f1(answers, a) < _LIKE]
        if wrong:
            swapped = rng.choice(wrong)
            yield pair(swapped, BARE, SWAPPED)
            yield pair(made_statement(question, swapped), STATEMENT, SWAPPED)
        if not any(squad_normalised(answer) in squad_normalised(text) for text in without):
            yield pair(answer, BARE, ELSEWHERE, without)
            yield pair(statement, STATEMENT, ELSEWHERE, without)
        for text, kind in ((statement, STATEMENT), (sentence, SENTENCE)):
            altered = changed(text, names, rng) if text else ""
            if altered:
                yield pair(altered, kind, CHANGED)


def made_statement(question: str, answer: str) -> str:
    """A question and its answer as one sentence, by rule; its grammar may limp.

    >>> made_statement("Who saw the king?", "the fox.")
    'The fox saw the king.'
    >>> made_statement("Why did the fox run away?", "he was afraid")
    'The fox run away, because he was afraid.'
    >>> made_statement("Where was Tom?", "at home")
    'Tom was at home.'
    """
    bare, said = question.strip().rstrip("?!. "), answer.strip().rstrip(".!? ")
    for form, pattern in _FORMS:
        if found := re.fullmatch(form, bare, re.I):
            text = pattern.format(*found.groups(), answer=said)
            break
    else:
        text = f"{bare}: {said}"
    text = re.sub(r"because because", "because", " ".join(text.split()), flags=re.I)
    return f"{text[:1].upper()}{text[1:]}."


def changed(text: str, names: Sequence[str], rng: random.Random) -> str:
    """The text with one number, name or negation that is another now; empty where it has none to change.

    >>> changed("He was not at home.", [], random.Random(0))
    'He was at home.'
    """
    ways = []
    if found := _NUMBER.search(text):
        now = rng.choice([n for n in _NUMBERS if n != found.group().lower()])
        ways.append(text[: found.start()] + now + text[found.end() :])
    if found := _NAME.search(text):
        others = [name for name in names if name not in text]
        if others:
            ways.append(text[: found.start()] + rng.choice(others) + text[found.end() :])
    if found := _DENIED.search(text):
        ways.append(text[: found.start()] + found[1] + text[found.end() :])
    elif found := _VERB.search(text):
        ways.append(f"{text[: found.end()]} not{text[found.end() :]}")
    return rng.choice(ways) if ways else ""


def _sentence_with(answer: str, sections: Sequence[str]) -> str:
    """The sentence that has the answer word for word."""
    wanted = re.compile(rf"(?<!\w){re.escape(answer.strip().rstrip('.!?'))}(?!\w)", re.I)
    for text in sections:
        for start, end in sentences_of(text):
            if wanted.search(text, start, end):
                return text[start:end]
    return ""


def _rows(data: Path, what: str) -> Iterator[dict[str, Any]]:
    with gzip.open(data / f"rag/fairytaleqa_{what}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
