"""What a search has found as passages to read, with the words of the question marked. Pure; all text of
documents is escaped here.
"""

import json
from html import escape

from app.rag import trace_words as words
from app.rag.trace_columns import TITLES, ranks_of
from pipelines.common.words import word_pattern
from pipelines.rag.answering.words import content, stems
from pipelines.rag.answers import Found
from pipelines.rag.requests import Passage

EMPTY = (
    '<div class="gw-hits-empty"><p class="gw-empty-title">What would be found?</p><p>A question or a few '
    "words: the passages that answer best stand here, and below them why.</p></div>"
)
_NOTHING = "No passage fits: none has a word of it, or the settings leave none to be searched."
_WORD = word_pattern()


def results_html(found: Found | None, collection: str = "") -> str:
    """``collection`` is its id, for the buttons that open a source."""
    if found is None:
        return EMPTY
    if not found.hits:
        return f'{head_html(found)}<p class="gw-muted">{_NOTHING}</p>'
    passages, ranks = {one.id: one for one in found.passages}, ranks_of(found)
    wanted = frozenset(content(found.query))
    shown = "".join(
        _passage(rank, passages[one], score, _ranks(ranks.get(one, {})), wanted, collection)
        for rank, (one, score) in enumerate(zip(found.hits, found.scores, strict=True), 1)
        if one in passages
    )
    return f'{head_html(found)}<ol class="gw-hits">{shown}</ol>'


def head_html(found: Found) -> str:
    """How much was searched, how long that took, and whether it holds an answer."""
    share = f"{100 * found.answerable:.0f} %"
    index = "" if found.index == "none" else f"<span>{escape(found.index)} index</span>"
    return (
        f'<p class="gw-status gw-hits-head" data-state="done"><span class="gw-dot"></span>'
        f"<strong>{len(found.hits)} of {found.chunks:,} passages</strong>"
        f"<span>{words.milliseconds(found.seconds)}</span>"
        f'{index}<span title="by how the search went: calibrated on questions with and without an answer">'
        f"<b>{share}</b> probable that the documents hold an answer</span></p>"
    )


def marked_html(text: str, wanted: frozenset[str]) -> str:
    """The text, escaped, with every word marked whose stem is wanted."""
    parts, at = [], 0
    for found in _WORD.finditer(text):
        if wanted.intersection(stems(found[0])):
            parts.append(f"{escape(text[at : found.start()])}<mark>{escape(found[0])}</mark>")
            at = found.end()
    return "".join(parts) + escape(text[at:])


def _passage(
    rank: int, passage: Passage, score: float, ranks: str, wanted: frozenset[str], collection: str
) -> str:
    link = json.dumps({"collection": collection, "document": passage.document, "position": passage.position})
    name = escape(passage.name)
    title = (
        f'<button type="button" data-source="{escape(link)}">{name}</button>'
        if collection
        else f"<b>{name}</b>"
    )
    return (
        f'<li><header><b class="gw-hits-rank">{rank}</b>{title}<small>{escape(words.place(passage))}</small>'
        f'<small class="gw-hits-score">{words.number(score)}{ranks}</small></header>'
        f"<details><summary>{marked_html(passage.text, wanted)}</summary></details></li>"
    )


def _ranks(ranks: dict[str, int]) -> str:
    """Where each retriever has it: ``BM25 3 · Dense 12``."""
    told = " · ".join(f"{TITLES[name]} {ranks[name]}" for name in ("bm25", "dense") if name in ranks)
    return f" <span>{told}</span>" if told else ""
