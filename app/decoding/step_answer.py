"""A step under some settings as JSON for the page: stages, candidates, the sorted curve. No Gradio."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from app.decoding.plain import plain, value_text
from app.tokenizer.glyphs import glyph_text
from pipelines.core.fields import knobs
from pipelines.generation.comparing import Curve, StepShown
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import KINDS

_LONGEST = 40  # characters of a token that are shown
_KNOBS = knobs(Strategy)
_OFF = Strategy()
# Of the stages that are not called as the setting that makes them.
_SETTINGS = {
    "frequency_presence_penalty": ("frequency_penalty", "presence_penalty"),
    "no_repeat_ngram": ("no_repeat_ngram_size",),
    "typical": ("typical_p",),
    "epsilon": ("epsilon_cutoff",),
    "eta": ("eta_cutoff",),
    "constraint": ("constraint",),
}
_METHODS = {
    "contrastive": "contrastive_search",
    "dola": "dola",
    "contrastive_decoding": "contrastive_decoding",
}
_RAW = "What the model says, over its whole vocabulary: the softmax of its logits."
_SCORES = " These are scores: the bars are their softmax, so that they can be read beside the others."


def step_json(shown: StepShown, asked: Strategy) -> str:
    """A step under the settings that were asked for."""
    stages = shown.stages
    order = np.lexsort((stages.ids, -stages.probs[0]))  # by the raw distribution: sliders do not move rows
    told = {
        "stages": [_stage(shown, place, asked) for place in range(len(stages.names))],
        "candidates": [_candidate(shown, int(place)) for place in order],
        "chosen": _token(shown.chosen, shown.chosen_text),
        "now": _token(shown.now, shown.now_text),
        "draws": asked.draws,
        "curve": _curve(shown.curve, asked),
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def error_json(message: str, gone: bool = False) -> str:
    """``gone``: the run's steps are no longer remembered."""
    return json.dumps({"error": message, "gone": gone})


def _stage(shown: StepShown, place: int, asked: Strategy) -> dict[str, Any]:
    stages, name = shown.stages, shown.stages.names[place]
    settings = _settings_of(name, asked)
    return {
        "name": name,
        "title": _title(name),
        "value": " · ".join(value_text(getattr(asked, setting)) for setting in settings),
        "help": _help(name, settings),
        "kept": int(stages.kept[place]),
        "entropy": plain(stages.entropy[place]),
        "lost": plain(stages.lost[place]),
        "rescored": name in _METHODS,
    }


def _settings_of(stage: str, asked: Strategy) -> tuple[str, ...]:
    if stage in _METHODS:
        return ()
    named = _SETTINGS.get(stage, (stage,) if stage in _KNOBS else ())
    return tuple(name for name in named if getattr(asked, name) != getattr(_OFF, name))


def _title(stage: str) -> str:
    if stage == "raw":
        return "Raw"
    if stage in _METHODS:
        return KINDS[_METHODS[stage]].title
    if stage == "frequency_presence_penalty":
        return "Frequency, presence"
    (setting,) = _SETTINGS.get(stage, (stage,))
    return _KNOBS[setting].label if setting in _KNOBS else stage.replace("_", " ").capitalize()


def _help(stage: str, settings: tuple[str, ...]) -> str:
    if stage == "raw":
        return _RAW
    if stage in _METHODS:
        return KINDS[_METHODS[stage]].words + _SCORES
    return " ".join(_KNOBS[name].help for name in settings)


def _candidate(shown: StepShown, place: int) -> dict[str, Any]:
    stages = shown.stages
    token = _token(int(stages.ids[place]), stages.texts[place])
    draft = plain(shown.draft[place]) if len(shown.draft) else None
    return {**token, "probs": [plain(one) for one in stages.probs[:, place]], "draft": draft}


def _curve(curve: Curve, asked: Strategy) -> dict[str, Any]:
    return {
        "base": _title(curve.base),
        "ranks": curve.ranks.tolist(),
        "probs": [plain(one) for one in curve.probs],
        "cuts": [
            {**asdict(cut), "label": _KNOBS[cut.setting].label, "counts": cut.setting in asked.settings}
            for cut in curve.cuts
        ],
    }


def _token(id_: int, text: str) -> dict[str, Any]:
    return {"id": int(id_), "text": well_formed(text), "shown": _shown(text)}


def _shown(text: str) -> str:
    return glyph_text(well_formed(text[:_LONGEST])) + "…" * (len(text) > _LONGEST)


def well_formed(text: str) -> str:
    """Without halves of surrogate pairs, which no answer can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
