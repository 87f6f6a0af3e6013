"""What the check before launch has found, worst first, each with the button that mends it. All text of rows
is escaped here.
"""

import json
from html import escape
from typing import Any

from app.tokenizer.chips import count_of
from pipelines.training.checks.requests import BLOCKS, VALIDATION, Checked, Finding, Lengths
from pipelines.training.rows.table import numbers_in_words

_SIGNS = {"blocks": ("✗", "stops the start"), "warns": ("!", "worth a look"), "good": ("✓", "good")}


def hint_html() -> str:
    return (
        '<p class="gw-muted">Press <b>Check the data</b>: duplicates, empty and cut rows, what the template '
        "makes of them and which tokens are learnt appear here. Start fine-tuning checks first, too.</p>"
    )


def checked_html(checked: Checked) -> str:
    """Counts, then the findings."""
    counts = f"{checked.training:,} rows to learn from · {checked.held_out:,} held out"
    head = f'<p class="gw-muted">{escape(counts)}{escape(_lengths(checked.lengths))}</p>'
    found = "".join(_finding(finding) for finding in checked.findings)
    good = "" if found else _item("good", "Nothing was found that speaks against these rows.", "", "")
    return f'{head}<ul class="gw-findings" aria-label="Findings">{found}{good}</ul>'


def mend_words(mend: dict[str, Any]) -> str:
    """What a mend's button says.

    >>> mend_words({"max_length": 512}), mend_words({"drop_rows": [3, 4], "file": "data"})
    ('Set max_length to 512', 'Leave these 2 rows out')
    """
    if "drop_rows" in mend:
        rows = mend["drop_rows"]
        return f"Leave these {len(rows):,} rows out" if len(rows) > 1 else "Leave this row out"
    return "Set " + " and ".join(f"{name} to {_value(value)}" for name, value in mend.items())


def _finding(finding: Finding) -> str:
    rows = ""
    if finding.rows:
        more = finding.count - len(finding.rows)
        of = " of the validation data" if finding.file == VALIDATION else ""
        noun = "row" if finding.count == 1 else "rows"
        rows = f"{noun} {numbers_in_words(finding.rows)}{f' and {more:,} more' if more > 0 else ''}{of}"
    button = ""
    if finding.mend:
        data = escape(json.dumps(finding.mend))
        button = f'<button type="button" data-mend="{data}">{escape(mend_words(finding.mend))}</button>'
    return _item("blocks" if finding.level == BLOCKS else "warns", finding.words, rows, button)


def _item(level: str, words: str, rows: str, button: str) -> str:
    sign, said = _SIGNS[level]
    small = f"<small>{escape(rows)}</small>" if rows else ""
    return (
        f'<li class="gw-finding" data-level="{level}">'
        f'<b title="{said}" aria-label="{said}" role="img">{sign}</b>'
        f"<span>{escape(words)}{small}</span>{button}</li>"
    )


def _lengths(lengths: Lengths | None) -> str:
    """``learnt`` is 0 where no token of its own is: a label is learnt of the row as a whole."""
    if lengths is None or not lengths.measured:
        return ""
    parts = [f"{count_of(lengths.middle, 'token')} in the middle row, {lengths.longest:,} in the longest"]
    parts += (
        [f"{100 * lengths.learnt / lengths.tokens:.0f} % of the tokens are learnt"] if lengths.learnt else []
    )
    return "".join(f" · {part}" for part in (*parts, f"{100 * lengths.cut_share:.1f} % cut off"))


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "nothing"
    return str(value) or "nothing"
