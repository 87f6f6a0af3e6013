"""The trace of a search as a plain table: a row a passage, a column a stage, each with rank and score. Pure;
names are escaped here.
"""

from collections.abc import Sequence
from html import escape

from app.rag import trace_words as words
from app.rag.trace_columns import PROMPT, TITLES
from pipelines.rag.answers import Found

_MOST = 100


def table_html(found: Found | None, used: Sequence[str] | None = None) -> str:
    """What reaches the prompt first, then in the order of the last stage that has it."""
    if found is None or not found.stages:
        return '<p class="gw-muted">Nothing was searched yet.</p>'
    prompt = list(found.hits if used is None else used)
    order = dict.fromkeys([*prompt, *(one for stage in reversed(found.stages) for one in stage.ids)])
    names = {one.id: words.short_name(one) for one in found.passages}
    placed = [dict(zip(stage.ids, enumerate(stage.scores, 1), strict=True)) for stage in found.stages]
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in _titles(found))
    rows = "".join(
        f'<tr><th scope="row">{escape(names.get(one, "passage"))}</th>'
        f"{''.join(_cell(at.get(one)) for at in placed)}"
        f"<td>{prompt.index(one) + 1 if one in prompt else '–'}</td></tr>"
        for one in list(order)[:_MOST]
    )
    left = len(order) - _MOST
    more = f'<p class="gw-muted">And {left} more: the download has them.</p>' if left > 0 else ""
    return (
        f'<div class="gw-trace-table" tabindex="0" role="region" aria-label="Ranks and scores by stage">'
        f'<table><thead><tr><th scope="col">Passage</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f"{more}{_times(found)}"
    )


def _titles(found: Found) -> list[str]:
    return [TITLES.get(name, name) for name in (*(stage.name for stage in found.stages), PROMPT)]


def _cell(placed: tuple[int, float] | None) -> str:
    if placed is None:
        return "<td>–</td>"
    rank, score = placed
    return f"<td><b>{rank}</b> <small>{words.number(score)}</small></td>"


def _times(found: Found) -> str:
    """What each stage does and how long it took."""
    rows = "".join(
        f"<div><dt>{escape(TITLES.get(stage.name, stage.name))}</dt><dd>{words.milliseconds(stage.seconds)}, "
        f"{len(stage.ids)} passages: {escape(stage.note)}</dd></div>"
        for stage in found.stages
    )
    whole = f"<div><dt>All</dt><dd>{words.milliseconds(found.seconds)}</dd></div>"
    return f'<dl class="gw-trace-times">{rows}{whole}</dl>'
