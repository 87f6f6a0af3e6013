"""A corpus before and after its cleaning as figures: statistics in, plotly figure out.

Knows no gradio, no job and no file. Before is slate blue and after is amber, as everywhere.
"""

from itertools import accumulate
from typing import Any

from app import units
from app.figures.style import AFTER, BEFORE, figure, note
from pipelines.training.curation.statistics import BINS_A_DECADE, Statistics, edge

HEIGHT = 300  # pixels; the page reserves the same, so nothing jumps
_REMOVED = "#c2456b"
_LANGUAGES = 10


def lengths_figure(read: Statistics, kept: Statistics) -> Any:
    """Documents by their length in characters, on a logarithmic axis: read behind, kept in front."""
    last = len(read.lengths)
    first = next((i for i, count in enumerate(read.lengths) if count), 0)
    bins = range(max(0, first - 1), last + 1)
    traces = [
        _bars("read", BEFORE, bins, read.lengths),
        _bars("kept", AFTER, bins, kept.lengths),
    ]
    ticks = [edge(i) for i in range(0, last + BINS_A_DECADE, BINS_A_DECADE)]
    axis = {"type": "log", "tickvals": ticks, "ticktext": [units.short(tick) for tick in ticks]}
    return figure(
        traces, "characters a document", "documents", HEIGHT, xaxis=axis, barmode="overlay", bargap=0.06
    )


def languages_figure(read: Statistics, kept: Statistics) -> Any:
    """Documents by language, the most frequent on top; the rest together."""
    shown = [code for code, _ in read.languages[:_LANGUAGES]]
    rest = len(read.languages) > _LANGUAGES
    labels = [*shown, *(["others"] if rest else [])]
    traces = [
        _across(name, colour, labels, _by_label(side, shown))
        for name, colour, side in (("read", BEFORE, read), ("kept", AFTER, kept))
    ]
    axis = {"type": "category", "autorange": "reversed"}
    made = figure(
        traces, "documents", "", HEIGHT, yaxis=axis, barmode="group", hovermode="y unified", bargap=0.25
    )
    if not labels:
        made.update_layout(annotations=[note("No document was read.")])
    return made


def removed_figure(read: int, removed: list[tuple[str, int]], kept: int) -> Any:
    """From the documents read down to those kept: a falling bar for each step that took something."""
    steps = [(label, count) for label, count in removed if count]
    left = list(accumulate((-count for _, count in steps), initial=read))[1:]  # after each step
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": ["read", *(label for label, _ in steps), "kept"],
        "x": [read, *(count for _, count in steps), kept],
        "base": [0, *left, 0],
        "text": [f"{read:,}", *(f"−{count:,}" for _, count in steps), f"{kept:,}"],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [BEFORE, *(_REMOVED for _ in steps), AFTER]},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    down = {"autorange": "reversed", "type": "category"}
    across = {"range": [0, 1.15 * max(1, read)]}
    margin = {"l": 124, "t": 30}
    return figure(
        [trace],
        "documents",
        "",
        HEIGHT,
        xaxis=across,
        yaxis=down,
        hovermode="closest",
        margin=margin,
        bargap=0.3,
    )


def _bars(name: str, colour: str, bins: range, counts: tuple[int, ...]) -> dict[str, Any]:
    """Bars between the edges of the bins; their middles and widths are on the linear scale of the data."""
    edges = [(edge(i), edge(i + 1)) for i in bins]
    return {
        "type": "bar",
        "name": name,
        "x": [(low + high) / 2 for low, high in edges],
        "width": [high - low for low, high in edges],
        "y": [counts[i] if i < len(counts) else 0 for i in bins],
        "customdata": [f"{low:,.0f} to {high:,.0f} characters" for low, high in edges],
        "marker": {"color": colour, "line": {"width": 0}},
        "opacity": 0.9,
        "hovertemplate": "%{y:,} of %{customdata}",
    }


def _across(name: str, colour: str, labels: list[str], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [counts.get(label, 0) for label in labels],
        "y": labels,
        "marker": {"color": colour},
        "hovertemplate": "%{x:,}",
    }


def _by_label(side: Statistics, shown: list[str]) -> dict[str, int]:
    counts = {code: count for code, count in side.languages if code in shown}
    return {**counts, "others": sum(count for code, count in side.languages if code not in shown)}
