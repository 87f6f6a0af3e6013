"""One item in every cell: what it answered, how the votes fell, and every call as a talk."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.prompt_lab import words
from app.prompt_lab.details_view import details_html
from pipelines.prompting.calls import Item
from pipelines.prompting.lab.records import Record
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.measures.graded import Graded, Vote

HINT = (
    '<p class="gw-muted gw-found-hint">Choose an item of the list, or of the pairs: each call that was made '
    "for it stands here.</p>"
)
_ENDS = {"end": "ended by itself", "stop": "at a stop marker", "length": "cut at the limit"}
_WHO = {"system": "System", "user": "Prompt", "assistant": "Model, before"}
_MOST_TEXTS = 40  # samples of a call that are shown


def item_html(results: Results, item: str, rule: str, cell: int | None = None) -> str:
    """``cell``: the one (from 1) that stands open; else the first one. Raises NotFoundError for no item."""
    found = results.item(item)
    numbered = [(number, *_of(results, number, item)) for number in range(1, len(results.cells) + 1)]
    asked = [(number, record, graded) for number, record, graded in numbered if record is not None]
    waiting = len(numbered) - len(asked)
    opened = cell if cell in [number for number, _, _ in asked] else asked[0][0] if asked else None
    folds = "".join(_cell(results, *one, rule, one[0] == opened) for one in asked)
    more = (
        f'<p class="gw-muted">{waiting} of {len(numbered)} cells have not asked it yet.</p>'
        if waiting
        else ""
    )
    return f'<div class="gw-found-trace">{_head(found)}{folds}{more}</div>'


def _of(results: Results, number: int, item: str) -> tuple[Record | None, Graded | None]:
    pairs = zip(results.records[number - 1], results.cells[number - 1].items, strict=True)
    return next(((record, graded) for record, graded in pairs if record.item == item), (None, None))


def _head(item: Item) -> str:
    choices = "".join(f"<li>{words.text_html(choice)}</li>" for choice in item.choices)
    options = f'<ol class="gw-found-choices" type="A">{choices}</ol>' if choices else ""
    solution = f'<p class="gw-found-text">{words.text_html(item.rationale)}</p>'
    worked = f"<details><summary>Worked solution</summary>{solution}</details>" if item.rationale else ""
    return (
        f'<div class="gw-found-question"><small>Item {escape(item.id)}</small>'
        f'<p class="gw-found-text">{words.text_html(item.question)}</p>{options}'
        f"<p>Wanted: <b>{words.text_html(item.answer)}</b></p>{worked}</div>"
    )


def _cell(results: Results, number: int, record: Record, graded: Graded, rule: str, opened: bool) -> str:
    mark = graded.marks[rule]
    answer = (
        "failed"
        if record.error
        else "no answer found"
        if mark.answer is None
        else words.clipped(mark.answer, 60)
    )
    calls = f"{record.calls} call{'s' * (record.calls != 1)}"
    told = f"{calls}, {record.tokens:,} tokens, {words.seconds(record.seconds)}"
    name = f"{words.number_html(number)} <b>{escape(results.cells[number - 1].name)}</b>"
    summary = (
        f"<summary>{words.mark_html(words.mark_of(graded, rule))} {name} <span>{escape(answer)}</span>"
        f"<small>{told}</small></summary>"
    )
    body = (
        _read(graded, record)
        + votes_html(graded.votes)
        + details_html(record.details)
        + calls_html(record.trace)
    )
    return f'<details class="gw-found-cell" name="found-cells"{" open" * opened}>{summary}{body}</details>'


def _read(graded: Graded, record: Record) -> str:
    """The response in which the answer stands, and what each way of reading found there."""
    if record.error:
        return f'<p class="gw-error" role="alert"><b>⚠</b> {words.text_html(record.error)}</p>'
    found = "".join(
        f"<li>{words.mark_html(words.mark_of(graded, rule))} {words.SHORT_RULES[rule]}: "
        f"{'no answer found' if mark.answer is None else f'<b>{words.text_html(mark.answer)}</b>'}</li>"
        for rule, mark in graded.marks.items()
    )
    response = words.text_html(record.response) or '<span class="gw-muted">(nothing)</span>'
    text = f'<p class="gw-found-text">{response}</p>'
    return f'<div class="gw-found-response"><h5>Read from</h5>{text}<ul>{found}</ul></div>'


def votes_html(votes: Sequence[Vote]) -> str:
    """A bar an answer, the most first; the right one has its tick."""
    total = sum(vote.count for vote in votes)
    if not total:
        return ""
    bars = "".join(_bar(vote, total) for vote in votes)
    return f'<div class="gw-found-votes"><h5>Votes of {total} draws</h5><ul>{bars}</ul></div>'


def _bar(vote: Vote, total: int) -> str:
    style, tick = ("gw-found-won", " ✓") if vote.right else ("", "")
    return (
        f"<li><span>{words.text_html(words.clipped(vote.answer, 60)) or 'no answer'}</span>"
        f'<i style="--share: {100 * vote.count / total:.1f}%" class="{style}"></i>'
        f"<b>{vote.count}{tick}</b></li>"
    )


def calls_html(trace: Sequence[Mapping[str, Any]]) -> str:
    """Every call as bubbles. What the call before had said already is folded."""
    shown, before = [], ()
    for number, call in enumerate(trace, 1):
        messages = [(str(one.get("role")), str(one.get("content"))) for one in call.get("messages", ())]
        same = _same(before, messages)
        shown.append(_call(number, call, messages, same))
        before = messages
    return f'<div class="gw-found-calls"><h5>Calls</h5>{"".join(shown)}</div>' if shown else ""


def _same(before: Sequence[Any], messages: Sequence[Any]) -> int:
    """How many messages at the beginning are those of the call before."""
    pairs = enumerate(zip(before, messages, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(before), len(messages)))


def _call(number: int, call: Mapping[str, Any], messages: Sequence[tuple[str, str]], same: int) -> str:
    old, new = "".join(map(_bubble, messages[:same])), "".join(map(_bubble, messages[same:]))
    told = f"{same} message{'s' * (same != 1)} as in the call before"
    folded = f"<details><summary>{told}</summary>{old}</details>" if same else ""
    body = f"{_facts(number, call)}{folded}{new}{_replies(call)}{_parsed(call)}"
    return f'<section class="gw-found-call">{body}</section>'


def _facts(number: int, call: Mapping[str, Any]) -> str:
    samples, texts = _number(call, "samples"), call.get("texts", ())
    written = sum(int(one.get("tokens", 0)) for one in texts)
    facts = [
        f"round {int(_number(call, 'round')) + 1}",
        f"{int(_number(call, 'prompt_tokens')):,} + {written:,} tokens",
        words.seconds(_number(call, "seconds")),
        f"temperature {_number(call, 'temperature'):g}" if _number(call, "temperature") else "greedy",
    ]
    facts += [f"{samples:g} samples"] if samples > 1 else []
    facts += ["stops at " + " or ".join(_glyphed(one) for one in call["stop"])] if call.get("stop") else []
    listed = "".join(f"<span>{one if 'stops' in one else escape(one)}</span>" for one in facts)
    purpose = escape(str(call.get("purpose", "")))
    return f"<header><b>{number}. {purpose}</b>{listed}</header>"


def _bubble(message: tuple[str, str]) -> str:
    role, content = message
    said = f"<small>{escape(_WHO.get(role, role))}</small><p>{words.text_html(content)}</p>"
    return f'<div class="gw-found-bubble gw-found-{escape(role)}">{said}</div>'


def _replies(call: Mapping[str, Any]) -> str:
    if call.get("error"):
        return f'<p class="gw-error"><b>⚠</b> {words.text_html(str(call["error"]))}</p>'
    texts, begun = call.get("texts", ()), str(call.get("begun", ""))
    alike: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in texts:
        alike.setdefault((str(one.get("text", "")), str(one.get("finish", ""))), []).append(one)
    groups = sorted(alike.values(), key=len, reverse=True)
    bubbles = "".join(_reply(group[0], begun, len(group), len(texts)) for group in groups[:_MOST_TEXTS])
    left = len(groups) - _MOST_TEXTS
    more = f'<p class="gw-muted">And {left} other texts: the download has them.</p>' if left > 0 else ""
    return f'<div class="gw-found-replies">{bubbles}</div>{more}'


def _reply(text: Mapping[str, Any], begun: str, count: int, of: int) -> str:
    """A text that ``count`` of the ``of`` samples have said."""
    finish = str(text.get("finish", ""))
    told = f"Model, {int(text.get('tokens', 0)):,} tokens, {_ENDS.get(finish, finish)}"
    told += f", {count} of {of} samples" if of > 1 else ""
    start = (
        f'<span class="gw-prompt" title="how its answer was begun">{words.text_html(begun)}</span>'
        if begun
        else ""
    )
    said = words.text_html(str(text.get("text", "")))
    cut = " gw-found-cut" if finish == "length" else ""
    shown = start + said or '<span class="gw-muted">(nothing)</span>'
    return (
        f'<div class="gw-found-bubble gw-found-model{cut}"><small>{escape(told)}</small><p>{shown}</p></div>'
    )


def _parsed(call: Mapping[str, Any]) -> str:
    """What the strategy took the reply for; JSON of any kind."""
    parsed = call.get("parsed")
    if parsed is None or parsed == "" or parsed == []:
        return ""
    listed = parsed if isinstance(parsed, list) else [parsed]
    chips = "".join(
        f"<code>{words.text_html(words.clipped(str(one), 120))}</code>" for one in listed[:_MOST_TEXTS]
    )
    return f'<p class="gw-found-parsed">Taken as {chips}</p>'


def _glyphed(text: Any) -> str:
    shown = str(text).replace("\n", "⏎").replace(" ", "·")
    return f"<code>{words.text_html(shown)}</code>"


def _number(call: Mapping[str, Any], name: str) -> float:
    value = call.get(name)
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else 0.0
