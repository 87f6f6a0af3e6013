"""What each part of a tokenizer made of the text: a card a stage, its pieces as chips, and in a normaliser's
what it changed. All text of visitors and tokenizers is escaped here; no Gradio.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from app.tokenizer.chips import count_of, cut_html, hint_html
from app.tokenizer.components import PARTS, sentence_of, shown_name
from app.tokenizer.glyphs import code_point, glyph_text, plain_text
from app.tokenizer.stage_words import given_tokens, replayed_model, words_stage
from pipelines.tokenization.changes import Run, runs
from pipelines.tokenization.stage_view import Piece, Stage

SHOWN_CHARS = 2_000  # of a text that are put through the stages
_PIECES = 400  # of one stage that are drawn
_SHORT = 60  # characters of a setting that stand in the card's head
_NO_TOKENIZER = "Choose a tokenizer to see what each of its parts makes of the text."
_NO_TEXT = "Write a text to see what each part of this tokenizer makes of it."


@dataclass(frozen=True)
class _Drawing:
    """What the drawing of a stage needs besides it: the text, the normaliser stage before, the tokens that no
    model made, and whether its pieces can be chosen."""

    text: str
    previous: Stage | None
    given: frozenset[int]
    clickable: bool


def no_tokenizer_html() -> str:
    return hint_html(_NO_TOKENIZER)


def no_text_html() -> str:
    return hint_html(_NO_TEXT)


def shown_part(text: str) -> str:
    """The beginning of the text that is put through the stages."""
    return text[:SHOWN_CHARS]


def stages_html(stages: tuple[Stage, ...], text: str, whole: int) -> str:
    """The text, then a card for each stage. ``text`` is what went in, ``whole`` how many characters the
    visitor's text has. Pieces that the model is given can be chosen, where there is something to replay."""
    before_model, able = words_stage(stages), bool(replayed_model(stages))
    cards = [_card("Text", "", "", "", _text_chips(text, able and before_model is None))]
    previous, given = None, given_tokens(stages)
    for stage in stages:
        clickable = able and stage is before_model
        cards.append(_stage(stage, _Drawing(text, previous, given, clickable)))
        previous = stage if stage.origins is not None else previous
    return f'{_note(len(text), whole)}<ol class="gw-stages">{"".join(cards)}</ol>'


def _note(shown: int, whole: int) -> str:
    if shown == whole:
        return ""
    return (
        f'<p class="gw-detail-note">The stages are those of the first {shown:,} of {whole:,} characters; at '
        "the cut, the last token may be another than in the whole text.</p>"
    )


def _card(title: str, part: str, sentence: str, settings: str, pieces: str) -> str:
    kind = f'<span class="gw-stage-part">{escape(part)}</span>' if part not in ("", title) else ""
    said = f'<p class="gw-detail-note">{escape(sentence)}</p>' if sentence else ""
    return (
        f'<li class="gw-stage"><div class="gw-stage-head"><h4>{escape(title)}</h4>{kind}</div>'
        f"{said}{settings}{pieces}</li>"
    )


def _text_chips(text: str, clickable: bool) -> str:
    drawing = _Drawing(text, None, frozenset(), clickable)
    return _chips([_piece_html(Piece(text, 0, len(text)), drawing)] if text else [], 1 if text else 0)


def _stage(stage: Stage, drawing: _Drawing) -> str:
    drawn = stage.pieces[:_PIECES]
    said = []
    if stage.origins is not None:
        changes = [runs(drawing.text, drawing.previous, stage, piece) for piece in drawn]
        chips = [_piece_html(p, drawing, c) for p, c in zip(drawn, changes, strict=True)]
        said.append(_changes_said([run for found in changes for run in found]))
    else:
        chips = [_piece_html(piece, drawing) for piece in drawn]
    if drawing.clickable:
        said.append("Choose a piece to replay what the model does with it.")
    below = "".join(f'<p class="gw-stage-said">{escape(one)}</p>' for one in said)
    return _card(
        shown_name(stage.name),
        PARTS.get(stage.part, stage.part),
        sentence_of(stage.part, stage.name),
        _settings(stage.settings),
        _chips(chips, len(stage.pieces)) + below,
    )


def _chips(chips: list[str], total: int) -> str:
    if not total:
        return '<p class="gw-stage-said">Nothing: the text is empty here.</p>'
    rest = total - len(chips)
    more = f'<span class="gw-cut">… and {count_of(rest, "more piece")}</span>' if rest > 0 else ""
    reachable = ' tabindex="0" role="group" aria-label="Pieces"' if len(chips) > 40 else ""
    return f'<div class="gw-pieces"{reachable}>{"".join(chips)}{more}</div>'


def _piece_html(piece: Piece, drawing: _Drawing, changes: tuple[Run, ...] = ()) -> str:
    """A piece as a chip, with what changed in it; as a button where it can be replayed."""
    if piece.id is not None:
        return _token_html(piece, piece.id in drawing.given)
    inner = "".join(map(_run_html, changes)) or cut_html(piece.text, 800)
    if drawing.clickable and piece.text:
        return _button(piece.text, inner)
    return f'<span class="gw-token">{inner}</span>'


def _token_html(piece: Piece, given: bool) -> str:
    """A piece that is a token, its id below it; outlined if no model made it."""
    style = " gw-special" if given else ""
    return (
        f'<span class="gw-token gw-with-id{style}"><span>{cut_html(piece.text, 60)}</span>'
        f'<span class="gw-piece-id"><span class="gw-sr">, id </span>{piece.id}</span></span>'
    )


def _button(word: str, inner: str) -> str:
    """A piece that can be chosen; JSON keeps what HTML would turn into something else."""
    named = escape(glyph_text(word[:60]))
    return (
        f'<button type="button" class="gw-token gw-word" data-word="{escape(json.dumps(word))}" '
        f'aria-label="Replay {named}">{inner}</button>'
    )


def _run_html(run: Run) -> str:
    if not run.changed:
        return cut_html(run.after, 800)
    points = " → ".join(_points(side) for side in (run.before, run.after))
    gone = f'<del title="{points}">{cut_html(run.before, 400)}</del>' if run.before else ""
    come = f'<ins title="{points}">{cut_html(run.after, 400)}</ins>' if run.after else ""
    return gone + come


def _points(text: str) -> str:
    more = " …" if len(text) > 6 else ""
    return (" ".join(map(code_point, text[:6])) or "nothing") + more


def _changes_said(changes: list[Run]) -> str:
    changed = [run for run in changes if run.changed]
    if not changed:
        return "Changed nothing here."
    kinds = {
        "replaced": sum(bool(run.before) and bool(run.after) for run in changed),
        "added": sum(not run.before for run in changed),
        "removed": sum(not run.after for run in changed),
    }
    said = ", ".join(f"{count_of(count, 'place')} {kind}" for kind, count in kinds.items() if count)
    return f"{said}. Struck through: before. Underlined: after."


def _settings(settings: Mapping[str, Any]) -> str:
    """In short where that fits, all of them folded away."""
    if not settings:
        return ""
    written = {key: _written(value) for key, value in settings.items()}
    short = "; ".join(f"{key} {value}" for key, value in written.items())
    if len(short) <= _SHORT:
        return f'<p class="gw-stage-settings">{escape(short)}</p>'
    rows = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in written.items())
    return (
        f'<details class="gw-stage-more"><summary>{count_of(len(settings), "setting")}</summary>'
        f"<dl>{rows}</dl></details>"
    )


def _written(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return plain_text(json.dumps(value, ensure_ascii=False))
