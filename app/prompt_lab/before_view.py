"""What stands beside the form before a run, as HTML: the items, one prompt as it is read, the grid's size.

All text of visitors, data sets and tokenizers is escaped here.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from app import units
from app.tokenizer.chips import chip_html, count_of
from pipelines.prompting.calls import Item
from pipelines.prompting.lab.questions import Questions
from pipelines.prompting.lab.requests import Looked, PromptPiece, Sized, SizedCell
from pipelines.prompting.specs import OWN, PromptLabSpec
from pipelines.prompting.tasks.registry import kind_named

MESSAGES, TEXT, TOKENS = "messages", "text", "tokens"
_ITEMS = 5
_CUT = 240
_TOKENS = 1500
_ROLES = {"system": "system", "user": "asked", "assistant": "answers", "template": "chat template"}
_KINDS = {"number": "a number", "letter": "the letter of a choice", "boolean": "yes or no", "date": "a date"}
_KINDS |= {"label": "one of a few labels", "text": "free text"}


def items_html(spec: PromptLabSpec, questions: Questions | None, columns: dict[str, object]) -> str:
    """What the set tests and its first items; ``questions`` None where they are not here yet."""
    about = _about(spec, columns)
    if questions is None:
        return f"{about}<p class='gw-muted'>Its items are fetched from the Hub when the run begins.</p>"
    asked, reading = questions.asked, questions.reading
    facts = [f"{len(asked.items):,} items asked", f"the answer is {_KINDS[reading.kind]}"]
    facts += [f"{len(questions.pool):,} more for examples"] if questions.pool else []
    warned = _warned(asked.duplicates, asked.conflicts)
    rows = "".join(map(_row, asked.items[:_ITEMS]))
    head = "<tr><th>question</th><th>answer</th></tr>"
    return (
        f'{about}<p class="gw-ask-facts">{escape(" · ".join(facts))}</p>{warned}'
        f'<div class="gw-scroll"><table class="gw-ask-items"><thead>{head}</thead><tbody>{rows}</tbody>'
        f"</table></div>"
    )


def _about(spec: PromptLabSpec, columns: dict[str, object]) -> str:
    if spec.task == OWN:
        found = ", ".join(
            f"<b>{escape(role)}</b> from <code>{escape(_joined(column)[:80])}</code>"
            for role, column in columns.items()
        )
        return f'<p class="gw-ask-about">Items of your own: {found}.</p>'
    kind, part = kind_named(spec.task)
    title = f"{kind.title}, {part.replace('_', ' ')}" if part else kind.title
    source = "" if kind.made else f"<br><cite>{escape(kind.source)} · {escape(kind.licence)}</cite>"
    return f'<p class="gw-ask-about"><b>{escape(title)}.</b> {escape(kind.about)}{source}</p>'


def _joined(column: object) -> str:
    return column if isinstance(column, str) else ", ".join(map(str, column))  # type: ignore[call-overload]


def _warned(twice: int, conflicts: int) -> str:
    found = [f"{count_of(twice, 'item')} repeat a question of one before"] if twice else []
    found += [f"{count_of(conflicts, 'question')} have different answers"] if conflicts else []
    return note_html(f"{', and '.join(found)}.") if found else ""


def _row(item: Item) -> str:
    choices = "".join(f"<br><small>({letter}) {escape(_cut(choice))}</small>" for letter, choice in zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ", item.choices, strict=False))  # fmt: skip
    worked = (
        f"<details><summary>worked solution</summary>{escape(_cut(item.rationale, 800))}</details>"
        if item.rationale
        else ""
    )
    question = f"{escape(_cut(item.question))}{choices}{worked}"
    return f"<tr><td>{question}</td><td><b>{escape(_cut(item.answer, 60))}</b></td></tr>"


def looked_html(looked: Looked, way: str) -> str:
    """One item's prompt, as messages, as the text that the model reads, or as tokens, under its meter."""
    shown = {MESSAGES: _messages, TEXT: _text, TOKENS: _tokens}.get(way, _messages)(looked)
    found = "".join(map(note_html, looked.findings))
    wanted = f'<p class="gw-ask-wanted">Wanted: <b>{escape(_cut(looked.wanted))}</b></p>'
    return (
        f'<section class="gw-ask-look" aria-label="Prompt">{_meter(looked)}{found}{shown}{wanted}</section>'
    )


def _meter(looked: Looked) -> str:
    """How much of the context prompt and answer take."""
    prompt, new, context = looked.prompt_tokens, looked.max_new_tokens, looked.context
    if not context:
        said = f"{count_of(prompt, 'token')} of prompt, up to {new:,} of answer; the context is not known."
        return f'<p class="gw-ask-facts">{said}</p>'
    full = max(context, prompt + new)
    parts = (("prompt", prompt), ("answer", new), ("left", max(0, looked.left or 0)))
    bars = "".join(
        f'<i data-part="{name}" style="width:{100 * count / full:.2f}%"></i>' for name, count in parts
    )
    words = f"{prompt:,} prompt + up to {new:,} answer of {context:,}"
    rest = f"{looked.left:,} left" if (looked.left or 0) >= 0 else f"{-(looked.left or 0):,} too many"
    return (
        f'<div class="gw-ask-meter" data-full="{str((looked.left or 0) < 0).lower()}">'
        f'<span role="img" aria-label="Context: {words}, {rest}">{bars}</span>'
        f"<small><b>prompt</b> {prompt:,} tokens · <b>answer</b> up to {new:,} · context {context:,}: "
        f"<b>{rest}</b></small></div>"
    )


def _messages(looked: Looked) -> str:
    bubbles = "".join(
        f'<div data-role="{escape(one["role"])}"><span>{escape(_ROLES.get(one["role"], one["role"]))}</span>'
        f"<p>{escape(one['text'])}</p></div>"
        for one in looked.messages
    )
    return f'<div class="gw-ask-messages">{bubbles}</div>'


def _text(looked: Looked) -> str:
    if not looked.text:
        return '<p class="gw-muted">The server writes its chat template itself: see the messages.</p>'
    return f'<pre class="gw-ask-text" tabindex="0">{escape(looked.text)}</pre>'


def _tokens(looked: Looked) -> str:
    if not looked.pieces:
        return '<p class="gw-muted">The server has the tokenizer: there are no tokens to show.</p>'
    runs = groupby(looked.pieces[:_TOKENS], key=lambda piece: piece.role)
    shown = "".join(_run(role, list(pieces)) for role, pieces in runs)
    more = len(looked.pieces) - _TOKENS
    cut = f'<p class="gw-muted">… and {more:,} more tokens.</p>' if more > 0 else ""
    return f'<div class="gw-ask-tokens">{shown}</div>{cut}'


def _run(role: str, pieces: Sequence[PromptPiece]) -> str:
    """Who says them stands before, so that it is not told by colour alone."""
    chips = "".join(
        f'<span title="id {piece.id}">{chip_html(piece.text, "gw-special" if piece.special else "")}</span>'
        for piece in pieces
    )
    name = escape(_ROLES.get(role, role) or "not known")
    return f'<span role="group" data-role="{escape(role)}" aria-label="{name}"><b>{name}</b>{chips}</span>'


def sized_html(sized: Sized) -> str:
    """Each cell's calls, tokens and time, and their sums."""
    rows = "".join(map(_cell, sized.cells))
    names = ("combination", "calls at most", "prompt tokens", "written at most", "about")
    head = "".join(f"<th>{name}</th>" for name in names)
    total = _total(sized.cells) if len(sized.cells) > 1 else ""
    notes = "".join(map(note_html, [*sized.findings, *_too_long(sized.cells)]))
    return (
        f'{notes}<div class="gw-scroll"><table class="gw-ask-size"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody>{total}</table></div>"
        '<p class="gw-muted gw-ask-small">Prompt tokens are those of every item’s first call; later calls '
        "repeat what was said before. The time is estimated for the most that can be written.</p>"
    )


def _cell(cell: SizedCell) -> str:
    about = "" if cell.exact else "≈ "
    return _cells(
        escape(cell.title),
        f"{cell.most_calls:,}",
        f"{about}{cell.prompt_tokens:,}",
        f"{cell.most_written:,}",
        _time(cell.seconds),
    )


def _total(cells: Sequence[SizedCell]) -> str:
    seconds = [cell.seconds for cell in cells if cell.seconds is not None]
    about = "" if all(cell.exact for cell in cells) else "≈ "
    time = _time(sum(seconds) if seconds else None) + (" and more" if 0 < len(seconds) < len(cells) else "")
    row = _cells(
        "together",
        f"{sum(cell.most_calls for cell in cells):,}",
        f"{about}{sum(cell.prompt_tokens for cell in cells):,}",
        f"{sum(cell.most_written for cell in cells):,}",
        time,
    )
    return f"<tfoot>{row}</tfoot>"


def _cells(first: str, *others: str) -> str:
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{one}</td>" for one in others) + "</tr>"


def _too_long(cells: Sequence[SizedCell]) -> list[str]:
    return [
        f"{cell.title}: of {count_of(cell.too_long, 'item')} prompt and answer do not fit the context."
        for cell in cells
        if cell.too_long
    ][:4]


def _time(seconds: float | None) -> str:
    return "not known" if seconds is None else units.duration(max(1.0, seconds))


def size_line_html(spec: PromptLabSpec, items: int) -> str:
    """Under the button, without asking anyone: how the grid is made and how much it asks at most. ``items``
    may be fewer than are wanted, where there are no more."""
    parts = [_many(len(spec.strategies), "strategy", "strategies"), count_of(len(spec.models), "model")]
    parts += [f"{len(spec.prompts)} prompts"] if len(spec.prompts) > 1 else []
    parts += [f"{len(spec.decodings)} decodings"] if len(spec.decodings) > 1 else []
    cells, answers = sum(1 for _ in spec.cells()), spec.most_answers // spec.n * items
    return (
        f'<p class="gw-ask-facts">{" × ".join(parts)}: <b>{count_of(cells, "combination")}</b> of '
        f"{count_of(items, 'item')}, at most <b>{count_of(answers, 'answer')}</b>.</p>"
    )


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def note_html(text: str) -> str:
    return f'<p class="gw-ask-note" role="status"><b>!</b> {escape(text)}</p>' if text else ""


def _cut(text: str, most: int = _CUT) -> str:
    return text if len(text) <= most else f"{text[:most]} …"
