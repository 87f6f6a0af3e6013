"""Sample rows as the tokens that training sees: what is learnt and what is only read, one row at a time.

All text of rows and tokenizers is escaped here. The rows all stand in the page; its script turns them.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from app.tokenizer.chips import chip_html, count_of
from pipelines.training.checks.requests import VALIDATION, PreviewRow

_TOKENS = 600  # of one row that are drawn
# Turns the rows: previous and next, also where the view was drawn anew since.
STEP_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-turn]');
  if (!button) return;
  const rows = [...element.querySelectorAll('[data-mask-row]')];
  const now = rows.findIndex((row) => !row.hidden);
  const next = (now + Number(button.dataset.turn) + rows.length) % rows.length;
  rows.forEach((row, place) => { row.hidden = place !== next; });
  const at = element.querySelector('[data-at]');
  if (at) at.textContent = `${rows[next].dataset.maskRow} · ${next + 1} of ${rows.length}`;
});
"""


def masked_html(rows: Sequence[PreviewRow]) -> str:
    """Legend, the buttons that turn, and the rows of which the first is seen."""
    if not rows:
        return ""
    shown = "".join(_row(row, hidden=place > 0) for place, row in enumerate(rows))
    legend = _LEGEND.format(learnt=_LEARNT if any(any(row.trained) for row in rows) else "")
    inner = f"{legend}{_turn(rows)}{shown}"
    return f'<section class="gw-mask" aria-label="Sample rows as tokens">{inner}</section>'


_LEGEND = (
    '<p class="gw-mask-legend">{learnt}<span class="gw-token gw-context">context</span> only read '
    '<span class="gw-token gw-special">special</span> outlined</p>'
)
_LEARNT = '<span class="gw-token gw-learnt">learnt</span> the loss counts these (underlined) '


def _turn(rows: Sequence[PreviewRow]) -> str:
    at = f'<span data-at aria-live="polite">{escape(_named(rows[0]))} · 1 of {len(rows)}</span>'
    if len(rows) == 1:
        return f'<div class="gw-mask-turn">{at}</div>'
    return (
        f'<div class="gw-mask-turn"><button type="button" data-turn="-1">‹ Previous</button>{at}'
        '<button type="button" data-turn="1">Next ›</button></div>'
    )


def _named(row: PreviewRow) -> str:
    """``Row 3, held out``; the window too where a long row gives several."""
    words = [f"Row {row.row:,}"]
    words += [f"part {row.window} of {row.windows}"] if row.windows > 1 else []
    words += ["validation data" if row.file == VALIDATION else "held out"] if row.held_out else []
    return ", ".join(words)


def _row(row: PreviewRow, hidden: bool) -> str:
    learnt, total = sum(row.trained), len(row.tokens)
    facts = [count_of(total, "token")]
    facts += [f"{learnt:,} learnt"] if learnt or not row.note else []
    facts += [f"{row.cut:,} cut off at the end"] if row.cut else []
    note = f'<p class="gw-mask-note">{escape(row.note)}</p>' if row.note else ""
    more = f'<p class="gw-muted">… and {total - _TOKENS:,} more tokens.</p>' if total > _TOKENS else ""
    return (
        f'<div data-mask-row="{escape(_named(row))}"{" hidden" if hidden else ""}>'
        f'<p class="gw-muted">{escape(" · ".join(facts))}</p>{note}'
        f'<div class="gw-mask-tokens">{_tokens(row)}</div>{more}</div>'
    )


def _tokens(row: PreviewRow) -> str:
    """Runs of one kind stand together, so that who listens hears where learning begins and ends."""
    places = range(min(len(row.tokens), _TOKENS))
    runs = (
        (trained, list(group)) for trained, group in groupby(places, key=lambda place: row.trained[place])
    )
    return "".join(_run(row, trained, group) for trained, group in runs)


def _run(row: PreviewRow, trained: bool, places: Sequence[int]) -> str:
    style = "gw-learnt" if trained else "gw-context"
    label = f"{count_of(len(places), 'token')}, {'learnt' if trained else 'context'}"
    chips = "".join(
        chip_html(row.tokens[place], f"{style} gw-special" if row.special[place] else style)
        for place in places
    )
    return f'<span role="group" aria-label="{label}">{chips}</span>'
