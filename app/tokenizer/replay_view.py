"""How the model came from one word to its tokens: merges, longest matches, or the lattice. All text is
escaped here; no Gradio. The steps of a BPE are drawn by ``assets/js/replay.js`` from the data given here.
"""

import json
from html import escape
from typing import Any

from app.tokenizer.chips import chip_html, count_of, hint_html
from app.tokenizer.glyphs import glyph_text, glyphs_html, plain_text
from app.tokenizer.lattice_view import lattice_html
from pipelines.tokenization.replay.bpe import BpeReplay
from pipelines.tokenization.replay.unigram import Lattice
from pipelines.tokenization.replay.wordpiece import Match, WordPieceReplay

_MATCHES = 60  # of a word that are drawn
_CANDIDATES = 14  # of a match that are drawn


def replay_html(replay: BpeReplay | WordPieceReplay | Lattice) -> str:
    if isinstance(replay, BpeReplay):
        return _bpe_html(replay)
    return _wordpiece_html(replay) if isinstance(replay, WordPieceReplay) else lattice_html(replay)


def no_replay_html(why: str) -> str:
    return hint_html(why)


def bpe_data(replay: BpeReplay) -> dict[str, Any]:
    """What the browser steps through. ``steps`` are (place, merged, rank): the pieces at the place and after
    it become one. Strings are as they are shown, glyphs for what cannot be seen."""
    return {
        "symbols": [glyph_text(symbol) for symbol in replay.symbols],
        "steps": [(step.at, glyph_text(step.merged), _rank(step.rank)) for step in replay.steps],
    }


def _rank(rank: float) -> int | float:
    return int(rank) if float(rank).is_integer() else round(rank, 4)


def _bpe_html(replay: BpeReplay) -> str:
    symbols, steps = len(replay.symbols), len(replay.steps)
    if replay.whole:
        return _done(
            replay.tokens,
            "The whole word is a token of the vocabulary, and this model takes such words without merging.",
        )
    if not steps:
        said = "No two neighbours were ever merged in training: the symbols stay as they are."
        return _done(replay.tokens, said if symbols > 1 else "One symbol: there is nothing to merge.")
    data = escape(json.dumps(bpe_data(replay)))
    tokens = count_of(len(replay.tokens), "token")
    return (
        f'<div class="gw-bpe" data-replay="{data}"><p class="gw-detail-note">{count_of(symbols, "symbol")}, '
        f"{count_of(steps, 'merge')}, {tokens}. At each step the pair of lowest rank, the one learnt "
        'earliest, becomes one piece.</p><div class="gw-bpe-body"></div></div>'
    )


def _done(tokens: tuple[str, ...], said: str) -> str:
    chips = "".join(chip_html(token) for token in tokens[:400])
    return f'<p class="gw-detail-note">{escape(said)}</p><div class="gw-pieces">{chips}</div>'


def _wordpiece_html(replay: WordPieceReplay) -> str:
    rows = "".join(_match(replay.word, match) for match in replay.matches[:_MATCHES])
    rest = len(replay.matches) - _MATCHES
    more = f'<p class="gw-detail-note">… and {count_of(rest, "more piece")}.</p>' if rest > 0 else ""
    looked = sum(len(match.candidates) for match in replay.matches)
    found = "".join(chip_html(token, "gw-unknown" if replay.why else "") for token in replay.tokens[:400])
    said = f" The whole word becomes the unknown token: {plain_text(replay.why)}." if replay.why else ""
    return (
        f'<p class="gw-detail-note">{count_of(looked, "piece")} looked up, the longest first; the first that '
        f"the vocabulary has is taken, and the search goes on after it.{escape(said)}</p>"
        f'<ol class="gw-matches">{rows}</ol>{more}<div class="gw-pieces"><span class="gw-pieces-name">Tokens'
        f"</span>{found}</div>"
    )


def _match(word: str, match: Match) -> str:
    missed = match.candidates if match.token is None else match.candidates[:-1]
    skipped = max(0, len(missed) - _CANDIDATES)
    head = _CANDIDATES // 2 if skipped else len(missed)
    between = f'<span class="gw-cut">… {skipped:,} shorter …</span>' if skipped else ""
    tried = "".join(map(_tried, missed[:head])) + between + "".join(map(_tried, missed[head + skipped :]))
    found = chip_html(match.token, "gw-found") if match.token is not None else ""
    sign = "✓ " if found else "✗ none of them is in the vocabulary"
    return (
        f'<li><span class="gw-match-from">from character {match.start:,} '
        f'“{glyphs_html(word[match.start])}”</span><span class="gw-match-tried">{tried}'
        f'<b class="{"gw-yes" if found else "gw-no"}">{sign}</b>{found}</span></li>'
    )


def _tried(candidate: str) -> str:
    return f'<s class="gw-tried">{glyphs_html(candidate[:80])}</s>'
