"""The tables and words beside the comparison's figure, as HTML. All that a person typed is escaped here."""

from collections.abc import Sequence
from html import escape
from typing import Any

from app import units
from app.compare.differences import ABSENT, KIND, Row, same
from app.compare.metrics import metric_named
from app.compare.runs import Run
from app.figures.comparison import COLOURS, LETTERS
from app.job_panel.badges import badge_html

_MAX_CHARS = 300
_HELD_OUT = (  # these decide which documents or rows are held out
    "corpus", "dataset", "columns", "validation", "validation_share", "seed",
)  # fmt: skip
_FIGURES = (
    ("bits_per_byte", "Bits per byte", "{:.4f}".format),
    ("validation_loss", "Validation loss (nats a token)", "{:.4f}".format),
    ("second_bits_per_byte", "Second corpus: bits per byte", "{:.4f}".format),
    ("second_loss", "Second corpus: loss", "{:.4f}".format),
    ("training_loss", "Training loss, smoothed", "{:.4f}".format),
    ("tokens", "Tokens seen", units.short),
    ("flops", "Training compute (FLOP)", units.short),
    ("seconds", "Time of training", units.duration),
    ("parameters", "Parameters", units.short),
    ("trainable", "Trained of these", units.short),
)
_SAME_TASK = (*_HELD_OUT, "base", "task", "max_length", "chat_template")  # and what is measured on them
_LOWER_IS_BETTER = ("bits_per_byte", "second_bits_per_byte")  # what other tokenizers do not change


def empty_html(runs_there_are: int, tab: str = "Pretrain") -> str:
    """Nothing chosen: what to do depends on what there is; ``tab`` is where runs are made."""
    words = {
        0: f"There is no run yet. Train two in the {tab} tab with one knob changed between them, "
        "and see here what the knob did.",
        1: "There is one run so far. Train another with one knob changed, then lay one over the other here.",
    }
    text = words.get(runs_there_are, "Choose two runs or more on the left; the newest stand first.")
    return f'<div class="gw-job gw-job-empty"><p>{text}</p></div>'


def note_html(runs: Sequence[Run], without: Sequence[Run], settings: Sequence[Row]) -> str:
    """What one should know before believing the picture."""
    lines = []
    if len(runs) == 1:
        lines.append("One run is chosen; a second one makes it a comparison.")
    if without:
        names = ", ".join(f"{run.letter} ({run.title})" for run in without)
        lines.append(f"Not drawn, for lack of such readings: {names}.")
    differing = _differ(settings, _HELD_OUT)
    if differing:
        lines.append(
            f"The runs differ in {', '.join(differing)}, so they hold out other texts: their validation "
            "figures are not measured on the same."
        )
    items = "".join(f"<li>{escape(text)}</li>" for text in lines)
    return f'<ul class="gw-notices">{items}</ul>' if items else ""


def figures_html(runs: Sequence[Run], settings: Sequence[Row] = ()) -> str:
    """How each run stands now, the lowest bits per byte marked; of tuning runs that are measured on the same
    rows, the best loss and the best of each measure too."""
    finals = [run.finals for run in runs]
    own = dict.fromkeys(name for run in runs for name in run.measures)
    measured = [(name, metric_named(f"eval.{name}").label.capitalize(), "{:.4g}".format) for name in own]
    marked = dict.fromkeys(_LOWER_IS_BETTER, min)
    if any(row.field == "base" for row in settings) and not _differ(settings, _SAME_TASK):
        marked |= {"validation_loss": min, **dict.fromkeys(own, max), "perplexity": min}
    rows = [_figure_row(*figure, finals, marked.get(figure[0])) for figure in (*_FIGURES, *measured)]
    states = "".join(f"<td>{badge_html(run.job.state)}</td>" for run in runs)
    body = f'<tr><th scope="row">State</th>{states}</tr>{"".join(rows)}'
    return _table("Figures at the end, or as they stand", _heads(runs), body)


def settings_html(runs: Sequence[Run], rows: Sequence[Row]) -> str:
    """What differs, open; what is equal, folded away."""
    rows = [row for row in rows if row.field != "name"]  # the runs' titles stand above
    return rows_html("Settings that differ", _heads(runs), rows, len(runs))


def rows_html(title: str, heads: str, rows: Sequence[Row], columns: int) -> str:
    """The rows as a table; ``heads`` are the columns' header cells. Also what the family tree shows."""
    differing = [row for row in rows if row.differs]
    equal = [row for row in rows if not row.differs]
    if differing:
        body = "".join(_setting_row(row) for row in differing)
        shown = _table(title, heads, body)
    else:
        nothing = "All settings are the same." if columns > 1 else ""
        shown = f'<p class="gw-muted">{nothing}</p>' if nothing else ""
    if not equal:
        return shown
    body = "".join(_setting_row(row) for row in equal)
    words = f"{len(equal)} settings that are the same" if columns > 1 else f"{len(equal)} settings"
    folded = f"<details><summary>{words}</summary>{_table(words, heads, body, caption=False)}</details>"
    return shown + folded


def value_text(value: Any) -> str:
    """A setting as a person reads it.

    >>> value_text(True), value_text(0.0005), value_text(["a", "b"]), value_text("")
    ('yes', '0.0005', 'a / b', 'empty')
    """
    if value is ABSENT or value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    text = " / ".join(map(value_text, value)) if isinstance(value, (list, tuple)) else str(value)
    return (text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 1] + "…") or "empty"


def swatch(letter: str) -> str:
    """The run's letter on its colour, as at the end of its line."""
    colour = COLOURS[LETTERS.index(letter)]
    return f'<span class="gw-letter" style="--run: {colour}">{letter}</span>'


def _heads(runs: Sequence[Run]) -> str:
    return "".join(
        f'<th scope="col">{swatch(run.letter)} <span>{escape(run.title)}</span>'
        f"<small>{escape(run.job.id)}</small></th>"
        for run in runs
    )


def _differ(settings: Sequence[Row], fields: Sequence[str]) -> list[str]:
    """The labels of those of the fields in which the runs differ."""
    return [row.label for row in settings if row.field in fields and row.differs]


def _figure_row(
    name: str, label: str, form: Any, finals: Sequence[dict[str, float]], better: Any = None
) -> str:
    """``better`` is min or max where the best value is to be marked."""
    values = [figures.get(name) for figures in finals]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    best = better(known) if better and len(set(known)) > 1 else None
    word = "" if best is None else "lowest" if better is min else "highest"
    cells = "".join(_figure_cell(value, form, word if value == best else "") for value in values)
    return f'<tr><th scope="row">{label}</th>{cells}</tr>'


def _figure_cell(value: float | None, form: Any, word: str) -> str:
    text = "–" if value is None else escape(form(value))
    return f'<td class="gw-best"><b>{text}</b> <small>{word}</small></td>' if word else f"<td>{text}</td>"


def _setting_row(row: Row) -> str:
    """The first column is what the others are held against; what departs from it is marked by a sign too."""
    first = row.values[0]
    cells = "".join(_setting_cell(value, not same(value, first)) for value in row.values)
    label = "Kind of job" if row.field == KIND else row.label
    return f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>'


def _setting_cell(value: Any, differs: bool) -> str:
    text = escape(value_text(value))
    if not differs:
        return f"<td>{text}</td>"
    return f'<td class="gw-differs"><span aria-label="differs">≠</span> {text}</td>'


def _table(title: str, heads: str, body: str, caption: bool = True) -> str:
    told = f"<caption>{escape(title)}</caption>" if caption else ""
    return (
        f'<div class="gw-beside" role="region" aria-label="{escape(title)}" tabindex="0"><table>{told}'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
