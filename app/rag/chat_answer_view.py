"""One answer as HTML: each claim with the number of the passage that backs it or the words that none does,
the extract within its sentence, the sources, and what to do with it. Pure; all that others wrote is escaped
here.
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from app.rag.chat_record import Record, cited, is_backed
from pipelines.rag.answering.moments import Extract, Moment
from pipelines.rag.answers import Claim
from pipelines.rag.requests import Passage

_SNIPPET = 180
_UNBACKED = "not found in the documents"
_STAGES = {
    "rewriting": "rewriting the question",
    "searching": "searching",
    "reading": "reading the passages",
    "first": "to the first word",
    "writing": "writing",
    "checking": "checking the claims",
    "all": "all together",
}


def answer_html(record: Record, chat: str, position: int) -> str:
    """The answer at ``position`` of a chat, with its sources."""
    moment = record.moment
    shown = _abstained_html(record, position) if moment.abstained else _columns(record, chat, position)
    note = "" if moment.abstained or not moment.note else f'<p class="gw-rag-note">{escape(moment.note)}</p>'
    stopped = '<p class="gw-rag-note">Stopped before it was done.</p>' if record.stopped else ""
    sources = _sources_html(record, chat, position)
    state = "abstained" if moment.abstained else "stopped" if record.stopped else "done"
    return (
        f'<article class="gw-rag-answer" data-state="{state}" aria-label="Answer">'
        f"{_searched_as(moment)}{shown}{stopped}{note}{sources}{_rest(record, chat, position)}</article>"
    )


def text_html(
    text: str, claims: tuple[Claim, ...], numbers: dict[int, int], support: float, link: Any
) -> str:
    """An answer's text with its claims marked. ``numbers`` are those of the passages by their places;
    ``link(claim's number)`` is what its citation opens."""
    parts, at = [], 0
    for number, claim in enumerate(claims):
        parts.append(escape(text[at : claim.start]))
        parts.append(_claim_html(text[claim.start : claim.end], claim, numbers, support, link(number)))
        at = claim.end
    return f'<p class="gw-rag-text">{"".join(parts)}{escape(text[at:])}</p>'


def extract_html(extract: Extract, number: int, link: str) -> str:
    """The words that answer, marked in their sentence."""
    at = extract.sentence.find(extract.text) if extract.text else -1
    if at < 0:
        words = f"<mark>{escape(extract.text)}</mark>"
    else:
        before, after = extract.sentence[:at], extract.sentence[at + len(extract.text) :]
        words = f"{escape(before)}<mark>{escape(extract.text)}</mark>{escape(after)}"
    return f'<p class="gw-rag-text">{words}{chip_html(number, link)}</p>'


def chip_html(number: int, link: str) -> str:
    return (
        f'<button type="button" class="gw-rag-cite" data-source="{escape(link)}" '
        f'aria-label="Source {number}">{number}</button>'
    )


def numbers_of(moment: Moment) -> dict[int, int]:
    """The number that a passage has on the page, by its place: those in the prompt first, as they stand
    there."""
    ids = [one.id for one in moment.passages]
    order = dict.fromkeys([*(one for one in moment.used if one in ids), *ids])
    return {ids.index(one): number for number, one in enumerate(order, 1)}


def times_html(seconds: dict[str, float]) -> str:
    rows = "".join(
        f"<div><dt>{words}</dt><dd>{_time(seconds[name])}</dd></div>"
        for name, words in _STAGES.items()
        if name in seconds
    )
    return f'<dl class="gw-rag-times">{rows}</dl>'


def _claim_html(text: str, claim: Claim, numbers: dict[int, int], support: float, link: str) -> str:
    share = f"{100 * claim.support:.0f} %"
    if is_backed(claim, support) and claim.passage in numbers:
        chip = chip_html(numbers[claim.passage], link)
        return f'<span class="gw-rag-claim" title="backed with {share}">{escape(text.rstrip())}</span>{chip} '
    return (
        f'<span class="gw-rag-unbacked" title="backed with {share} at most">{escape(text.rstrip())}</span>'
        f'<small class="gw-rag-unbacked-words">{_UNBACKED}</small> '
    )


def _columns(record: Record, chat: str, position: int) -> str:
    columns = [*_written(record, chat, position), *_extracted(record, chat, position)]
    if not columns:
        return '<p class="gw-muted">Nothing was written.</p>'
    return f'<div class="gw-rag-columns">{"".join(columns)}</div>'


def _written(record: Record, chat: str, position: int) -> Iterator[str]:
    moment, numbers = record.moment, numbers_of(record.moment)
    if not moment.text.strip():
        return
    text = text_html(
        moment.text, moment.claims, numbers, record.answer.support,
        lambda number: link_of(chat=chat, at=position, claim=number),
    )  # fmt: skip
    yield _column("Written", moment.model, "", text)


def _extracted(record: Record, chat: str, position: int) -> Iterator[str]:
    moment, extract = record.moment, record.moment.extract
    if extract is None:
        if record.answer.answerer != "generate" and not record.stopped and moment.state == "done":
            none = '<p class="gw-muted">No passage has words that answer this.</p>'
            yield _column("Found word for word", record.answer.qa_model, "", none)
        return
    numbers = {moment.passages[place].id: number for place, number in numbers_of(moment).items()}
    link = link_of(chat=chat, at=position, extract=True)
    text = extract_html(extract, numbers.get(extract.passage, 1), link)
    sure = f"<small>{100 * extract.probability:.0f} % sure</small>"
    yield _column("Found word for word", record.answer.qa_model, sure, text)


def _column(title: str, by: str, more: str, body: str) -> str:
    name = f"<small>{escape(by)}</small>" if by else ""
    return f"<section><h4>{title} {name}{more}</h4>{body}</section>"


def _abstained_html(record: Record, position: int) -> str:
    moment = record.moment
    words, anyway = escape(moment.note), ""
    if moment.found and moment.passages:
        words = (
            f"The probability that they hold an answer is <b>{moment.found.answerable:.0%}</b>; it takes "
            f"<b>{record.answer.abstain:.0%}</b> to be answered. These are the nearest passages:"
        )
        anyway = f'<button type="button" data-ask="anyway" data-at="{position}">Answer anyway</button>'
    return (
        '<div class="gw-rag-abstained" role="note"><span aria-hidden="true">∅</span><div>'
        f"<h4>Not in your documents</h4><p>{words}</p>{anyway}</div></div>"
    )


def _searched_as(moment: Moment) -> str:
    parts = []
    if moment.rewritten and moment.standalone != moment.question:
        by = "the model" if moment.rewritten == "model" else "a rule"
        parts.append(f"Searched as <q>{escape(moment.standalone)}</q> (reworded by {by})")
    if moment.queries:
        parts.append("also as " + ", ".join(f"<q>{escape(one)}</q>" for one in moment.queries))
    if moment.hypothetical:
        parts.append(f"by the invented answer <q>{escape(moment.hypothetical[:300])}</q>")
    return f'<p class="gw-rag-searched">{"; ".join(parts)}</p>' if parts else ""


def _sources_html(record: Record, chat: str, position: int) -> str:
    """Those that are cited; the others folded."""
    moment, numbers = record.moment, numbers_of(record.moment)
    named = set() if moment.abstained else set(cited(moment, record.answer.support))
    order = sorted(numbers, key=numbers.__getitem__)
    rows = {place: _source_row(moment, place, numbers[place], chat, position) for place in order}
    first = "".join(rows[place] for place in order if place in named)
    rest = "".join(rows[place] for place in order if place not in named)
    cited_html = f'<ol class="gw-rag-sources" aria-label="Sources">{first}</ol>' if first else ""
    if not rest:
        return cited_html
    count = len(order) - len(named)
    words = f"{count} more passage{'s' * (count != 1)} found" if named else f"{count} passages found"
    is_open = " open" if moment.abstained else ""
    return (
        f'{cited_html}<details data-key="{position}:more"{is_open}><summary>{words}</summary>'
        f'<ol class="gw-rag-sources">{rest}</ol></details>'
    )


def _source_row(moment: Moment, place: int, number: int, chat: str, position: int) -> str:
    passage = moment.passages[place]
    in_prompt = "" if not moment.used or passage.id in moment.used else " · not in the prompt"
    in_prompt = " · cut short in the prompt" if passage.id == moment.cut else in_prompt
    link = link_of(chat=chat, at=position, place=place)
    score = f"{moment.found.scores[place]:.3g}" if moment.found and place < len(moment.found.scores) else "–"
    return (
        f'<li><button type="button" data-source="{escape(link)}"><b>{number}</b><span>'
        f"<strong>{escape(where(passage))}</strong><small>score {score}{in_prompt}</small>"
        f"<em>{escape(_cut(passage.text))}</em></span></button></li>"
    )


def where(passage: Passage) -> str:
    """``report.pdf · page 3 · Results › Table 2``"""
    page = f"page {passage.page}" if passage.page else ""
    return " · ".join(filter(None, [passage.name, page, passage.heading]))


def link_of(**place: Any) -> str:
    """What the page's script asks for when a citation is pressed."""
    return json.dumps(place, separators=(",", ":"))


def _rest(record: Record, chat: str, position: int) -> str:
    """Folds and buttons below an answer."""
    moment = record.moment
    folds = ""
    if moment.prompt:
        tokens = f", {len(moment.tokens):,} tokens" if moment.tokens else ""
        load = escape(link_of(chat=chat, at=position))
        folds += (
            f'<details data-key="{position}:prompt" data-load="{load}"><summary>The prompt{tokens}'
            '</summary><div class="gw-rag-loaded"></div></details>'
        )
    if "all" in moment.seconds:
        folds += (
            f'<details data-key="{position}:times"><summary>{_time(moment.seconds["all"])}</summary>'
            f"{times_html(moment.seconds)}</details>"
        )
    trace = (
        f'<button type="button" data-does="retrieval" data-at="{position}">Show retrieval</button>'
        if moment.found
        else ""
    )
    return (
        f'<footer>{folds}<div class="gw-rag-buttons">'
        f'<button type="button" data-ask="regenerate" data-at="{position}">Regenerate</button>{trace}'
        '<button type="button" data-copy-answer>Copy</button></div></footer>'
    )


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SNIPPET else f"{flat[:_SNIPPET]} …"
