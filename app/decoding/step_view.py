"""The part *Step* as what the page is given: the column that one walks along, and what of it can be changed.

``assets/js/decoding_step*.js`` draw it and the answers of :mod:`app.decoding.step_answer`: as text, never as
HTML. No Gradio.
"""

from typing import Any

from app.attention.summary_view import carried_html
from app.decoding.compared import Compared
from app.decoding.plain import value_text
from app.decoding.step_answer import well_formed
from app.tokenizer.chips import hint_html
from app.tokenizer.glyphs import plain_text
from pipelines.core.fields import Knob, knobs
from pipelines.generation.comparing import Outcome
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import KINDS, OPTIONAL_DRAWING, PENALTIES, WARPERS, settings_of

RESHAPING = (*PENALTIES, *WARPERS)
"""The settings that act on remembered logits; all others need a run of their own."""
_PLACE = ("column", "sample", "position")
_VALUE = 80  # characters of a setting that are shown
_READ = 120  # characters of the prompt that stand before the first tokens
_KNOBS = knobs(Strategy)
_OFF = Strategy()


def empty_html() -> str:
    return hint_html(
        "Generate, then click a token on the board: every stage of the step that chose it stands here."
    )


def frame_html(compared: Compared, place: tuple[int, int, int] | None) -> str:
    """``place`` is (column, sample, position); None where nothing was chosen yet."""
    return f'<div class="gw-ds">{carried_html(frame(compared, place))}<div class="gw-ds-place"></div></div>'


def place_of(chosen: Any, compared: Compared) -> tuple[int, int, int] | None:
    """Where the page says that its visitor clicked, if there is a token at all."""
    named = [chosen.get(name) for name in _PLACE] if isinstance(chosen, dict) else [None]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in named):
        return None
    column, sample, position = named
    lengths = {(one.column, one.sample): len(one.ids) for one in compared.decoded.outcomes}
    return (column, sample, position) if 0 <= position < lengths.get((column, sample), 0) else None


def frame(compared: Compared, place: tuple[int, int, int] | None) -> dict[str, Any]:
    """All of the chosen column (else of the first that has a text): the page can walk along it."""
    request, outcomes = compared.request, [one for one in compared.decoded.outcomes if len(one.ids)]
    column = place[0] if place else min((one.column for one in outcomes), default=0)
    own = [one for one in outcomes if one.column == column]
    one = request.strategies[column]
    return {
        "model": request.model,
        "run": request.run,
        "prompt": well_formed(request.prompt),
        "before": plain_text(well_formed(request.prompt[-_READ:])),
        "column": column,
        "title": KINDS[one.name].title,
        "at": {"sample": place[1], "position": place[2]} if place else None,
        "strategy": {"name": one.name, "parameters": one.effective()},
        "optional": KINDS[one.name].drawing == OPTIONAL_DRAWING,
        "draws": one.draws,
        "beams": KINDS[one.name].method == "beam",
        "drawn": _reshaping(one.name, True),
        "plain": _reshaping(one.name, False),
        "own": [name for name in KINDS[one.name].own if name in RESHAPING],
        "fixed": [
            {"label": _KNOBS[name].label, "value": value_text(value)[:_VALUE]}
            for name, value in one.effective().items()
            if name not in RESHAPING and name != "do_sample" and value != ""
        ],
        "knobs": {name: _knob(name, _KNOBS[name]) for name in RESHAPING},
        "samples": [_texts(outcome) for outcome in own],
    }


def _reshaping(name: str, drawn: bool) -> list[str]:
    """What can be changed of a strategy's steps when it draws, or when it does not."""
    return [setting for setting in settings_of(name, drawn) if setting in RESHAPING]


def _knob(name: str, knob: Knob) -> dict[str, Any]:
    return {
        "label": knob.label,
        "help": knob.help,
        "low": knob.low,
        "high": knob.high,
        "step": knob.step,
        "off": getattr(_OFF, name),
    }


def _texts(outcome: Outcome) -> dict[str, Any]:
    return {
        "sample": outcome.sample,
        "texts": [plain_text(well_formed(text)) for text in outcome.texts],
        "drafted": [place for place, origin in enumerate(outcome.origins) if origin == "draft"],
    }
