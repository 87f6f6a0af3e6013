"""A round as a data set of the Hub: a folder with ``train.jsonl``, in any of the formats, and a card. Knows
no Hub and no network.

Who voted is told by the names that people gave, and by a number in the place of the id that the workshop
knows them by: the same person in two data sets is not to be found by it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.core.errors import ConflictError, SpecError
from pipelines.preferences.formats import FORMATS, write
from pipelines.preferences.records import Choice, Kind, Pair, Round, Vote

ROWS, CARD = "train.jsonl", "README.md"
LICENCES = (
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "cc0-1.0",
    "odc-by",
    "apache-2.0",
    "mit",
    "other",
)
_COLUMN = (
    "The column `glassworks` carries each pair with all its votes (ties, skips and notes among them), the "
    "models and their settings, as JSON: Glassworks imports it as the round was. Leave it out to train."
)


@dataclass(frozen=True)
class Published:
    """How a round is published: ``format`` is one of :data:`FORMATS`, ``licence`` as the Hub calls it;
    without ``whole`` the plain rows alone, to train on."""

    format: str = "trl"
    licence: str = "cc-by-4.0"
    whole: bool = True

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise SpecError("format", self.format, f"one of {', '.join(FORMATS)}")
        if self.licence not in LICENCES:
            raise SpecError("licence", self.licence, f"one of {', '.join(LICENCES)}")
        if not isinstance(self.whole, bool):
            raise SpecError("whole", self.whole, "true or false")


def publish(folder: Path, round: Round, pairs: Sequence[Pair], votes: Iterable[Vote], how: Published) -> None:
    """Write the two files. Raises ConflictError where there would be no row."""
    cast = without_ids(votes)
    count = 0
    with (folder / ROWS).open("w", encoding="utf-8") as out:
        for line in write(how.format, pairs, cast, whole=how.whole):
            out.write(line)
            count += 1
    if not count or not (pairs if how.whole else cast):
        raise ConflictError("This round has nothing to publish yet: let some pairs be judged first.")
    (folder / CARD).write_text(card(round, pairs, cast, how, count), encoding="utf-8")


def without_ids(votes: Iterable[Vote]) -> list[Vote]:
    """People are ``person-1``, ``person-2`` … in the order in which they first voted; models, programs and
    imports keep their names, which have a colon."""
    cast, known = list(votes), {}
    for vote in cast:
        if ":" not in vote.annotator:
            known.setdefault(vote.annotator, f"person-{len(known) + 1}")
    return [replace(vote, annotator=known.get(vote.annotator, vote.annotator)) for vote in cast]


def card(round: Round, pairs: Sequence[Pair], votes: Sequence[Vote], how: Published, rows: int) -> str:
    """Markdown with the Hub's front matter."""
    format, told = FORMATS[how.format], round.spec.guidelines
    asked = [f"What to prefer, as the annotators were told:\n\n> {_quoted(told)}"] if told else []
    parts = (
        f"# {_text(round.title)}",
        f"Pairs of answers, and which one was preferred, collected with Glassworks: {rows:,} rows in the "
        f"format {format.title} (`{ROWS}`). Each row has {format.accepted}.",
        "## What is in it",
        "\n".join(_facts(pairs, votes)),
        *([_COLUMN] if how.whole else []),
        "## How it was collected",
        "Answers were shown side by side, in random order and without the names of the models. Everyone who "
        "voted there had agreed that votes are kept, trained on and published. Votes that were taken back "
        "since are still in this version.",
        *asked,
    )
    return _front(round, how) + "\n\n".join(parts) + "\n"


def _front(round: Round, how: Published) -> str:
    lines = (
        f"license: {how.licence}",
        f"pretty_name: {json.dumps(round.title)}",
        "task_categories:\n- text-generation",
        "tags:\n- preference\n- dpo\n- rlhf\n- glassworks",
        f"configs:\n- config_name: default\n  data_files: {ROWS}",
    )
    return "---\n" + "\n".join(lines) + "\n---\n"


def _facts(pairs: Sequence[Pair], votes: Sequence[Vote]) -> list[str]:
    choices, kinds = Counter(one.choice for one in votes), Counter(one.kind for one in votes)
    people = len({one.annotator for one in votes if one.kind is Kind.HUMAN})
    models = sorted({name for one in pairs for name in (one.model_a, one.model_b) if name})
    told = ", ".join(f"{choices[one]:,} {words}" for one, words in _CHOICES if choices[one])
    by = ", ".join(f"{count:,} by {words}" for kind, words in _KINDS if (count := kinds[kind]))
    return [
        f"- {len(pairs):,} pairs, of which {sum(bool(one.repeats) for one in pairs):,} repeat another",
        f"- {len(votes):,} votes ({by or 'none'}) of {people:,} annotators: {told or 'no choice yet'}",
        f"- answers by {', '.join(f'`{_text(name)}`' for name in models) or 'texts that were brought along'}",
    ]


_CHOICES = (
    (Choice.A, "for the first answer"),
    (Choice.B, "for the second"),
    (Choice.TIE, "ties"),
    (Choice.BOTH_BAD, "both bad"),
    (Choice.SKIP, "skipped"),
)
_KINDS = ((Kind.HUMAN, "people"), (Kind.JUDGE, "models"), (Kind.PROGRAM, "programs"))


def _text(words: str) -> str:
    """On one line, and no markup."""
    plain = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{one}" if one in "[]`*_\\" else one for one in plain)


def _quoted(words: str) -> str:
    return "\n> ".join(_text(line) for line in words.splitlines())
