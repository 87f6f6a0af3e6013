"""How well models expected a text, as a table and sentences. Pure; all text is escaped here."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from app.evaluate.language_asking import Board
from app.tokenizer.chips import count_of, hint_html
from pipelines.evaluation.language.aligned import FEWEST, Difference, difference, stretches
from pipelines.evaluation.language.result import (
    BYTES,
    NATS,
    TOKENS,
    UNKNOWN,
    LanguageResult,
    ratio_error,
)

EMPTY = hint_html("Write or paste a text, choose one model or several, and press Measure.")
_PIECES = 40  # into which a text is cut for the curve along it and for an interval
_LEAST = 48  # bytes of such a piece
_SURE = 1.96
_HEADS = (
    ("Model", ""),
    ("Bits per byte", "What a byte of the text costs. It compares all models, whatever their tokens are."),
    ("Bits per character", "What a character costs."),
    ("Perplexity", "Among how many tokens, all alike, a choice would be as hard. It compares models of one "
     "tokenizer alone."),
    ("Loss", "Cross-entropy in nats for each token, with its standard error over documents."),
    ("Word perplexity", "For each word between white space, as lm-evaluation-harness counts them."),
    ("Tokens", "That were predicted."),
    ("Bytes a token", "More means that the tokenizer packs more text into a token."),
)  # fmt: skip
_OTHER_TOKENS = (
    "These models cut the text into different tokens, so their losses and perplexities say nothing beside "
    "each other: compare bits per byte."
)


def table_html(board: Board) -> str:
    """A row a model, in the order they were chosen; the least bits per byte are marked."""
    if not board.results and not board.failed:
        return EMPTY
    least = min((one.bits_per_byte for one in board.results), default=math.nan)
    rows = [_row(board, one, len(board.results) > 1 and one.bits_per_byte == least) for one in board.results]
    rows += [_failed(board, model, why) for model, why in board.failed.items()]
    heads = "".join(f'<th scope="col"{_hover(told)}>{name}</th>' for name, told in _HEADS)
    return (
        '<div class="gw-lm-found gw-detail-table" tabindex="0" role="region" aria-label="Language modelling">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def notes_html(board: Board) -> str:
    """What a reader of the table has to know, and how far the models are from the first."""
    told = [
        *_windows(board.results),
        *_differences(board),
        *_warnings(board.results),
        *_first_document(board),
    ]
    return f'<ul class="gw-lm-notes">{"".join(f"<li>{one}</li>" for one in told)}</ul>' if told else ""


def piece_bytes(board: Board) -> int:
    """The size of the pieces into which the text of these results is cut."""
    shown = min((len(one.shown.text.encode()) for one in board.results), default=0)
    return max(_LEAST, shown // _PIECES)


def same_tokens(results: Sequence[LanguageResult]) -> bool:
    """Whether all of them cut the text alike."""
    first = results[0].shown
    return all(
        np.array_equal(one.shown.ends, first.ends) and one.shown.texts == first.texts for one in results[1:]
    )


def _row(board: Board, one: LanguageResult, best: bool) -> str:
    figures = one.figures()
    cells = (
        f"<b>{_number(one.bits_per_byte)}</b>{_error(figures, 'bits_per_byte_stderr')}",
        f"{_number(one.bits_per_character)}{_error(figures, 'bits_per_character_stderr')}",
        _perplexity(one.perplexity),
        f"{_number(one.loss)}{_error(figures, 'loss_stderr')}",
        _perplexity(one.word_perplexity),
        f"{one.total(TOKENS):,.0f}",
        f"{one.total(BYTES) / one.total(TOKENS):.2f}",
    )
    mark = ' class="gw-best"' if best else ""
    sign = ' <span class="gw-lm-least">least</span>' if best else ""
    told = "".join(f"<td>{cell}</td>" for cell in cells[1:])
    return f"<tr>{_name(board, one.model)}<td{mark}>{cells[0]}{sign}</td>{told}</tr>"


def _failed(board: Board, model: str, why: str) -> str:
    told = f'<td colspan="{len(_HEADS) - 1}"><span class="gw-lm-why">{escape(why)}</span></td>'
    return f"<tr>{_name(board, model)}{told}</tr>"


def _name(board: Board, model: str) -> str:
    letter = board.letter(model)
    return f'<th scope="row"><span class="gw-lm-letter">{letter}</span>{escape(model)}</th>'


def _windows(results: Sequence[LanguageResult]) -> list[str]:
    if all(one.documents[:, TOKENS].max() <= one.context for one in results):
        what = "Every document" if any(len(one.documents) > 1 for one in results) else "The text"
        return [f"{what} fits into one window, so context and stride do not matter."] if results else []
    sizes = {(one.context, one.stride) for one in results}
    if len(sizes) > 1:
        return ["The models read windows of different lengths: set a context that all of them have."]
    context, stride = sizes.pop()
    before = count_of(context - stride + 1, "token")
    return [
        f"Windows of {context:,} tokens, of which each after the first predicts {stride:,}: every token "
        f"there has at least {before} before it."
    ]


def _first_document(board: Board) -> list[str]:
    if board.text or not board.results or len(board.results[0].documents) < 2:
        return []
    return ["Below stands the beginning of the first document; the table and the last curve are of all."]


def _differences(board: Board) -> list[str]:
    if len(board.results) < 2:
        return []
    first, *others = board.results
    told = [] if same_tokens(board.results) else [_OTHER_TOKENS]
    return told + [_difference(board, first, one) for one in others]


def _difference(board: Board, first: LanguageResult, other: LanguageResult) -> str:
    found, unit = _by_documents(first, other), "documents"
    if found is None:
        size = piece_bytes(board)
        found, unit = difference(stretches([first.shown, other.shown]), 0, 1, size), f"pieces of {size} bytes"
        if any(len(each.shown.ids) < each.total(TOKENS) for each in (first, other)):
            unit += ", the beginning alone"
    one, two = board.letter(first.model), board.letter(other.model)
    way = "more" if found.mean > 0 else "less"
    said = f"{two} needs <b>{abs(found.mean):.3f}</b> bits a byte {way} than {one}"
    if not math.isfinite(found.low):
        return f"{said}. The text is too short to say how sure that is."
    sure = "0 is outside" if found.low > 0 or found.high < 0 else "0 is within, so it may be chance"
    ends = f"{_signed(found.low)} to {_signed(found.high)}"
    return f"{said} (95 %: {ends} over {found.blocks} {unit}; {sure})."


def _by_documents(first: LanguageResult, other: LanguageResult) -> Difference | None:
    """Paired over documents, where both have read the same ones and these are enough."""
    one, two = first.documents, other.documents
    if len(one) < FEWEST or len(one) != len(two) or not np.array_equal(one[:, BYTES], two[:, BYTES]):
        return None
    more = (two[:, NATS] - one[:, NATS]) / math.log(2)
    mean, error = float(more.sum() / one[:, BYTES].sum()), _SURE * ratio_error(more, one[:, BYTES])
    return Difference(mean, mean - error, mean + error, len(one))


def _warnings(results: Sequence[LanguageResult]) -> list[str]:
    told = []
    for one in results:
        name = escape(one.model)
        if unknown := int(one.total(UNKNOWN)):
            told.append(
                f"{count_of(unknown, 'token')} of {name} {'is' if unknown == 1 else 'are'} unknown: it need "
                "not spell what stands there, so its bits per byte come out too low."
            )
        if not one.started:
            told.append(f"{name} has no start token: a document's first token is not predicted or counted.")
    return told


def _number(value: float) -> str:
    return f"{value:.4f}"


def _perplexity(value: float) -> str:
    return f"{value:,.2f}" if value < 1e6 else f"{value:.3g}"


def _error(figures: dict[str, float], name: str) -> str:
    return f" <small>± {figures[name]:.4f}</small>" if name in figures else ""


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _hover(told: str) -> str:
    return f' title="{escape(told)}"' if told else ""
