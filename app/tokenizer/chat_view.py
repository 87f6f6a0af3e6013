"""A rendered conversation as HTML: whose words are whose, what the template wrote, and what training would
learn; as text and as tokens. All text of users and models is escaped here; no Gradio.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from app.status_line import status_line
from app.tokenizer.chat_inputs import PRESETS
from app.tokenizer.shown_text import glyphs, signs
from pipelines.tokenization.chat import CONTENTS, GENERATION, NONE, PREFIXES, RenderedChat
from pipelines.tokenization.chat_spans import CONTENT, PROMPT, RoleSpan

MAX_CHARS, MAX_TOKENS = 20_000, 3_000  # that are drawn
ROLES = ("system", "user", "assistant", "tool")
_KNOWN_FROM = {
    GENERATION: "The template marks what the assistant says ({% generation %}): this is the mask that "
    "transformers gives with return_assistant_tokens_mask.",
    PREFIXES: "The template does not mark what the assistant says. It was found by rendering the "
    "conversation up to each message and comparing: an assistant's part begins after its generation prompt "
    "and ends with all that closes the message.",
    CONTENTS: "The template does not mark what the assistant says, and its beginnings do not agree with the "
    "whole, so the messages' own texts are taken: what closes a message is not among what is learnt.",
    NONE: "The assistant says nothing here, so there is nothing to learn.",
}


@dataclass(frozen=True)
class _Turn:
    """Characters ``start`` to ``end`` − 1, which belong together: a message, or the template's own text."""

    start: int
    end: int
    role: str
    label: str


def chat_html(chat: RenderedChat, special_ids: Collection[int]) -> str:
    """The whole, turn by turn, each once as text and once as tokens: the page shows one of the two.
    ``special_ids`` are outlined."""
    turns = tuple(_turns(chat.spans))
    special = np.isin(chat.ids, list(special_ids))
    tokens = _tokens_of(chat, turns)
    shown = "".join(
        _turn_html(turn, _text_html(chat, turn, special), _tokens_html(chat, places, special))
        for turn, places in zip(turns, tokens, strict=True)
        if turn.start < MAX_CHARS and (places or turn is turns[0] or turn.start < turn.end)
    )
    return (
        f'<div class="gw-chat" tabindex="0" aria-label="The rendered conversation">{shown}</div>{_cut(chat)}'
    )


def legend_html(chat: RenderedChat) -> str:
    """What the marks mean, then how the mask is known."""
    roles = dict.fromkeys(turn.role for turn in _turns(chat.spans) if turn.role)
    entries = [f'<span class="gw-role {_role(role)}">{escape(role)}</span>' for role in roles]
    entries += [
        '<span><b class="gw-said">message</b> what a message says</span>',
        "<span><i>template</i> what the template writes around it</span>",
        '<span><u class="gw-learnt">learnt</u> what training on the assistant would learn</span>',
        '<span><em class="gw-outlined">special</em> special token</span>',
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in chat.notes)
    return (
        f'<div class="gw-legend">{"".join(entries)}</div>'
        f'<p class="gw-mask-note">{escape(_KNOWN_FROM[chat.mask_from])}</p>'
        + (f'<ul class="gw-notices">{notes}</ul>' if notes else "")
    )


def chat_status_html(chat: RenderedChat, edited: bool) -> str:
    learnt, total = int(chat.assistant_mask.sum()), len(chat.ids)
    share = f" ({100 * learnt / total:.0f} %)" if total else ""
    return status_line(
        "done",
        f"{learnt:,} of {total:,} tokens are learnt{share}",
        [f"{len(chat.text):,} characters", *(["with the template written here"] if edited else [])],
    )


def without_template_html(tokenizer: str, special: Collection[str]) -> str:
    """What to do with a tokenizer that has no chat template. ``special`` are its special tokens: a preset
    whose tokens are all there comes first."""
    order = sorted(PRESETS, key=lambda name: not set(PRESETS[name][2]) <= set(special))
    buttons = "".join(_preset(name, set(special)) for name in order)
    return (
        '<div class="gw-paper gw-empty gw-small-paper"><p class="gw-empty-title">No chat template here.</p>'
        f"<p>{escape(tokenizer)} was made for plain text: nothing says how it would write a conversation. "
        "Put a template into the editor to see one; the tokenizer itself stays as it is.</p>"
        f"{buttons}</div>"
    )


def whose_html(tokenizer: str, edited: bool, has_own: bool = False) -> str:
    """Where the template in the box comes from."""
    if not tokenizer:
        words = "The template of the chosen tokenizer stands here."
    elif edited:
        words = f"Written here: not {tokenizer}'s own." if has_own else f"Written here: {tokenizer} has none."
    else:
        words = f"{tokenizer}'s own." if has_own else f"{tokenizer} has none. Write one, or begin with these:"
    return f'<p class="gw-hint">{escape(words)}</p>'


def chat_hint_html(words: str) -> str:
    return f'<div class="gw-paper gw-empty gw-small-paper"><p>{escape(words)}</p></div>'


def as_data(tokenizer: str, chat: RenderedChat) -> dict[str, Any]:
    """What the page saves: plain values only."""
    return {
        "tokenizer": tokenizer,
        "text": chat.text,
        "mask_from": chat.mask_from,
        "notes": list(chat.notes),
        "input_ids": chat.ids.tolist(),
        "tokens": list(chat.tokens),
        "offsets": chat.offsets.tolist(),
        "assistant_mask": chat.assistant_mask.astype(int).tolist(),
        "spans": [
            {"start": s.start, "end": s.end, "role": s.role, "message": s.message, "part": s.part}
            for s in chat.spans
        ],
    }


def _turns(spans: tuple[RoleSpan, ...]) -> Iterator[_Turn]:
    for (_, prompt, role), together in groupby(spans, lambda s: (s.message, s.part == PROMPT, s.role)):
        run = list(together)
        label = f"{role} is to answer" if prompt else role or "template"
        yield _Turn(run[0].start, run[-1].end, role, label)


def _tokens_of(chat: RenderedChat, turns: tuple[_Turn, ...]) -> list[list[int]]:
    """``[turn]``: the places of the tokens that begin in it; one without characters stays with the one
    before."""
    found: list[list[int]] = [[] for _ in turns]
    starts = np.array([turn.start for turn in turns])
    at = 0
    for place, (start, end) in enumerate(chat.offsets[:MAX_TOKENS].tolist()):
        if end > start:
            at = int(np.searchsorted(starts, start, side="right")) - 1
        found[at].append(place)
    return found


def _turn_html(turn: _Turn, text: str, tokens: str) -> str:
    return (
        f'<section class="gw-turn {_role(turn.role)}"><h4 class="gw-role">{escape(turn.label)}</h4>'
        f'<div class="gw-turn-text" dir="auto">{text}</div>'
        f'<div class="gw-turn-tokens">{tokens}</div></section>'
    )


def _text_html(chat: RenderedChat, turn: _Turn, special: np.ndarray) -> str:
    start, end = turn.start, min(turn.end, MAX_CHARS)
    marks = _marks(chat, special, start, end)
    changes = np.flatnonzero((np.diff(marks, axis=0) != 0).any(axis=1)) + 1
    edges = [0, *changes.tolist(), end - start]
    return "".join(
        _piece_html(chat.text[start + a : start + b], *marks[a].tolist()) for a, b in pairwise(edges)
    )


def _marks(chat: RenderedChat, special: np.ndarray, start: int, end: int) -> np.ndarray:
    """``[character, (said, learnt, special)]`` of the characters from ``start`` on; special tokens that stand
    side by side have different numbers."""
    marks = np.zeros((end - start, 3), dtype=np.int64)
    for span in chat.spans:
        if span.part == CONTENT:
            marks[max(span.start - start, 0) : max(span.end - start, 0), 0] = 1
    for a, b in chat.assistant_spans:
        marks[max(a - start, 0) : max(b - start, 0), 1] = 1
    for place in np.flatnonzero(special).tolist():
        a, b = chat.offsets[place].tolist()
        if a < end and b > start:
            marks[max(a - start, 0) : b - start, 2] = place + 1
    return marks


def _piece_html(text: str, said: int, learnt: int, special: int) -> str:
    shown = glyphs(text, newline="\n", space="<wbr>")
    if special:
        shown = f'<em class="gw-outlined">{shown}</em>'
    shown = f'<b class="gw-said">{shown}</b>' if said else f"<i>{shown}</i>"
    return f'<u class="gw-learnt">{shown}</u>' if learnt else shown


def _tokens_html(chat: RenderedChat, places: list[int], special: np.ndarray) -> str:
    return "".join(_chip(chat, place, bool(special[place])) for place in places)


def _chip(chat: RenderedChat, place: int, special: bool) -> str:
    """A token as the characters that it covers; as the vocabulary writes it where it covers none alone."""
    start, end = chat.offsets[place].tolist()
    around = [chat.offsets[i].tolist() for i in (place - 1, place + 1) if 0 <= i < len(chat.ids)]
    shared = end <= start or any(a < end and b > start for a, b in around)
    text, learnt = chat.text[start:end], bool(chat.assistant_mask[place])
    said = place_part(chat, place) == CONTENT
    marks = [
        name
        for name, has in (("special", special), ("learnt", learnt), ("said", said), ("part", shared))
        if has
    ]
    title = f"id {chat.ids[place]} · {signs(chat.tokens[place])} · " + _characters(start, end, text, shared)
    return (
        f'<span class="gw-token {" ".join(f"gw-{name}" for name in marks)}" '
        f'title="{escape(title)}{" · learnt" if learnt else ""}">'
        f"{glyphs(chat.tokens[place] if shared else text)}</span>"
    ) + ("<br>" if text.endswith("\n") else "")


def place_part(chat: RenderedChat, place: int) -> str:
    """``content``, ``template`` or ``prompt``, where the token begins; empty for one of no character."""
    span = int(chat.token_spans[place])
    return chat.spans[span].part if span >= 0 else ""


def _characters(start: int, end: int, text: str, shared: bool) -> str:
    if end <= start:
        return "no character"
    where = f"character {start}" if end == start + 1 else f"characters {start}–{end - 1}"
    return f"part of {signs(text)}, {where}" if shared else where


def _cut(chat: RenderedChat) -> str:
    if len(chat.text) <= MAX_CHARS and len(chat.ids) <= MAX_TOKENS:
        return ""
    return (
        f'<p class="gw-hint">Drawn are the first {MAX_CHARS:,} characters and {MAX_TOKENS:,} tokens of '
        f"{len(chat.text):,} and {len(chat.ids):,}; the download has all.</p>"
    )


def _role(role: str) -> str:
    return f"gw-role-{role}" if role in ROLES else "gw-role-other" if role else "gw-role-none"


def _preset(name: str, special: set[str]) -> str:
    label, _, needed = PRESETS[name]
    found = len(special & set(needed))
    fits = "its markers are tokens here" if found == len(needed) else "its markers are plain text here"
    return (
        f'<button type="button" class="gw-example" data-template="{name}">Try {label} '
        f"<small>{escape(needed[0])} … · {fits}</small></button>"
    )
