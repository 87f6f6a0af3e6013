"""The whole check: read, split, turn into tokens, judge, and show some rows. One step is some rows, so that
other requests of the same process go on meanwhile. Imports no torch.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.jobs.kinds import kind_named
from pipelines.training.checks import chats, encoders, measure, pairs, prompts, rows, tokens
from pipelines.training.checks.folder import limits_of, tokenizer_in
from pipelines.training.checks.preview import preview
from pipelines.training.checks.requests import (
    BLOCKS,
    DATA,
    VALIDATION,
    WARNS,
    Checked,
    Checking,
    CheckRequest,
    Finding,
)
from pipelines.training.checks.subject import Facts, Item, Subject, counted, texts_in
from pipelines.training.preferring.online.problems import problems
from pipelines.training.rows.formats import Examples, Problem, examples_of
from pipelines.training.rows.reading import read
from pipelines.training.rows.sides import rated
from pipelines.training.rows.splitting import split
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.tasks import task_named

Check = Callable[[Subject], list[Finding]]

CHECKS: tuple[Check, ...] = (
    rows.few,
    chats.template,
    chats.strangers,
    tokens.encodable,
    tokens.ends,
    tokens.learnt,
    tokens.cut,
    tokens.context,
    tokens.vocabulary,
    tokens.written,
    chats.swapped,
    chats.order,
    chats.silent,
    chats.empty,
    chats.echoes,
    encoders.labels,
    encoders.tags,
    encoders.answers,
    pairs.swapped,
    pairs.identical,
    pairs.beginnings,
    pairs.contradictions,
    pairs.both,
    pairs.lengths,
    rows.overlap,
    rows.duplicates,
    rows.contradictions,
)
OF_PROMPTS: tuple[Check, ...] = (
    rows.few,
    chats.template,
    chats.strangers,
    tokens.encodable,
    tokens.ends,
    prompts.blank,
    prompts.room,
    prompts.context,
    tokens.vocabulary,
    tokens.written,
    prompts.answers,
    prompts.reachable,
    prompts.apart,
    prompts.repeated,
)
_ROWS_A_STEP = 32
_SAY_SECONDS = 0.5
_NAMED = 10
_REASONS = 3


@dataclass(frozen=True)
class _Rows:
    """``problems`` are rows that gave no item; ``own``: those held out come from elsewhere than the others.
    ``training`` is how many there are to learn from, of which not all need be among the items."""

    format: str
    items: tuple[Item, ...]
    problems: tuple[Finding, ...] = ()
    own: bool = False
    training: int = 0


def spec_of(values: dict[str, Any]) -> Any:
    """The spec of the job that does the task; raises :class:`SpecError` by the field's name."""
    return kind_named(task_named(values.get("task", SftSpec.task)).job).parse(values)


def check(request: CheckRequest) -> Iterator[Checking | Checked | None]:
    """None is a step without news. Raises :class:`GlassworksError` for a spec or a tokenizer that cannot be
    taken; rows that cannot be read are a finding."""
    spec = spec_of(request.spec)
    tokenizer = tokenizer_in(Path(request.tokenizer))
    yield None
    try:
        there = yield from _read(request, spec)
    except GlassworksError as fault:  # the message says which line or column, and what is accepted
        yield Checked("", 0, 0, (Finding("rows", BLOCKS, str(fault)),), ())
        return
    yield None
    items = there.items
    facts: dict[int, Facts] = {}
    if not _without_template(items, tokenizer, spec):
        yield from _measured(spec, tokenizer, texts_in(items), facts)
    context, vocabulary = limits_of(Path(request.tokenizer), tokenizer)
    folder = Path(request.tokenizer)
    subject = Subject(spec, tokenizer, items, facts, context, vocabulary, there.own, folder)
    found = list(there.problems)
    for judge in (OF_PROMPTS if spec.what.asks else CHECKS) if items else ():
        found += judge(subject) if spec.dataset else map(_undroppable, judge(subject))
        yield Checking(len(facts), len(facts))  # not only None: who says nothing for long is taken for stuck
    if not items:
        found.append(Finding("rows", BLOCKS, "No row is left that could be learnt from."))
    found.sort(key=lambda finding: finding.level != BLOCKS)
    held_out = sum(item.held_out for item in items)
    yield Checked(
        format=there.format,
        training=there.training,
        held_out=held_out,
        findings=tuple(found),
        preview=preview(subject, found, request.rows, request.show) if facts else (),
        lengths=measure.lengths_of(subject),
    )


def _read(request: CheckRequest, spec: Any) -> Generator[None, None, _Rows]:
    """Raises :class:`GlassworksError` for what cannot be read or made."""
    if not spec.dataset:
        return _made(spec)
    data = _examples(request.data, request.suffixes[0], spec)
    yield None
    own = _examples(request.validation, request.suffixes[1], spec) if request.validation else None
    items = _items(data, own, spec)
    unusable = (*_problems(data, DATA), *(_problems(own, VALIDATION) if own else ()))
    training = sum(not item.held_out for item in items)
    return _Rows(data.recognised.format, items, unusable, own is not None, training)


def _made(spec: Any) -> _Rows:
    """Problems of a run that makes its own: the fresh ones, and the first of those to learn from."""
    some = replace(spec, num_problems=min(spec.num_problems, measure.MOST))
    learnt, fresh = problems(some, **kind_named(spec.task).load_given())
    items = (*(Item(one, False) for one in learnt), *(Item(one, True, VALIDATION) for one in fresh))
    return _Rows(spec.problems, items, own=True, training=spec.num_problems)


def _undroppable(finding: Finding) -> Finding:
    """Rows that are made cannot be left out."""
    return replace(finding, mend={}) if "drop_rows" in finding.mend else finding


def _examples(path: str, suffix: str, spec: Any) -> Examples:
    found = examples_of(read(Path(path), suffix), spec.task, spec.roles)
    if spec.task != "kto":
        return found
    return replace(found, examples=tuple(one for example in found.examples for one in rated(example)))


def _items(data: Examples, own: Examples | None, spec: Any) -> tuple[Item, ...]:
    if own is not None:
        learnt, measured = data.examples, own.examples
    else:
        learnt, measured = split(data.examples, spec.validation_share, spec.seed)
    if spec.what.asks:
        measured = measured[: spec.eval_prompts]
    file = DATA if own is None else VALIDATION
    return (*(Item(e, False) for e in learnt), *(Item(e, True, file) for e in measured))


def _without_template(items: tuple[Item, ...], tokenizer: Any, spec: Any) -> bool:
    """Whether conversations have nothing to be written with: said once, not for each row."""
    probe = Subject(spec, tokenizer, items, {})
    return any(finding.level == BLOCKS for finding in chats.template(probe))


def _measured(
    spec: Any, tokenizer: Any, items: tuple[Item, ...], facts: dict[int, Facts]
) -> Iterator[Checking | None]:
    said = time.monotonic()
    for done, total in measure.steps(spec, tokenizer, items, facts):
        if time.monotonic() - said > _SAY_SECONDS:
            said = time.monotonic()
            yield Checking(done, total)
        elif done % _ROWS_A_STEP == 0:
            yield None


def _problems(examples: Examples, file: str) -> list[Finding]:
    """Rows that give no example: training leaves them out. Those with one reason together."""
    reasons: dict[str, list[Problem]] = {}
    for problem in examples.problems:
        reasons.setdefault(problem.words, []).append(problem)
    found = [_problem(words, problems, file) for words, problems in list(reasons.items())[:_REASONS]]
    rest = [p for problems in list(reasons.values())[_REASONS:] for p in problems]
    return [*found, *([_problem("they have other faults", rest, file)] if rest else [])]


def _problem(words: str, problems: list[Problem], file: str) -> Finding:
    numbers = sorted({problem.row for problem in problems})
    said = f"{counted(numbers, file)} cannot be used: {words}. Training leaves such rows out."
    return Finding(
        "unusable rows",
        WARNS,
        said,
        tuple(numbers[:_NAMED]),
        len(numbers),
        {"drop_rows": numbers, "file": file},
        file,
    )
