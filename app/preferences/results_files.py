"""Pairs and votes as files: what they are called, out and in."""

from collections.abc import Sequence
from html import escape
from typing import Any

from app.preferences.words import pairs_of
from app.tokenizer.chips import count_of
from pipelines.core.errors import ConflictError, SpecError
from pipelines.preferences.formats import FORMATS, read, write
from pipelines.preferences.records import Pair, Vote

_MOST = 40_000_000  # characters: the browser takes them in one piece
TITLES = {
    "trl": "TRL",
    "trl_conversational": "TRL, conversations",
    "kto": "KTO",
    "sharegpt": "ShareGPT",
    "hh": "Anthropic HH",
    "argilla": "Argilla",
}


def bar_html(round_id: str) -> str:
    """Anew, out, in."""
    options = "".join(
        f'<option value="{escape(name)}">{escape(TITLES.get(name, name))}</option>' for name in FORMATS
    )
    return (
        f'<div class="gw-pref-bar" data-round="{escape(round_id)}">'
        '<button type="button" data-does="again">Refresh</button>'
        f'<label>Format <select name="format">{options}</select></label>'
        '<button type="button" data-does="export">Download</button>'
        '<label class="gw-pref-file">Import a file<input type="file" accept=".jsonl,.json"></label>'
        '<span role="status"></span></div>'
    )


def exported(format: str, pairs: Sequence[Pair], votes: Sequence[Vote]) -> str:
    """JSON lines. Raises SpecError for a format that there is not, ConflictError for what a browser does not
    take."""
    if format not in FORMATS:
        raise SpecError("format", format, f"one of {', '.join(FORMATS)}")
    lines, size = [], 0
    for line in write(format, pairs, votes):
        size += len(line)
        if size > _MOST:
            raise ConflictError("This round is more than a browser takes at once: use /preferences_export.")
        lines.append(line.rstrip("\n"))
    return "".join(f"{line}\n" for line in lines)


def imported(service: Any, round_id: str, owner: str, text: str, format: str = "") -> tuple[int, int]:
    """Put a file's pairs and votes into the round; how many of each. Raises a GlassworksError."""
    pairs, votes = read(text, format)
    service.add_pairs(round_id, owner, pairs, votes)
    return len(pairs), len(votes)


def imported_words(pairs: int, votes: int) -> str:
    return f"Added {pairs_of(pairs)} and {count_of(votes, 'vote')}."
