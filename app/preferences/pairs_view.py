"""The pairs of a round as a table: the prompt, what was chosen and what was rejected, and who said so. Pure;
all that people and models wrote is escaped here.
"""

from collections.abc import Sequence
from html import escape

from app.preferences.words import pairs_of
from pipelines.preferences.measures.majority import by_pair, majority
from pipelines.preferences.records import Choice, Pair, Vote

PAGE = 20
_SHOWN = 160  # characters of a text that is folded
_UNDECIDED = {None: "skipped", Choice.TIE: "= a tie", Choice.BOTH_BAD: "✗ both bad"}


def pairs_html(pairs: Sequence[Pair], votes: Sequence[Vote], page: int = 0) -> str:
    """The newest first; twenty a page."""
    if not pairs:
        return '<p class="gw-muted">No pairs yet: they appear here as they are written.</p>'
    told = by_pair(votes)
    pages = -(-len(pairs) // PAGE)
    page = min(max(page, 0), pages - 1)
    shown = list(reversed(pairs))[page * PAGE : (page + 1) * PAGE]
    rows = "".join(_row(one, told.get(one.id, [])) for one in shown)
    heads = "".join(f'<th scope="col">{one}</th>' for one in ("Prompt", "Chosen", "Rejected", "Votes"))
    return (
        f'<section class="gw-pref-table gw-pref-pairs"><h4>{pairs_of(len(pairs))}</h4><table><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table>{_pager(page, pages)}</section>"
    )


def _row(pair: Pair, votes: Sequence[Vote]) -> str:
    choice = majority(votes)
    texts = {Choice.A: (pair.text_a, pair.text_b), Choice.B: (pair.text_b, pair.text_a)}
    if choice in texts:
        better, worse = texts[choice]
        edited = next((one.edited for one in votes if one.edited and one.choice == choice), "")
        note = "<small>edited</small>" if edited else ""
        cells = (
            f'<td data-mark="chosen"><b aria-label="chosen">✓</b>{note}{_text(edited or better)}</td>'
            f'<td data-mark="rejected"><b aria-label="rejected">✗</b>{_text(worse)}</td>'
        )
    else:
        said = f"<small>{_UNDECIDED[choice]}</small>" if votes else "<small>not voted on yet</small>"
        cells = f"<td>{said}{_text(pair.text_a)}</td><td>{_text(pair.text_b)}</td>"
    return f"<tr><td>{_text(pair.question)}</td>{cells}<td>{_votes(votes)}</td></tr>"


def _votes(votes: Sequence[Vote]) -> str:
    said = "".join(f"<li>{_vote(one)}</li>" for one in votes)
    return f"<details><summary>{len(votes)}</summary><ul>{said}</ul></details>" if votes else "0"


def _vote(vote: Vote) -> str:
    """Who, which one, how much, why."""
    said = vote.choice.replace("_", " ")
    strength = f" · {vote.strength}" if vote.choice in (Choice.A, Choice.B) else ""
    why = f" · {escape(', '.join(vote.tags))}" if vote.tags else ""
    note = f"<q>{escape(vote.note)}</q>" if vote.note else ""
    return f"<b>{escape(vote.name or vote.annotator)}</b> {escape(said)}{strength}{why}{note}"


def _text(text: str) -> str:
    if len(text) <= _SHOWN:
        return f"<p>{escape(text)}</p>"
    return f"<details><summary>{escape(text[:_SHOWN])} …</summary><p>{escape(text)}</p></details>"


def _pager(page: int, pages: int) -> str:
    def button(to: int, words: str) -> str:
        off = "" if 0 <= to < pages else " disabled"
        return f'<button type="button" data-does="page" data-page="{to}"{off}>{words}</button>'

    if pages == 1:
        return ""
    return (
        f'<p class="gw-pref-bar">{button(page - 1, "Before")}<span>{page + 1} of {pages}</span>'
        f"{button(page + 1, 'Next')}</p>"
    )
